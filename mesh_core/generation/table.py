"""What was generated: rows as Python values, and as a relation that DuckDB reads without pandas."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import msgspec

from mesh_core.generation.coerce import plain


class GeneratedTable(msgspec.Struct, frozen=True, kw_only=True):
    """One table's rows, by column."""

    types: dict[str, str]
    """DuckDB types by column, in order."""
    columns: dict[str, list[Any]]
    """Values by column, all of one length; None is null."""
    unsolved: tuple[str, ...] = ()
    """Names of blocking rules of SQL, or about pairs of columns, that these rows were not made to keep."""

    @property
    def rows(self) -> int:
        return len(next(iter(self.columns.values()), []))

    def records(self) -> list[dict[str, Any]]:
        """The rows one by one."""
        return [dict(zip(self.columns, row, strict=True)) for row in zip(*self.columns.values(), strict=True)]

    def distinct(self, keys: Iterable[str]) -> list[tuple[Any, ...]]:
        """Each combination of the columns' values once, in order of appearance; those with a null left out."""
        rows = zip(*(self.columns[key] for key in keys), strict=True)
        found = {repr(row): row for row in rows if None not in row}
        return list(found.values())

    @property
    def relation(self) -> str:
        """A SELECT of the rows with exactly these types. (JSON: DuckDB's bound parameters import pandas.)"""
        made = ", ".join(
            f"unnest(CAST({_literal(self.columns[name])}::JSON AS {kind}[])) AS {_quoted(name)}"
            for name, kind in self.types.items()
        )
        return f"SELECT {made}"


def _literal(values: list[Any]) -> str:
    text = msgspec.json.encode([plain(value) for value in values]).decode()
    return "'" + text.replace("'", "''") + "'"


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
