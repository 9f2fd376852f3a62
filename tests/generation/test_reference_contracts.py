"""Tables generated from every contract of the reference mesh pass the audit of a publication."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import pytest

from mesh_core.contracts import Contract
from mesh_core.contracts.loading import load_mesh
from mesh_core.generation import generate
from mesh_core.governance import Charter, load_charter
from mesh_core.settings import load_settings

from .contracts import broken_rules, column, types

ROOT = Path(__file__).parents[2]


@cache
def reference() -> tuple[list[Contract], Charter]:
    mesh = load_mesh(load_settings(ROOT))
    assert not mesh.broken
    return [port.contract for port in mesh.ports.values()], load_charter(ROOT)


@pytest.mark.parametrize("seed", [0, 1, 2])
@pytest.mark.parametrize(("rows", "nulls"), [(100, 0.1), (20, 1.0), (1, 0.1), (0, 0.1)])
def test_all_that_the_schema_says_holds(rows: int, nulls: float, seed: int) -> None:
    contracts, charter = reference()
    made = generate(contracts, charter, rows=rows, nulls=nulls, seed=seed)
    assert broken_rules(contracts, made) == []


def test_columns_have_the_contracts_types_in_its_order() -> None:
    contracts, charter = reference()
    made = generate(contracts, charter, rows=5)
    for each in contracts:
        wanted = {known.name: known.physical_type for known in each.columns}
        assert list(types(each, made).items()) == list(wanted.items())


def test_keys_meet_across_domains_but_for_a_few() -> None:
    """Tail numbers, carriers and airports of five domains; some are unknown, as in the real data."""
    contracts, charter = reference()
    made = generate(contracts, charter)
    known = set(column(made, "airports.airports.airport_id"))
    named = column(made, "flight_operations.flights.origin_airport_id")
    assert 0.7 < sum(name in known for name in named) / len(named) < 1


def test_rules_about_single_rows_are_kept_where_they_can_be() -> None:
    """No live row before the cut-over; a sum of three columns can't be hit by chance and is named."""
    contracts, charter = reference()
    made = {address.sql: table for address, table in generate(contracts, charter).items()}
    history = made["flight_operations.flights_history"]
    assert history.unsolved == ()
    assert history.rows > 25
    early = [row for row in history.records() if str(row["flight_date"]) < "2013-07-01"]
    assert {row["record_origin"] for row in early} == {"extract"}
    assert "parts_make_the_whole" in made["punctuality.on_time_performance"].unsolved
