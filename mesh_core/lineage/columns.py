"""The origins of a query's columns as callers ask for them. The parser is imported with the first question."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec


class ColumnOrigin(msgspec.Struct, frozen=True, order=True):
    """One column of one physical input, as the caller spelled both."""

    table: str
    column: str


def column_lineage(
    sql: str,
    *,
    columns: Sequence[str],
    tables: Mapping[str, Mapping[str, str]],
    models: Mapping[str, str] | None = None,
) -> dict[str, tuple[ColumnOrigin, ...]]:
    """For each of ``columns``, the columns of ``tables`` that its value is computed from, sorted.

    ``tables`` gives the physical inputs by SQL name with their columns and DuckDB types. ``models`` are other
    queries that ``sql`` reads, by table name as it stands there; they are seen through down to ``tables``.

    A column without origin (a constant, ``count(*)``) or whose origin can't be derived has (). A query that
    can't be parsed has no lineage: the answer is empty. Conditions that only select rows (joins, filters,
    grouping) are not origins; the condition of a CASE, a FILTER or a window is.
    """
    from mesh_core.lineage.parsed import ParsedQuery

    query = ParsedQuery.parse(sql, tables, models or {})
    if query is None:
        return {}
    named = {
        (table.lower(), column.lower()): ColumnOrigin(table, column) for table in tables for column in tables[table]
    }
    return {
        column: tuple(sorted({named[leaf] for leaf in query.leaves(column) if leaf in named})) for column in columns
    }
