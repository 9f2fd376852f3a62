"""Runs checks over staged rows, each on the engine that can: DuckDB in one scan, SQL as written, else GX."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from mesh_core.quality import conditions, duckdb_engine, sql_rules, vocabulary
from mesh_core.quality.measurements import Measurement
from mesh_core.quality.table import Table
from mesh_core.quality.translations import translate

if TYPE_CHECKING:
    import duckdb

    from mesh_core.quality.result import CheckResult
    from mesh_core.quality.spec import CheckSpec


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
    described = _describe(checks[0], connection, table)
    compiled: list[tuple[CheckSpec, Measurement]] = []
    results: list[CheckResult] = []
    left: list[CheckSpec] = []
    for check in checks:
        _check_columns(check, described)
        if check.query:
            results.append(sql_rules.run(check, connection, table))
        elif measurement := translate(check.expectation, check.kwargs, described):
            compiled.append((check, measurement))
        else:
            left.append(check)
    results += duckdb_engine.run(compiled, connection, described, sample_rows=sample_rows)
    if left:
        from mesh_core.quality import gx_engine

        results += gx_engine.run(left, connection, described, sample_rows=sample_rows)
    by_name = {result.check.name: result for result in results}
    return tuple(by_name[check.name] for check in checks)


def _describe(first: CheckSpec, connection: duckdb.DuckDBPyConnection, table: str) -> Table:
    import duckdb

    try:
        rows = connection.execute(f"DESCRIBE SELECT * FROM {table}").fetchall()
    except duckdb.Error as error:
        raise first.could_not_run(f"{table} can't be read: {error}") from error
    return Table(table, {row[0]: row[1] for row in rows})


def _check_columns(check: CheckSpec, table: Table) -> None:
    if check.expectation == "expect_column_to_exist":
        return
    named = {*vocabulary.columns_of(check.kwargs), *conditions.columns_of(check.kwargs.get("row_condition"))}
    if unknown := sorted(named - table.columns.keys()):
        message = f"{table.name} has no column {', '.join(unknown)}"
        raise check.could_not_run(message, remedy=f"Its columns are {', '.join(table.columns)}.")
