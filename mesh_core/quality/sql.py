"""Names and values as DuckDB SQL, with the comparison rules of Great Expectations' pandas engine."""

from __future__ import annotations

import math
from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import Any, Literal

Family = Literal["number", "float", "text", "boolean", "date", "timestamp", "timestamptz", "time", "other"]

_INTEGERS = {"TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT"}
_FAMILIES: dict[str, Family] = {
    "FLOAT": "float",
    "DOUBLE": "float",
    "VARCHAR": "text",
    "BOOLEAN": "boolean",
    "DATE": "date",
    "TIME": "time",
    "TIMESTAMP": "timestamp",
    "TIMESTAMP_S": "timestamp",
    "TIMESTAMP_MS": "timestamp",
    "TIMESTAMP_NS": "timestamp",
    "TIMESTAMP WITH TIME ZONE": "timestamptz",
    **dict.fromkeys(_INTEGERS, "number"),
    **{f"U{name}": "number" for name in _INTEGERS},
}


def family(type_name: str) -> Family:
    """How values of a DuckDB type compare; ``other`` for lists, structs and the like."""
    if type_name.startswith("DECIMAL") and not type_name.endswith("]"):
        return "number"
    if type_name.startswith("ENUM") and not type_name.endswith("]"):
        return "text"
    return _FAMILIES.get(type_name, "other")


def is_integer(type_name: str) -> bool:
    return type_name.removeprefix("U") in _INTEGERS


def quote(name: str) -> str:
    """An identifier, whatever characters it has."""
    return '"' + name.replace('"', '""') + '"'


def text(value: str) -> str:
    """A string literal."""
    return "'" + value.replace("'", "''") + "'"


def value_of(column: str, type_name: str) -> str:
    """The column's value; NaN is NULL, as it is to pandas, so that a required number can't be NaN."""
    name = quote(column)
    return f"nullif({name}, CAST('nan' AS {type_name}))" if family(type_name) == "float" else name


def literal(value: Any, type_name: str) -> str | None:
    """``value`` as SQL that compares with a column of this type, or None if the two never compare.

    DuckDB would cast ('1' = 1 holds there); Python and GX do not. Dates are written as ISO strings, since
    YAML 1.2 has none; a timestamp without a zone is UTC.
    """
    match family(type_name):
        case "number" | "float":
            return _number(value)
        case "text":
            return text(value) if isinstance(value, str) else None
        case "boolean":
            return str(bool(value)).upper() if value in (True, False) and not isinstance(value, str) else None
        case "date" | "timestamp" | "timestamptz":
            return _instant(value, type_name)
        case "time":
            return _time(value)
        case "other":
            return None


def _number(value: Any) -> str | None:
    if isinstance(value, bool):
        return str(int(value))
    if isinstance(value, float) and not math.isfinite(value):
        return f"CAST('{value}' AS DOUBLE)"
    return str(value) if isinstance(value, int | float | Decimal) else None


def moment(value: Any) -> datetime | None:
    """The UTC moment that a date, datetime or ISO string names, or None."""
    if isinstance(value, str):
        try:
            value = datetime.fromisoformat(value)
        except ValueError:
            return None
    if isinstance(value, date) and not isinstance(value, datetime):
        value = datetime(value.year, value.month, value.day)
    if not isinstance(value, datetime):
        return None
    return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


def _time(value: Any) -> str | None:
    try:
        return f"TIME '{time.fromisoformat(value).isoformat()}'"
    except (TypeError, ValueError):
        return None


def _instant(value: Any, type_name: str) -> str | None:
    at = moment(value)
    if at is None:
        return None
    if family(type_name) == "timestamptz":
        return f"TIMESTAMPTZ '{at.isoformat(sep=' ')}'"
    return f"TIMESTAMP '{at.replace(tzinfo=None).isoformat(sep=' ')}'"
