"""Any changes in any order, against a dict that keeps the last row of each key."""

from __future__ import annotations

import tempfile
from pathlib import Path

import duckdb
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from .ledger import Ledger, new_ledger
from .test_merge import MADE, PROPERTIES

DAY = "2026-01-05"
KEYS, SEQUENCES = st.integers(1, 5), st.none() | st.integers(1, 6)
CHANGES = st.tuples(KEYS, st.sampled_from(["a", "b", "'", ""]), st.integers(0, 3), SEQUENCES, st.booleans())
BATCHES = st.lists(st.lists(CHANGES, max_size=6), min_size=1, max_size=5)


class Model:
    """Rows and removed keys by key, one change after the other, each batch in the order of its sequences."""

    def __init__(self) -> None:
        self.rows: dict[int, tuple] = {}
        self.removed: dict[int, int] = {}

    def merge(self, batch: list[tuple]) -> None:
        last: dict[int, tuple] = {}
        for change in batch:
            if change[0] not in last or _sequence(change) >= _sequence(last[change[0]]):
                last[change[0]] = change
        for key, name, amount, sequence, gone in last.values():
            known = _sequence(self.rows[key]) if key in self.rows else self.removed.get(key, -1)
            if known > (-1 if sequence is None else sequence):
                continue
            self.rows.pop(key, None)
            self.removed.pop(key, None)
            if gone:
                self.removed[key] = -1 if sequence is None else sequence
            else:
                self.rows[key] = (key, name or None, float(amount), sequence)


def _sequence(change: tuple) -> int:
    return -1 if change[3] is None else change[3]


@settings(max_examples=8, deadline=None, suppress_health_check=list(HealthCheck))
@given(BATCHES)
def test_the_table_is_the_model(batches: list[list[tuple]]) -> None:
    _compare(batches)


@pytest.mark.slow
@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(BATCHES)
def test_the_table_is_the_model_at_length(batches: list[list[tuple]]) -> None:
    _compare(batches)


def _compare(batches: list[list[tuple]]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        ledger = new_ledger(Path(folder) / "mesh")
        ledger.write("merge", sql=MADE, properties=PROPERTIES)
        model = Model()
        for number, batch in enumerate(batches):
            rows = [(key, name, amount, sequence, DAY, gone) for key, name, amount, sequence, gone in batch]
            ledger.deliver("batch", [*rows, (100 + number, "fill", 0, 1, DAY, False)])
            ledger.publish()
            model.merge([*batch, (100 + number, "fill", 0, 1, False)])
            assert ledger.shown == sorted(model.rows.values())
            assert ledger.facts["rows"] == str(len(model.rows))
            assert _removed(ledger) == model.removed
        assert ledger.leftovers == set()


def _removed(ledger: Ledger) -> dict[int, int]:
    name = ledger.facts.get("deletedKeys")
    if not name:
        return {}
    file = ledger.lake.table("shop/orders") / name
    rows = duckdb.sql(f"SELECT * FROM '{file}'").fetchall()
    return {key: -1 if sequence is None else sequence for key, sequence in rows}
