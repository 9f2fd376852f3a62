"""Runs checks over rows, each on the engine that can: DuckDB in one scan, SQL as written, else GX."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import msgspec

from mesh_core.quality import duckdb_engine, sql_rules, vocabulary
from mesh_core.quality.measurements import Measurement, RowTest
from mesh_core.quality.table import Staged, Table
from mesh_core.quality.translations import translate

if TYPE_CHECKING:
    import duckdb

    from mesh_core.quality.result import CheckResult
    from mesh_core.quality.spec import CheckSpec


class RowRule(msgspec.Struct, frozen=True):
    """A strict rule of single rows: one row that ``fails``, a predicate of SQL, breaks it."""

    check: CheckSpec
    fails: str


class _Plan(msgspec.Struct):
    """Which engine runs what."""

    compiled: list[tuple[CheckSpec, Measurement]] = []
    queries: list[CheckSpec] = []
    left: list[CheckSpec] = []


def evaluate(
    checks: Sequence[CheckSpec],
    connection: duckdb.DuckDBPyConnection,
    new: str,
    *,
    whole: str | None = None,
    sample_rows: int = 10,
) -> tuple[CheckResult, ...]:
    """One result a check, in their order: strict rules of single rows over ``new``, all others over ``whole``.

    ``new`` and ``whole`` (by default the same, and then one scan) are SQL names of views or tables on the
    connection, quoted where they have to be. Raises CheckCouldNotRunError, with the contract's line, for a rule that
    can't be evaluated.
    """
    if not checks:
        return ()
    staged = Staged(connection, _describe(checks[0], connection, new), sample_rows)
    plan = _planned(checks, staged.table)
    results: list[CheckResult] = []
    if whole not in {None, new}:
        of_rows = [each for each in plan.compiled if _is_strict(*each)]
        results = duckdb_engine.run(of_rows, staged)
        done = {check.name for check, _ in of_rows}
        staged = Staged(connection, _describe(checks[0], connection, str(whole)), sample_rows)
        plan = _planned([check for check in checks if check.name not in done], staged.table)
    results += duckdb_engine.run(plan.compiled, staged)
    results += [sql_rules.run(check, connection, staged.table.name) for check in plan.queries]
    if plan.left:
        from mesh_core.quality import gx_engine

        results += gx_engine.run(plan.left, staged)
    by_name = {result.check.name: result for result in results}
    return tuple(by_name[check.name] for check in checks)


def row_rules(checks: Sequence[CheckSpec], connection: duckdb.DuckDBPyConnection, table: str) -> tuple[RowRule, ...]:
    """The strict rules of single rows among ``checks``, with the predicates by which ``evaluate`` counts.

    A predicate may be NULL, which breaks nothing. Rules with a tolerance, about several rows, in SQL, or left to
    GX are none of them.
    """
    if not checks:
        return ()
    plan = _planned(checks, _describe(checks[0], connection, table))
    return tuple(RowRule(check, each.failing) for check, each in plan.compiled if _is_strict(check, each))


def failing_rows(check: CheckSpec, connection: duckdb.DuckDBPyConnection, table: str, limit: int) -> str:
    """The SELECT of at most ``limit`` rows of ``table`` that break the rule; '' for one that names no rows."""
    plan = _planned([check], _describe(check, connection, table))
    return next((duckdb_engine.failing_rows(each, table, limit) for _, each in plan.compiled), "")


def _is_strict(check: CheckSpec, measurement: Measurement) -> bool:
    """Whether each failing row by itself breaks the rule."""
    if not isinstance(measurement, RowTest):
        return False
    return measurement.mostly >= 1 if check.comparison is None else check.comparison.admits_none


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
