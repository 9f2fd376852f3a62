"""Empty tables in an engine: what statements are bound against."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mesh_core.contracts.odps import LAYERS
from mesh_core.contracts.references import line_of_table
from mesh_core.errors import DescriptorError
from mesh_core.storage import qualified, quoted

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    import duckdb


class EmptyTables:
    """Each table is made once, and again if somebody else's columns are meant by its name."""

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        self._connection = connection
        self._made: dict[str, Mapping[str, str]] = {}
        self._schemas: set[str] = set()

    def leave_domain(self) -> None:
        """Forget the tables that only one domain may see."""
        for layer in self._schemas.intersection(LAYERS):
            self._connection.execute(f"DROP SCHEMA {layer} CASCADE")
            self._schemas.discard(layer)
        self._made = {name: columns for name, columns in self._made.items() if name.partition(".")[0] in self._schemas}

    def make(self, name: str, columns: Mapping[str, str], described_in: Path | None) -> None:
        """The table ``schema.table`` with these columns; DescriptorError for a type that DuckDB lacks."""
        if self._made.get(name) == columns:
            return
        schema = name.partition(".")[0]
        if schema not in self._schemas:
            self._connection.execute(f"CREATE SCHEMA IF NOT EXISTS {quoted(schema)}")
            self._schemas.add(schema)
        self._create(name, columns, described_in)
        self._made[name] = columns

    def _create(self, name: str, columns: Mapping[str, str], described_in: Path | None) -> None:
        import duckdb

        typed = ", ".join(f"{quoted(column)} {kind}" for column, kind in columns.items())
        try:
            self._connection.execute(f"CREATE OR REPLACE TABLE {qualified(name)} ({typed})")
        except duckdb.Error as error:
            message = f"columns of {name}: {str(error).splitlines()[0]}"
            kind = str(error).partition("name ")[2].partition(" ")[0]
            line = line_of_table(described_in.read_text(), kind) if described_in and kind else None
            remedy = "Name a type that DuckDB has."
            raise DescriptorError(message, path=described_in, line=line, remedy=remedy, code="type-unknown") from error
