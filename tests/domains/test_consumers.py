"""What consumer-aligned products make of their inputs, on rows small enough to check by hand."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import TYPE_CHECKING, Any

import pytest

from mesh_core.orchestration import Table

if TYPE_CHECKING:
    import duckdb

    Run = Callable[[str], list[dict[str, Any]]]


def test_unknown_aircraft_are_shown_not_dropped(connection: duckdb.DuckDBPyConnection, run: Run) -> None:
    connection.execute(
        """
        CREATE TABLE fleet.aircraft AS SELECT
            'N14228' AS tail_number, 'BOEING' AS manufacturer, '737-824' AS model, 149 AS seat_count;
        CREATE TABLE flight_operations.flights AS FROM (VALUES
            ('N14228', 'UA', DATE '2013-01-01', 'IAH', 227, 1400, false),
            ('N14228', 'UA', DATE '2013-01-01', 'IAH', 223, 1400, false),
            ('N3EKAA', 'AA', DATE '2013-01-02', 'MIA', NULL, 1089, false),
            (NULL, 'AA', DATE '2013-01-02', 'MIA', NULL, 1089, true)
        ) AS flight (
            tail_number, carrier_code, flight_date, destination_code, air_time_minutes, distance_miles, cancelled
        )
        """
    )
    known, unknown = sorted(
        run("network_planning/aircraft_utilisation/aircraft_utilisation.sql"),
        key=lambda row: str(row["tail_number"]),
    )
    assert known["aircraft_known"] is True
    assert known["seat_count"] == 149
    assert known["flights"] == 2
    assert known["flights_per_day_flown"] == 2.0
    assert known["air_hours"] == 7.5
    assert known["miles"] == 2800
    assert unknown["tail_number"] == "N3EKAA"
    assert unknown["aircraft_known"] is False
    assert unknown["seat_count"] is None
    assert unknown["first_flight_date"] == date(2013, 1, 2)


def test_risk_leans_towards_the_baseline(connection: duckdb.DuckDBPyConnection, function: Callable[[str], Any]) -> None:
    connection.execute(
        """
        CREATE TABLE fleet.carriers AS SELECT 'UA' AS carrier_code, 'United Air Lines Inc.' AS carrier_name;
        CREATE TABLE weather.observations AS SELECT
            'ICAO:KEWR' AS airport_id, TIMESTAMPTZ '2013-01-01 10:00:00Z' AS observed_at,
            'VFR' AS visibility_category, 0.2 AS precipitation_inches, NULL::DOUBLE AS wind_gust_mph;
        CREATE TABLE flight_operations.flights_history AS FROM (VALUES
            ('ICAO:KEWR', 'UA', 5, TIMESTAMPTZ '2013-01-01 10:15:00Z', 30, 'completed'),
            ('ICAO:KEWR', 'UA', 5, TIMESTAMPTZ '2013-01-01 10:20:00Z', 14, 'completed'),
            ('ICAO:KEWR', 'XX', 5, TIMESTAMPTZ '2013-01-02 10:15:00Z', 0, 'diverted'),
            ('ICAO:KEWR', 'XX', 5, TIMESTAMPTZ '2013-01-02 10:15:00Z', NULL, 'cancelled')
        ) AS flight (
            origin_airport_id, carrier_code, scheduled_departure_hour, scheduled_departure_at,
            departure_delay_minutes, status
        )
        """
    )
    delay_risk = function("network_planning/delay_risk/delay_risk.py")
    wet, dry = delay_risk(
        Table(connection, "flight_operations.flights_history"),
        Table(connection, "weather.observations"),
        Table(connection, "fleet.carriers"),
    ).to_dict("records")
    assert (wet["carrier_code"], wet["weather_band"], wet["carrier_name"]) == ("UA", "wet", "United Air Lines Inc.")
    assert (wet["flights"], wet["late_departures"], wet["observed_rate"]) == (2, 1, 0.5)
    # One of three flights is late, so the baseline is a third; the cell counts 2 of its 22 flights itself.
    assert wet["baseline_risk"] == pytest.approx(1 / 3)
    assert wet["delay_risk"] == pytest.approx((1 + 20 / 3) / 22)
    assert (dry["carrier_code"], dry["weather_band"], dry["flights"]) == ("XX", "unknown", 1)


def test_an_impossible_wind_is_withheld_and_flagged(connection: duckdb.DuckDBPyConnection, run: Run) -> None:
    connection.execute(
        """
        CREATE TABLE airports.airports AS SELECT 'ICAO:KEWR' AS airport_id, 'EWR' AS flight_code;
        CREATE TABLE bronze.station_reports AS FROM (VALUES
            ('EWR', 39.0, 27.0, 61.6, 260, 1048.36058, NULL, 0.0, 1008.3, 10.0, TIMESTAMPTZ '2013-02-12 08:00:00Z'),
            ('EWR', 39.0, 27.0, 61.6, NULL, NULL, NULL, 0.0, NULL, 2.5, TIMESTAMPTZ '2013-02-12 09:00:00Z')
        ) AS report (
            origin, temp, dewp, humid, wind_dir, wind_speed, wind_gust, precip, pressure, visib, time_hour
        )
        """
    )
    suspect, calm = run("weather/observations/observations.sql")
    assert suspect["wind_speed_mph"] is None
    assert suspect["wind_speed_suspect"] is True
    assert suspect["visibility_category"] == "VFR"
    assert calm["wind_speed_suspect"] is False
    assert calm["visibility_category"] == "IFR"
    assert calm["airport_id"] == "ICAO:KEWR"


def test_weather_in_both_units(connection: duckdb.DuckDBPyConnection, run: Run) -> None:
    connection.execute(
        """
        CREATE TABLE airports.airports AS SELECT 'ICAO:KEWR' AS airport_id, 'EWR' AS flight_code;
        CREATE TABLE bronze.station_reports AS FROM (VALUES
            ('EWR', 39.02e0, 26.06e0, 59e0, 270, 10.35702e0, 20.71404e0, 0.13e0, 1012e0, 10e0,
             TIMESTAMPTZ '2013-01-01 06:00:00Z')
        ) AS report (
            origin, temp, dewp, humid, wind_dir, wind_speed, wind_gust, precip, pressure, visib, time_hour
        )
        """
    )
    [row] = run("weather/observations/observations.sql")
    assert (row["temperature_f"], row["temperature_c"]) == (39.02, 3.9)
    assert (row["dew_point_f"], row["dew_point_c"]) == (26.06, -3.3)
    assert (row["wind_speed_mph"], row["wind_speed_kmh"]) == (10.35702, 16.67)  # nine knots
    assert (row["wind_gust_mph"], row["wind_gust_kmh"]) == (20.71404, 33.34)
    assert (row["precipitation_inches"], row["precipitation_mm"]) == (0.13, 3.302)
    assert (row["pressure_millibars"], row["pressure_hpa"]) == (1012.0, 1012.0)
    assert (row["visibility_miles"], row["visibility_km"]) == (10.0, 16.09)
