"""Serving's own error."""

from mesh_core.errors import MeshError


class QueryError(MeshError):
    """A query that may be asked but is wrong, or that failed while it ran."""

    code = "query"
