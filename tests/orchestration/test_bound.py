"""A code location binds its domain again exactly when something changed that binding looks at."""

import shutil
from pathlib import Path

import pytest

from mesh_core.contracts.loading import load_mesh
from mesh_core.errors import MeshError
from mesh_core.publishing.transformation import binding
from mesh_core.publishing.transformation.bound import bind_changed
from mesh_core.settings import load_settings
from mesh_core.testing import TinyMesh, write_tiny_mesh

SQL = "domains/insight/revenue/revenue.sql"
ORDERS = "domains/shop/orders/orders.contract.yaml"


@pytest.fixture
def tiny(tmp_path: Path) -> TinyMesh:
    return write_tiny_mesh(tmp_path)


@pytest.fixture
def binds(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The domains that were really bound."""
    done: list[str] = []
    bind = binding.bind_domain

    def counting(tree, mesh, settings):
        done.append(tree.domain.name)
        return bind(tree, mesh, settings)

    monkeypatch.setattr(binding, "bind_domain", counting)
    return done


def load(tiny: TinyMesh, domain: str = "insight") -> list[MeshError]:
    """What a fresh process would find."""
    settings = load_settings(tiny.root)
    mesh = load_mesh(settings)
    return bind_changed(mesh.domains[domain], mesh, settings)


def test_nothing_is_bound_again_without_a_change(tiny: TinyMesh, binds: list[str]) -> None:
    assert [load(tiny), load(tiny), load(tiny)] == [[], [], []]
    assert binds == ["insight"]


def test_an_edit_of_its_own_statement_is_bound(tiny: TinyMesh, binds: list[str]) -> None:
    load(tiny)
    tiny.file(SQL).write_text("SELECT nothing FROM shop.orders")
    [finding] = load(tiny)
    assert "nothing" in str(finding)
    assert binds == ["insight", "insight"]


def test_an_edit_of_a_contract_that_it_reads_is_bound(tiny: TinyMesh, binds: list[str]) -> None:
    load(tiny)
    text = tiny.file(ORDERS).read_text()
    tiny.file(ORDERS).write_text(text.replace("name: amount", "name: price"))
    assert any("amount" in str(finding) for finding in load(tiny))
    assert binds == ["insight", "insight"]


def test_a_finding_is_found_until_it_is_mended(tiny: TinyMesh, binds: list[str]) -> None:
    good = tiny.file(SQL).read_text()
    tiny.file(SQL).write_text("SELECT nothing FROM shop.orders")
    assert len(load(tiny)) == len(load(tiny)) == 1
    tiny.file(SQL).write_text(good)
    assert load(tiny) == []
    assert binds == ["insight"] * 3


def test_a_domain_that_no_longer_loads_is_noticed(tiny: TinyMesh, binds: list[str]) -> None:
    load(tiny)
    shutil.rmtree(tiny.root / "domains/shop")
    assert load(tiny)
    assert binds == ["insight", "insight"]


def test_torn_memory_is_only_slower(tiny: TinyMesh, binds: list[str]) -> None:
    load(tiny)
    file = tiny.home / "cache/bound/insight.msgpack"
    file.write_bytes(file.read_bytes()[:10])
    assert load(tiny) == []
    assert binds == ["insight", "insight"]


def test_what_is_read_is_known_without_parsing(tiny: TinyMesh, monkeypatch: pytest.MonkeyPatch) -> None:
    from mesh_core.contracts import references
    from mesh_core.contracts.graph import inputs_of

    load(tiny)
    monkeypatch.setattr(references, "_known", {})
    monkeypatch.setattr(references, "select_of", None)
    load(tiny)
    tree = load_mesh(load_settings(tiny.root)).domains["insight"]
    assert [given.view for given in inputs_of(tree.ports[0], tree)] == ["shop.orders"]
