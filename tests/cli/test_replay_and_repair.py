"""mesh replay and mesh repair"""

from __future__ import annotations

from pathlib import Path

import pytest

from mesh_core.testing import TinyMesh, write_tiny_mesh

from .calling import Mesh, mesh_process

SOURCE = """\
history_feed:
  description: A year of history, released day by day.
  landing: history/*.csv
  package: tiny_history
  path: history.csv
  replay: [year, month, day]
  columns: {year: BIGINT, month: BIGINT, day: BIGINT, visitors: BIGINT}
"""
HISTORY = "year,month,day,visitors\n2013,1,1,5\n2013,1,2,7\n2013,1,2,8\n2013,1,4,9\n"


@pytest.fixture
def replaying(tiny: TinyMesh, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> TinyMesh:
    """The tiny mesh with a source that replays three days which a package ships."""
    package = tmp_path / "packages" / "tiny_history"
    package.mkdir(parents=True)
    (package / "__init__.py").touch()
    (package / "history.csv").write_text(HISTORY)
    monkeypatch.syspath_prepend(package.parent)
    sources = tiny.file("domains/shop/orders/sources.yaml")
    sources.write_text(sources.read_text() + SOURCE)
    return tiny


def test_days_arrive_one_by_one(mesh: Mesh, replaying: TinyMesh) -> None:
    landing = replaying.home / "landing" / "history"

    answer = mesh("replay", "--root", replaying.root)
    assert answer.out.splitlines()[:2] == [
        "shop.bronze.history_feed",
        "  0 days arrived, the latest nothing yet; next is 2013-01-01, 3 days to come",
    ]

    answer = mesh("replay", "--days", "2", "--root", replaying.root)
    assert answer.out.splitlines()[1:3] == [
        "  ✓ 2 days dropped: 2013-01-01 to 2013-01-02",
        "  2 days arrived, the latest 2013-01-02; next is 2013-01-04, 1 day to come",
    ]
    assert (landing / "2013-01-02.csv").read_text() == "year,month,day,visitors\n2013,1,2,7\n2013,1,2,8\n"

    answer = mesh("replay", "--until", "2013-12-31", "--json", "--root", replaying.root)
    assert answer.json == {
        "sources": [
            {
                "source": "shop.bronze.history_feed",
                "folder": str(landing),
                "dropped": ["2013-01-04"],
                "released": 3,
                "pending": 0,
                "latest": "2013-01-04",
                "next": None,
            }
        ]
    }

    answer = mesh("replay", "--status", "--root", replaying.root)
    assert answer.out.splitlines()[1] == "  3 days arrived, the latest 2013-01-04; the history is over"


def test_a_mesh_without_a_clock(mesh: Mesh, tiny: TinyMesh) -> None:
    answer = mesh("replay", "--root", tiny.root)
    assert (answer.code, answer.out, answer.err) == (0, "", "no source of this mesh replays a history\n")


def test_a_lost_catalog_is_made_again(tmp_path: Path) -> None:
    tiny = write_tiny_mesh(tmp_path / "mesh", consumer=False)
    assert mesh_process("run", "--root", tiny.root).code == 0
    (tiny.home / "catalog.db").unlink()

    assert "not in the catalog; run `mesh repair`" in mesh_process("show", "shop.orders", "--root", tiny.root).out
    repaired = mesh_process("repair", "--root", tiny.root, "--json")
    assert repaired.json == {"registered": [{"address": "shop.orders", "table_version": 0}]}
    again = mesh_process("repair", "--root", tiny.root)
    assert again.out == "the catalog lacks nothing\n"
    assert "v0 · 3 rows" in mesh_process("show", "shop.orders", "--root", tiny.root).out


def test_a_lost_catalog_learns_every_version_and_when_each_contract_was_first_seen(tiny: TinyMesh) -> None:
    def run() -> None:
        assert mesh_process("run", "shop", "--root", tiny.root).code == 0

    run()
    product, contract = "domains/shop/orders/product.yaml", "domains/shop/orders/orders.contract.yaml"
    for file in (product, contract):
        path = tiny.file(file)
        path.write_text(path.read_text().replace('version: "1.0.0"', 'version: "1.1.0"'))
    end = "  - {property: endOfSupport, value: 2999-12-31}\n"
    tiny.edit(contract, "slaProperties:\n", f"slaProperties:\n{end}")
    tiny.edit(contract, "status: active", "status: deprecated")
    run()
    tiny.deliver("2026-01-03", ["4,bob@example.com,1.00,2026-01-03"])
    run()
    announced = mesh_process("resolve", "shop.orders", "--root", tiny.root, "--json").json["announced_at"]
    assert announced

    for file in tiny.home.glob("catalog.db*"):
        file.unlink()
    repaired = mesh_process("repair", "--root", tiny.root, "--json").json["registered"]
    assert repaired == [{"address": "shop.orders", "table_version": version} for version in (0, 1, 2)]
    assert mesh_process("resolve", "shop.orders", "--root", tiny.root, "--json").json["announced_at"] == announced
