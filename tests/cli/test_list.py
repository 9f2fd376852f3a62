"""mesh list"""

from __future__ import annotations

import subprocess

import pytest

from mesh_core.testing import TinyMesh

from .calling import MESH, Mesh, mesh_process


def test_ports_before_the_first_publication(mesh: Mesh, tiny: TinyMesh) -> None:
    answer = mesh("list", "--root", tiny.root)

    assert answer.code == 0
    assert [line.split() for line in answer.out.splitlines()[:3]] == [
        ["port", "kind", "contract", "status", "rows", "table", "published", "checks", "owner"],
        ["insight.revenue", "consumer", "1.0.0", "active", "-", "-", "never", "-", "Insight", "team"],
        ["shop.orders", "source", "1.0.0", "active", "-", "-", "never", "-", "Shop", "team"],
    ]
    assert answer.out.splitlines()[-1] == "2 ports of 2 domains, 0 published; `mesh run` publishes the others"
    assert answer.err == ""


def test_ports_with_their_newest_version(mesh: Mesh, published: TinyMesh) -> None:
    answer = mesh("list", "--root", published.root)

    rows = [line.split() for line in answer.out.splitlines()[1:3]]
    assert [(row[0], row[4], row[5]) for row in rows] == [("insight.revenue", "2", "v0"), ("shop.orders", "3", "v0")]
    assert answer.out.splitlines()[-1] == "2 ports of 2 domains, 2 published"


def test_json_holds_everything(mesh: Mesh, published: TinyMesh) -> None:
    answer = mesh("list", "shop", "--json", "--root", published.root)

    (port,) = answer.json["ports"]
    assert port.pop("published_at").endswith("+00:00")
    assert port == {
        "address": "shop.orders",
        "uri": "mesh://shop/orders/v1",
        "domain": "shop",
        "product": "shop.orders",
        "kind": "source-aligned",
        "engine": "sql",
        "status": "active",
        "version": "1.0.0",
        "owner": "Shop team",
        "table_version": 0,
        "rows": 3,
        "checks_passed": 8,
        "checks_failed": 0,
        "quarantined": 0,
    }
    assert answer.json["errors"] == []


@pytest.mark.parametrize("selection", ["shop", "shop.orders", "*.orders", "mesh://shop/orders/v1"])
def test_a_selection_names_ports_in_many_ways(mesh: Mesh, tiny: TinyMesh, selection: str) -> None:
    answer = mesh("list", selection, "--json", "--root", tiny.root)
    assert [port["address"] for port in answer.json["ports"]] == ["shop.orders"]


def test_root_stands_before_or_after_the_verb(mesh: Mesh, tiny: TinyMesh) -> None:
    assert mesh("--root", tiny.root, "list") == mesh("list", "--root", tiny.root)


def test_the_enclosing_mesh_is_meant_without_root(tiny: TinyMesh) -> None:
    answer = mesh_process("list", cwd=tiny.file("domains/shop/orders"))
    assert "shop.orders" in answer.out


def test_a_broken_domain_is_told_and_the_others_are_listed(mesh: Mesh, tiny: TinyMesh) -> None:
    tiny.edit("domains/insight/domain.yaml", "kind: consumer-aligned", "kind: consuming")

    answer = mesh("list", "--root", tiny.root)

    assert answer.code == 2
    assert "shop.orders" in answer.out
    assert "insight.revenue" not in answer.out
    told, place, remedy = answer.err.splitlines()
    assert told == (
        "error: domain insight does not load: kind 'consuming' is none of source-aligned, consumer-aligned, shared"
    )
    assert place.split() == ["at", f"{tiny.file('domains/insight/domain.yaml')}:2"]
    assert remedy.strip() == "→ Name the domain's archetype."


def test_a_broken_domain_that_is_not_asked_for_disturbs_nobody(mesh: Mesh, tiny: TinyMesh) -> None:
    tiny.edit("domains/insight/domain.yaml", "kind: consumer-aligned", "kind: consuming")
    answer = mesh("list", "shop", "--root", tiny.root)
    assert (answer.code, answer.err) == (0, "")


def test_the_place_is_relative_to_where_one_stands(tiny: TinyMesh) -> None:
    tiny.edit("domains/insight/domain.yaml", "kind: consumer-aligned", "kind: consuming")
    answer = mesh_process("list", cwd=tiny.root)
    assert "at domains/insight/domain.yaml:2\n" in answer.err


def test_a_reader_that_leaves_is_no_error(tiny: TinyMesh) -> None:
    script = f"set -o pipefail; {MESH} list --root {tiny.root} | true"
    done = subprocess.run(["bash", "-c", script], capture_output=True, text=True, check=False)
    assert done.stderr == ""
    assert done.returncode in {0, 141}  # 0 if all was written before the reader left
