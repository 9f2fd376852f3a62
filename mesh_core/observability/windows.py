"""Time in which a promise was kept or not, as spans: exact, because nothing is sampled.

An indicator says of every moment since it is known whether its promise was kept. What is not known, before the first
publication or between two probes, is in no span and counts for neither side.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

import msgspec

NOTHING = timedelta(0)


class Span(msgspec.Struct, frozen=True):
    """From ``start`` up to ``end`` the promise was kept, or was not."""

    start: datetime
    end: datetime
    good: bool


def in_steps(marks: Sequence[tuple[datetime, bool]], until: datetime) -> tuple[Span, ...]:
    """Each mark's verdict stands until the next one's time, the last until ``until``. Marks are in order of time."""
    ends = [*(at for at, _ in marks), until][1:]
    return tuple(Span(at, end, good) for (at, good), end in zip(marks, ends, strict=True) if at < end)


def within_reach(marks: Sequence[datetime], limit: timedelta, until: datetime) -> tuple[Span, ...]:
    """Kept for ``limit`` after each mark, and then no more until the next."""
    spans: list[Span] = []
    for at, end in zip(marks, [*marks, until][1:], strict=True):
        late = min(at + limit, end)
        spans += [Span(at, late, good=True), Span(late, end, good=False)]
    return tuple(span for span in spans if span.start < span.end)


def except_for(broken: Iterable[tuple[datetime, datetime]], since: datetime, until: datetime) -> tuple[Span, ...]:
    """Kept from ``since`` to ``until`` but for the intervals ``broken``, which may overlap and come in any order."""
    spans: list[Span] = []
    reached = since
    for start, end in sorted(broken):
        first, last = max(start, reached), min(end, until)
        if first >= last:
            continue
        spans += [Span(reached, first, good=True), Span(first, last, good=False)]
        reached = last
    spans.append(Span(reached, until, good=True))
    return tuple(span for span in spans if span.start < span.end)


def spent(spans: Iterable[Span], since: datetime, until: datetime) -> tuple[timedelta, timedelta]:
    """How much of the time between ``since`` and ``until`` the promise was kept, and how much it was not."""
    good = bad = NOTHING
    for span in spans:
        if span.end <= since or span.start >= until:
            continue
        length = min(span.end, until) - max(span.start, since)
        if span.good:
            good += length
        else:
            bad += length
    return good, bad


def is_kept(spans: Sequence[Span], now: datetime) -> bool | None:
    """The verdict at ``now``: of the span that holds it or ends there; None if nothing is known of it."""
    holding = [span.good for span in spans if span.start <= now <= span.end]
    return holding[-1] if holding else None
