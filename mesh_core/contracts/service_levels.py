"""Service levels that are lengths of time: a frequency makes a schedule, a latency a freshness policy."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mesh_core.contracts.document import Document
    from mesh_core.contracts.odcs import Sla

LENGTHS = frozenset({"frequency", "latency"})

_MINUTES = {
    "m": 1,
    "min": 1,
    "minute": 1,
    "h": 60,
    "hour": 60,
    "d": 1440,
    "day": 1440,
    "w": 10080,
    "week": 10080,
}


def minutes_in(sla: Sla, document: Document) -> int:
    """A service level's length in minutes; DescriptorError for a unit that is no time."""
    unit = sla.unit.lower()
    length = _MINUTES.get(unit) or _MINUTES.get(unit.removesuffix("s"))
    try:
        value = float(sla.value)
    except (TypeError, ValueError):
        value = 0.0
    if length is None or value <= 0:
        message = f"service level '{sla.property}' is '{sla.value} {sla.unit}', not a length of time"
        remedy = "Give a positive number and a unit: m, h, d or w."
        raise document.error(message, sla.at, remedy=remedy)
    return max(1, round(value * length))
