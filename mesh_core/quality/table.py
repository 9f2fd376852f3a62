"""The table under audit as the translations and the engines see it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from mesh_core.quality import sql

if TYPE_CHECKING:
    import duckdb

Kwargs = dict[str, Any]


class Table(msgspec.Struct, frozen=True):
    """Its SQL name and its columns' DuckDB types, in order."""

    name: str
    columns: dict[str, str]

    def value(self, column: str) -> str:
        """The column's value as SQL, NaN as NULL."""
        return sql.value_of(column, self.columns[column])

    def literal(self, value: Any, column: str) -> str | None:
        """``value`` as SQL that compares with the column, or None if it never does."""
        return sql.literal(value, self.columns[column])

    def literals(self, values: Any, column: str) -> dict[str, Any]:
        """The values that can compare with the column, by their SQL."""
        return {text: value for value in values if (text := self.literal(value, column)) is not None}

    def family(self, column: str) -> sql.Family:
        return sql.family(self.columns[column])


class Staged:
    """The table where its rows are: on a connection, with how many failing rows to show."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, table: Table, sample_rows: int) -> None:
        self.connection = connection
        self.table = table
        self.sample_rows = sample_rows

    def value(self, query: str) -> Any:
        """The query's first value."""
        return self.connection.execute(query).fetchall()[0][0]
