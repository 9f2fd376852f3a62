"""All compiled checks of a table in one SELECT; only what failed is looked at again, for its rows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from mesh_core.quality.measurements import KeyTest, Measurement, Values
from mesh_core.quality.result import CheckResult
from mesh_core.quality.sampling import jsonable, rows_of

if TYPE_CHECKING:
    import duckdb

    from mesh_core.quality.spec import CheckSpec
    from mesh_core.quality.table import Table

Compiled = tuple["CheckSpec", Measurement]


def run(
    compiled: Sequence[Compiled],
    connection: duckdb.DuckDBPyConnection,
    table: Table,
    *,
    sample_rows: int,
) -> list[CheckResult]:
    """A result for each compiled check; CheckCouldNotRunError names the one that DuckDB refuses."""
    import duckdb

    try:
        scanned = _scan([measurement for _, measurement in compiled], connection, table.name)
    except duckdb.Error as error:
        raise _culprit(compiled, connection, table.name, error) from error
    results = []
    for (check, measurement), values in zip(compiled, scanned, strict=True):
        try:
            results.append(_judge(check, measurement, values, connection, table.name, sample_rows))
        except duckdb.Error as error:
            raise check.could_not_run(str(error)) from error
    return results


def _scan(
    measurements: Sequence[Measurement], connection: duckdb.DuckDBPyConnection, table: str
) -> list[Values]:
    """Every measurement's values by label. Equal aggregates (most have count(*)) are computed once."""
    position: dict[str, int] = {}
    for measurement in measurements:
        for aggregate in measurement.aggregates().values():
            position.setdefault(aggregate, len(position))
    row: tuple[Any, ...] = ()
    if position:
        row = connection.execute(f"SELECT {', '.join(position)} FROM {table}").fetchall()[0]
    return [
        {label: row[position[aggregate]] for label, aggregate in measurement.aggregates().items()}
        for measurement in measurements
    ]


def _culprit(
    compiled: Sequence[Compiled], connection: duckdb.DuckDBPyConnection, table: str, error: Exception
) -> Exception:
    """The error of the one check that made the common scan fail."""
    import duckdb

    for check, measurement in compiled:
        try:
            _scan([measurement], connection, table)
        except duckdb.Error as own:
            return check.could_not_run(str(own))
    return compiled[0][0].could_not_run(f"the audit of {table} failed: {error}")


def _judge(
    check: CheckSpec,
    measurement: Measurement,
    values: Values,
    connection: duckdb.DuckDBPyConnection,
    table: str,
    sample_rows: int,
) -> CheckResult:
    sample_query = ""
    if isinstance(measurement, KeyTest):
        if not measurement.is_proven(values):
            repeated = connection.execute(measurement.exact(table)).fetchall()[0][0]
            values = {**values, "unexpected": repeated}
        sample_query = measurement.duplicates(table, sample_rows)
    elif measurement.failing:
        sample_query = f"SELECT * FROM {table} WHERE {measurement.failing} LIMIT {sample_rows}"
    verdict = measurement.verdict(values)
    success = verdict.success
    if check.comparison is not None:
        measured = verdict.observed
        if check.comparison.unit == "percent":
            measured = verdict.details.get("unexpected_percent_total", 0.0)
        success = check.comparison.holds(measured)
    return CheckResult(
        check=check,
        success=success,
        observed=jsonable(verdict.observed),
        element_count=verdict.element_count,
        unexpected_count=verdict.unexpected_count,
        unexpected_percent=verdict.unexpected_percent,
        sample=rows_of(connection, sample_query) if sample_query and not success and sample_rows else (),
        details=verdict.details,
    )
