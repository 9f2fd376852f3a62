"""The discovery port: a JSON document beside the table that needs none of this software to be read."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import duckdb
import pytest
from deltalake import DeltaTable

from mesh_core.contracts.loading import load_mesh
from mesh_core.errors import MeshError
from mesh_core.publishing.register import repair
from mesh_core.serving import resolve, write_discovery
from mesh_core.settings import load_settings
from mesh_core.testing import TinyMesh

from .conftest import Bench
from .majors import CONTRACT, PRODUCT, add_version_2, deprecate_version_1, share_one_sql


def _file(tiny: TinyMesh, table: str = "shop/orders") -> Path:
    return tiny.home / "lake" / table / "_discovery.json"


def _told(tiny: TinyMesh, table: str = "shop/orders") -> dict[str, Any]:
    told: dict[str, Any] = json.loads(_file(tiny, table).read_text())
    return told


def _repaired(bench: Bench) -> None:
    services = bench.services()
    repair(list(services.mesh.ports.values()), services)
    services.close()


def test_a_publication_leaves_the_resolution_beside_the_table(bench: Bench) -> None:
    bench.run()
    told = _told(bench.tiny)
    assert told == json.loads(json.dumps(resolve("shop.orders", root=bench.tiny.root).as_dict()))
    assert (told["uri"], told["version"], told["table"]["version"], told["table"]["rows"]) == (
        "mesh://shop/orders/v1",
        "1.0.0",
        0,
        3,
    )
    assert told["document"]["kind"] == "DataContract"
    assert [file.name for file in _file(bench.tiny).parent.glob("_discovery*")] == ["_discovery.json"]


def test_the_next_publication_renews_it(bench: Bench) -> None:
    bench.run()
    bench.tiny.deliver("2026-01-03", ["4,eve@example.com,1.00,2026-01-03"])
    bench.run()
    assert (_told(bench.tiny)["table"]["version"], _told(bench.tiny)["table"]["rows"]) == (1, 4)


def test_each_major_has_its_own(bench: Bench) -> None:
    add_version_2(bench.tiny)
    share_one_sql(bench.tiny)
    deprecate_version_1(bench.tiny)
    bench.run()
    first, second = _told(bench.tiny), _told(bench.tiny, "shop/orders_v2")
    assert (first["status"], first["end_of_support"], first["successor"]) == (
        "deprecated",
        "2099-12-31",
        "mesh://shop/orders/v2",
    )
    assert first["announced_at"]
    assert (second["status"], second["version"], second["endpoint"]["path"]) == ("active", "2.0.0", "shop/orders_v2")


def test_delta_readers_do_not_see_it_and_vacuum_leaves_it(bench: Bench) -> None:
    bench.run()
    table = _file(bench.tiny).parent
    delta = DeltaTable(str(table))
    removed = delta.vacuum(retention_hours=0, enforce_retention_duration=False, dry_run=False, full=True)
    assert removed == []
    assert _file(bench.tiny).is_file()
    rows = duckdb.sql(f"SELECT count(*) FROM read_parquet({delta.file_uris()})").fetchall()
    assert rows == [(3,)]


@pytest.mark.parametrize("damage", ["lost", "torn"])
def test_a_repair_brings_it_back(bench: Bench, damage: str) -> None:
    bench.run()
    whole = _file(bench.tiny).read_bytes()
    if damage == "lost":
        _file(bench.tiny).unlink()
    else:
        _file(bench.tiny).write_bytes(whole[:100])
    _repaired(bench)
    assert _file(bench.tiny).read_bytes() == whole


def test_the_next_run_brings_it_back_where_nothing_changed(bench: Bench) -> None:
    bench.run()
    _file(bench.tiny).unlink()
    assert bench.run()["shop.orders"] == "unchanged"
    assert _told(bench.tiny)["version"] == "1.0.0"


def test_an_edit_that_is_not_published_promises_nothing(bench: Bench) -> None:
    bench.run()
    bench.tiny.edit(CONTRACT, "Cancelled orders stay.", "Cancelled orders go.")
    _repaired(bench)
    assert _told(bench.tiny)["document"]["description"]["limitations"] == "Cancelled orders stay."


def test_what_stands_there_already_is_not_written_again(bench: Bench) -> None:
    bench.run()
    before = _file(bench.tiny).stat().st_mtime_ns
    found = resolve("shop.orders", root=bench.tiny.root)
    assert write_discovery(found, _file(bench.tiny).parent) is False
    assert _file(bench.tiny).stat().st_mtime_ns == before


def test_a_folder_that_cannot_be_written(bench: Bench, tmp_path: Path) -> None:
    found = resolve("shop.orders", root=bench.tiny.root)
    place = tmp_path / "no_folder"
    place.write_text("a file stands where the table should be")
    with pytest.raises(MeshError, match="its discovery document can't be written") as caught:
        write_discovery(found, place)
    assert caught.value.remedy == "Make the folder writable, then run `mesh repair`."


def test_a_product_may_declare_it(tiny: TinyMesh) -> None:
    product = tiny.file(PRODUCT)
    declared = (
        "managementPorts:\n  - {name: find, content: discoverability, type: file, "
        "url: mesh://shop/orders/v1/discovery}\n"
    )
    product.write_text(product.read_text() + declared)
    assert load_mesh(load_settings(tiny.root)).broken == {}
    tiny.edit(PRODUCT, "orders/v1/discovery", "orders/v2/discovery")
    error = load_mesh(load_settings(tiny.root)).broken["shop"]
    assert error.what == (
        "management port 'find' names mesh://shop/orders/v2/discovery, which is no discovery port of the product"
    )
    assert error.remedy == "Name mesh://shop/orders/v1/discovery."
    assert (error.path, error.line) == (product, len(product.read_text().splitlines()))
