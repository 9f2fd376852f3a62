"""What a Parquet write already knows of its columns: for pruning in Delta and for the catalog's profile."""

from __future__ import annotations

from collections.abc import Mapping
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
