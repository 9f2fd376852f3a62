"""The real ids: what the registers know of them, and every join that the catalog offers."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from mesh.conftest import reference  # noqa: F401

from mesh_core.catalog import Catalog
from mesh_core.search.joins import Join, joins
from mesh_core.serving import QuerySession

if TYPE_CHECKING:
    from mesh.conftest import Reference

pytestmark = pytest.mark.mesh

PORTS = 13
FLIGHTS = "flight_operations.flights"
UNKNOWN = """
SELECT count(DISTINCT tail_number), count(*) FROM flight_operations.flights
WHERE tail_number NOT IN (SELECT tail_number FROM fleet.aircraft)
"""


@pytest.fixture
def catalog(reference: Reference, monkeypatch: pytest.MonkeyPatch) -> Catalog:  # noqa: F811
    return reference.services(monkeypatch).catalog


@pytest.fixture
def session(reference: Reference, monkeypatch: pytest.MonkeyPatch):  # noqa: F811
    services = reference.services(monkeypatch)
    with QuerySession(services.reader(), memory_limit="1GB") as opened:
        yield opened


def _join(found: tuple[Join, ...], column: str, other: str) -> Join:
    return next(join for join in found if (join.column, join.address) == (column, other))


def test_721_tail_numbers_have_no_record(catalog: Catalog, session: QuerySession) -> None:
    """The feed's NA, which counts as a 722nd where it is taken for a mark, is null here and no id."""
    [tail] = [key for key in catalog.key_measurements([FLIGHTS])[FLIGHTS] if key.column == "tail_number"]
    assert (tail.keys, tail.resolved, tail.keys - (tail.resolved or 0)) == (4_043, 3_322, 721)
    assert (tail.rows, tail.resolved_rows) == (334_264, 284_170)
    assert session.ask(UNKNOWN).rows == [(721, 334_264 - 284_170)]


def test_what_the_registers_know_of_the_other_ids(catalog: Catalog) -> None:
    found = catalog.key_measurements()
    unknown = {
        (address, key.column): key.keys - key.resolved
        for address, keys in found.items()
        for key in keys
        if key.resolved is not None and key.resolved < key.keys
    }
    assert unknown == {
        ("flight_operations.flights", "tail_number"): 721,
        ("flight_operations.flights_history", "tail_number"): 721,
        ("network_planning.aircraft_utilisation", "tail_number"): 721,
    }
    assert {address: len(keys) for address, keys in found.items() if len(keys) > 4} == {
        "airports.airports": 5,
        "flight_operations.flights": 7,
        "flight_operations.flights_history": 5,
    }
    assert len(found) == PORTS


def test_how_much_of_the_flights_meets(catalog: Catalog) -> None:
    found = joins(catalog, FLIGHTS)
    aircraft = _join(found, "tail_number", "fleet.aircraft")
    assert (aircraft.common, aircraft.exact, aircraft.restricted) == (3_322, True, True)
    assert aircraft.rate == pytest.approx(3_322 / 4_043)
    airports = _join(found, "destination_airport_id", "airports.airports")
    assert (airports.common, airports.rate, airports.relation) == (105, 1.0, "key")
    codes = _join(found, "destination_code", "airports.airports")
    assert (codes.other_column, codes.common, codes.code) == ("flight_code", 105, "flight")
    history = _join(found, "flight_id", "flight_operations.flights_history")
    assert (history.common, history.exact) == (336_776, True)
    weather = _join(found, "origin_airport_id", "weather.observations_v2")
    assert (weather.relation, weather.also, weather.common) == ("partial", ("observed_at",), 3)
    assert found[-1].card.status == "deprecated"


def test_every_statement_runs(catalog: Catalog, session: QuerySession) -> None:
    cards = catalog.cards()
    offered = [join for card in cards for join in joins(catalog, card.address, cards=cards)]
    assert len(offered) > 200
    for join in offered:
        assert session.ask(f"SELECT 1 FROM ({join.sql}) LIMIT 1").rows == ([(1,)] if join.common else [])
