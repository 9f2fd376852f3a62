"""How fresh a port is, told at the time of asking: it ages without anything being written."""

from __future__ import annotations

from datetime import datetime

_DAY = 86_400
_ENDLESS = 2**40

_AGES = {"today": (0, _DAY), "this week": (_DAY, 7 * _DAY), "older": (7 * _DAY, _ENDLESS)}
CLASSES = (*_AGES, "never")
"""From the freshest on: less than a day, less than seven, more, and never published."""


def freshness(fresh_at: int, now: datetime) -> str:
    """The class of a moment in seconds since 1970; 0 is never."""
    return next(name for name in CLASSES if bounds(name, now)[0] <= fresh_at < bounds(name, now)[1])


def bounds(name: str, now: datetime) -> tuple[int, int]:
    """From when on, and until before when, a moment is of the class; in seconds since 1970."""
    if name == "never":
        return (0, 1)
    youngest, oldest = _AGES[name]
    present = int(now.timestamp())
    upper = _ENDLESS if youngest == 0 else present - youngest + 1
    return (max(1, present - oldest + 1), max(1, upper))
