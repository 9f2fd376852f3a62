"""Whatever a typed frame holds comes back as it was, from the version that was written."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from deltalake import DeltaTable
from hypothesis import given, settings
from hypothesis import strategies as st

from mesh_core.storage import Lake, connect

if TYPE_CHECKING:
    import duckdb

_TEXT = st.text(st.characters(exclude_categories=("Cs",), exclude_characters="\x00"), max_size=12)
_MOMENTS = st.datetimes(datetime(1900, 1, 1), datetime(2200, 1, 1))
KINDS: dict[str, st.SearchStrategy[Any]] = {
    "BIGINT": st.integers(-(2**63), 2**63 - 1),
    "INTEGER": st.integers(-(2**31), 2**31 - 1),
    "SMALLINT": st.integers(-(2**15), 2**15 - 1),
    "DOUBLE": st.floats(allow_nan=False),
    "BOOLEAN": st.booleans(),
    "VARCHAR": _TEXT,
    "DATE": st.dates(date(1600, 1, 1), date(9999, 12, 31)),
    "TIMESTAMP WITH TIME ZONE": _MOMENTS.map(lambda moment: moment.replace(tzinfo=UTC)),
    "TIMESTAMP": _MOMENTS,
    "DECIMAL(18,3)": st.decimals(-(10**12), 10**12, places=3),
    "BIGINT[]": st.lists(st.integers(-5, 5), max_size=3),
}
NAMES = st.from_regex(r"[A-Za-z_][A-Za-z0-9_ .%-]{0,8}", fullmatch=True)


@st.composite
def frames(draw: st.DrawFn) -> tuple[dict[str, str], list[tuple[Any, ...]]]:
    names = draw(st.lists(NAMES, min_size=1, max_size=4, unique_by=str.lower))
    columns = {name: draw(st.sampled_from(sorted(KINDS))) for name in names}
    row = st.tuples(*(st.none() | KINDS[kind] for kind in columns.values()))
    return columns, draw(st.lists(row, max_size=8))


def _load(connection: duckdb.DuckDBPyConnection, columns: dict[str, str], rows: list[tuple[Any, ...]]) -> None:
    typed = ", ".join(f'"{name}" {kind}' for name, kind in columns.items())
    connection.execute(f"CREATE OR REPLACE TABLE given (_row INTEGER, {typed})")
    for number, row in enumerate(rows):
        marks = ", ".join("?" for _ in row)
        connection.execute(f"INSERT INTO given VALUES ({number}, {marks})", list(row))


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("round_trips")


@settings(max_examples=25, deadline=None, derandomize=True)
@given(first=frames(), second=frames(), number=st.integers(0, 10**12))
def test_round_trip_and_the_older_version(
    place: Path,
    first: tuple[dict[str, str], list[tuple[Any, ...]]],
    second: tuple[dict[str, str], list[tuple[Any, ...]]],
    number: int,
) -> None:
    lake = Lake(place / "lake")
    table = lake.table(f"t{number}-{len(list(place.glob('lake/*')))}")
    with connect(place / "scratch", "500MB") as connection:
        written: list[int] = []
        for columns, rows in (first, second):
            _load(connection, columns, rows)
            typed = {"_row": ("INTEGER", ""), **{name: (kind, "") for name, kind in columns.items()}}
            staged = lake.stage(connection, "SELECT * FROM given", table, tuple(typed))
            onto = written[-1] if written else None
            written.append(lake.commit(staged, typed, onto=onto, facts={"rows": str(len(rows))}))
        for version, (columns, rows) in zip(written, (first, second), strict=True):
            pinned = lake.pin(table, version)
            assert pinned is not None
            read = connection.execute(f"SELECT * EXCLUDE (_row) FROM ({pinned.relation}) ORDER BY _row").fetchall()
            assert read == rows
            described = connection.execute(f"DESCRIBE SELECT * EXCLUDE (_row) FROM ({pinned.relation})").fetchall()
            assert {row[0]: row[1] for row in described} == columns
    newest = lake.newest(table)
    assert newest is not None
    assert (newest.version, newest.rows) == (written[-1], len(second[1]))
    assert DeltaTable(str(table)).get_add_actions().num_rows == 1


def test_statistics_prune_no_row_that_matches(place: Path) -> None:
    """delta-rs trusts the ranges in the log: they must hold the rows, at the edges too."""
    lake = Lake(place / "pruned")
    table = lake.table("t")
    edges = [
        (date(2013, 1, 1), datetime(2013, 1, 1, 0, 0, 0, 1, UTC), -(2**63)),
        (date(2013, 12, 31), datetime(2013, 12, 31, 23, 59, 59, 999999, UTC), 2**63 - 1),
    ]
    columns = {"d": ("DATE", ""), "t": ("TIMESTAMP WITH TIME ZONE", ""), "i": ("BIGINT", "")}
    with connect(place / "scratch", "500MB") as connection:
        connection.execute("CREATE TABLE given (d DATE, t TIMESTAMPTZ, i BIGINT)")
        connection.executemany("INSERT INTO given VALUES (?, ?, ?)", edges)
        staged = lake.stage(connection, "SELECT * FROM given", table, tuple(columns))
        lake.commit(staged, columns, onto=None, facts={})
    import pyarrow.dataset as ds
    import pyarrow.fs

    local = pyarrow.fs.SubTreeFileSystem(str(table), pyarrow.fs.LocalFileSystem())
    dataset = DeltaTable(str(table)).to_pyarrow_dataset(filesystem=local)
    for day, moment, number in edges:
        for name, value in (("d", day), ("t", moment), ("i", number)):
            assert dataset.to_table(filter=ds.field(name) == value).num_rows == 1, (name, value)


def test_decimals_and_nulls_by_hand(place: Path) -> None:
    lake = Lake(place / "by_hand")
    with connect(place / "scratch", "500MB") as connection:
        select = "SELECT 12.345::DECIMAL(18,3) AS amount, NULL::VARCHAR AS note"
        staged = lake.stage(connection, select, lake.table("t"), ("amount", "note"))
        typed = {"amount": ("DECIMAL(18,3)", ""), "note": ("VARCHAR", "")}
        lake.commit(staged, typed, onto=None, facts={})
        pinned = lake.pin(lake.table("t"))
        assert pinned is not None
        assert connection.execute(pinned.relation).fetchall() == [(Decimal("12.345"), None)]
