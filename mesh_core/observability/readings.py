"""What measuring a service level needs and gives: a port's promise and past in, a reading out."""

from __future__ import annotations

from datetime import datetime, timedelta

import msgspec

from mesh_core.observability import words
from mesh_core.observability.history import History
from mesh_core.observability.promises import Promise
from mesh_core.observability.windows import Span

Point = tuple[datetime, float, bool]
"""A value, and whether it keeps the promise."""


class Reading(msgspec.Struct, frozen=True, kw_only=True):
    """One service level as the facts have it."""

    spans: tuple[Span, ...]
    value: float | None
    """Now, in the promise's unit."""
    sentence: str
    target: float | None = None
    """Where the promise itself names none: what a schedule comes to."""
    points: tuple[Point, ...] = ()
    last: bool | None = None
    """What was found just now, where somebody looked."""


class Seen(msgspec.Struct, frozen=True, kw_only=True):
    """One port's promise and past at one moment."""

    promise: Promise
    history: History
    now: datetime

    @property
    def refreshes(self) -> list[datetime]:
        """When the port's rows were made sure of: by a publication, or a run that found nothing to change."""
        published = (version.at for version in self.history.versions)
        return sorted({*published, *self.history.confirmations})


def minutes(length: timedelta) -> float:
    return length / timedelta(minutes=1)


def ago(at: datetime, now: datetime) -> str:
    return f"{words.length(minutes(now - at))} ago"
