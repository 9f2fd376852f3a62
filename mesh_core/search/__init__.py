"""Search: finding a port by words, by facets, and by what can be joined with it."""

from mesh_core.search.errors import SearchError
from mesh_core.search.index import SearchIndex
from mesh_core.search.joins import Join, joins
from mesh_core.search.opening import ready_index
from mesh_core.search.query import FACETS, MAX_PAGE, FacetValue, Found, Hit, Query, Sort

__all__ = [
    "FACETS",
    "MAX_PAGE",
    "FacetValue",
    "Found",
    "Hit",
    "Join",
    "Query",
    "SearchError",
    "SearchIndex",
    "Sort",
    "joins",
    "ready_index",
]
