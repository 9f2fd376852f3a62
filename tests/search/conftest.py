"""The reference mesh as its files declare it, in an index; and small meshes typed out by a test."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from surroundings import no_settings_from_outside

from mesh_core.catalog import Catalog
from mesh_core.search import SearchIndex

from .meshes import NOW, declare_reference_mesh

__all__ = ["no_settings_from_outside"]


@pytest.fixture(scope="session")
def reference(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SearchIndex]:
    """Thirteen ports of six domains, declared and not published; to be read only."""
    folder = tmp_path_factory.mktemp("reference")
    with Catalog(f"sqlite:///{folder / 'catalog.db'}") as catalog:
        declare_reference_mesh(catalog, folder)
        index = SearchIndex(folder / "search")
        index.refresh(catalog, NOW)
        yield index


@pytest.fixture
def catalog(tmp_path: Path) -> Iterator[Catalog]:
    with Catalog(f"sqlite:///{tmp_path / 'catalog.db'}") as opened:
        yield opened


@pytest.fixture
def index(tmp_path: Path) -> SearchIndex:
    return SearchIndex(tmp_path / "search")
