"""Numbers, times and links as the pages say them: filters of the templates."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote, urlsplit

from markupsafe import Markup, escape

UNKNOWN = "\N{EN DASH}"
"""In the place of a value that there is none of."""

_STEPS = (("day", 86_400), ("hour", 3_600), ("minute", 60))
_LENGTHS = ((525_960, "years", 2 * 525_960), (1440, "days", 3 * 1440), (60, "h", 180))
"""Minutes in a unit, its name, and from how many minutes on it is used."""
_A_MONTH = 30 * 86_400
_LINKED = frozenset({"http", "https", "mailto"})
_SHORT = 60
_TWO_DAYS = 48
_JOINTS = re.compile(r"[._@/](?=\w)")
_LEADING_SPACE = re.compile(r"\s+")


def count(number: float | None) -> str:
    """``336,776``; a dash for what is not known."""
    if number is None:
        return UNKNOWN
    return f"{number:,.0f}" if float(number).is_integer() else f"{number:,.2f}"


def amount(number: int, thing: str, several: str = "") -> str:
    """``1 port``, ``2 ports``; ``several`` is a plural that does not end in s alone."""
    return f"{number:,} {thing if number == 1 else several or thing + 's'}"


def size(number: float | None) -> str:
    """``512 B``, ``3.4 MB``."""
    if number is None:
        return UNKNOWN
    value = float(number)
    for unit in ("B", "kB", "MB", "GB"):
        if value < 1000:
            return f"{value:.0f} {unit}" if unit == "B" else f"{value:.1f} {unit}"
        value /= 1000
    return f"{value:.1f} TB"


def percent(share: float | None) -> str:
    """A share of 1 as percent: ``99.3 %``, and never ``100 %`` for what is not all, or ``0 %`` for what is some."""
    if share is None:
        return UNKNOWN
    if share in {0, 1}:
        return f"{share:.0%}".replace("%", " %")
    return f"{min(max(share * 100, 0.1), 99.9):.1f} %"


def measure(value: float | None, unit: str) -> str:
    """A measured value with its unit: ``99.3 %``, ``45 min``, ``26 h``, ``12 days``, ``12.9 years``."""
    if value is None:
        return UNKNOWN
    if unit == "percent":
        # What is not all must not be rounded to all.
        return "99.99 %" if 99.99 < value < 100 else f"{_figures(value)} %"
    if unit != "minutes":
        return f"{count(value)} {unit}".rstrip()
    for length, name, least in _LENGTHS:
        if abs(value) >= least:
            return f"{_figures(value / length)} {name}"
    return f"{_figures(value)} min"


def _figures(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.4g}" if abs(value) >= 100 else f"{value:.3g}"


def lasting(hours: float) -> str:
    """A span in the unit that a person would use: ``40 minutes``, ``3.5 hours``, ``12.0 days``."""
    if hours < 1:
        return "less than a minute" if hours * 60 < 1 else amount(round(hours * 60), "minute")
    return f"{hours:.1f} hours" if hours < _TWO_DAYS else f"{hours / 24:.1f} days"


def moment(text: str) -> datetime | None:
    """The instant that an ISO text names, in UTC; None for anything else."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return None
    return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)


def passed(text: str, *, now: datetime | None = None) -> str:
    """How long ago an ISO time was: ``just now``, ``5 minutes ago``; the date after a month."""
    then = moment(text)
    if then is None:
        return text or UNKNOWN
    gone = ((now or datetime.now(UTC)) - then).total_seconds()
    if gone > _A_MONTH:
        return then.date().isoformat()
    for unit, length in _STEPS:
        if gone >= length:
            return f"{amount(int(gone // length), unit)} ago"
    return "just now"


def ago(text: str) -> Markup | str:
    """The same as a ``<time>`` whose title is the exact time."""
    then = moment(text)
    if then is None:
        return passed(text)
    exact = then.strftime("%Y-%m-%d %H:%M UTC")
    return Markup('<time datetime="{}" title="{}">{}</time>').format(then.isoformat(), exact, passed(text))


def exactly(text: str) -> Markup | str:
    """``2026-11-21 13:30 UTC``, as a ``<time>``."""
    then = moment(text)
    if then is None:
        return text or UNKNOWN
    return Markup('<time datetime="{}">{}</time>').format(then.isoformat(), then.strftime("%Y-%m-%d %H:%M UTC"))


def linked(url: Any) -> str:
    """The URL if a browser may follow it, else '': web and mail addresses alone, whatever a descriptor says."""
    text = _LEADING_SPACE.sub("", str(url or ""))
    try:
        parts = urlsplit(text)
    except ValueError:
        return ""
    if parts.scheme.lower() not in _LINKED:
        return ""
    return text if parts.scheme.lower() == "mailto" or parts.hostname else ""


def outward(url: Any, text: str = "") -> Markup:
    """A link to somewhere else; plain text where the URL is none that a browser may follow."""
    href = linked(url)
    shown = text or re.sub(r"^(mailto:|https?://)", "", str(url or ""))
    if not href:
        return Markup("<span>{}</span>").format(shown)
    return Markup('<a href="{}" rel="noopener noreferrer nofollow">{}</a>').format(href, shown)


def segment(text: Any) -> str:
    """A text as one part of a path: what a template puts into a URL."""
    return quote(str(text), safe="")


def value(given: Any) -> Markup | str:
    """A cell of a sample: null is told apart from an empty text."""
    if given is None:
        return Markup('<span class="null">null</span>')
    if isinstance(given, bool):
        return "true" if given else "false"
    if isinstance(given, float):
        plain = given == 0 or 1e-4 <= abs(given) < 1e15
        return f"{given:,.6f}".rstrip("0").rstrip(".") if plain else f"{given:.6g}"
    return str(given)


def extreme(given: Any, physical_type: str) -> Markup | str:
    """The smallest or largest value of a column; older profiles count booleans as 0 and 1."""
    return value(str(given) == "1") if physical_type == "BOOLEAN" and str(given) in {"0", "1"} else value(given)


def breakable(text: str) -> Markup:
    """A name that may be broken after its dots, signs and underscores, and nowhere else."""
    return Markup(_JOINTS.sub(r"\g<0><wbr>", str(escape(text))))  # noqa: S704 - escaped first


def shortened(text: str, length: int = _SHORT) -> str:
    """The text, cut at a word when it is longer than ``length``."""
    if len(text) <= length:
        return text
    return text[:length].rsplit(" ", 1)[0].rstrip(",;:") + "…"


def marked(text: str, marks: Iterable[tuple[int, int]]) -> Markup:
    """The text with what stands between the marks' starts and ends highlighted."""
    parts, done = [], 0
    for start, end in sorted(marks):
        if done <= start < end <= len(text):
            parts += [escape(text[done:start]), Markup("<mark>{}</mark>").format(text[start:end])]
            done = end
    return Markup("").join([*parts, escape(text[done:])])
