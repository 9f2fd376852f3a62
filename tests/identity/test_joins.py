"""Which ports can be joined with one, and how much would meet: counted, estimated, or not known."""

from __future__ import annotations

import pytest

from mesh_core.errors import UnknownAddressError
from mesh_core.publishing.services import Services
from mesh_core.search.joins import Join, joins
from mesh_core.serving import run_query

from .world import PLACE_ID, TRIP_ID, World

STAY = [TRIP_ID, "{name: place_id, logicalType: string, tags: [entity:place]}"]


def _joins(world: World, address: str) -> list[Join]:
    with world.catalog() as catalog:
        return list(joins(catalog, address))


def _figures(join: Join) -> tuple[object, ...]:
    return join.common, join.rate, join.other_rate, join.exact


def _one(world: World, address: str, column: str, other: str, other_column: str) -> Join:
    wanted = (column, other, other_column)
    [found] = [join for join in _joins(world, address) if (join.column, join.address, join.other_column) == wanted]
    return found


@pytest.fixture
def joined(world: World) -> World:
    """Places, trips, and stays at P:1 and P:7; all published and declared."""
    world.write("trips.stays", STAY, [(1, "P:1"), (2, "P:7"), (3, "P:1")])
    for port in ("places.places", "trips.trips", "trips.stays"):
        world.step(port)
    world.declare()
    return world


def test_with_the_register_the_ids_were_counted(joined: World) -> None:
    found = _one(joined, "trips.trips", "place_id", "places.places", "place_id")
    assert _figures(found) == (2, 2 / 3, 2 / 4, True)
    assert (found.relation, found.margin, found.entity, found.code, found.through) == ("key", 0.0, "place", "", "")
    assert found.card.address == "places.places"


def test_from_the_register_it_is_the_same_the_other_way_round(joined: World) -> None:
    found = _one(joined, "places.places", "place_id", "trips.trips", "place_id")
    assert _figures(found) == (2, 2 / 4, 2 / 3, True)
    assert found.relation == "shared"


def test_codes_meet_the_registers_codes(joined: World) -> None:
    """AA, XX and CC against AA, BB and CC."""
    found = _one(joined, "trips.trips", "stop_code", "places.places", "short_code")
    assert _figures(found) == (2, 2 / 3, 2 / 3, True)
    assert (found.relation, found.code) == ("key", "short")


def test_between_others_sketches_tell(joined: World) -> None:
    """P:1, P:2 and P:9 against P:1 and P:7."""
    found = _one(joined, "trips.trips", "place_id", "trips.stays", "place_id")
    assert _figures(found) == (1, 1 / 3, 1 / 2, True)


def test_codes_and_ids_meet_through_the_register(joined: World) -> None:
    """AA is P:1 and CC is P:3; the ids are P:1 and P:7."""
    stop = "{name: stop_code, logicalType: string, tags: [code:place/short]}"
    joined.write("trips.stops", [TRIP_ID, stop], [(1, "AA"), (2, "CC"), (3, "XX"), (4, "AA")])
    joined.step("trips.stops")
    found = _one(joined, "trips.stops", "stop_code", "trips.stays", "place_id")
    assert _figures(found) == (1, 1 / 3, 1 / 2, True)
    assert (found.through, found.code) == ("places.places", "")
    assert _rows(joined, found.sql) == [("AA", "P:1"), ("AA", "P:1"), ("AA", "P:1"), ("AA", "P:1")]


def test_there_is_no_way_round_where_ids_meet_directly(joined: World) -> None:
    pairs = {
        (join.column, join.other_column) for join in _joins(joined, "trips.trips") if join.address == "trips.stays"
    }
    assert pairs == {("place_id", "place_id")}


def test_a_key_of_more_columns_is_met_in_part(joined: World) -> None:
    day = "{name: day, logicalType: date, primaryKey: true, primaryKeyPosition: 2}"
    joined.write("trips.weather", [PLACE_ID, day], [("P:1", "2026-01-01")])
    sql = joined.tiny.file("domains/trips/weather/weather.sql")
    sql.write_text("SELECT place_id, day::DATE AS day FROM (VALUES ('P:1', '2026-01-01')) AS t(place_id, day)\n")
    joined.step("trips.weather")
    found = _one(joined, "trips.trips", "place_id", "trips.weather", "place_id")
    assert (found.relation, found.also, _figures(found)) == ("partial", ("day",), (1, 1 / 3, 1.0, True))


def test_the_most_useful_comes_first(joined: World) -> None:
    joined.write("trips.elsewhere", STAY, [(1, "P:50")])
    joined.step("trips.elsewhere")
    assert [(join.address, join.column) for join in _joins(joined, "trips.trips")] == [
        ("places.places", "place_id"),
        ("places.places", "stop_code"),
        ("trips.stays", "place_id"),
        ("trips.elsewhere", "place_id"),
    ]


def test_what_was_published_before_its_register_is_not_measured_against_it(world: World) -> None:
    world.step("trips.trips")
    world.step("places.places")
    world.declare()
    assert _figures(_one(world, "trips.trips", "stop_code", "places.places", "short_code")) == (None, None, None, False)
    ids = _one(world, "trips.trips", "place_id", "places.places", "place_id")
    assert _figures(ids) == (2, 2 / 3, 2 / 4, True)  # ids are ids, whoever knows them: the sketches tell


def test_sketches_of_two_homes_tell_nothing(joined: World) -> None:
    (joined.tiny.home / "sampling.key").unlink()
    joined.step("trips.stays", force=True)
    found = _one(joined, "trips.trips", "place_id", "trips.stays", "place_id")
    assert _figures(found) == (None, None, None, False)


def test_large_sets_are_estimated_with_a_margin(world: World) -> None:
    for name, first in (("here", 0), ("there", 10_000)):
        world.write(f"trips.{name}", STAY, [(1, "P:1")])
        sql = f"SELECT i AS trip_id, 'P:' || i AS place_id FROM range({first}, {first + 20_000}) AS r(i)\n"
        world.tiny.file(f"domains/trips/{name}/{name}.sql").write_text(sql)
        world.step(f"trips.{name}")
    found = _one(world, "trips.here", "place_id", "trips.there", "place_id")
    assert not found.exact
    assert found.rate == pytest.approx(0.5, abs=0.04)
    assert found.common == pytest.approx(10_000, rel=0.08)
    assert 0.014 < (found.margin or 0) < 0.023


def test_restricted_columns_are_marked(joined: World) -> None:
    hidden = "{name: place_id, logicalType: string, tags: [entity:place], classification: restricted,"
    hidden += " customProperties: [{property: protection, value: tokenise}]}"
    joined.write("trips.secret", [TRIP_ID, hidden], [(1, "P:1")])
    contract = joined.tiny.file("domains/trips/secret/secret.contract.yaml")
    contract.write_text(
        contract.read_text().replace("\nteam:", '\n  - {property: retention, value: 5, unit: "y"}\nteam:')
    )
    joined.step("trips.secret")
    assert _one(joined, "trips.trips", "place_id", "trips.secret", "place_id").restricted
    assert not _one(joined, "trips.trips", "place_id", "trips.stays", "place_id").restricted


def test_a_port_without_ids_has_no_joins(joined: World) -> None:
    joined.write("trips.numbers", [TRIP_ID], [(1,)])
    joined.step("trips.numbers")
    assert _joins(joined, "trips.numbers") == []


def test_a_port_that_nobody_knows(joined: World) -> None:
    with pytest.raises(UnknownAddressError, match=r"knows no port 'trips\.lost'"):
        _joins(joined, "trips.lost")


def test_every_statement_runs(joined: World) -> None:
    """Trips keep their rows where a place adds at most one to each; stays at P:1 meet two trips each."""
    found = [(join.address, join.column, len(_rows(joined, join.sql, "*"))) for join in _joins(joined, "trips.trips")]
    assert found == [
        ("places.places", "place_id", 5),
        ("places.places", "stop_code", 5),
        ("trips.stays", "place_id", 4),
    ]


def test_names_that_sql_would_misread_are_quoted(joined: World) -> None:
    odd = '{name: "Place of stay", logicalType: string, tags: [entity:place]}'
    joined.write("trips.odd", [TRIP_ID, odd], [(1, "P:1")])
    sql = "SELECT 1::BIGINT AS trip_id, 'P:1' AS \"Place of stay\"\n"
    joined.tiny.file("domains/trips/odd/odd.sql").write_text(sql)
    contract = joined.tiny.file("domains/trips/odd/odd.contract.yaml")
    contract.write_text(contract.read_text().replace("status: active", "status: draft"))  # the names policy forbids it
    joined.step("trips.odd")
    found = _one(joined, "trips.trips", "place_id", "trips.odd", "Place of stay")
    assert len(_rows(joined, found.sql, "*")) == 2


def _rows(world: World, sql: str, columns: str = "stop_code, place_id") -> list[tuple[object, ...]]:
    """What a reader of the ports gets, as `mesh query` does."""
    services = Services(world.settings)
    try:
        asked, access = f"SELECT {columns} FROM ({sql})", world.settings.store_access
        return run_query(asked, services.reader(), limit=None, memory_limit="1GB", access=access).rows
    finally:
        services.close()


def test_of_many_ports_the_most_promising_are_told_of(joined: World) -> None:
    with joined.catalog() as catalog:
        found = joins(catalog, "trips.trips", most=1)
    assert {join.address for join in found} == {"places.places"}
