"""Objectives in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mesh_core.observability import words

if TYPE_CHECKING:
    from mesh_core.observability.promises import Promised


def told(promised: Promised) -> str:
    """What is promised, and of how much of the time; of what is not measured as it is written.

    E.g. ``made sure of at least every 7 days, 99 % of the last 30 days``.
    """
    columns = words.listed(promised.columns)
    size = words.length(promised.target) if promised.target is not None else ""
    part = words.share(promised.target) if promised.target is not None else ""
    rhythm = promised.rhythm
    zone = f" {rhythm.zone}" if rhythm and rhythm.zone and rhythm.zone not in rhythm.written else ""
    due = f"{rhythm.written}{zone}" if rhythm else ""
    parts = {
        "frequency": f"made sure of as '{due}' says" if rhythm else f"made sure of at least every {size}",
        "freshness": f"never older than {size}",
        "timeofavailability": f"there by {due} each day",
        "latency": f"within {size} of {columns or 'its inputs'}",
        "completeness": f"at least {part} of {columns or 'all required columns'} there",
        "errorrate": f"at most {part} of checked rows wrong",
        "availability": f"readable {part} of the time",
        "retention": f"rows kept for {size}",
        "timetorepair": f"failures mended within {size}",
    }
    if promised.problem or promised.kind not in parts:
        return f"{promised.name} {promised.written}".strip()
    window = f"the last {promised.terms.window_days} days"
    share = "" if promised.kind == "availability" else f"{words.share(promised.terms.objective)} "
    return f"{parts[promised.kind]}, {share}of {window}"
