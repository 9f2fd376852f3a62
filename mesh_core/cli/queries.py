"""A query's answer as JSON, as CSV, and as a person reads it."""

from __future__ import annotations

import csv
import io
import json
import math
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mesh_core.serving import QueryResult


def as_json(result: QueryResult) -> str:
    """One object: columns with types, rows as objects, and whether a limit cut them off."""
    names = distinct([name for name, _ in result.columns])
    return json.dumps(
        {
            "columns": [{"name": name, "type": kind} for name, (_, kind) in zip(names, result.columns, strict=True)],
            "rows": [dict(zip(names, map(_plain, row), strict=True)) for row in result.rows],
            "truncated": result.truncated,
        },
        indent=2,
        ensure_ascii=False,
    )


def as_csv(result: QueryResult) -> str:
    """A header and the rows; null is an empty field."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow([name for name, _ in result.columns])
    writer.writerows([["" if value is None else shown(value) for value in row] for row in result.rows])
    return out.getvalue().removesuffix("\n")


def distinct(names: list[str]) -> list[str]:
    """The names, a repeated one with a number: objects cannot hold a key twice."""
    seen: dict[str, int] = {}
    found = []
    for name in names:
        seen[name] = seen.get(name, 0) + 1
        found.append(name if seen[name] == 1 else f"{name}_{seen[name] - 1}")
    return found


def shown(value: Any) -> str:
    """A value as a person reads it in a cell."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, datetime):
        return value.isoformat(sep=" ").replace("+00:00", "Z")
    if isinstance(value, dict | list | tuple):
        return json.dumps(_plain(value), ensure_ascii=False)
    return str(value)


def _plain(value: Any) -> Any:
    """The value in JSON's types: times as ISO text, NaN as null, the rest as text."""
    if isinstance(value, dict):
        return {str(key): _plain(member) for key, member in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(member) for member in value]
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if value is None or isinstance(value, bool | int | str):
        return value
    return value.isoformat() if isinstance(value, date) else str(value)
