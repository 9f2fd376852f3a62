"""What can go wrong with the search."""

from __future__ import annotations

from mesh_core.errors import MeshError


class SearchError(MeshError):
    """There is no index that can be searched."""

    code = "search_index"
