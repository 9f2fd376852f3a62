"""Numbers and times as people say them."""

from __future__ import annotations

from datetime import UTC, datetime

UNKNOWN = "-"
"""In the place of a value that there is none of."""

_STEPS = (("d", 86_400), ("h", 3_600), ("min", 60))
_A_MONTH = 30 * 86_400


def count(number: int | None) -> str:
    """``336,776``; a dash for what is not known."""
    return UNKNOWN if number is None else f"{number:,}"


def amount(number: int, thing: str) -> str:
    """``1 port``, ``2 ports``."""
    return f"{number:,} {thing}" + ("" if number == 1 else "s")


def seconds(duration: float) -> str:
    """``0.42 s``, ``12.3 s``, ``2:05 min``."""
    if duration >= 60:
        return f"{int(duration // 60)}:{int(duration % 60):02} min"
    return f"{duration:.2f} s" if duration < 10 else f"{duration:.1f} s"


def lasting(hours: float) -> str:
    """``40 min``, ``30 h``, ``3.5 d``: a span in the unit that people would take."""
    if hours < 1:
        return f"{hours * 60:.0f} min"
    return f"{hours:.3g} h" if hours < 72 else f"{hours / 24:,.1f} d"


def size(number: int) -> str:
    """``512 B``, ``3.4 MB``."""
    value = float(number)
    for unit in ("B", "kB", "MB", "GB"):
        if value < 1000:
            return f"{value:.0f} {unit}" if unit == "B" else f"{value:.1f} {unit}"
        value /= 1000
    return f"{value:.1f} TB"


def ago(moment: str, *, now: datetime | None = None) -> str:
    """How long ago an ISO time was: ``just now``, ``5 min ago``, ``3 d ago``; the date after a month."""
    then = datetime.fromisoformat(moment)
    passed = ((now or datetime.now(UTC)) - then).total_seconds()
    if passed > _A_MONTH:
        return then.date().isoformat()
    for unit, length in _STEPS:
        if passed >= length:
            return f"{int(passed // length)} {unit} ago"
    return "just now"
