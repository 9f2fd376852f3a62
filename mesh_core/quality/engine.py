"""Runs checks over staged rows, each on the engine that can: DuckDB in one scan, SQL as written, else GX."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import msgspec

from mesh_core.quality import duckdb_engine, sql_rules, vocabulary
from mesh_core.quality.measurements import Measurement
from mesh_core.quality.table import Staged, Table
from mesh_core.quality.translations import translate

if TYPE_CHECKING:
    import duckdb

    from mesh_core.quality.result import CheckResult
    from mesh_core.quality.spec import CheckSpec


class _Plan(msgspec.Struct):
    """Which engine runs what."""

    compiled: list[tuple[CheckSpec, Measurement]] = []
    queries: list[CheckSpec] = []
    left: list[CheckSpec] = []


def evaluate(
    checks: Sequence[CheckSpec],
    connection: duckdb.DuckDBPyConnection,
    table: str,
    *,
    sample_rows: int = 10,
) -> tuple[CheckResult, ...]:
    """One result a check, in their order, for the rows of ``table``.

    ``table`` is the SQL name of a view or table on the connection, quoted where it has to be. Raises
    CheckCouldNotRunError, with the contract's line, for a rule that can't be evaluated.
    """
    if not checks:
        return ()
    staged = Staged(connection, _describe(checks[0], connection, table), sample_rows)
    plan = _planned(checks, staged.table)
    results = duckdb_engine.run(plan.compiled, staged)
    results += [sql_rules.run(check, connection, table) for check in plan.queries]
    if plan.left:
        from mesh_core.quality import gx_engine

        results += gx_engine.run(plan.left, staged)
    by_name = {result.check.name: result for result in results}
    return tuple(by_name[check.name] for check in checks)


def bind(
    checks: Sequence[CheckSpec], connection: duckdb.DuckDBPyConnection, table: str, *, bound: set[str] | None = None
) -> None:
    """Raise CheckCouldNotRunError for the first check that DuckDB can't prepare; reads no rows.

    ``table`` may be empty: it only needs the contract's columns. Expectations left to GX are not tried. ``bound``
    remembers, for callers with many tables, what binds for which types: most rules of a mesh are alike.
    """
    if not checks:
        return
    staged = Staged(connection, _describe(checks[0], connection, table), 0)
    plan = _planned(checks, staged.table)
    for check in plan.queries:
        sql_rules.bind(check, connection, table)
    duckdb_engine.bind(plan.compiled, staged, set() if bound is None else bound)


def _planned(checks: Sequence[CheckSpec], table: Table) -> _Plan:
    plan = _Plan()
    for check in checks:
        _require_columns(check, table)
        if check.query:
            plan.queries.append(check)
        elif measurement := translate(check.expectation, check.kwargs, table):
            plan.compiled.append((check, measurement))
        else:
            plan.left.append(check)
    return plan


def _describe(first: CheckSpec, connection: duckdb.DuckDBPyConnection, table: str) -> Table:
    import duckdb

    try:
        rows = connection.execute(f"DESCRIBE SELECT * FROM {table}").fetchall()
    except duckdb.Error as error:
        reason = f"{table} can't be read: {error}"
        raise first.could_not_run(reason) from error
    return Table(table, {row[0]: row[1] for row in rows})


def _require_columns(check: CheckSpec, table: Table) -> None:
    named = vocabulary.columns_of(check.expectation, check.kwargs)
    if unknown := sorted(named - table.columns.keys()):
        reason = f"{table.name} has no column {', '.join(unknown)}"
        raise check.could_not_run(reason, remedy=f"Its columns are {', '.join(table.columns)}.")
