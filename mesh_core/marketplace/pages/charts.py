"""Charts as numbers: what a template draws as SVG, with the same facts as text for those who do not see it.

Nothing here knows colours; good and bad differ in shape. Coordinates are rounded: a page is compared byte by byte.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import msgspec

from mesh_core.marketplace.pages.wording import moment

WIDTH, HEIGHT = 440.0, 180.0
"""As wide as it is shown on a desk, so that its text is as large as the text around it."""
LEFT, RIGHT, TOP, BOTTOM = 44.0, 8.0, 10.0, 26.0
SPARK_WIDTH, SPARK_HEIGHT = 120.0, 28.0
_WIDEST = 28.0
"""Of one bar: few publications must not look like a wall."""
_TICKS = 4


class Tick(msgspec.Struct, frozen=True):
    """A line across the chart, or a label below it."""

    at: float
    label: str


class Bar(msgspec.Struct, frozen=True, kw_only=True):
    """One column of a bar chart."""

    x: float
    width: float
    y: float
    height: float
    bad_y: float = 0.0
    bad_height: float = 0.0
    """The part on top that went wrong, drawn hatched."""
    refused: bool = False
    """Nothing was published: a cross in place of a bar."""
    label: str = ""


class BarChart(msgspec.Struct, frozen=True, kw_only=True):
    """Columns in the order of time, all of one width."""

    title: str
    summary: str
    bars: tuple[Bar, ...]
    ticks: tuple[Tick, ...]
    labels: tuple[Tick, ...]
    width: float = WIDTH
    height: float = HEIGHT
    left: float = LEFT
    right: float = WIDTH - RIGHT
    bottom: float = HEIGHT - BOTTOM


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """What one bar shows; ``value`` None where nothing was published."""

    at: str
    value: float | None
    bad: float = 0.0
    """How much of ``value`` went wrong."""
    label: str


class Dot(msgspec.Struct, frozen=True):
    """One measured value of a small chart."""

    x: float
    y: float
    good: bool
    label: str


class Spark(msgspec.Struct, frozen=True, kw_only=True):
    """A small line over time with its objective."""

    title: str
    line: str
    """``x,y x,y``: of an SVG polyline."""
    dots: tuple[Dot, ...]
    goal: float | None = None
    width: float = SPARK_WIDTH
    height: float = SPARK_HEIGHT


class Point(msgspec.Struct, frozen=True, kw_only=True):
    """One measured value."""

    at: str
    value: float
    good: bool
    label: str


def bar_chart(title: str, summary: str, steps: Sequence[Step]) -> BarChart | None:
    """The steps as columns from zero, oldest first; None when there are fewer than two to compare."""
    if len(steps) < 2:
        return None
    top = nice(max((step.value or 0 for step in steps), default=0))
    base, span = HEIGHT - BOTTOM, HEIGHT - BOTTOM - TOP
    slot = (WIDTH - LEFT - RIGHT) / len(steps)
    bars = []
    for number, step in enumerate(steps):
        width = min(slot * 0.72, _WIDEST)
        tall = span * (step.value or 0) / top
        wrong = span * step.bad / top
        bars.append(
            Bar(
                x=_round(LEFT + slot * number + (slot - width) / 2),
                width=_round(width),
                y=_round(base - tall),
                height=_round(tall),
                bad_y=_round(base - tall),
                bad_height=_round(max(wrong, 2.0) if step.bad else 0.0),
                refused=step.value is None,
                label=step.label,
            )
        )
    ticks = tuple(Tick(_round(base - span * part / _TICKS), short(top * part / _TICKS)) for part in range(_TICKS + 1))
    return BarChart(title=title, summary=summary, bars=tuple(bars), ticks=ticks, labels=_labels(steps, slot))


def spark(title: str, points: Sequence[Point], goal: float | None = None) -> Spark | None:
    """The points over time, oldest first; None when there are fewer than two."""
    placed = [(then.timestamp(), point) for point in points if (then := moment(point.at))]
    if len(placed) < 2:
        return None
    values = [point.value for _, point in placed] + ([goal] if goal is not None else [])
    low, high = min(values), max(values)
    room = (high - low) * 0.12 or max(abs(high), 1.0) * 0.1
    low, high = low - room, high + room
    begin, end = placed[0][0], placed[-1][0]

    def across(at: float) -> float:
        return _round(3 + (SPARK_WIDTH - 6) * ((at - begin) / (end - begin) if end > begin else 0.5))

    def down(value: float) -> float:
        return _round(SPARK_HEIGHT * (1 - (value - low) / (high - low)))

    dots = tuple(Dot(across(at), down(point.value), point.good, point.label) for at, point in placed)
    shown = tuple(dot for number, dot in enumerate(dots) if not dot.good or number == len(dots) - 1)
    line = " ".join(f"{dot.x:g},{dot.y:g}" for dot in dots)
    return Spark(title=title, line=line, dots=shown, goal=None if goal is None else down(goal))


def nice(value: float) -> float:
    """The next of 1, 2, 4, 5, 8 and 10 times a power of ten: where an axis ends."""
    if value <= 0 or not math.isfinite(value):
        return 4.0
    power = 10 ** math.floor(math.log10(value))
    return float(next(step * power for step in (1, 2, 4, 5, 8, 10) if step * power >= value * (1 - 1e-9)))


def short(value: float) -> str:
    """``0``, ``250``, ``1.2k``, ``340k``, ``3M``: the number on an axis."""
    for unit, name in ((1e9, "G"), (1e6, "M"), (1e3, "k")):
        if value >= unit:
            return f"{value / unit:.3g}{name}"
    return f"{value:.3g}"


def _labels(steps: Sequence[Step], slot: float) -> tuple[Tick, ...]:
    """The days of the first, the middle and the last column, each once."""
    chosen = sorted({0, len(steps) // 2, len(steps) - 1})
    found: list[Tick] = []
    for number in chosen:
        day = steps[number].at[:10]
        if not found or found[-1].label != day:
            found.append(Tick(_round(LEFT + slot * (number + 0.5)), day))
    return tuple(found)


def _round(number: float) -> float:
    return round(number, 1)
