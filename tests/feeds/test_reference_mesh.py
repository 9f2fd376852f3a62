"""The reference mesh in open formats, and what its flows suggest: real data, six domains, SQL, Python and dbt."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from mesh.conftest import reference  # noqa: F401

from .client_classes import read_event

if TYPE_CHECKING:
    from mesh.conftest import Reference

pytestmark = [pytest.mark.mesh, pytest.mark.folder]

PORTS = 13


def emitted(mesh: Reference) -> list[dict[str, Any]]:
    files = sorted((mesh.home / "openlineage").glob("events-*.jsonl"))
    return [json.loads(line) for file in files for line in file.read_text().splitlines()]


@pytest.fixture
def published(reference: Reference) -> Reference:  # noqa: F811
    return reference


def test_every_step_and_port_was_told_as_it_happened(published: Reference) -> None:
    events = emitted(published)
    assert all(read_event(each) for each in events)
    done = {each["job"]["name"] for each in events if each["eventType"] == "COMPLETE"}
    ports = {name for name in done if name.count(".") == 1}
    assert len(ports) == PORTS
    assert {f"{name}.audit" for name in ports} <= done
    assert {"flight_operations.bronze.flights_feed", "airports.bronze.world_airports"} <= done
    parents = {each["run"]["facets"]["parent"]["run"]["runId"] for each in events if "audit" not in each["job"]["name"]}
    assert len(parents) < len(done), "several steps share a Dagster run"


def test_an_edge_between_domains_joins_a_dbt_model_to_another_domains_table(published: Reference) -> None:
    events = emitted(published)
    [made] = [
        each
        for each in events
        if each["job"]["name"] == "punctuality.on_time_performance" and each["eventType"] == "COMPLETE"
    ]
    lake = published.home / "lake"
    assert f"{lake}/flight_operations/flights" in {each["name"] for each in made["inputs"]}
    [flights] = [
        each
        for each in events
        if each["job"]["name"] == "flight_operations.flights" and each["eventType"] == "COMPLETE"
    ]
    assert flights["outputs"][0]["name"] == f"{lake}/flight_operations/flights"
    fields = made["outputs"][0]["facets"]["columnLineage"]["fields"]
    assert f"{lake}/flight_operations/flights" in {
        given["name"] for each in fields.values() for given in each["inputFields"]
    }
    assert made["job"]["facets"]["sourceCode"]["language"] == "jinja-sql"


def test_told_again_from_the_catalog_the_runs_are_the_same(published: Reference) -> None:
    again = [json.loads(line) for line in published.mesh("feed", "openlineage").stdout.splitlines()]
    assert all(read_event(each) for each in again)
    of_ports = {each["run"]["runId"] for each in emitted(published) if each["job"]["name"].count(".") == 1}
    assert {each["run"]["runId"] for each in again if "run" in each and "audit" not in each["job"]["name"]} <= of_ports


def test_what_its_flows_suggest_makes_sense(published: Reference) -> None:
    found = json.loads(published.mesh("insights", "--json").stdout)["topology"]
    told = [(each["kind"], each["subject"]) for each in found["recommendations"]]
    assert told == [
        ("master data", "airport"),
        ("master data", "carrier"),
        ("master data", "aircraft, published by several"),
        ("shared hub", "airports"),
        ("peer to peer", "7 flows"),
    ]
    flows = {(each["upstream"], each["downstream"]) for each in found["flows"]}
    assert ("flight_operations", "punctuality") in flows
    assert all(each["rows"] for each in found["flows"])
