"""Lengths of time, shares and moments in whatever unit a service level gives them, as one comparable number."""

from __future__ import annotations

import re
from typing import Any

_SECONDS = {
    "ms": 0.001, "millisecond": 0.001, "s": 1.0, "sec": 1.0, "second": 1.0, "m": 60.0, "min": 60.0, "minute": 60.0,
    "h": 3600.0, "hr": 3600.0, "hour": 3600.0, "d": 86400.0, "day": 86400.0, "w": 604800.0, "wk": 604800.0,
    "week": 604800.0, "mo": 2629800.0, "mon": 2629800.0, "month": 2629800.0, "q": 7889400.0, "quarter": 7889400.0,
    "y": 31557600.0, "yr": 31557600.0, "year": 31557600.0,
}  # fmt: skip
"""A month is a twelfth of 365.25 days: so 12 months are 1 year, and 30 days are a little less than a month."""

_SHARES = {"%": 0.01, "percent": 0.01, "pct": 0.01, "permille": 0.001, "ratio": 1.0, "fraction": 1.0}

_VALUE = re.compile(r"(?P<number>[-+]?\d+(?:\.\d+)?)\s*(?P<unit>[a-zA-Z%/]*)")
_DURATION = re.compile(
    r"P(?:(?P<y>\d+)Y)?(?:(?P<mo>\d+)M)?(?:(?P<w>\d+)W)?(?:(?P<d>\d+)D)?"
    r"(?:T(?:(?P<h>\d+)H)?(?:(?P<min>\d+)M)?(?:(?P<s>\d+(?:\.\d+)?)S)?)?"
)
_MOMENT = re.compile(r"\d{4}-\d{2}-\d{2}(?:[T ].*)?")
_CLOCK = re.compile(r"(?P<hours>\d{1,2}):(?P<minutes>\d{2})(?::(?P<seconds>\d{2}))?\s*(?:Z|UTC)?")


def measured(value: Any, unit: Any = None) -> tuple[str, float] | None:
    """Dimension and comparable value of a service level; None if it cannot be told.

    Two values can be compared if their dimensions are equal. A unit that is neither time nor share is a dimension of
    its own: ``count:MB/s``.
    """
    if isinstance(value, bool) or value is None:
        return None
    if isinstance(value, int | float):
        return _scaled(float(value), str(unit or ""))
    text = str(value).strip()
    if number := _VALUE.fullmatch(text):
        return _scaled(float(number["number"]), number["unit"] or str(unit or ""))
    return _moment(text) if _MOMENT.fullmatch(text) else _spelled(text)


def _spelled(text: str) -> tuple[str, float] | None:
    """A time of the day, or a duration as ISO 8601 writes it."""
    if clock := _CLOCK.fullmatch(text):
        return "clock", int(clock["hours"]) * 3600.0 + int(clock["minutes"]) * 60 + int(clock["seconds"] or 0)
    duration = _DURATION.fullmatch(text.upper())
    if duration and any(duration.groupdict().values()):
        parts = duration.groupdict(default="0")
        return "time", round(sum(float(count) * _SECONDS[name] for name, count in parts.items()), 6)
    return None


def _scaled(number: float, unit: str) -> tuple[str, float]:
    exact, lowered = unit.strip(), unit.strip().lower()
    for name in (exact, lowered, lowered.removesuffix("s")):
        if name in _SECONDS:
            return "time", round(number * _SECONDS[name], 6)
        if name in _SHARES:
            return "share", round(number * _SHARES[name], 9)
    return f"count:{exact}", number


def _moment(text: str) -> tuple[str, float] | None:
    """Days and instants on one scale; a moment without zone is UTC."""
    from datetime import UTC, datetime

    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return None
    return "moment", (found if found.tzinfo else found.replace(tzinfo=UTC)).timestamp()
