"""What is inferred to be never null is never null: DuckDB judges random queries over random rows."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest
from hypothesis import HealthCheck, given, note, settings
from hypothesis import strategies as st

from mesh_core.checking.nullability import NEVER, Columns, infer, maybe
from mesh_core.contracts.syntax import select_of

from .random_queries import TABLES, queries, rows

PROMISED = {
    name: Columns(
        tuple(columns), tuple(NEVER if "NOT NULL" in kind else maybe("nullable") for kind in columns.values())
    )
    for name, columns in TABLES.items()
}


@pytest.fixture(scope="module")
def engine() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect(config={"threads": 1}) as connection:
        connection.execute("CREATE SCHEMA s")
        for name, columns in TABLES.items():
            typed = ", ".join(f"{column} {kind}" for column, kind in columns.items())
            connection.execute(f"CREATE TABLE {name} ({typed})")
        yield connection


def _judge(engine: duckdb.DuckDBPyConnection, sql: str, data: dict[str, list[str]]) -> bool:
    """Whether the query ran; AssertionError for a null that was ruled out."""
    for name, values in data.items():
        engine.execute(f"DELETE FROM {name}")
        if values:
            engine.execute(f"INSERT INTO {name} VALUES {', '.join(values)}")
    try:
        found = engine.execute(sql).fetchall()
    except duckdb.Error as error:
        note(str(error))
        return False
    inferred = infer(select_of(Path("q.sql"), sql), sql, PROMISED)
    if inferred.is_open or not found:
        return True
    assert len(inferred.values) == len(found[0]), (inferred.names, found[0])
    for at, value in enumerate(inferred.values):
        if value.is_never:
            assert all(row[at] is not None for row in found), (inferred.names[at], found)
    return True


@settings(max_examples=100, deadline=None, suppress_health_check=list(HealthCheck))
@given(sql=queries(), data=st.fixed_dictionaries({name: rows(name) for name in TABLES}))
def test_never_is_never(engine: duckdb.DuckDBPyConnection, sql: str, data: dict[str, list[str]]) -> None:
    note(sql)
    _judge(engine, sql, data)


@pytest.mark.slow
@settings(max_examples=3_000, deadline=None, suppress_health_check=list(HealthCheck))
@given(sql=queries(), data=st.fixed_dictionaries({name: rows(name) for name in TABLES}))
def test_never_is_never_for_long(engine: duckdb.DuckDBPyConnection, sql: str, data: dict[str, list[str]]) -> None:
    note(sql)
    _judge(engine, sql, data)
