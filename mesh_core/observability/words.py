"""Lengths, shares and moments as people say them."""

from __future__ import annotations

from datetime import datetime

_UNITS = (("year", 525_960), ("day", 1_440), ("hour", 60), ("minute", 1))


def length(minutes: float) -> str:
    """``5 years``, ``7 days``, ``2.5 hours``, ``less than a minute``."""
    for unit, size in _UNITS:
        if minutes >= size:
            number = f"{minutes / size:.{0 if size == 1 else 1}f}".removesuffix(".0")
            return f"{number} {unit}" + ("" if number == "1" else "s")
    return "less than a minute"


def share(percent: float) -> str:
    """``99.95 %``, cut and not rounded: what is not all is not told as 100 %."""
    cut = int(percent * 100 + 1e-6) / 100
    return f"{cut:.2f}".rstrip("0").rstrip(".") + " %"


def amount(number: int, thing: str) -> str:
    """``1 reader``, ``2 readers``."""
    return f"{number:,} {thing}" + ("" if number == 1 else "s")


def moment(at: datetime, *, day: bool = False) -> str:
    """``2026-11-21 06:00 UTC``, or the day alone."""
    return at.strftime("%Y-%m-%d" if day else "%Y-%m-%d %H:%M UTC")


def listed(names: tuple[str, ...], *, most: int = 3) -> str:
    """``a, b and c``; of many the first and how many more."""
    if len(names) > most:
        return f"{', '.join(names[:most])} and {len(names) - most} more"
    return " and ".join(filter(None, (", ".join(names[:-1]), names[-1]))) if names else ""
