"""A publication counts its ids, and those that the registers know."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from publication.ledger import CONTRACT, new_ledger

from mesh_core.publishing.register import repair
from mesh_core.publishing.services import Services

from .world import PLACE_ID, PLACES, SHORT_CODE, TRIP_ID, World, counts


def test_ids_and_codes_are_held_against_the_register(world: World) -> None:
    world.step("places.places")
    world.step("trips.trips")
    found = world.keys("trips.trips")
    assert list(found) == ["place_id", "stop_code"]
    assert counts(found["place_id"]) == (3, 2, 4, 3)
    assert counts(found["stop_code"]) == (3, 2, 4, 3)
    place, code = found["place_id"], found["stop_code"]
    assert (place.entity, place.code, place.register, place.register_version) == ("place", "", "places.places", 0)
    assert (code.entity, code.code, code.register, code.register_version) == ("place", "short", "places.places", 0)


def test_the_register_knows_its_own_ids_and_codes_in_the_version_that_it_makes(world: World) -> None:
    world.step("places.places")
    world.write("places.places", [PLACE_ID, SHORT_CODE], [*PLACES, ("P:5", "EE")])
    world.step("places.places")
    found = world.keys("places.places")
    assert {name: counts(key) for name, key in found.items()} == {"place_id": (5, 5, 5, 5), "short_code": (4, 4, 4, 4)}
    assert {key.register_version for key in found.values()} == {1}


def test_without_a_published_register_nobody_knows(world: World) -> None:
    world.step("trips.trips")
    found = world.keys("trips.trips")
    assert counts(found["place_id"]) == (3, None, 4, None)
    assert counts(found["stop_code"]) == (3, None, 4, None)
    assert found["place_id"].register_version is None


def test_a_register_that_cannot_be_read_keeps_nobody_from_publishing(world: World) -> None:
    world.step("places.places")
    for file in world.parquet_files("places.places"):
        world.remove_file(str(world.lake.table("places/places") / file))
    world.step("trips.trips")
    assert counts(world.keys("trips.trips")["place_id"]) == (3, None, 4, None)


def test_a_newer_register_knows_more(world: World) -> None:
    world.step("places.places")
    world.step("trips.trips")
    world.write("places.places", [PLACE_ID, SHORT_CODE], [*PLACES, ("P:9", "XX")])
    world.step("places.places")
    world.step("trips.trips", force=True)
    found = world.keys("trips.trips")
    assert counts(found["place_id"]) == (3, 3, 4, 4)
    assert found["place_id"].register_version == 1


def test_a_table_without_rows(world: World) -> None:
    world.step("places.places")
    sql = world.tiny.file("domains/trips/trips/trips.sql")
    sql.write_text(f"{sql.read_text()}LIMIT 0\n")
    world.step("trips.trips")
    assert counts(world.keys("trips.trips")["place_id"]) == (0, 0, 0, 0)


def test_ports_that_bind_nothing_are_not_measured(world: World) -> None:
    world.write("trips.weather", [TRIP_ID], [(1,), (2,)])
    world.step("trips.weather")
    assert world.keys("trips.weather") == {}
    assert "keys" not in world.commit("trips.weather").facts


def test_the_commit_carries_the_counts_and_no_sketch(world: World) -> None:
    world.step("places.places")
    world.step("trips.trips")
    place, _ = json.loads(world.commit("trips.trips").facts["keys"])
    assert (place["keys"], place["resolved"], place["rows"], place["resolved_rows"]) == (3, 2, 4, 3)
    assert place["sketch"] == ""


def test_a_lost_catalog_learns_the_counts_and_the_sketches_again(world: World) -> None:
    world.step("places.places")
    world.step("trips.trips")
    before = world.keys("trips.trips")
    assert len(before["place_id"].sketch) == 8 * (1 + 3)
    for file in world.tiny.home.glob("catalog.db*"):
        file.unlink()
    services = Services(world.settings)
    repair(list(services.mesh.ports.values()), services)
    services.close()
    assert world.keys("trips.trips") == before


def test_a_repair_counts_by_the_register_of_that_time(world: World) -> None:
    world.step("places.places")
    world.step("trips.trips")
    before = world.keys("trips.trips")
    world.write("places.places", [PLACE_ID, SHORT_CODE], [*PLACES, ("P:9", "XX")])
    world.step("places.places")
    for file in world.tiny.home.glob("catalog.db*"):
        file.unlink()
    services = Services(world.settings)
    repair(list(services.mesh.ports.values()), services)
    services.close()
    assert world.keys("trips.trips") == before


@pytest.mark.folder
def test_no_id_can_be_guessed_from_a_sketch(world: World) -> None:
    """The same ids leave other hashes in another home."""
    world.step("places.places")
    first = world.keys("places.places")["place_id"].sketch
    (world.tiny.home / "sampling.key").unlink()
    world.step("places.places", force=True)
    second = world.keys("places.places")["place_id"].sketch
    assert len(first) == len(second) == 8 * (1 + 4)
    hashes = [{sketch[at : at + 8] for at in range(0, 40, 8)} for sketch in (first, second)]
    assert hashes[0] & hashes[1] == set()


@pytest.mark.parametrize("mode", ["append", "merge", "partitions"])
def test_whatever_the_write_mode_the_whole_table_is_measured(tmp_path: Path, mode: str) -> None:
    ledger = new_ledger(tmp_path / "mesh")
    if mode == "partitions":
        days = {"partitionStart": '"2026-01-01"', "partitionEnd": '"2026-02-01"'}
        ledger.write(mode, properties=days, product={"partitioned": "{bronze.orders_feed: _source_file}"})
    else:
        ledger.write(mode)
    buyer = "{name: buyer, port: mesh://crm/buyers/v1, id_column: buyer_id, tag: entity:buyer}"
    governance = ledger.tiny.file("governance/entities.yaml")
    governance.parent.mkdir()
    governance.write_text(f"entities:\n  - {buyer}\n")
    ledger.tiny.edit(CONTRACT, "description: Of whom.,", "description: Of whom., tags: [entity:buyer],")
    ledger.deliver("2026-01-05", [(1, "ada", 10, 1, "2026-01-05", False), (2, "bob", 20, 1, "2026-01-05", False)])
    ledger.publish()
    ledger.deliver("2026-01-06", [(3, "ada", 10, 1, "2026-01-06", False), (4, "cleo", 20, 1, "2026-01-06", False)])
    ledger.publish()
    assert (ledger.facts["rows"], ledger.version("shop.orders")) == ("4", 1)
    with ledger.catalog() as catalog:
        [found] = catalog.key_measurements(["shop.orders"])["shop.orders"]
    assert (found.column, counts(found)) == ("name", (3, None, 4, None))


def test_dagster_shows_what_the_registers_know(world: World) -> None:
    from mesh_core.orchestration.metadata import publication_metadata

    world.step("places.places")
    world.step("trips.trips")
    with world.catalog() as catalog:
        record = catalog.publication("trips.trips")
    assert record is not None
    port = world.port("trips.trips")
    shown = publication_metadata(record, port, world.lake.table("trips/trips"))["mesh/identity"].value.splitlines()
    assert shown[0] == ("| column | entity | ids | known to the register | rows with an id | of known ids | register |")
    assert shown[2:] == [
        "| place_id | place | 3 | 2 | 4 | 3 | places.places v0 |",
        "| stop_code | place (short code) | 3 | 2 | 4 | 3 | places.places v0 |",
    ]
