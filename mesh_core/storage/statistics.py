"""What a Parquet write already knows of its columns: for pruning in Delta and for the catalog's profile."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import Any

import msgspec


class ColumnStatistics(msgspec.Struct, frozen=True):
    """Nulls and range of one column in what was written; min and max as text, None where unknown."""

    null_count: int
    minimum: str | None
    maximum: str | None


def statistics_in(reported: Mapping[str, Mapping[str, str]]) -> dict[str, ColumnStatistics]:
    """DuckDB's RETURN_STATS map, by plain column name; nested fields are left out."""
    found = {}
    for path, values in reported.items():
        if path.startswith('"') and path.endswith('"') and '"."' not in path:
            found[path[1:-1].replace('""', '"')] = ColumnStatistics(
                int(values.get("null_count", 0)), values.get("min"), values.get("max")
            )
    return found


Known = tuple[int, Mapping[str, ColumnStatistics]]
"""The rows of one file and what is known of its columns."""


def combined(files: Sequence[Known], types: Mapping[str, str]) -> dict[str, ColumnStatistics]:
    """Of several files together; a column that one of them does not know has no statistics."""
    if len(files) == 1:
        return dict(files[0][1])
    names = [name for name in files[0][1] if all(name in known for _, known in files)] if files else []
    return {name: _together([(rows, known[name]) for rows, known in files], types.get(name, "")) for name in names}


def _together(parts: Sequence[tuple[int, ColumnStatistics]], kind: str) -> ColumnStatistics:
    """The range is known if it is known of every part that has a value."""
    nulls = sum(part.null_count for _, part in parts)
    valued = [part for rows, part in parts if part.null_count < rows]
    lows = [part.minimum for part in valued if part.minimum is not None]
    highs = [part.maximum for part in valued if part.maximum is not None]
    order = _order(kind)
    if order is None or not valued or len(lows) < len(valued) or len(highs) < len(valued):
        return ColumnStatistics(nulls, None, None)
    try:
        return ColumnStatistics(nulls, min(lows, key=order), max(highs, key=order))
    except ValueError:
        return ColumnStatistics(nulls, None, None)


def _order(kind: str) -> Callable[[str], Any] | None:
    """How DuckDB's text of a type compares; None where it cannot be told."""
    if kind in _INTEGERS:
        return int
    if kind.startswith("DECIMAL"):
        return Decimal
    if kind in {"FLOAT", "DOUBLE"}:
        return float
    if kind in {"DATE", "TIMESTAMP", "TIMESTAMP WITH TIME ZONE"}:
        return _of_four_digits
    return str if kind in {"VARCHAR", "BOOLEAN"} else None


def _of_four_digits(text: str) -> str:
    """A date's or time's text, which sorts by itself within the years that have four digits."""
    if len(text) < len("2013-01-01") or text[4] != "-" or text.endswith("(BC)"):
        raise ValueError(text)
    return text


_INTEGERS = {"TINYINT", "SMALLINT", "INTEGER", "BIGINT"}


def delta_statistics(rows: int, statistics: Mapping[str, ColumnStatistics], types: Mapping[str, str]) -> dict[str, Any]:
    """The ``stats`` of a Delta add action.

    Ranges are given for integers, dates and timestamps only: a float range is wrong beside NaN and a truncated
    string range prunes rows that match.
    """
    low: dict[str, Any] = {}
    high: dict[str, Any] = {}
    for name, found in statistics.items():
        if found.minimum is None or found.maximum is None:
            continue
        kind = types.get(name, "")
        if kind in _INTEGERS:
            low[name], high[name] = int(found.minimum), int(found.maximum)
        elif kind == "DATE":
            low[name], high[name] = found.minimum, found.maximum
        elif kind == "TIMESTAMP WITH TIME ZONE":
            low[name], high[name] = _instant(found.minimum), _instant(found.maximum)
    nulls = {name: found.null_count for name, found in statistics.items()}
    return {"numRecords": rows, "minValues": low, "maxValues": high, "nullCount": nulls}


def _instant(text: str) -> str:
    """DuckDB's ``2013-01-01 10:00:00+00`` as Delta's ``2013-01-01T10:00:00Z``."""
    return text.replace(" ", "T").removesuffix("+00") + "Z"
