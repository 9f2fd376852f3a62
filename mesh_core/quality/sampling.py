"""Rows as JSON-able mappings, to show people what failed."""

from __future__ import annotations

import math
from collections.abc import Callable
from datetime import UTC, date, datetime, time
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import duckdb


_TEXTS: dict[type, Callable[[Any], str]] = {
    datetime: lambda value: (value.astimezone(UTC) if value.tzinfo else value).isoformat(),
    date: date.isoformat,
    time: time.isoformat,
    bytes: bytes.hex,
}


def jsonable(value: Any) -> Any:
    """The value in JSON's types: moments as ISO 8601 (with zone: UTC), decimals and NaN as text."""
    if value is None or isinstance(value, bool | int | str):
        return value
    if isinstance(value, float) and math.isfinite(value):
        return float(value)
    if isinstance(value, dict):
        return {str(key): jsonable(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [jsonable(item) for item in value]
    return _TEXTS.get(type(value), str)(value)


def rows_of(connection: duckdb.DuckDBPyConnection, query: str) -> tuple[dict[str, Any], ...]:
    """The query's rows by column name."""
    cursor = connection.execute(query)
    names = [column[0] for column in cursor.description or ()]
    return tuple({name: jsonable(value) for name, value in zip(names, row, strict=True)} for row in cursor.fetchall())
