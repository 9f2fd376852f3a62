"""ODCS rules of ``type: sql``: one query, one value, compared."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from mesh_core.quality.result import CheckResult
from mesh_core.quality.sampling import jsonable
from mesh_core.quality.sql import quote

if TYPE_CHECKING:
    import duckdb

    from mesh_core.quality.spec import CheckSpec

PLACEHOLDER = re.compile(r"\$\{(\w+)\}")
TABLE_WORDS = frozenset({"object", "table"})
COLUMN_WORDS = frozenset({"property", "column"})


def statement_of(check: CheckSpec, table: str) -> str:
    """The query with its placeholders filled in."""
    column = quote(check.column)
    return PLACEHOLDER.sub(lambda match: table if match[1] in TABLE_WORDS else column, check.query)


def run(check: CheckSpec, connection: duckdb.DuckDBPyConnection, table: str) -> CheckResult:
    """The verdict on the query's value; NULL (an average of nothing) keeps no promise and fails."""
    import duckdb

    if check.comparison is None:
        raise check.could_not_run("it has no operator to compare the query's value with")
    try:
        value = _single_value(check, connection, statement_of(check, table))
    except duckdb.Error as error:
        message = f"its query failed: {error}"
        raise check.could_not_run(message, remedy="Try it with `mesh query`.") from error
    try:
        success = check.comparison.holds(value)
    except TypeError as error:
        message = f"its query's value {value!r} does not compare with {check.comparison.limit!r}"
        raise check.could_not_run(message, remedy="Return a number, or mend the operator.") from error
    return CheckResult(check=check, success=success, observed=jsonable(value))


def _single_value(check: CheckSpec, connection: duckdb.DuckDBPyConnection, statement: str) -> Any:
    import duckdb

    statements = connection.extract_statements(statement)
    if len(statements) != 1 or statements[0].type != duckdb.StatementType.SELECT:
        raise check.could_not_run("it is not one SELECT", remedy="Write one query that returns one value.")
    rows = connection.execute(statement).fetchmany(2)
    if len(rows) != 1 or len(rows[0]) != 1:
        shape = f"{len(rows) if len(rows) < 2 else 'several'} rows of {len(rows[0]) if rows else 0} columns"
        raise check.could_not_run(f"its query returned {shape}", remedy="Return one row with one column.")
    return rows[0][0]
