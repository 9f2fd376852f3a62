"""mesh resolve, and what `mesh query` and `mesh show` do through it"""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import yaml

from mesh_core.testing import TinyMesh

from .calling import Mesh, mesh_process

CONTRACT = "domains/shop/orders/orders.contract.yaml"


def test_a_published_port_for_people(mesh: Mesh, published: TinyMesh) -> None:
    answer = mesh("resolve", "shop.orders", "--root", published.root)
    assert answer.code == 0
    lines = answer.out.splitlines()
    assert lines[:4] == [
        "shop.orders  Orders  mesh://shop/orders/v1",
        "contract  shop.orders 1.0.0 active",
        "owner     Shop team",
        f"endpoint  delta {published.home}/lake/shop/orders",
    ]
    assert lines[4].startswith("table     v0 · 3 rows · ")
    assert "discovery mesh://shop/orders/v1/discovery" in lines
    assert "customer    VARCHAR  required  restricted  Address of the customer." in lines
    assert lines[-1] == "no version was asked for: this is the newest that is active"


def test_a_range_says_nothing_of_the_newest(mesh: Mesh, published: TinyMesh) -> None:
    answer = mesh("resolve", "shop.orders@>=1.0,<2", "--root", published.root)
    assert answer.out.splitlines()[-1].startswith("ordered_on")


def test_json_is_the_discovery_document(mesh: Mesh, published: TinyMesh) -> None:
    told = mesh("resolve", "mesh://shop/orders/v1", "--json", "--root", published.root).json
    beside = json.loads((published.home / "lake/shop/orders/_discovery.json").read_text())
    assert told == beside
    assert told["endpoint"]["location"] == str(published.home / "lake/shop/orders")


def test_the_discovery_port_s_content_is_the_contract(mesh: Mesh, published: TinyMesh) -> None:
    answer = mesh("resolve", "mesh://shop/orders/v1/discovery", "--root", published.root)
    assert answer.code == 0
    assert yaml.safe_load(answer.out) == yaml.safe_load(published.file(CONTRACT).read_text())


def test_nothing_meets_the_range(mesh: Mesh, published: TinyMesh) -> None:
    answer = mesh("resolve", "shop.orders@2", "--root", published.root)
    assert (answer.code, answer.out) == (1, "")
    assert answer.err == "error: no version of shop.orders meets '2'\n  → There is 1.0.0 (active).\n"
    answer = mesh("resolve", "shop.orders@2", "--json", "--root", published.root)
    assert answer.code == 1
    assert answer.json["errors"][0]["code"] == "unresolved"


@pytest.mark.parametrize(
    ("target", "told"),
    [
        ("shop.nothing", "the mesh has no port shop.nothing"),
        ("orders", "'orders' is not an address"),
        ("shop.orders@newest", "'newest' is no version or range of versions"),
    ],
)
def test_wrong_use(mesh: Mesh, published: TinyMesh, target: str, told: str) -> None:
    answer = mesh("resolve", target, "--root", published.root)
    assert (answer.code, answer.out) == (2, "")
    assert answer.err.startswith(f"error: {told}")


def test_show_names_the_discovery_port(mesh: Mesh, published: TinyMesh) -> None:
    assert "discovery  mesh://shop/orders/v1/discovery" in mesh("show", "shop.orders", "--root", published.root).out


@pytest.fixture
def copy(tmp_path: Path) -> TinyMesh:
    """A published mesh of one's own."""
    from mesh_core.testing import write_tiny_mesh

    tiny = write_tiny_mesh(tmp_path / "mesh")
    answer = mesh_process("run", "--root", tiny.root, "--json")
    assert answer.code == 0, answer.err
    return tiny


def test_a_retired_port_is_not_queried(mesh: Mesh, copy: TinyMesh) -> None:
    copy.edit(CONTRACT, "status: active", "status: retired")
    assert mesh("query", "FROM shop.orders", "--root", copy.root).code == 0  # nobody had notice, so it has not ended
    from resolution.majors import let_end

    let_end(copy)
    answer = mesh("query", "FROM shop.orders", "--root", copy.root)
    assert (answer.code, answer.out) == (2, "")
    assert answer.err.startswith("error: shop.orders is retired (shop.orders 1.0.0)")
    # The other ports of the mesh read as before, and the retired one can still be looked at.
    assert mesh("query", "FROM insight.revenue", "--root", copy.root).code == 0
    assert mesh("resolve", "shop.orders@1", "--root", copy.root).code == 0
    checked = mesh("check", "--json", "--root", copy.root).json
    needs = [finding for finding in checked["findings"] if finding["code"] == "contract-retired"]
    assert [(Path(finding["file"]).name, finding["line"]) for finding in needs] == [("product.yaml", 12)]
    assert needs[0]["message"] == "input port 'orders' wants shop.orders >=1.0.0,<2, which is retired"


def test_a_published_port_of_a_domain_that_does_not_load_is_read(mesh: Mesh, copy: TinyMesh) -> None:
    copy.edit(CONTRACT, "status: active", "statuss: active")
    answer = mesh("query", "SELECT count(*) AS n FROM shop.orders", "--json", "--root", copy.root)
    assert answer.json["rows"] == [{"n": 3}]
    answer = mesh("resolve", "shop.orders", "--root", copy.root)
    assert answer.code == 0
    assert "source    the contract as last published; there is no file of it that loads" in answer.out
