"""Trust as one number with its parts, computed from facts and never typed in.

========================  ==  =================================================================================
part                      of  why so much
========================  ==  =================================================================================
contract                  15  without a promise that holds, everything else is chance
checks                    30  whether the rows are right, and how many columns anybody looks at: what a reader risks
service levels            20  whether they come when they are promised; bought with work, lost quickly
ownership                 10  somebody who answers when it breaks; named once, so it says less
documentation             15  what cannot be understood is used wrongly
use                       10  what others rely on is noticed when it breaks; little, or what is old would win
========================  ==  =================================================================================

Points are cut to whole numbers, never rounded up. No descriptor and no setting enters the score directly.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from mesh_core.observability import words
from mesh_core.observability.history import History
from mesh_core.observability.level import ServiceLevel
from mesh_core.observability.promises import Promise, promise_of

if TYPE_CHECKING:
    from mesh_core.catalog import Card
    from mesh_core.contracts import Contract
    from mesh_core.governance import Office

SEVERITIES = {"error": 3, "warning": 2, "info": 1}
"""How much a check counts: one that blocks guards the rows, one that reports only tells of them."""
STATUS = {"active": 12, "deprecated": 5, "draft": 3}
"""Points of the contract's status; retired and unheard-of ones have none."""
KEPT = {"met": 1.0, "at risk": 0.5, "breached": 0.0}
"""What a measured service level counts; what is unknown or declared only counts for neither side."""


class TrustPart(msgspec.Struct, frozen=True, kw_only=True):
    """One reason to trust a port, or not to."""

    name: str
    points: int
    of: int
    """Most points that it can give."""
    sentence: str
    """The facts."""


class Trust(msgspec.Struct, frozen=True, kw_only=True):
    """``score`` is the sum of the parts' points out of 100; None while nothing is published."""

    score: int | None
    parts: tuple[TrustPart, ...] = ()


def trust(
    card: Card,
    contract: Contract,
    levels: tuple[ServiceLevel, ...],
    history: History = History(),  # noqa: B008 - frozen
    *,
    office: Office | None = None,
) -> Trust:
    """How far the port can be relied on; ``office`` is who answers for its domain, where that is known."""
    return trust_in(card, promise_of(contract), levels, history, office)


def trust_in(
    card: Card, promise: Promise, levels: tuple[ServiceLevel, ...], history: History, office: Office | None
) -> Trust:
    """The same, of a contract that was read before."""
    if card.table_version is None:
        return Trust(score=None)
    parts = (
        _contract(card, promise),
        _checks(card, promise, history),
        _service_levels(levels),
        _ownership(promise, card, office),
        _documentation(card, promise),
        _use(card),
    )
    return Trust(score=sum(part.points for part in parts), parts=parts)


def _contract(card: Card, promise: Promise) -> TrustPart:
    """12 for a status that holds, 3 while no end is announced."""
    if card.withdrawn_at:
        return TrustPart(name="contract", points=0, of=15, sentence="Its domain declares the port no more.")
    open_ended = not card.end_of_support and promise.status == "active"
    points = STATUS.get(promise.status, 0) + (3 if open_ended else 0)
    end = f"; support ends on {card.end_of_support[:10]}" if card.end_of_support else ""
    return TrustPart(
        name="contract", points=points, of=15, sentence=f"Version {promise.version} is {promise.status}{end}."
    )


def _checks(card: Card, promise: Promise, history: History) -> TrustPart:
    """20 for what passes, by severity, half of it while attempts fail; 10 for the columns that rules look at."""
    counts = {one.severity: (one.passed, one.checks) for one in history.outcomes}
    if not counts and card.checks_passed + card.checks_failed:
        # A published version passed all that block: what failed only reports.
        counts = {"error": (card.checks_passed, card.checks_passed), "warning": (0, card.checks_failed)}
    total = sum(checks for _, checks in counts.values())
    if not total:
        return TrustPart(name="checks", points=0, of=30, sentence="No rule was checked.")
    weight = sum(SEVERITIES.get(severity, 1) * checks for severity, (_, checks) in counts.items())
    passed = sum(SEVERITIES.get(severity, 1) * good for severity, (good, _) in counts.items())
    ruled = sum(column.ruled for column in promise.columns)
    columns = len(promise.columns)
    points = int(20 * passed / weight / (2 if card.failed_at else 1)) + (int(10 * ruled / columns) if columns else 0)
    told = (
        f"{sum(good for good, _ in counts.values())} of {total} checks pass; rules look at {ruled} of {columns} columns"
    )
    failed = "; the newest attempt failed, so the version before it stands" if card.failed_at else ""
    return TrustPart(name="checks", points=points, of=30, sentence=f"{told}{failed}.")


def _service_levels(levels: tuple[ServiceLevel, ...]) -> TrustPart:
    """The share that is kept; one at risk counts half."""
    known = [level for level in levels if level.status in KEPT]
    if not known:
        told = "No service level is measured yet." if levels else "It promises no service level."
        return TrustPart(name="service levels", points=0, of=20, sentence=told)
    kept = sum(KEPT[level.status] for level in known)
    bad = tuple(f"{level.indicator} is {level.status}" for level in known if level.status != "met")
    levels_told = words.amount(len(known), "measured service level")
    told = f"{sum(level.status == 'met' for level in known)} of {levels_told} met"
    return TrustPart(
        name="service levels",
        points=int(20 * kept / len(known)),
        of=20,
        sentence=f"{told}: {words.listed(bad)}." if bad else f"{told}.",
    )


def _ownership(promise: Promise, card: Card, office: Office | None) -> TrustPart:
    """4 for a team, 3 for a person who answers, 3 for a way to reach them."""
    owner = promise.owner or card.owner
    person = promise.steward or (office.steward or office.owner if office else "")
    points = (4 if owner else 0) + (3 if person else 0) + (3 if promise.channels else 0)
    told = (
        f"{owner} owns it" if owner else "Nobody owns it",
        f"{person} answers for it" if person else "no person is named",
        f"{words.amount(promise.channels, 'way')} to reach them"
        if promise.channels
        else "no way to reach them is named",
    )
    return TrustPart(name="ownership", points=points, of=10, sentence="; ".join(told) + ".")


def _documentation(card: Card, promise: Promise) -> TrustPart:
    """3 for the purpose, 3 for usage and limitations, 5 for described columns, 2 for examples, 2 for what a row is."""
    columns = len(promise.columns)
    described = sum(column.described for column in promise.columns)
    examples = sum(column.examples for column in promise.columns)
    points = (3 if card.purpose else 0) + (2 if card.usage else 0) + (1 if card.limitations else 0)
    points += int(5 * described / columns) + int(2 * examples / columns) if columns else 0
    points += (1 if promise.granularity else 0) + (1 if promise.links else 0)
    there: dict[str, object] = {"purpose": card.purpose, "usage": card.usage, "limitations": card.limitations}
    there |= {"granularity": promise.granularity, "links": promise.links}
    missing = tuple(name for name, given in there.items() if not given)
    told = f"{described} of {columns} columns are described, {examples} have examples"
    return TrustPart(
        name="documentation",
        points=points,
        of=15,
        sentence=f"{told}; missing: {words.listed(missing, most=5)}." if missing else f"{told}.",
    )


def _use(card: Card) -> TrustPart:
    """2 for each product that declares to read it, up to 6; 2 for each reader of the last 30 days, up to 4."""
    consumers = len([one for one in card.consumers if one != card.product_id])
    points = min(6, 2 * consumers) + min(4, 2 * card.readers)
    read = f"{words.amount(consumers, 'product')} {'reads' if consumers == 1 else 'read'} it"
    told = f"{read}; {words.amount(card.reads, 'read')} by {words.amount(card.readers, 'reader')} in 30 days."
    return TrustPart(name="use", points=points, of=10, sentence=told)
