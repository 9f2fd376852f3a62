"""Nulls and ranges of a version's columns, from what its files say of themselves."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from mesh_core.storage import ColumnStatistics, Pinned, Staged, literal
from mesh_core.storage.statistics import combined

if TYPE_CHECKING:
    from mesh_core.publishing.attempt import Attempt

_FOOTERS = 200
"""Files whose footers are read; beyond that they cost more than the rest of a small publication."""


def profile_of(kept: Pinned, added: Staged, attempt: Attempt) -> dict[str, ColumnStatistics]:
    """Of the files ``kept`` and ``added`` together.

    Exact where rows were only added, and where the kept files are few enough to ask each. Else the last version's
    profile stands for the kept files: its ranges hold them, and its nulls may be more than they have.
    """
    types = {column.name: column.physical_type for column in attempt.port.contract.columns}
    grown = attempt.standing is not None and len(kept.data) == len(attempt.standing.data)
    if attempt.before is not None and (grown or len(kept.data) > _FOOTERS):
        known = msgspec.json.decode(attempt.before.facts.get("profile", "{}"), type=dict[str, ColumnStatistics])
    else:
        known = _in_footers(kept, attempt, types)
    new = (added.rows, added.statistics)
    return combined([part for part in ((kept.rows, known), new) if part[0]] or [new], types)


def _in_footers(kept: Pinned, attempt: Attempt, types: dict[str, str]) -> dict[str, ColumnStatistics]:
    if not kept.data:
        return {}
    files = ", ".join(literal(file) for file in kept.files)
    names = ", ".join(literal(name) for name in types)
    groups = attempt.connection.execute(
        "SELECT file_name, row_group_id, row_group_num_rows, path_in_schema, stats_null_count, stats_min_value, "
        f"stats_max_value FROM parquet_metadata([{files}]) WHERE path_in_schema IN ({names})"
    ).fetchall()
    parts: dict[tuple[str, int], tuple[int, dict[str, ColumnStatistics]]] = {}
    for file, group, rows, name, nulls, low, high in groups:
        known = parts.setdefault((file, group), (rows, {}))[1]
        known[name] = ColumnStatistics(nulls or 0, low, high)
    return combined(list(parts.values()), types)
