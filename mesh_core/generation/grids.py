"""Values that lie on a grid: numbers, days and moments, so that every range can be drawn from without repeats."""

from __future__ import annotations

import math
from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import msgspec

from mesh_core.generation.coerce import coerced

if TYPE_CHECKING:
    from random import Random

    from mesh_core.generation.fields import Field

_SPAN = 1000
"""How far an open range reaches, in units, where no example says more."""
_STEPS = 10_000
"""Into about so many steps the range of a float is divided."""
_MOST = 2**62
_EPOCH = datetime(1970, 1, 1)
_SECOND = 1_000_000
_UNITS = (3600 * _SECOND, 60 * _SECOND, _SECOND)
_DAY = 24 * 3600 * _SECOND
_DEFAULT_DAY = date(2025, 1, 15)
_AROUND_DAYS = 15
_AROUND = 24 * 3600 * _SECOND
"""How far around the examples a day or a moment lies. Narrow, so that rows of several tables meet in time."""


class Grid(msgspec.Struct, frozen=True):
    """The values ``at(first)`` to ``at(last)``; empty if last is before first."""

    first: int
    last: int
    at: Callable[[int], Any]

    def draw(self, count: int, random: Random) -> list[Any]:
        """Both ends and distinct values between, at most ``count``."""
        last = min(self.last, self.first + _MOST)
        size = last - self.first + 1
        if size <= count:
            return [self.at(index) for index in range(self.first, last + 1)]
        found = random.sample(range(self.first, last + 1), count)
        ends = [self.first, self.last] if count > 1 else []
        return [self.at(index) for index in dict.fromkeys([*ends, *found])][:count]


def grid_of(field: Field, count: int) -> Grid | None:
    """The grid of a number, day, moment or time of day, open ranges wide enough for ``count`` values.

    None for other kinds.
    """
    match field.type.kind:
        case "integer" | "decimal" | "float":
            return _numbers(field, count)
        case "date":
            return _days(field, count)
        case "timestamp":
            return _moments(field, count)
        case "time":
            return _clock(field)
        case _:
            return None


def _bounds(field: Field, measure: Callable[[Any], Fraction]) -> tuple[Fraction | None, Fraction | None]:
    lows = [measure(limits.low) for limits in field.limits if limits.low is not None]
    highs = [measure(limits.high) for limits in field.limits if limits.high is not None]
    return max(lows, default=None), min(highs, default=None)


def _steps(ends: tuple[Fraction, Fraction], unit: Fraction) -> tuple[int, int]:
    """First and last multiple of ``unit`` between the ends. Strict ends are left to whoever asks the values."""
    low, high = ends
    return math.ceil(low / unit), math.floor(high / unit)


def _numbers(field: Field, count: int) -> Grid:
    given = field.type
    unit = Fraction(1, 10**given.scale) if given.kind != "float" or field.logical == "integer" else None
    if field.logical == "integer":
        unit = Fraction(1)
    if field.multiple_of is not None:
        step = Fraction(field.multiple_of)
        unit = step if unit is None else _common(step, unit)
    low, high = _number_ends(field, max(_SPAN, count) * (unit or Fraction(1)), count * (unit or Fraction(0)))
    if unit is None:
        unit = _fine(high - low)
    first, last = _steps((low, high), unit)
    return Grid(first, last, lambda index: _number(index * unit, field))


def _common(one: Fraction, other: Fraction) -> Fraction:
    """The least number that is a multiple of both."""
    return Fraction(
        math.lcm(one.numerator * other.denominator, other.numerator * one.denominator),
        one.denominator * other.denominator,
    )


def _number_ends(field: Field, usual: Fraction, least: Fraction) -> tuple[Fraction, Fraction]:
    """The declared range, or one that starts at it or reaches around the examples, within the type.

    An open range is ``usual`` wide, or as the examples are but at least ``least``.
    """
    given = field.type
    low, high = _bounds(field, Fraction)
    examples = [Fraction(value) for value in field.examples]
    reach = max(usual, Fraction(_SPAN))
    if low is None:
        low = min([Fraction(0), *(2 * value for value in examples)])
        low = low if high is None or low < high else high - reach
    if high is None:
        high = max([2 * max(examples), low + least]) if examples else low + reach
        high = high if high > low else low + reach
    if given.low is not None and given.high is not None:
        place = Fraction(1, 10**given.scale)
        low, high = max(low, given.low * place), min(high, given.high * place)
    return low, high


def _fine(width: Fraction) -> Fraction:
    """A power of ten that divides the range into some thousand steps."""
    if width <= 0:
        return Fraction(1, 10**9)
    exponent = math.floor(math.log10(width)) - round(math.log10(_STEPS))
    return Fraction(10) ** exponent


def _number(value: Fraction, field: Field) -> Any:
    given = field.type
    if given.kind == "integer":
        return int(value)
    if given.kind == "decimal":
        return Decimal(int(value * 10**given.scale)).scaleb(-given.scale)
    return coerced(float(value), given)


def _days(field: Field, count: int) -> Grid:
    def measure(at: datetime) -> Fraction:
        return Fraction(_microseconds(at), _DAY)

    anchors = [value.toordinal() - date(1970, 1, 1).toordinal() for value in field.examples]
    anchors = anchors or [_DEFAULT_DAY.toordinal() - date(1970, 1, 1).toordinal()]
    low, high = _window(_bounds(field, measure), (min(anchors), max(anchors)), max(_AROUND_DAYS, count))
    first, last = _steps((low, high), Fraction(1))
    return Grid(first, last, lambda index: _EPOCH.date() + timedelta(days=index))


def _moments(field: Field, count: int) -> Grid:
    """Whole hours, minutes or seconds if all examples are, else microseconds; minutes without an example."""

    def measure(at: datetime) -> Fraction:
        return Fraction(_microseconds(at))

    anchors = [_microseconds(value) for value in field.examples] or [
        _microseconds(datetime(_DEFAULT_DAY.year, _DEFAULT_DAY.month, _DEFAULT_DAY.day))
    ]
    fits = [unit for unit in _UNITS if all(anchor % unit == 0 for anchor in anchors)] if field.examples else _UNITS[1:]
    units = [*fits, 1]
    around = max(_AROUND, count * units[0])
    ends = _window(_bounds(field, measure), (min(anchors), max(anchors)), around)
    grids = [(*_steps(ends, Fraction(unit)), unit) for unit in units]
    first, last, unit = next((found for found in grids if found[0] <= found[1]), grids[-1])
    zone = UTC if field.type.zoned else None
    return Grid(first, last, lambda index: (_EPOCH + timedelta(microseconds=index * unit)).replace(tzinfo=zone))


def _clock(field: Field) -> Grid:
    def measure(at: time) -> Fraction:
        return Fraction(at.hour * 3600 + at.minute * 60 + at.second)

    low, high = _bounds(field, measure)
    ends = (low if low is not None else Fraction(0), high if high is not None else Fraction(24 * 3600 - 1))
    first, last = _steps(ends, Fraction(1))
    return Grid(first, last, lambda index: (_EPOCH + timedelta(seconds=index)).time())


def _microseconds(at: datetime) -> int:
    naive = at.astimezone(UTC).replace(tzinfo=None) if at.tzinfo is not None else at
    return (naive - _EPOCH) // timedelta(microseconds=1)


def _window(
    bounds: tuple[Fraction | None, Fraction | None], anchors: tuple[int, int], around: int
) -> tuple[Fraction, Fraction]:
    """The declared range where both ends are given, else a window around the examples, moved into it."""
    low, high = bounds
    if low is not None and high is not None:
        return low, high
    start, end = Fraction(anchors[0] - around), Fraction(anchors[1] + around)
    if low is not None:
        start = max(start, low)
        return start, max(end, start + 2 * around)
    if high is not None:
        end = min(end, high)
        return min(start, end - 2 * around), end
    return start, end
