"""Replayed data carry the clock that released them, from the landing zone to every port that is made of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import pytest
from mesh.conftest import reference  # noqa: F401 - a fixture

from mesh_core.ingestion.replay import clock_after

if TYPE_CHECKING:
    from mesh.conftest import Reference


@pytest.mark.parametrize(
    ("files", "clock"),
    [
        ([], ""),
        (["2013-01-01.csv"], "2013-01-02T00:00:00+00:00"),
        (["2013-12-31.csv", "2013-02-28.csv"], "2014-01-01T00:00:00+00:00"),
        (["2013-02-28.csv", "corrections.csv"], "2013-03-01T00:00:00+00:00"),
        (["corrections.csv"], ""),
    ],
)
def test_the_clock_shows_the_end_of_the_last_released_day(files: Sequence[str], clock: str) -> None:
    assert clock_after(files) == clock


@pytest.mark.mesh
def test_the_clock_reaches_every_port_that_is_made_of_the_replay(
    reference: Reference,  # noqa: F811
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    services = reference.services(monkeypatch)
    clocks = {}
    for entry in services.catalog.ports():
        publication = services.catalog.publication(entry.address)
        assert publication is not None
        clocks[entry.address] = publication.clock[:10]
    services.close()
    assert {address for address, clock in clocks.items() if clock == "2014-01-01"} == {
        "flight_operations.flights",
        "flight_operations.flight_events",
        "flight_operations.flights_history",
        "network_planning.aircraft_utilisation",
        "network_planning.delay_risk",
        "network_planning.route_utilisation",
        "punctuality.delay_causes",
        "punctuality.on_time_performance",
    }
    assert {address for address, clock in clocks.items() if clock == ""} == {
        "airports.airports",
        "fleet.aircraft",
        "fleet.carriers",
        "weather.observations",
        "weather.observations_v2",
    }
