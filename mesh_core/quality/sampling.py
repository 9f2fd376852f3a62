"""Rows as JSON-able mappings, to show people what failed."""

from __future__ import annotations

import math
from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import msgspec

if TYPE_CHECKING:
    import duckdb


def jsonable(value: Any) -> Any:
    """The value in JSON's types: moments as ISO 8601 (with zone: UTC), decimals and NaN as text."""
    item = getattr(value, "item", None)
    plain = item() if callable(item) else value  # a scalar of numpy
    if plain is None or isinstance(plain, bool | int | str):
        return plain
    if isinstance(plain, float):
        return plain if math.isfinite(plain) else str(plain)
    if isinstance(plain, dict):
        return {str(key): jsonable(entry) for key, entry in plain.items()}
    if isinstance(plain, list | tuple):
        return [jsonable(entry) for entry in plain]
    return _text(plain)


def _text(value: Any) -> str:
    if isinstance(value, datetime) and value.tzinfo is not None:
        return value.astimezone(UTC).isoformat()
    if isinstance(value, date | time):
        return value.isoformat()
    return value.hex() if isinstance(value, bytes) else str(value)


def observation(value: Any) -> int | float | str | bool | None:
    """One observed value to show and to plot: a decimal as number, several values as JSON text."""
    if isinstance(value, Decimal):
        return float(value)
    plain = jsonable(value)
    return msgspec.json.encode(plain).decode() if isinstance(plain, dict | list) else plain


def rows_of(connection: duckdb.DuckDBPyConnection, query: str) -> tuple[dict[str, Any], ...]:
    """The query's rows by column name."""
    cursor = connection.execute(query)
    names = [column[0] for column in cursor.description or ()]
    return tuple({name: jsonable(value) for name, value in zip(names, row, strict=True)} for row in cursor.fetchall())
