"""The catalog's own error."""

from mesh_core.errors import MeshError


class CatalogError(MeshError):
    """The catalog's database can't be used, or contradicts what it is told."""

    code = "catalog"
