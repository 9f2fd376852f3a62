"""Rows thrown away because they break an authored rule about single rows, as DuckDB judges it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from mesh_core.generation.table import GeneratedTable

if TYPE_CHECKING:
    import duckdb

    from mesh_core.generation.rules import RowRule

_LEAST = 4


def keeping(
    table: GeneratedTable, rules: Sequence[RowRule], rows: int, connection: duckdb.DuckDBPyConnection
) -> GeneratedTable:
    """At most ``rows`` rows that keep the rules.

    A rule that leaves less than a quarter of the rows wanted, or that DuckDB can't apply to single rows, is set
    aside and named.
    """
    left = set(range(table.rows))
    unsolved = []
    for rule in rules:
        breaking = _breaking(table, rule, connection)
        if breaking is None or len(left - breaking) < min(-(-rows // _LEAST), len(left)):
            unsolved.append(rule.name)
        else:
            left -= breaking
    chosen = sorted(left)[:rows]
    columns = {name: [values[row] for row in chosen] for name, values in table.columns.items()}
    return GeneratedTable(types=table.types, columns=columns, unsolved=tuple(unsolved))


def _breaking(table: GeneratedTable, rule: RowRule, connection: duckdb.DuckDBPyConnection) -> set[int] | None:
    import duckdb

    query = f"SELECT list(({rule.breaks}) IS TRUE) FROM ({table.relation})"
    try:
        verdicts = connection.execute(query).fetchall()[0][0] or []
    except duckdb.Error:
        return None
    return {row for row, breaks in enumerate(verdicts) if breaks}
