"""Service levels of time: how fresh a port is, how late its data come, how long it fails.

Times are exact: publications, confirmations and failures have theirs, and nothing is sampled.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import pairwise

import msgspec

from mesh_core.observability import words
from mesh_core.observability.promises import Promised
from mesh_core.observability.readings import Reading, Seen, ago, minutes
from mesh_core.observability.windows import except_for, in_steps, within_reach

TOLERANCE = 0.1
"""A rhythm is broken when it is this part of its length late: runs take time, and not always the same."""


def frequency(promised: Promised, seen: Seen) -> Reading | None:
    """The time since the port was last made sure of, against its rhythm."""
    if promised.rhythm is not None:
        return _on_schedule(promised, seen)
    return _age(promised, seen, 1 + TOLERANCE)


def freshness(promised: Promised, seen: Seen) -> Reading | None:
    """The time since the port was last made sure of."""
    return _age(promised, seen, 1)


def time_of_availability(promised: Promised, seen: Seen) -> Reading | None:
    """How much later than promised the day's first publication came."""
    rhythm = promised.rhythm
    if rhythm is None or not seen.refreshes:
        return None
    deadlines = rhythm.between(seen.refreshes[0], seen.now)
    dues = [(rhythm.begin_of_day(at), at) for at in deadlines]
    return _served(dues, seen, f"by {promised.written or rhythm.written}", 0.0)


def latency(promised: Promised, seen: Seen) -> Reading | None:
    """How long after an event, or after its inputs had it, the port has it.

    The event is the newest value of the named column. What the inputs have and the port lacks counts from the moment
    at which they published it. Of a port without input ports nobody knows when its sources changed: then the time
    since somebody last looked is what a change can have waited at most.
    """
    if not seen.history.versions or promised.target is None:
        return None
    limit = timedelta(minutes=promised.target)
    events = _event_delays(promised, seen)
    waits = _waits(seen)
    if not events and waits is None:
        found = _age(promised, seen, 1)
        last = "Its sources do not tell when they changed; it last looked "
        return found and msgspec.structs.replace(found, sentence=f"{last}{ago(seen.refreshes[-1], seen.now)}.")
    marks = [(at, delay <= promised.target) for at, delay in events]
    broken = [(span.start, span.end) for span in in_steps(marks, seen.now) if not span.good]
    broken += [(arrived + limit, taken or seen.now) for arrived, taken in waits or ()]
    open_waits = [arrived for arrived, taken in waits or () if taken is None]
    pending = minutes(seen.now - min(open_waits)) if open_waits else None
    taken_last = max(((taken, arrived) for arrived, taken in waits or () if taken), default=None)
    past = events[-1][1] if events else minutes(taken_last[0] - taken_last[1]) if taken_last else 0.0
    points = events or [(taken, minutes(taken - arrived)) for arrived, taken in sorted(waits or ()) if taken]
    return Reading(
        spans=except_for(broken, seen.history.versions[0].at, seen.now),
        value=max(past, pending or 0.0),
        sentence=_latency_told(promised, seen, past, pending),
        points=tuple((at, delay, delay <= promised.target) for at, delay in points),
    )


def time_to_repair(promised: Promised, seen: Seen) -> Reading | None:
    """How long failures last until the next attempt that succeeds."""
    if not seen.history.versions or promised.target is None:
        return None
    limit = timedelta(minutes=promised.target)
    good = seen.refreshes
    outages: dict[datetime, datetime | None] = {}
    for failure in seen.history.failures:
        mended = next((at for at in good if at > failure.at), None)
        begun = next((start for start, end in outages.items() if end == mended), failure.at)
        outages[begun] = mended
    lasting = [start for start, end in outages.items() if end is None]
    ended = [(end, minutes(end - start)) for start, end in outages.items() if end is not None]
    value = minutes(seen.now - lasting[0]) if lasting else ended[-1][1] if ended else 0.0
    told = f"It fails since {words.moment(lasting[0])}." if lasting else "It does not fail now."
    return Reading(
        spans=except_for(
            [(start + limit, end or seen.now) for start, end in outages.items()], seen.history.versions[0].at, seen.now
        ),
        value=value,
        sentence=told,
        points=tuple((at, lasted, lasted <= promised.target) for at, lasted in ended),
    )


def _age(promised: Promised, seen: Seen, stretch: float) -> Reading | None:
    """Kept until the last refresh is older than the target."""
    refreshes = seen.refreshes
    if not refreshes or promised.target is None:
        return None
    limit = timedelta(minutes=promised.target * stretch)
    gaps = [(late, minutes(late - early), late - early <= limit) for early, late in pairwise(refreshes)]
    age = seen.now - refreshes[-1]
    return Reading(
        spans=within_reach(refreshes, limit, seen.now),
        value=minutes(age),
        sentence=f"Last made sure of {ago(refreshes[-1], seen.now)}.",
        points=(*gaps, (seen.now, minutes(age), age <= limit)),
    )


def _on_schedule(promised: Promised, seen: Seen) -> Reading | None:
    """Each moment of the schedule asks for a refresh from then on, with some patience."""
    rhythm, refreshes = promised.rhythm, seen.refreshes
    if rhythm is None or not refreshes:
        return None
    dues = list(rhythm.between(refreshes[0], seen.now))
    shortest = min((later - earlier for earlier, later in pairwise(dues)), default=timedelta(days=1))
    patience = shortest * TOLERANCE
    asked = [(at, at + patience) for at in dues if at + patience <= seen.now]
    return _served(asked, seen, f"as due by '{rhythm.written}'", minutes(patience))


def _served(dues: Sequence[tuple[datetime, datetime]], seen: Seen, told: str, target: float) -> Reading:
    """Each due has the moment from which a refresh serves it, and its deadline."""
    refreshes, broken, points, reached = seen.refreshes, [], [], 0
    for opens, deadline in dues:
        while reached < len(refreshes) and refreshes[reached] < opens:
            reached += 1
        served = refreshes[reached] if reached < len(refreshes) else None
        late = minutes(max(timedelta(0), (served or seen.now) - deadline))
        points.append((deadline, late, late == 0))
        if late:
            broken.append((deadline, served or seen.now))
    value = points[-1][1] if points else 0.0
    last = f"The last one was {words.length(value)} late" if value else "The last one was there"
    return Reading(
        spans=except_for(broken, refreshes[0], seen.now),
        value=value + target if value else 0.0,
        sentence=f"{last} {told}." if points else f"Nothing was due yet {told}.",
        target=target,
        points=tuple((at, late + target if late else 0.0, good) for at, late, good in points),
    )


def _event_delays(promised: Promised, seen: Seen) -> list[tuple[datetime, float]]:
    """For each version, how long before its publication its newest event was, by the clock that its data have."""
    found = []
    for version in seen.history.versions:
        ends = [
            facts.maximum + timedelta(days=1) if seen.promise.is_day(name) else facts.maximum
            for name in promised.columns
            if (facts := version.columns.get(name)) is not None and facts.maximum is not None
        ]
        if ends:
            delay = (version.clock or version.at) - max(ends)
            found.append((version.at, max(0.0, minutes(delay))))
    return found


def _waits(seen: Seen) -> list[tuple[datetime, datetime | None]] | None:
    """When each version of an input port was there, and when it was taken up; None if no input is a port.

    What came before the first publication that is known of here was taken up by it.
    """
    history, found = seen.history, []
    if not history.arrivals:
        return None
    takings: dict[str, list[tuple[datetime, int | None]]] = {}
    for upstream in {arrival.upstream for arrival in history.arrivals}:
        read = [(version.at, version.inputs[upstream]) for version in history.versions if upstream in version.inputs]
        confirmed: list[tuple[datetime, int | None]] = [(at, None) for at in history.confirmations]
        takings[upstream] = sorted([*read, *confirmed], key=lambda taking: taking[0])
    first = history.versions[0].at
    for arrival in history.arrivals:
        if arrival.at <= first:
            continue
        taken = _taken(arrival.at, arrival.table_version, takings[arrival.upstream])
        found.append((arrival.at, taken))
    return found


def _taken(at: datetime, version: int, takings: Sequence[tuple[datetime, int | None]]) -> datetime | None:
    """The first publication that read the version or a later one, or the first run that found nothing to change."""
    later = takings[bisect_left(takings, at, key=lambda taking: taking[0]) :]
    return next((when for when, read in later if read is None or read >= version), None)


def _latency_told(promised: Promised, seen: Seen, past: float, pending: float | None) -> str:
    if pending is not None:
        return f"For {words.length(pending)} an input has had a version that the port lacks."
    event = promised.columns and any(version.columns for version in seen.history.versions)
    of = f"its newest {words.listed(promised.columns)}" if event else "its inputs"
    clock = seen.history.versions[-1].clock
    by = f", by the clock of its replayed data ({words.moment(clock)})" if clock and event else ""
    if past:
        return f"The newest version came {words.length(past)} after {of}{by}."
    return f"The newest version came as soon as {of}{by}."
