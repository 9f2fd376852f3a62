"""The generated catalog that benchmarks ask: its contracts are contracts, and what it says of itself is found."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from mesh_core.catalog import Catalog
from mesh_core.contracts import Document, contract_from
from mesh_core.search import Query, SearchIndex

from .meshes import NOW, REPOSITORY


@pytest.fixture(autouse=True)
def _scripts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Benchmarks import each other by name."""
    monkeypatch.setattr(sys, "path", [str(REPOSITORY / "benchmarks"), *sys.path])


def test_a_generated_catalog_is_one_like_others(catalog: Catalog, index: SearchIndex) -> None:
    from mesh_of import MeshOf

    mesh = MeshOf(60, 3)
    mesh.declare(catalog)
    assert mesh.publish(catalog, ports=5, versions=2) == 10
    assert mesh.use(catalog, 200) == 200
    cards = catalog.cards()
    assert len(cards) == 60
    assert sum(card.table_version is not None for card in cards) == 5
    for card in cards:
        document = catalog.document(card.address)
        assert document is not None
        assert contract_from(Document(Path("generated"), document, "")).address.sql == card.address
    index.refresh(catalog, NOW)
    found = index.search(Query(words=cards[7].address), now=NOW)
    assert found.hits[0].address == cards[7].address
    assert {value.value for value in found.facets["domain"]} <= set(mesh.domains)


def test_the_same_numbers_make_the_same_catalog() -> None:
    from mesh_of import MeshOf

    assert MeshOf(30, 3).declarations == MeshOf(30, 3).declarations
    assert MeshOf(30, 3).declarations != MeshOf(30, 3, seed=2).declarations


def test_the_contracts_keep_the_standard(tmp_path: Path) -> None:
    from mesh_of import MeshOf

    from mesh_core.contracts.document import schema_errors

    for port in MeshOf(12, 3).declarations[0].ports:
        assert list(schema_errors(port.contract.document, "odcs", tmp_path)) == []
