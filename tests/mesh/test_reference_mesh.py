"""Six domains on real data: what a first run publishes, with numbers that stand in the sources' documentation."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest

from .conftest import Reference

pytestmark = pytest.mark.mesh

ROWS = {
    "airports.airports": 28_419,
    "fleet.aircraft": 3_322,
    "fleet.carriers": 16,
    "flight_operations.flight_events": 1_001_615,
    "flight_operations.flights": 336_776,
    "flight_operations.flights_history": 336_776,
    "network_planning.aircraft_utilisation": 4_037,
    "network_planning.delay_risk": 1_913,
    "network_planning.route_utilisation": 3_869,
    "punctuality.delay_causes": 12_711,
    "punctuality.on_time_performance": 11_864,
    "weather.observations": 26_115,
    "weather.observations_v2": 26_115,
}


def _query(reference: Reference, sql: str) -> list[dict[str, Any]]:
    done = reference.mesh("query", sql, "--json")
    assert done.returncode == 0, done.stderr
    rows: list[dict[str, Any]] = json.loads(done.stdout)["rows"]
    return rows


def test_every_port_is_published(reference: Reference) -> None:
    ports = {port["address"]: port for port in reference.first["ports"]}
    assert {name: port["rows"] for name, port in ports.items()} == ROWS
    assert {port["status"] for port in ports.values()} == {"published"}
    assert {port["table_version"] for port in ports.values()} == {0}
    assert reference.first["errors"] == []


def test_327_rules_were_checked(reference: Reference) -> None:
    passed = sum(port["checks_passed"] for port in reference.first["ports"])
    failed = sum(port["checks_failed"] for port in reference.first["ports"])
    assert passed + failed == 327


def test_the_history_is_reconciled(reference: Reference) -> None:
    """166,158 flights left before July; the extract ends a week later, and both sources have that week's 6,192."""
    done = reference.mesh("reconcile", "flight_operations.flights_history", "--json")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["reconciliation"] == {
        "historical": "silver.extract_cleaned",
        "live": "flight_operations.flights",
        "proven": True,
        "historical_rows": 172_350,
        "live_rows": 170_618,
        "live_before_cut_over": 166_158,
        "overlap": 6_192,
        "expected": 336_776,
        "published": 336_776,
        "lost": 0,
        "doubled": 0,
        "unexplained": 0,
    }


def test_a_second_run_finds_everything_unchanged(reference: Reference) -> None:
    started = time.perf_counter()
    done = reference.mesh("run", "--json")
    seconds = time.perf_counter() - started
    assert done.returncode == 0, done.stderr
    ports = json.loads(done.stdout)["ports"]
    assert {port["address"]: (port["status"], port["rows"], port["table_version"]) for port in ports} == {
        name: ("unchanged", rows, 0) for name, rows in ROWS.items()
    }
    assert seconds < 4


def test_the_dirt_of_the_sources_is_handled_and_visible(reference: Reference) -> None:
    [row] = _query(
        reference,
        """
        SELECT
          (SELECT count(DISTINCT tail_number) FROM flight_operations.flights
           WHERE tail_number NOT IN (SELECT tail_number FROM fleet.aircraft)) AS unknown_tails,
          (SELECT count(*) FROM flight_operations.flights WHERE tail_number IS NULL) AS no_tail,
          (SELECT count(*) FROM flight_operations.flights WHERE tail_number = 'NA') AS not_available
        """,
    )
    # 722 tail numbers that no plane record knows: 721 are numbers, one is 'NA', which became null.
    assert row == {"unknown_tails": 721, "no_tail": 2512, "not_available": 0}


def test_two_majors_of_one_port_from_one_transformation(reference: Reference) -> None:
    [row] = _query(
        reference,
        """
        SELECT count(*) AS hours,
          max(abs(v1.temperature_f - (32 + 1.8 * v2.temperature_c))) < 1e-9 AS temperatures_agree,
          max(abs(v1.precipitation_inches - v2.precipitation_mm / 25.4)) < 1e-9 AS rain_agrees,
          max(abs(v1.wind_gust_mph - v2.wind_gust_kmh / 1.609344)) < 0.01 AS gusts_agree,
          count(*) FILTER (v1.visibility_category <> v2.visibility_category) AS other_categories
        FROM weather.observations AS v1
        JOIN weather.observations_v2 AS v2 USING (airport_id, observed_at)
        """,
    )
    assert row == {
        "hours": 26_115,
        "temperatures_agree": True,
        "rain_agrees": True,
        "gusts_agree": True,
        "other_categories": 0,
    }


def test_causes_by_metric_weather_are_those_by_us_weather(reference: Reference) -> None:
    rows = _query(
        reference,
        "SELECT cause, sum(late_departures) AS late FROM punctuality.delay_causes GROUP BY cause ORDER BY cause",
    )
    # As they were when the model read version 1.
    assert {row["cause"]: int(row["late"]) for row in rows} == {
        "airport_wide": 20_545,
        "individual": 45_361,
        "unknown": 260,
        "weather": 6_748,
    }


def test_a_deprecated_port_names_its_end_and_its_successor(reference: Reference) -> None:
    done = reference.mesh("resolve", "weather.observations@1", "--json")
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert (told["address"], told["version"], told["status"]) == ("weather.observations", "1.1.0", "deprecated")
    assert (told["end_of_support"], told["successor"]) == ("2035-12-31", "mesh://weather/observations/v2")
    assert told["table"]["rows"] == 26_115
    newest = json.loads(reference.mesh("resolve", "weather.observations", "--json").stdout)
    assert (newest["address"], newest["version"]) == ("weather.observations_v2", "2.0.1")


def test_commits_say_what_they_were_made_from(reference: Reference, monkeypatch: pytest.MonkeyPatch) -> None:
    services = reference.services(monkeypatch)
    newest = services.lake.newest(services.lake.table("punctuality/on_time_performance"))
    assert newest is not None
    assert json.loads(newest.facts["inputs"]).keys() >= {"flight_operations.flights", "fleet.carriers"}
    assert newest.facts["contractVersion"] == "1.0.0"
    assert len(newest.facts["runId"]) == 36


@pytest.mark.parametrize(
    ("address", "kind"),
    [
        ("flight_operations.flights", "sql"),
        ("punctuality.on_time_performance", "dbt"),
        ("network_planning.delay_risk", "declared"),
    ],
)
def test_column_lineage_in_all_three_ways(
    reference: Reference, monkeypatch: pytest.MonkeyPatch, address: str, kind: str
) -> None:
    services = reference.services(monkeypatch)
    record = services.catalog.publication(address)
    services.close()
    assert record is not None
    assert record.lineage_kind == kind
    assert {edge.column for edge in record.lineage} <= {column.name for column in record.columns}
    assert len({edge.column for edge in record.lineage}) > len(record.columns) / 2


def test_every_publication_is_in_the_catalog(reference: Reference, monkeypatch: pytest.MonkeyPatch) -> None:
    services = reference.services(monkeypatch)
    entries = services.catalog.ports()
    services.close()
    assert {entry.address: entry.rows for entry in entries} == ROWS
    assert all(entry.owner for entry in entries)


def test_no_restricted_value_is_in_a_sample(reference: Reference, monkeypatch: pytest.MonkeyPatch) -> None:
    services = reference.services(monkeypatch)
    for address in ("flight_operations.flights", "fleet.aircraft", "network_planning.aircraft_utilisation"):
        record = services.catalog.publication(address)
        assert record is not None
        assert {row["tail_number"] for row in record.sample} <= {"•••", None}, address
        told = [row.get("tail_number") for check in record.checks for row in check.sample]
        assert set(told) <= {"•••", None}, address
        assert all(c.minimum is None for c in record.columns if c.name == "tail_number")
    services.close()


def test_lineage_of_a_port_reaches_the_sources(reference: Reference) -> None:
    done = reference.mesh("lineage", "punctuality.on_time_performance", "--json")
    assert done.returncode == 0, done.stderr
    assert "flight_operations.bronze.flights_feed" in done.stdout
