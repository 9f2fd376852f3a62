"""What a commit says of its audit, in two numbers."""

from __future__ import annotations

import msgspec

from mesh_core.storage import Commit


class _Verdict(msgspec.Struct):
    success: bool


def check_counts(commit: Commit | None) -> tuple[int, int]:
    """Rules that held and rules that did not in the audit of ``commit``; zeros for none."""
    if commit is None:
        return (0, 0)
    verdicts = msgspec.json.decode(commit.facts.get("audit", "[]"), type=list[_Verdict])
    passed = sum(verdict.success for verdict in verdicts)
    return (passed, len(verdicts) - passed)
