"""What a commit says of its audit, in numbers."""

from __future__ import annotations

import msgspec

from mesh_core.quality import Report
from mesh_core.storage import Commit

QUARANTINE = "quarantine"
"""The fact of a commit that says what it put aside."""

RECONCILIATION = "reconciliation"
"""The fact of a commit that says how its rows come from two sources."""


class Quarantine(msgspec.Struct, frozen=True):
    """What one publication put aside, as its commit carries it."""

    file: str
    """Relative to the table."""
    rows: int
    rules: dict[str, int]
    """Rows by the rule that they broke; a row may have broken several."""


class _Verdict(msgspec.Struct):
    success: bool


def check_counts(commit: Commit | None) -> tuple[int, int]:
    """Rules that held and rules that did not in the audit of ``commit``; zeros for none."""
    if commit is None:
        return (0, 0)
    verdicts = msgspec.json.decode(commit.facts.get("audit", "[]"), type=list[_Verdict])
    passed = sum(verdict.success for verdict in verdicts)
    return (passed, len(verdicts) - passed)


def quarantine_in(commit: Commit | None) -> Quarantine | None:
    """What the publication put aside; None for nothing."""
    found = commit.facts.get(QUARANTINE) if commit else None
    return msgspec.json.decode(found, type=Quarantine) if found else None


def quarantined_rows(commit: Commit | None) -> int:
    """How many rows the publication put aside."""
    found = quarantine_in(commit)
    return found.rows if found else 0


def partitions_made(commit: Commit | None, *, published: bool) -> int | None:
    """How many partitions the publication made; None for a table without."""
    if commit is None or "partitions" not in commit.facts:
        return None
    return len(msgspec.json.decode(commit.facts.get("partitionsWritten") or "[]")) if published else 0


def reconciliation_in(commit: Commit | None) -> Report | None:
    """How the rows of the publication come from its two sources; None if it has one."""
    found = commit.facts.get(RECONCILIATION) if commit else None
    return msgspec.json.decode(found, type=Report) if found else None
