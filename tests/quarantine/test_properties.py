"""Whatever the rows and the strict rules: nothing is lost, nothing is doubled, and every label is true."""

from __future__ import annotations

import itertools
import shutil
from collections import Counter
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from object_storage.switch import lake_in

from mesh_core.contracts import Column, Contract, Document, QualityRule
from mesh_core.contracts.publishing import Publishing
from mesh_core.publishing.audit import audit, audit_again
from mesh_core.publishing.outcomes import quarantine_in
from mesh_core.storage import Commit, Place, connect, quoted, scan
from mesh_core.storage.places import files_below

CODE, SIZE, DAY = 'the "code"', "size, in m", "day"
_TYPES = {CODE: "VARCHAR", SIZE: "DOUBLE", DAY: "DATE"}
_CODES = ["A", "b", "'", "", "ü"]
_SIZES = [-1.0, 0.0, 2.5, float("nan"), float("inf")]
_DAYS = [date(2026, 1, 1), date(2026, 1, 2), date(2026, 1, 3)]
Row = tuple[str | None, float | None, date]

# Each rule in the contract's words, and by hand in Python: whether a row breaks it.
RULES: dict[str, tuple[str, dict[str, Any], Any]] = {
    "code_given": ("expect_column_values_to_not_be_null", {"column": CODE}, lambda row: row[0] is None),
    "code_known": (
        "expect_column_values_to_be_in_set",
        {"column": CODE, "value_set": ["A", "'"]},
        lambda row: row[0] not in {None, "A", "'"},
    ),
    "code_upper": (
        "expect_column_values_to_match_regex",
        {"column": CODE, "regex": "^[A-Z]"},
        lambda row: row[0] is not None and row[0] != "A",
    ),
    "size_given": (
        "expect_column_values_to_not_be_null",
        {"column": SIZE},
        lambda row: row[1] is None or row[1] != row[1],
    ),
    "size_positive": (
        "expect_column_values_to_be_between",
        {"column": SIZE, "min_value": 0},
        lambda row: row[1] == -1.0,
    ),
    "first_day_sized": (
        "expect_column_values_to_be_between",
        {
            "column": SIZE,
            "max_value": 1,
            "row_condition": {
                "type": "comparison",
                "column": {"name": DAY},
                "operator": "==",
                "parameter": "2026-01-01",
            },
        },
        lambda row: row[2] == date(2026, 1, 1) and row[1] in {2.5, float("inf")},
    ),
}

ROWS = st.lists(
    st.tuples(st.none() | st.sampled_from(_CODES), st.none() | st.sampled_from(_SIZES), st.sampled_from(_DAYS)),
    max_size=12,
)


class Bench:
    """What an attempt gives to the audit, around a lake of its own."""

    def __init__(self, folder: Path) -> None:
        self.lake = lake_in(folder)
        self.connection = connect(folder / "scratch", "300MB", access=self.lake.access)
        self._number = itertools.count()

    def attempt(self, chosen: list[str]) -> Any:
        table = self.lake.table(str(next(self._number)))
        contract = _contract(chosen)
        port = SimpleNamespace(contract=contract, address=SimpleNamespace(sql="ops.parts"))
        return SimpleNamespace(
            name="ops.parts",
            run_id="run-1",
            port=port,
            table=table,
            before=None,
            connection=self.connection,
            services=SimpleNamespace(lake=self.lake, sample_rows=10),
            whole=lambda staged: staged.relation,
            pending=None,
            beside=[],
        )


def _contract(chosen: list[str]) -> Contract:
    rules = tuple(
        QualityRule(
            name=name,
            type="custom",
            engine="greatExpectations",
            implementation={"type": RULES[name][0], "kwargs": RULES[name][1]},
        )
        for name in chosen
    )
    return Contract(
        id="ops.parts",
        name="parts",
        version="1.0.0",
        status="active",
        domain="ops",
        product="parts",
        table="parts",
        purpose="Parts.",
        document=Document(Path("parts.contract.yaml"), {}, "d"),
        columns=tuple(Column(name=name, logical_type="", physical_type=kind) for name, kind in _TYPES.items()),
        rules=rules,
        publishing=Publishing(bad_rows="quarantine", quarantine_limit=100),
    )


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    folder = tmp_path_factory.mktemp("lake")
    yield Bench(folder)
    shutil.rmtree(folder)


def _plain(row: tuple[Any, ...]) -> Row:
    """NaN is not itself: told by a word, so that rows can be counted."""
    return tuple("nan" if value != value else value for value in row)  # type: ignore[return-value]


def _read(bench: Bench, sql: str) -> list[tuple[Any, ...]]:
    return bench.connection.execute(sql).fetchall()


@settings(max_examples=80, deadline=None)
@given(rows=ROWS, chosen=st.lists(st.sampled_from(sorted(RULES)), unique=True), partitioned=st.booleans())
def test_published_and_quarantined_are_what_was_made(
    bench: Bench, rows: list[Row], chosen: list[str], partitioned: bool
) -> None:
    attempt = bench.attempt(chosen)
    columns = ", ".join(f"{quoted(name)} {kind}" for name, kind in _TYPES.items())
    bench.connection.execute(f"CREATE OR REPLACE TABLE made ({columns})")
    if rows:
        bench.connection.executemany("INSERT INTO made VALUES (?, ?, ?)", rows)
    staged = bench.lake.stage(
        bench.connection, "FROM made", attempt.table, _TYPES, partition_by=(DAY,) if partitioned else ()
    )
    attempt.pending = staged

    audited = audit(attempt, staged)

    published = [_plain(row) for row in _read(bench, audited.staged.relation)]
    kept = quarantine_in(Commit(0, audited.facts))
    aside = []
    if kept is not None:
        file = str(attempt.table / kept.file)
        aside = _read(bench, scan([file], {**_TYPES, "_rules": "VARCHAR[]"}))
    assert Counter(published) + Counter(_plain(row[:3]) for row in aside) == Counter(map(_plain, rows))
    assert (audited.staged.rows, kept.rows if kept else 0) == (len(published), len(aside))
    assert not [row for row in _read(bench, audited.staged.relation) if _broken(row, chosen)]
    for row in aside:
        assert row[3] == _broken(row, chosen) != []
    assert all(result.success for result in audited.checks)
    counted = Counter(name for row in aside for name in row[3])
    assert {r.check.name: r.quarantined for r in audited.checks if r.quarantined} == counted
    assert audit_again(attempt, audited) == audited
    assert _files(attempt.table) == {str(f.file) for f in audited.staged.files} | {str(f) for f in attempt.beside}


def _broken(row: tuple[Any, ...], chosen: list[str]) -> list[str]:
    return [name for name in chosen if RULES[name][2](row)]


def _files(table: Place) -> set[str]:
    return {str(table / found.name) for found in files_below(table)}
