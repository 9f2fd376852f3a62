"""The reference mesh as its files say it is."""

from __future__ import annotations

import pytest

from mesh_core.contracts.graph import inputs_of, key_of, ordered
from mesh_core.contracts.tree import Mesh, Port

PORTS = {
    "airports.airports": "sql",
    "fleet.aircraft": "sql",
    "fleet.carriers": "sql",
    "flight_operations.flight_events": "sql",
    "flight_operations.flights": "sql",
    "flight_operations.flights_history": "sql",
    "network_planning.aircraft_utilisation": "sql",
    "network_planning.delay_risk": "python",
    "network_planning.route_utilisation": "sql",
    "punctuality.delay_causes": "dbt",
    "punctuality.on_time_performance": "dbt",
    "weather.observations": "sql",
    "weather.observations_v2": "sql",
}

VERSIONS = {
    "airports.airports": ("1.1.0", "active"),
    "fleet.aircraft": ("1.1.0", "active"),
    "flight_operations.flights": ("1.2.1", "active"),
    "flight_operations.flight_events": ("1.1.0", "active"),
    "flight_operations.flights_history": ("1.2.0", "active"),
    "network_planning.aircraft_utilisation": ("1.1.0", "active"),
    "network_planning.route_utilisation": ("1.0.1", "active"),
    "weather.observations": ("1.1.0", "deprecated"),
    "weather.observations_v2": ("2.0.1", "active"),
}
"""Of all others: 1.0.0, active."""


def test_six_domains_load_and_none_is_broken(mesh: Mesh) -> None:
    assert mesh.broken == {}
    assert sorted(mesh.domains) == [
        "airports",
        "fleet",
        "flight_operations",
        "network_planning",
        "punctuality",
        "weather",
    ]


def test_thirteen_ports_in_all_three_ways(mesh: Mesh) -> None:
    assert {address.sql: port.engine for address, port in mesh.ports.items()} == PORTS


def test_every_port_comes_after_what_it_reads(mesh: Mesh) -> None:
    nodes = ordered(mesh)
    place = {key_of(node): number for number, (_, node) in enumerate(nodes)}
    for tree, node in nodes:
        for given in inputs_of(node, tree):
            before = given.address.asset_key if hasattr(given, "address") else given.key
            assert place[before] < place[key_of(node)]


def test_route_utilisation_reads_four_domains(mesh: Mesh) -> None:
    port = mesh.port("network_planning.route_utilisation")
    read = {given.address.domain for given in inputs_of(port, mesh.domains["network_planning"])}
    assert read == {"airports", "fleet", "flight_operations", "punctuality"}


@pytest.mark.parametrize("address", sorted(PORTS))
def test_contract_is_complete(mesh: Mesh, address: str) -> None:
    contract = mesh.port(address).contract
    assert (contract.version, contract.status) == VERSIONS.get(address, ("1.0.0", "active"))
    assert contract.purpose
    assert contract.limitations
    assert contract.usage
    assert contract.granularity
    assert contract.primary_key
    assert contract.owner
    assert contract.support
    assert contract.links
    assert contract.server("local").path == address.replace(".", "/")
    assert contract.sla("latency")
    assert {rule.type for rule in contract.rules} == {"library", "sql", "custom"}
    for column in contract.columns:
        assert column.description, column.name
        assert column.business_name, column.name
        assert column.classification in {"public", "internal", "restricted"}, column.name


def test_tail_numbers_are_restricted_wherever_they_are(mesh: Mesh) -> None:
    classified = {
        (address.sql, column.classification)
        for address, port in mesh.ports.items()
        for column in port.contract.columns
        if column.name == "tail_number"
    }
    assert classified == {
        ("fleet.aircraft", "restricted"),
        ("flight_operations.flights", "restricted"),
        ("flight_operations.flights_history", "restricted"),
        ("network_planning.aircraft_utilisation", "restricted"),
    }


def test_source_aligned_ports_name_a_frequency(mesh: Mesh) -> None:
    def given(port: Port) -> str:
        sla = port.contract.sla("frequency")
        return f"{sla.value}{sla.unit}" if sla else ""

    assert {address.sql: given(port) for address, port in mesh.ports.items() if given(port)} == {
        "airports.airports": "7d",
        "fleet.aircraft": "7d",
        "fleet.carriers": "7d",
        "flight_operations.flight_events": "1d",
        "flight_operations.flights": "1d",
        "flight_operations.flights_history": "1d",
        "weather.observations": "1h",
        "weather.observations_v2": "1h",
    }


def test_python_lineage_is_declared_for_every_column(mesh: Mesh) -> None:
    sources = {c.name: c.transform_sources for c in mesh.port("network_planning.delay_risk").contract.columns}
    assert all(sources.values())
    known = {f"{a.sql}.{c.name}" for a, port in mesh.ports.items() for c in port.contract.columns}
    assert {source for several in sources.values() for source in several} <= known
