"""Search: finding a port by words, by facets, and by what can be joined with it."""

from mesh_core.search.index import SearchIndex
from mesh_core.search.query import FACETS, MAX_PAGE, FacetValue, Found, Hit, Query, Sort

__all__ = ["FACETS", "MAX_PAGE", "FacetValue", "Found", "Hit", "Query", "SearchIndex", "Sort"]
