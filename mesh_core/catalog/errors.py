"""The catalog's own error."""

from mesh_core.errors import MeshError


class CatalogError(MeshError):
    """The catalog's database can't be used, or contradicts what it is told."""

    code = "catalog"


class OvertakenError(CatalogError):
    """Somebody else declared something since the state that a declaration is meant to replace."""

    code = "overtaken"
