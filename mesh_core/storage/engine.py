"""DuckDB connections as the mesh uses them: bounded memory, UTC, and nothing fetched from anywhere."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import duckdb


def connect(scratch: Path, memory_limit: str, *, database: str = ":memory:") -> duckdb.DuckDBPyConnection:
    """A connection that spills to ``scratch`` above ``memory_limit`` and reads times in UTC."""
    import duckdb

    scratch.mkdir(parents=True, exist_ok=True)
    connection = duckdb.connect(
        database,
        config={
            "memory_limit": memory_limit,
            "temp_directory": str(scratch / "spill"),
            "autoinstall_known_extensions": False,
            "python_enable_replacements": False,
        },
    )
    connection.execute("SET TimeZone = 'UTC'")
    return connection


def plain_connection(database: Path) -> duckdb.DuckDBPyConnection:
    """The file opened without settings of ours: DuckDB wants equal settings from all who open one file."""
    import duckdb

    return duckdb.connect(str(database))


def quoted(name: str) -> str:
    """``name`` as an SQL identifier."""
    return '"' + name.replace('"', '""') + '"'


def literal(text: str) -> str:
    """``text`` as an SQL string."""
    return "'" + text.replace("'", "''") + "'"


def qualified(name: str) -> str:
    """``schema.table`` with both parts quoted."""
    return ".".join(quoted(part) for part in name.split("."))


def describe(connection: duckdb.DuckDBPyConnection, sql: str) -> dict[str, str]:
    """Column names and DuckDB types that ``sql`` would return; nothing is executed."""
    return {row[0]: row[1] for row in connection.execute(f"DESCRIBE {sql}").fetchall()}


def parquet_relation(files: tuple[str, ...]) -> str:
    """The SQL of one scan over Parquet files."""
    listed = ", ".join(literal(file) for file in files)
    return f"SELECT * FROM read_parquet([{listed}])"
