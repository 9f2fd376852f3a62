"""When something is due: by a cron schedule or at a time of the day, in a zone."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta, timezone, tzinfo
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec

_CLOCK = re.compile(r"(?P<time>\d{1,2}:\d{2}(?::\d{2})?)\s*(?P<zone>.*)")
_OFFSET = re.compile(r"(?P<sign>[+-])(?P<hours>\d{2}):?(?P<minutes>\d{2})?")
_FIELDS = ((0, 59), (0, 23), (1, 31), (1, 12), (0, 7))
"""The limits of minute, hour, day of the month, month and day of the week; Sunday is 0 and 7."""
_NAMES = {
    name: str(number)
    for names, first in (("sun mon tue wed thu fri sat", 0), ("jan feb mar apr may jun jul aug sep oct nov dec", 1))
    for number, name in enumerate(names.split(), start=first)
}
_SHORT = {
    "@hourly": "0 * * * *",
    "@daily": "0 0 * * *",
    "@midnight": "0 0 * * *",
    "@weekly": "0 0 * * 0",
    "@monthly": "0 0 1 * *",
}


class UnreadableError(ValueError):
    """A value of a contract that means nothing here; the text says what is wrong with it."""


class Rhythm(msgspec.Struct, frozen=True, kw_only=True):
    """A cron schedule; ``by_day`` says that its moments are deadlines of the day in which they lie."""

    minutes: frozenset[int]
    hours: frozenset[int]
    days: frozenset[int]
    months: frozenset[int]
    weekdays: frozenset[int]
    either: bool = False
    """Both days of the month and of the week are named: one of the two is enough, as in cron."""
    zone: str = ""
    """An IANA name or an offset; '' is UTC."""
    by_day: bool = False
    written: str

    @property
    def tz(self) -> tzinfo:
        return zone_of(self.zone)

    def between(self, start: datetime, end: datetime) -> Iterator[datetime]:
        """The moments from ``start`` on and before ``end``, in UTC; a time that a day lacks comes an hour later."""
        day, last = start.astimezone(self.tz).date(), end.astimezone(self.tz).date()
        while day <= last:
            if self._on(day):
                yield from (at for at in self._times(day) if start <= at < end)
            day += timedelta(days=1)

    def begin_of_day(self, at: datetime) -> datetime:
        """Midnight, in the rhythm's zone, before ``at``."""
        return datetime.combine(at.astimezone(self.tz).date(), time(), self.tz).astimezone(UTC)

    def _on(self, day: date) -> bool:
        of_month, of_week = day.day in self.days, day.isoweekday() % 7 in self.weekdays
        return day.month in self.months and (of_month or of_week if self.either else of_month and of_week)

    def _times(self, day: date) -> list[datetime]:
        return sorted(
            datetime.combine(day, time(hour, minute), self.tz).astimezone(UTC)
            for hour in self.hours
            for minute in self.minutes
        )


def rhythm_of(cron: str, zone: str = "") -> Rhythm:
    """The rhythm of a cron schedule with five fields; UnreadableError for anything else."""
    fields = _SHORT.get(cron.strip().lower(), cron).split()
    if len(fields) != len(_FIELDS):
        message = f"'{cron}' is no cron schedule of five fields"
        raise UnreadableError(message)
    minutes, hours, days, months, weekdays = (
        _numbers(field, low, high, cron) for field, (low, high) in zip(fields, _FIELDS, strict=True)
    )
    zone_of(zone)
    return Rhythm(
        minutes=minutes,
        hours=hours,
        days=days,
        months=months,
        weekdays=frozenset(number % 7 for number in weekdays),
        either=not fields[2].startswith("*") and not fields[4].startswith("*"),
        zone=zone,
        written=cron,
    )


def daily_at(text: str, zone: str = "") -> Rhythm:
    """Each day at ``HH:MM``, an offset or a zone may stand behind it; UnreadableError for other texts."""
    found = _CLOCK.fullmatch(text.strip())
    if found is None:
        message = f"'{text}' is no time of the day"
        raise UnreadableError(message)
    try:
        at = time.fromisoformat(found["time"].zfill(len("00:00") if found["time"].count(":") == 1 else len("00:00:00")))
    except ValueError as error:
        message = f"'{text}' is no time of the day"
        raise UnreadableError(message) from error
    rhythm = rhythm_of(f"{at.minute} {at.hour} * * *", found["zone"].strip() or zone)
    return msgspec.structs.replace(rhythm, written=text)


def zone_of(text: str) -> tzinfo:
    """UTC, an offset such as ``-08:00``, or an IANA name; UnreadableError for what is none of them."""
    if text in {"", "Z", "UTC"}:
        return UTC
    if offset := _OFFSET.fullmatch(text):
        length = timedelta(hours=int(offset["hours"]), minutes=int(offset["minutes"] or 0))
        return timezone(length if offset["sign"] == "+" else -length)
    try:
        return ZoneInfo(text)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        message = f"'{text}' is no time zone"
        raise UnreadableError(message) from error


def _numbers(field: str, low: int, high: int, cron: str) -> frozenset[int]:
    """What one field of a cron schedule means: lists of ranges, each with a step."""
    found: set[int] = set()
    for part in field.lower().split(","):
        span, _, step = part.partition("/")
        first, _, last = span.partition("-")
        first, last = _NAMES.get(first, first), _NAMES.get(last, last)
        if span == "*":
            first, last = str(low), str(high)
        elif step and not last:
            last = str(high)
        numbers = (first, last or first, step or "1")
        if not all(number.isdecimal() for number in numbers):
            message = f"'{field}' in the cron schedule '{cron}' can't be read"
            raise UnreadableError(message)
        begin, end, stride = (int(number) for number in numbers)
        if not low <= begin <= end <= high or stride < 1:
            message = f"'{field}' in the cron schedule '{cron}' is outside of {low} to {high}"
            raise UnreadableError(message)
        found.update(range(begin, end + 1, stride))
    return frozenset(found)
