"""What a table can become: told from its own schema, and measured with the reader that others use."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from mesh_core.errors import MeshError
from mesh_core.storage import Lake, connect

if TYPE_CHECKING:
    import duckdb


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    return Lake(tmp_path / "lake")


@pytest.fixture
def connection(tmp_path: Path) -> duckdb.DuckDBPyConnection:
    return connect(tmp_path / "scratch", "500MB")


def _write(
    lake: Lake,
    connection: duckdb.DuckDBPyConnection,
    columns: dict[str, tuple[str, str]],
    row: str,
    onto: int | None,
) -> None:
    """One row of the columns; ``row`` has its values parted by bars."""
    table = lake.table("t")
    pairs = zip(row.split(" | "), columns.items(), strict=True)
    chosen = ", ".join(f"{value}::{kind} AS {name}" for value, (name, (kind, _)) in pairs)
    staged = lake.stage(connection, f"SELECT {chosen}", table, tuple(columns))
    lake.commit(staged, columns, onto=onto, facts={"rows": "1"})


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("INTEGER", "INTEGER", ""),
        ("TINYINT", "SMALLINT", "widens from byte to short"),
        ("SMALLINT", "INTEGER", "widens from short to integer"),
        ("INTEGER", "BIGINT", "widens from integer to long"),
        ("INTEGER", "DOUBLE", "widens from integer to double"),
        ("FLOAT", "DOUBLE", "widens from float to double"),
        ("DATE", "TIMESTAMP", "widens from date to timestamp_ntz"),
        ("DECIMAL(10,2)", "DECIMAL(12,2)", "widens from decimal(10,2) to decimal(12,2)"),
        ("DECIMAL(10,2)", "DECIMAL(12,4)", "widens from decimal(10,2) to decimal(12,4)"),
        ("INTEGER", "DECIMAL(12,2)", "widens from integer to decimal(12,2)"),
        ("INTEGER[]", "BIGINT[]", "widens from integer to long"),
        ("MAP(VARCHAR, INTEGER)", "MAP(VARCHAR, BIGINT)", "widens from integer to long"),
        ("BIGINT", "INTEGER", "turns from long into integer"),
        ("BIGINT", "DOUBLE", "turns from long into double"),
        ("DOUBLE", "FLOAT", "turns from double into float"),
        ("BIGINT", "VARCHAR", "turns from long into string"),
        ("INTEGER", "DECIMAL(11,2)", "turns from integer into decimal(11,2)"),
        ("DECIMAL(10,2)", "DECIMAL(10,4)", "turns from decimal(10,2) into decimal(10,4)"),
        ("DECIMAL(10,2)", "DECIMAL(12,1)", "turns from decimal(10,2) into decimal(12,1)"),
        ("DATE", "TIMESTAMP WITH TIME ZONE", "turns from date into timestamp"),
        ("TIMESTAMP", "TIMESTAMP WITH TIME ZONE", "turns from timestamp_ntz into timestamp"),
        ("INTEGER", "INTEGER[]", "turns from integer into array"),
        ("BIGINT[]", "INTEGER[]", "turns from long into integer"),
        ("STRUCT(a INTEGER)", "MAP(VARCHAR, INTEGER)", "turns from struct into map"),
    ],
)
def test_types(lake: Lake, connection: duckdb.DuckDBPyConnection, old: str, new: str, told: str) -> None:
    _write(lake, connection, {"x": (old, "")}, "NULL", None)
    changes = lake.changes(lake.table("t"), {"x": (new, "")})
    assert [str(change) for change in changes] == ([f"column 'x' {told}"] if told else [])
    for change in changes:
        widened = told.startswith("widens")
        assert change.possible(rewriting=True) is widened
        assert not change.possible(rewriting=False)


@pytest.mark.parametrize(
    ("columns", "told", "possible", "appending"),
    [
        ({"id": ("BIGINT", "Id."), "s": ("STRUCT(a INTEGER, b VARCHAR)", "")}, [], True, True),
        (
            {"id": ("BIGINT", "Id."), "s": ("STRUCT(a INTEGER, b VARCHAR)", ""), "more": ("DATE", "")},
            ["column 'more' is new"],
            True,
            True,
        ),
        (
            {"id": ("BIGINT", "Number."), "s": ("STRUCT(a INTEGER, b VARCHAR)", "")},
            ["column 'id' is described anew"],
            True,
            True,
        ),
        (
            {"s": ("STRUCT(a INTEGER, b VARCHAR)", ""), "id": ("BIGINT", "Id.")},
            ["the columns stand in another order"],
            True,
            True,
        ),
        (
            {"id": ("BIGINT", "Id."), "s": ("STRUCT(a INTEGER, b VARCHAR, c DATE)", "")},
            ["column 's.c' is new"],
            True,
            True,
        ),
        (
            {"id": ("BIGINT", "Id."), "s": ("STRUCT(a BIGINT)", "")},
            ["column 's.b' is gone", "column 's.a' widens from integer to long"],
            False,
            False,
        ),
        ({"ID": ("BIGINT", "Id."), "s": ("STRUCT(a INTEGER, b VARCHAR)", "")}, [], True, True),
        (
            {"number": ("BIGINT", "Id."), "s": ("STRUCT(a INTEGER, b VARCHAR)", "")},
            ["column 'id' is gone", "column 'number' is new"],
            False,
            False,
        ),
    ],
)
def test_columns(
    lake: Lake,
    connection: duckdb.DuckDBPyConnection,
    columns: dict[str, tuple[str, str]],
    told: list[str],
    *,
    possible: bool,
    appending: bool,
) -> None:
    before = {"id": ("BIGINT", "Id."), "s": ("STRUCT(a INTEGER, b VARCHAR)", "")}
    _write(lake, connection, before, "1 | NULL", None)
    changes = lake.changes(lake.table("t"), columns)
    assert [str(change) for change in changes] == told
    assert all(change.possible(rewriting=True) for change in changes) is possible
    assert all(change.possible(rewriting=False) for change in changes) is appending


def test_there_is_nothing_to_change_before_the_first_commit(lake: Lake) -> None:
    assert lake.changes(lake.table("t"), {"x": ("BIGINT", "")}) == ()
    with pytest.raises(MeshError, match="Delta Lake cannot store"):
        lake.changes(lake.table("t"), {"x": ("UUID", "")})


def test_both_versions_of_a_widened_table_read_under_their_own_schema(
    lake: Lake, connection: duckdb.DuckDBPyConnection
) -> None:
    import pyarrow.fs
    from deltalake import DeltaTable

    old = {"id": ("INTEGER", "Id."), "price": ("DECIMAL(6,2)", ""), "s": ("STRUCT(a INTEGER)", "")}
    new = {
        "id": ("BIGINT", "Number."),
        "price": ("DECIMAL(10,2)", ""),
        "s": ("STRUCT(a BIGINT, b VARCHAR)", ""),
        "more": ("DATE", "New."),
    }
    _write(lake, connection, old, "1 | 2.50 | {'a': 1}", None)
    _write(lake, connection, new, "2 | 3.50 | {'a': 2, 'b': 'x'} | '2026-01-01'", 0)
    table = lake.table("t")
    assert lake.changes(table, new) == ()
    local = pyarrow.fs.SubTreeFileSystem(str(table), pyarrow.fs.LocalFileSystem())
    found = []
    for version, columns in ((0, old), (1, new)):
        pinned = lake.pin(table, version)
        assert pinned is not None
        described = connection.execute(f"DESCRIBE {pinned.relation}").fetchall()
        assert {row[0]: row[1] for row in described} == {name: kind for name, (kind, _) in columns.items()}
        delta = DeltaTable(str(table), version=version)
        assert [field.name for field in delta.schema().fields] == list(columns)
        assert {f.name: f.metadata["comment"] for f in delta.schema().fields} == {n: c for n, (_, c) in columns.items()}
        found.append(delta.to_pyarrow_dataset(filesystem=local).to_table().column("id").to_pylist())
    assert found == [[1], [2]]
