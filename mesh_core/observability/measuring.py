"""Service levels of one port from its contract and its history: pure, so that the same facts give the same answer."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from msgspec.structs import replace

from mesh_core.catalog.events import Measurement
from mesh_core.contracts.comparison.lengths import measured
from mesh_core.observability import words
from mesh_core.observability.budgets import Tally, budget_of, status_of, tally
from mesh_core.observability.contents import retention_column
from mesh_core.observability.history import History
from mesh_core.observability.indicators import INDICATORS
from mesh_core.observability.level import ServiceLevel
from mesh_core.observability.promises import Promise, Promised, promise_of
from mesh_core.observability.readings import Reading, Seen, minutes

if TYPE_CHECKING:
    from mesh_core.catalog import Card
    from mesh_core.contracts import Contract

_MILESTONES = {
    "generalavailability": ("In general use since", "In general use from"),
    "endofsupport": ("Support ended on", "Support ends on"),
    "endoflife": ("Taken away on", "To be taken away on"),
}
"""What is said of a day that is past, and of one that is to come."""

_UNMEASURED = {
    "accuracy": "Accuracy needs the truth to compare with; what can be checked of it stands under the rules.",
    "throughput": "Nobody times the reads of a port: each reader's engine opens the files itself.",
    "responsetime": "Nobody times the reads of a port: each reader's engine opens the files itself.",
    "timetodetect": "Rules run before rows are published: what they find is found before anybody reads it.",
}

_BINDING = {"active", "deprecated"}


def service_levels(card: Card, contract: Contract, history: History, now: datetime) -> tuple[ServiceLevel, ...]:
    """Every entry of the contract's ``slaProperties``, in its order, as it stands at ``now``."""
    return levels_of(card, promise_of(contract), history, now)


def levels_of(
    card: Card, promise: Promise, history: History, now: datetime, *, points: bool = True
) -> tuple[ServiceLevel, ...]:
    """The same, of a contract that was read before; without ``points`` in a third of the time."""
    seen = Seen(promise=promise, history=history, now=now)
    return tuple(_level(promised, seen, card, points=points) for promised in promise.levels)


def _level(promised: Promised, seen: Seen, card: Card, *, points: bool) -> ServiceLevel:
    reason = _unmeasured(promised, seen.promise, seen.now)
    if reason:
        return _declared(promised, reason)
    reading = INDICATORS[promised.kind](promised, seen)
    if reading is None:
        return _unknown(promised, card)
    void = _void(seen.promise, card)
    found = tally(reading.spans, promised.terms, seen.now, last=reading.last)
    target = promised.target if promised.target is not None else reading.target
    return replace(
        _declared(promised, " ".join(filter(None, (void, reading.sentence, _kept(promised, found))))),
        target=target,
        measured=round(reading.value, 6) if reading.value is not None else None,
        status="declared" if void else status_of(found),
        budget=None if void else budget_of(found),
        points=_points(promised, reading, card.address, seen.now) if points else (),
    )


def _declared(promised: Promised, reason: str) -> ServiceLevel:
    """The promise with nothing measured of it, and why."""
    return ServiceLevel(
        property=promised.name,
        element=promised.element,
        indicator=promised.indicator,
        description=promised.description,
        objective=promised.objective,
        target=None,
        unit=promised.unit,
        measured=None,
        status="declared",
        sentence=reason,
    )


def _unknown(promised: Promised, card: Card) -> ServiceLevel:
    if promised.kind == "availability":
        told = "Nobody has probed the port yet; the service does, and `mesh observe`."
    elif card.table_version is None:
        told = "Nothing is published yet."
    else:
        told = "The publications so far tell nothing of it."
    return replace(_declared(promised, told), target=promised.target, status="unknown")


def _unmeasured(promised: Promised, promise: Promise, now: datetime) -> str:
    """Why nothing is measured of it; '' if something is."""
    if promised.kind in _MILESTONES:
        return _milestone(promised, now)
    if promised.problem:
        return f"It can't be measured: {promised.problem}."
    if promised.kind not in INDICATORS:
        return _UNMEASURED.get(promised.kind, f"Nothing that a mesh records tells the {promised.name} of a port.")
    if promised.kind == "retention" and not retention_column(promised, promise):
        return "No column tells how old a row is; the contract can name one as its element."
    return ""


def _milestone(promised: Promised, now: datetime) -> str:
    past, future = _MILESTONES[promised.kind]
    found = measured(promised.written)
    if found is None or found[0] != "moment":
        return f"'{promised.written}' is no date."
    at = datetime.fromtimestamp(found[1], UTC)
    return f"{past if at <= now else future} {words.moment(at, day=True)}."


def _void(promise: Promise, card: Card) -> str:
    """Why the contract binds nobody now; '' if it does."""
    if card.withdrawn_at:
        return "Its domain declares the port no more."
    if promise.status in _BINDING:
        return ""
    return (
        "It is retired." if promise.status == "retired" else f"Its status is {promise.status}: it promises nothing yet."
    )


def _kept(promised: Promised, found: Tally) -> str:
    """In how much of the known part of the window the promise was kept."""
    known = found.good + found.bad
    if not known or promised.kind == "availability":
        return ""
    if not found.good:
        return f"Never kept in the {words.length(minutes(known))} known."
    return f"Kept in {words.share(100 * (found.good / known))} of the {words.length(minutes(known))} known."


def _points(promised: Promised, reading: Reading, address: str, now: datetime) -> tuple[Measurement, ...]:
    since = now - promised.terms.window
    return tuple(
        Measurement(
            address=address,
            indicator=promised.indicator,
            at=at.isoformat(timespec="seconds"),
            value=round(value, 6),
            good=good,
        )
        for at, value, good in reading.points
        if at >= since
    )
