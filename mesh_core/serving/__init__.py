"""Serving: read-only SQL over the output ports."""

from mesh_core.serving.errors import QueryError
from mesh_core.serving.query import QueryResult, run_query

__all__ = ["QueryError", "QueryResult", "run_query"]
