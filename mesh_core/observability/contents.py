"""Service levels of what a port holds: whether values are there and right, can be read, and are kept."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from mesh_core.observability import words
from mesh_core.observability.history import Version
from mesh_core.observability.level import told_in
from mesh_core.observability.promises import Promise, Promised
from mesh_core.observability.readings import Point, Reading, Seen, ago, minutes
from mesh_core.observability.windows import Span, in_steps, spent

PROBE_REACH = timedelta(hours=1)
"""How long a probe tells of a port; what comes later without another is not known."""


def completeness(promised: Promised, seen: Seen) -> Reading | None:
    """The share of values that are there, in the named columns or in all required ones."""
    columns = completeness_columns(promised, seen.promise)
    shares = [
        (version.at, share) for version in seen.history.versions if (share := _share(version, columns)) is not None
    ]
    what = words.listed(columns) if promised.columns else "required columns"
    return _stepwise(
        promised, seen, shares, at_least=True, told=lambda value: f"{words.share(value)} of {what} is there."
    )


def error_rate(promised: Promised, seen: Seen) -> Reading | None:
    """The share of checked rows that broke a rule at the newest attempt; one that failed unchecked counts whole."""
    rates = [(one.at, 100 * one.failing / one.checked) for one in seen.history.versions if one.checked]
    failures = seen.history.failures
    rates += [(one.at, 100 * one.failing / one.checked if one.checked else 100.0) for one in failures]
    attempts = len(failures) + len(seen.history.versions)

    def told(value: float) -> str:
        return f"{value:.3g} % of checked rows broke a rule; {len(failures)} of {attempts} attempts failed."

    return _stepwise(promised, seen, sorted(rates), at_least=False, told=told)


def availability(promised: Promised, seen: Seen) -> Reading | None:
    """The share of probed time in which the newest version could be opened and its first row be read."""
    probes = [one for one in seen.history.measurements if one.indicator == promised.indicator]
    marks = [(datetime.fromisoformat(one.at), one.good) for one in probes]
    if not marks:
        return None
    ends = [at for at, _ in marks[1:]] + [seen.now]
    spans = tuple(
        Span(at, min(end, at + PROBE_REACH), good) for (at, good), end in zip(marks, ends, strict=True) if at < end
    )
    good, bad = spent(spans, seen.now - promised.terms.window, seen.now)
    known = good + bad
    value = 100 * (good / known) if known else 100.0 if marks[-1][1] else 0.0
    last = "answered" if marks[-1][1] else f"failed: {told_in(probes[-1])}"
    return Reading(
        spans=spans,
        value=round(value, 6),
        sentence=f"The last probe, {ago(marks[-1][0], seen.now)}, {last.rstrip('.')}.",
        points=tuple((at, 100.0 if good else 0.0, good) for at, good in marks),
        last=marks[-1][1] if marks[-1][0] == seen.now else None,
    )


def retention(promised: Promised, seen: Seen) -> Reading | None:
    """How far back the rows go; broken when the oldest moved forward although it was still promised."""
    column = retention_column(promised, seen.promise)
    if not column or promised.target is None:
        return None
    limit = timedelta(minutes=promised.target)
    oldest: datetime | None = None
    held: list[Point] = []
    for version in seen.history.versions:
        clock = version.clock or version.at
        facts = version.columns.get(column)
        reaches = facts.minimum if facts is not None else None
        if reaches is None and (oldest is None or version.rows):
            continue  # nothing is known of this version
        needed = max(oldest, clock - limit) if oldest is not None else None
        good = needed is None or (reaches is not None and reaches <= needed)
        held.append((version.at, minutes(clock - reaches) if reaches is not None else 0.0, good))
        oldest = min(filter(None, (oldest, reaches)), default=None)
    if not held:
        return None
    _, value, good = held[-1]
    there = f"Rows reach back {words.length(value)} by {column}"
    return Reading(
        spans=in_steps([(at, good) for at, _, good in held], seen.now),
        value=value,
        sentence=f"{there}." if good else f"{there}: older ones were there and are gone.",
        points=tuple(held),
    )


def retention_column(promised: Promised, promise: Promise) -> str:
    """The column that tells how old rows are; '' if none does."""
    return promised.columns[0] if promised.columns else promise.time_column


def completeness_columns(promised: Promised, promise: Promise) -> tuple[str, ...]:
    """The columns whose values are counted."""
    required = tuple(column.name for column in promise.columns if column.required)
    return promised.columns or required or tuple(column.name for column in promise.columns)


def _stepwise(
    promised: Promised,
    seen: Seen,
    values: Sequence[tuple[datetime, float]],
    *,
    at_least: bool,
    told: Callable[[float], str],
) -> Reading | None:
    """A value for each attempt, which stands until the next."""
    target = promised.target
    if not values or target is None:
        return None
    points = tuple((at, value, value >= target if at_least else value <= target) for at, value in values)
    return Reading(
        spans=in_steps([(at, good) for at, _, good in points], seen.now),
        value=points[-1][1],
        sentence=told(points[-1][1]),
        points=points,
    )


def _share(version: Version, columns: Sequence[str]) -> float | None:
    """Percent of the columns' values that are there; None if the profile lacks one of them, or there are no rows."""
    nulls = [facts.nulls for name in columns if (facts := version.columns.get(name)) is not None]
    counted = [number for number in nulls if number is not None]
    if len(counted) < len(columns) or not counted or not version.rows:
        return None
    cells = version.rows * len(columns)
    return 100 * (cells - sum(counted)) / cells
