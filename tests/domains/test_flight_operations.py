"""Clock times become UTC, cancelled and diverted flights stay visible, history changes its source once."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    import duckdb

    Text = Callable[[str], str]
    Run = Callable[[str], list[dict[str, Any]]]


FEED = (
    "year BIGINT, month BIGINT, day BIGINT, dep_time BIGINT, sched_dep_time BIGINT, dep_delay BIGINT, "
    "arr_time BIGINT, sched_arr_time BIGINT, arr_delay BIGINT, carrier VARCHAR, flight BIGINT, tailnum VARCHAR, "
    "origin VARCHAR, dest VARCHAR, air_time BIGINT, distance BIGINT, hour BIGINT, minute BIGINT, "
    "time_hour TIMESTAMP WITH TIME ZONE"
)
# Rows of the real feed, as they stand there.
ON_TIME = "(2013,1,1,517,515,2,830,819,11,'UA',1545,'N14228','EWR','IAH',227,1400,5,15,'2013-01-01T10:00:00Z')"
CANCELLED = (
    "(2013,1,1,NULL,1630,NULL,NULL,1815,NULL,'EV',4308,'N18120','EWR','RDU',NULL,416,16,30,'2013-01-01T21:00:00Z')"
)
DIVERTED = (
    "(2013,1,1,1525,1530,-5,1934,1805,NULL,'MQ',4525,'N719MQ','LGA','XNA',NULL,1147,15,30,'2013-01-01T20:00:00Z')"
)
# Left at 22:17 on the last evening of summer time and landed at 01:14, an hour that came twice that night.
SUMMER_ENDS = (
    "(2013,11,2,2217,1655,322,114,2015,299,'VX',413,'N838VA','JFK','LAX',339,2475,16,55,'2013-11-02T20:00:00Z')"
)
# Left at midnight, which the feed calls 2400.
MIDNIGHT = "(2013,10,30,2400,2359,1,327,337,-10,'B6',839,'N661JB','JFK','BQN',182,1576,23,59,'2013-10-31T03:00:00Z')"


@pytest.fixture
def feed(connection: duckdb.DuckDBPyConnection, text: Text) -> duckdb.DuckDBPyConnection:
    connection.execute(f"CREATE TABLE bronze.flights_feed ({FEED})")
    connection.execute(
        """
        CREATE TABLE airports.airports AS FROM (VALUES
            ('ICAO:KEWR', 'EWR', 'America/New_York'), ('ICAO:KLGA', 'LGA', 'America/New_York'),
            ('ICAO:KJFK', 'JFK', 'America/New_York'), ('ICAO:KIAH', 'IAH', 'America/Chicago'),
            ('ICAO:KXNA', 'XNA', 'America/Chicago'), ('ICAO:KRDU', 'RDU', 'America/New_York'),
            ('ICAO:KLAX', 'LAX', 'America/Los_Angeles'), ('ICAO:TJBQ', 'BQN', 'America/Puerto_Rico')
        ) AS airport (airport_id, flight_code, time_zone)
        """
    )
    for step in ("flights_cleaned",):
        sql = f"flight_operations/flights/silver/{step}.sql"
        connection.execute(f"CREATE VIEW silver.{step} AS {text(sql)}")
    return connection


def _utc(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)


def test_a_flight_to_another_time_zone(feed: duckdb.DuckDBPyConnection, run: Run) -> None:
    feed.execute(f"INSERT INTO bronze.flights_feed VALUES {ON_TIME}")
    (flight,) = run("flight_operations/flights/flights.sql")
    assert flight["flight_id"] == "2013-01-01-UA-1545-EWR"
    assert flight["flight_date"] == date(2013, 1, 1)
    assert flight["origin_airport_id"] == "ICAO:KEWR"
    assert flight["destination_airport_id"] == "ICAO:KIAH"
    assert flight["scheduled_departure_at"] == _utc(2013, 1, 1, 10, 15)
    assert flight["actual_departure_at"] == _utc(2013, 1, 1, 10, 17)
    assert flight["scheduled_arrival_at"] == _utc(2013, 1, 1, 14, 19)
    assert flight["actual_arrival_at"] == _utc(2013, 1, 1, 14, 30)
    assert flight["status"] == "completed"
    assert flight["cancelled"] is False


def test_a_cancelled_flight_keeps_its_schedule(feed: duckdb.DuckDBPyConnection, run: Run) -> None:
    feed.execute(f"INSERT INTO bronze.flights_feed VALUES {CANCELLED}")
    (flight,) = run("flight_operations/flights/flights.sql")
    assert flight["cancelled"] is True
    assert flight["status"] == "cancelled"
    assert flight["scheduled_departure_at"] == _utc(2013, 1, 1, 21, 30)
    assert flight["scheduled_arrival_at"] == _utc(2013, 1, 1, 23, 15)
    assert flight["actual_departure_at"] is None
    assert flight["actual_arrival_at"] is None


def test_a_diverted_flight_arrives_by_the_clock(feed: duckdb.DuckDBPyConnection, run: Run) -> None:
    feed.execute(f"INSERT INTO bronze.flights_feed VALUES {DIVERTED}")
    (flight,) = run("flight_operations/flights/flights.sql")
    assert flight["status"] == "diverted"
    assert flight["actual_departure_at"] == _utc(2013, 1, 1, 20, 25)
    assert flight["actual_arrival_at"] == _utc(2013, 1, 2, 1, 34)


def test_the_night_summer_time_ends(feed: duckdb.DuckDBPyConnection, run: Run) -> None:
    feed.execute(f"INSERT INTO bronze.flights_feed VALUES {SUMMER_ENDS}")
    (flight,) = run("flight_operations/flights/flights.sql")
    assert flight["actual_departure_at"] == _utc(2013, 11, 3, 2, 17)
    assert flight["scheduled_arrival_at"] == _utc(2013, 11, 3, 3, 15)
    # 01:14 summer time, not an hour later: 299 minutes behind schedule.
    assert flight["actual_arrival_at"] == _utc(2013, 11, 3, 8, 14)


def test_clocks_change_while_the_flight_is_in_the_air(feed: duckdb.DuckDBPyConnection, run: Run) -> None:
    # No flight of 2013 was scheduled like this; one of another year may be.
    feed.execute(
        "INSERT INTO bronze.flights_feed VALUES "
        "(2013,3,10,400,400,0,700,700,0,'AA',1,'N1AA','JFK','LAX',340,2475,4,0,'2013-03-10T08:00:00Z')"
    )
    (flight,) = run("flight_operations/flights/flights.sql")
    # Los Angeles is at UTC-8 at the departure and at UTC-7 at the arrival.
    assert flight["scheduled_arrival_at"] == _utc(2013, 3, 10, 14, 0)


def test_midnight_belongs_to_the_night_before(feed: duckdb.DuckDBPyConnection, run: Run) -> None:
    feed.execute(f"INSERT INTO bronze.flights_feed VALUES {MIDNIGHT}")
    (flight,) = run("flight_operations/flights/flights.sql")
    assert flight["flight_date"] == date(2013, 10, 30)
    assert flight["scheduled_departure_at"] == _utc(2013, 10, 31, 3, 59)
    assert flight["actual_departure_at"] == _utc(2013, 10, 31, 4, 0)
    assert flight["scheduled_arrival_at"] == _utc(2013, 10, 31, 7, 37)
    assert flight["actual_arrival_at"] == _utc(2013, 10, 31, 7, 27)


def test_an_unknown_destination_is_kept(feed: duckdb.DuckDBPyConnection, run: Run) -> None:
    feed.execute(f"INSERT INTO bronze.flights_feed VALUES {ON_TIME.replace('IAH', 'QQQ')}")
    (flight,) = run("flight_operations/flights/flights.sql")
    assert flight["destination_code"] == "QQQ"
    assert flight["destination_airport_id"] is None
    assert flight["scheduled_arrival_at"] is None


def test_events_of_three_flights(feed: duckdb.DuckDBPyConnection, run: Run, text: Text) -> None:
    feed.execute(f"INSERT INTO bronze.flights_feed VALUES {ON_TIME}, {CANCELLED}, {DIVERTED}")
    feed.execute(f"CREATE TABLE flight_operations.flights AS {text('flight_operations/flights/flights.sql')}")
    events = run("flight_operations/flight_events/flight_events.sql")
    assert sorted((e["event_id"], e["time_basis"], e["delay_minutes"]) for e in events) == [
        ("2013-01-01-EV-4308-EWR/cancelled", "scheduled", None),
        ("2013-01-01-EV-4308-EWR/scheduled", "scheduled", None),
        ("2013-01-01-MQ-4525-LGA/arrived", "clock", None),
        ("2013-01-01-MQ-4525-LGA/departed", "reported", -5),
        ("2013-01-01-MQ-4525-LGA/scheduled", "scheduled", None),
        ("2013-01-01-UA-1545-EWR/arrived", "reported", 11),
        ("2013-01-01-UA-1545-EWR/departed", "reported", 2),
        ("2013-01-01-UA-1545-EWR/scheduled", "scheduled", None),
    ]


def test_history_takes_the_feed_over_at_the_cut_over(feed: duckdb.DuckDBPyConnection, run: Run, text: Text) -> None:
    feed.execute("SET VARIABLE cutOverDate = DATE '2013-07-01'")  # as the contract says
    feed.execute("SET VARIABLE overlapEndDate = DATE '2013-07-07'")
    feed.execute(f"CREATE TABLE bronze.flights_extract ({FEED})")
    days = {day: ON_TIME.replace("2013,1,1,", day) for day in ("2013,6,30,", "2013,7,1,", "2013,7,7,", "2013,7,8,")}
    late = days["2013,7,1,"].replace("11,'UA'", "99,'UA'")
    feed.execute(f"INSERT INTO bronze.flights_extract VALUES {', '.join(days.values())}")
    # The feed has sent two days, one of them with a corrected delay; 7 July is still to come.
    feed.execute(f"INSERT INTO bronze.flights_feed VALUES {days['2013,6,30,']}, {late}")
    feed.execute(f"CREATE TABLE flight_operations.flights AS {text('flight_operations/flights/flights.sql')}")
    cleaned = text("flight_operations/flights_history/silver/extract_cleaned.sql")
    feed.execute(f"CREATE VIEW silver.extract_cleaned AS {cleaned}")
    history = run("flight_operations/flights_history/flights_history.sql")
    found = sorted((r["flight_date"], r["record_origin"], r["arrival_delay_minutes"]) for r in history)
    assert found == [
        (date(2013, 6, 30), "extract", 11),
        (date(2013, 7, 1), "live", 99),
        (date(2013, 7, 7), "extract", 11),
    ]
    assert {row["scheduled_departure_hour"] for row in history} == {5}
