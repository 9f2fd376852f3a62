"""ODCS rules of ``type: sql``: one query, one value, compared."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from mesh_core.quality.result import CheckResult
from mesh_core.quality.sampling import observation
from mesh_core.quality.sql import quote

if TYPE_CHECKING:
    import duckdb

    from mesh_core.quality.spec import CheckSpec

PLACEHOLDER = re.compile(r"\$\{(\w+)\}")
TABLE_WORDS = frozenset({"object", "table"})
COLUMN_WORDS = frozenset({"property", "column"})


def run(check: CheckSpec, connection: duckdb.DuckDBPyConnection, table: str) -> CheckResult:
    """The verdict on the query's value; NULL (an average of nothing) keeps no promise and fails."""
    import duckdb

    if check.comparison is None:
        reason = "it has no operator to compare the query's value with"
        raise check.could_not_run(reason)
    try:
        value = _single_value(check, connection, table)
        success = check.comparison.holds(value)
    except duckdb.Error as error:
        raise _failed(check, error) from error
    except TypeError as error:
        reason = f"its query's value {value!r} does not compare with {check.comparison.limit!r}"
        raise check.could_not_run(reason, remedy="Return a number, or mend the operator.") from error
    return CheckResult(check=check, success=success, observed=observation(value))


def bind(check: CheckSpec, connection: duckdb.DuckDBPyConnection, table: str) -> None:
    """Raise CheckCouldNotRunError if DuckDB can't prepare the query."""
    import duckdb

    try:
        connection.execute(f"DESCRIBE {_statement(check, connection, table)}")
    except duckdb.Error as error:
        raise _failed(check, error) from error


def _failed(check: CheckSpec, error: Exception) -> Exception:
    reason = f"its query failed: {error}"
    return check.could_not_run(reason, remedy="Tables are ${object} and the declared input ports.")


def _statement(check: CheckSpec, connection: duckdb.DuckDBPyConnection, table: str) -> str:
    """The query with its placeholders filled in: one SELECT."""
    import duckdb

    column = quote(check.column)
    query = PLACEHOLDER.sub(lambda match: table if match[1] in TABLE_WORDS else column, check.query)
    statements = connection.extract_statements(query)
    if len(statements) != 1 or statements[0].type != duckdb.StatementType.SELECT:
        reason = "its query is not one SELECT"
        raise check.could_not_run(reason, remedy="Write one query that returns one value.")
    return query


def _single_value(check: CheckSpec, connection: duckdb.DuckDBPyConnection, table: str) -> Any:
    rows = connection.execute(_statement(check, connection, table)).fetchmany(2)
    if len(rows) != 1 or len(rows[0]) != 1:
        counted = ("no row", "one row")[len(rows)] if len(rows) < 2 else "several rows"
        reason = f"its query returned {counted}" + (f" of {len(rows[0])} columns" if rows else "")
        raise check.could_not_run(reason, remedy="Return one row with one column.")
    return rows[0][0]
