"""Rows as JSON-able mappings, to show people what failed."""

from __future__ import annotations

import math
from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import duckdb


def jsonable(value: Any) -> Any:
    """The value in JSON's types: moments as ISO 8601 (with zone: UTC), decimals and NaN as text."""
    match value:
        case None | bool() | int() | str():
            return value
        case float():
            return value if math.isfinite(value) else str(value)
        case datetime():
            return (value.astimezone(UTC) if value.tzinfo else value).isoformat()
        case date() | time():
            return value.isoformat()
        case Decimal():
            return str(value)
        case bytes():
            return value.hex()
        case dict():
            return {str(key): jsonable(item) for key, item in value.items()}
        case list() | tuple():
            return [jsonable(item) for item in value]
        case _:
            return str(value)


def rows_of(connection: duckdb.DuckDBPyConnection, query: str) -> tuple[dict[str, Any], ...]:
    """The query's rows by column name."""
    cursor = connection.execute(query)
    names = [column[0] for column in cursor.description or ()]
    return tuple(
        {name: jsonable(value) for name, value in zip(names, row, strict=True)} for row in cursor.fetchall()
    )
