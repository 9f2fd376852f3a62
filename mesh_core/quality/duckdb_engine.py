"""All compiled checks of a table in one SELECT; only what failed is looked at again, for its rows."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import msgspec

from mesh_core.quality.measurements import KeyTest, Measurement, Values, Verdict
from mesh_core.quality.result import CheckResult
from mesh_core.quality.sampling import observation, rows_of

if TYPE_CHECKING:
    from mesh_core.errors import CheckCouldNotRunError
    from mesh_core.quality.spec import CheckSpec
    from mesh_core.quality.table import Staged

_LARGE = 1_000_000
_QUOTED = re.compile(r"""'(?:[^']|'')*'|"((?:[^"]|"")*)\"""")
"""A string, or a column's name."""
Compiled = tuple["CheckSpec", Measurement]


def run(compiled: Sequence[Compiled], staged: Staged) -> list[CheckResult]:
    """A result for each compiled check; CheckCouldNotRunError names the one that DuckDB refuses."""
    import duckdb

    results = []
    compiled = _ordered(compiled, staged)
    for (check, measurement), values in zip(compiled, _scanned(compiled, staged), strict=True):
        try:
            results.append(_result(check, measurement, values, staged))
        except duckdb.Error as error:
            raise check.could_not_run(str(error)) from error
    return results


def _ordered(compiled: Sequence[Compiled], staged: Staged) -> Sequence[Compiled]:
    """The checks, with the keys of a large table marked that its rows are ordered by.

    Distinct counts are most of an audit: of 4 million integers 0.5 CPU-s and a hash table in memory, where
    walking along them takes 0.03 s and none. The first rows tell whether it is worth trying.
    """
    keys = [measurement for _, measurement in compiled if isinstance(measurement, KeyTest)]
    if not keys or staged.value(f"SELECT count(*) FROM {staged.table.name}") < _LARGE:
        return compiled
    return [
        (check, msgspec.structs.replace(measurement, is_ordered=True))
        if isinstance(measurement, KeyTest) and _is_ordered(measurement, staged)
        else (check, measurement)
        for check, measurement in compiled
    ]


def _is_ordered(measurement: KeyTest, staged: Staged) -> bool:
    table = staged.table.name
    head = measurement.ascends(f"(FROM {table} LIMIT 2048)")
    return bool(staged.value(head)) and bool(staged.value(measurement.ascends(table)))


def bind(compiled: Sequence[Compiled], staged: Staged, bound: set[str]) -> None:
    """Raise CheckCouldNotRunError if DuckDB can't bind a check; new aggregates are bound as one, as they will run.

    DESCRIBE binds and stops there: EXPLAIN finds no more, and planning takes most of its time (measured).
    """
    import duckdb

    shapes = {aggregate: _shape(aggregate, staged) for aggregate in _positions([each for _, each in compiled])}
    new = {aggregate: at for at, aggregate in enumerate(a for a, shape in shapes.items() if shape not in bound)}
    if not new:
        return
    try:
        staged.connection.execute(f"DESCRIBE {_select(new, staged)}")
    except duckdb.Error:
        for check, measurement in compiled:
            try:
                staged.connection.execute(f"DESCRIBE {_select(_positions([measurement]), staged)}")
            except duckdb.Error as error:
                raise check.could_not_run(str(error)) from error
        raise
    bound.update(shapes[aggregate] for aggregate in new)


def _shape(aggregate: str, staged: Staged) -> str:
    """The aggregate with types in place of its columns: what binds for one column does for others of its type."""

    def typed(match: re.Match[str]) -> str:
        name = match[1]
        return match[0] if name is None else f'"{staged.table.columns.get(name.replace(chr(34) * 2, chr(34)), name)}"'

    return _QUOTED.sub(typed, aggregate)


def _positions(measurements: Sequence[Measurement]) -> dict[str, int]:
    """Where each aggregate stands in the SELECT; equal ones (most have count(*)) are computed once."""
    position: dict[str, int] = {}
    for measurement in measurements:
        for aggregate in measurement.aggregates().values():
            position.setdefault(aggregate, len(position))
    return position


def _select(position: dict[str, int], staged: Staged) -> str:
    return f"SELECT {', '.join(position) or 'count(*)'} FROM {staged.table.name}"


def _scan(measurements: Sequence[Measurement], staged: Staged) -> list[Values]:
    """Every measurement's values by label."""
    position = _positions(measurements)
    row: tuple[Any, ...] = ()
    if position:
        row = staged.connection.execute(_select(position, staged)).fetchall()[0]
    return [
        {label: row[position[aggregate]] for label, aggregate in measurement.aggregates().items()}
        for measurement in measurements
    ]


def _scanned(compiled: Sequence[Compiled], staged: Staged) -> list[Values]:
    import duckdb

    try:
        return _scan([measurement for _, measurement in compiled], staged)
    except duckdb.Error as error:
        raise _culprit(compiled, staged, error) from error


def _culprit(compiled: Sequence[Compiled], staged: Staged, error: Exception) -> CheckCouldNotRunError:
    """The error of the one check that made the common scan fail."""
    import duckdb

    for check, measurement in compiled:
        try:
            _scan([measurement], staged)
        except duckdb.Error as own:
            return check.could_not_run(str(own))
    return compiled[0][0].could_not_run(f"the audit of {staged.table.name} failed: {error}")


def _result(check: CheckSpec, measurement: Measurement, values: Values, staged: Staged) -> CheckResult:
    if isinstance(measurement, KeyTest) and not measurement.is_proven(values):
        values = {**values, "unexpected": staged.value(measurement.exact(staged.table.name))}
    verdict = measurement.verdict(values)
    success = _success(check, verdict)
    return CheckResult(
        check=check,
        success=success,
        observed=observation(verdict.observed),
        element_count=verdict.element_count,
        unexpected_count=verdict.unexpected_count,
        unexpected_percent=verdict.unexpected_percent,
        sample=() if success else _sample(measurement, staged),
        details=verdict.details,
    )


def _success(check: CheckSpec, verdict: Verdict) -> bool:
    """The expectation's own verdict, unless the contract compares its count (ODCS library metrics)."""
    if check.comparison is None:
        return verdict.success
    if check.comparison.unit == "rows":
        return check.comparison.holds(verdict.observed)
    # Of all rows; an empty table has no bad ones.
    return check.comparison.holds(verdict.observed / (verdict.element_count or 1) * 100)


def _sample(measurement: Measurement, staged: Staged) -> tuple[dict[str, Any], ...]:
    query = failing_rows(measurement, staged.table.name, staged.sample_rows)
    return rows_of(staged.connection, query) if query else ()


def failing_rows(measurement: Measurement, table: str, limit: int) -> str:
    """The SELECT of at most ``limit`` rows of ``table`` that fail; '' if there are none to show."""
    if not limit:
        return ""
    if isinstance(measurement, KeyTest):
        return measurement.duplicates(table, limit)
    return f"SELECT * FROM {table} WHERE {measurement.failing} LIMIT {limit}" if measurement.failing else ""
