"""One pass over the mesh: what has to be probed is probed, what is measured is recorded, what changed is told.

Service levels follow from facts that the catalog keeps anyway, so a point of one is recorded once a day and whenever
its status flips. Probes are facts of their own: one is recorded every 15 minutes, and when it finds another answer.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import msgspec

from mesh_core.catalog.events import Measurement
from mesh_core.catalog.journal import Journal
from mesh_core.observability.history import History
from mesh_core.observability.level import ServiceLevel, noted, status_in, told_in
from mesh_core.observability.pasts import PROBED, histories, moment
from mesh_core.observability.probing import Probes, probe
from mesh_core.observability.standing import Standing, promises_of, standing_in

if TYPE_CHECKING:
    from mesh_core.catalog import Card, Catalog
    from mesh_core.observability.promises import Promise
    from mesh_core.settings import Settings

PROBE_EVERY = timedelta(minutes=15)
RECORD_EVERY = timedelta(days=1)
_MEASURED = {"met", "at risk", "breached"}

Newest = Mapping[str, Mapping[str, Measurement]]
"""The last recorded point by address and indicator."""


class Flip(msgspec.Struct, frozen=True, kw_only=True):
    """A service level whose status is another than when it was last recorded."""

    address: str
    indicator: str
    before: str
    """'' the first time."""
    after: str
    sentence: str


class Observation(msgspec.Struct, frozen=True, kw_only=True):
    """What one pass found."""

    at: str
    standings: dict[str, Standing]
    flips: tuple[Flip, ...] = ()
    """Those that were told as ``slo.changed``: a level that is met from the start is no change."""
    probed: int = 0
    recorded: int = 0


def observe(catalog: Catalog, settings: Settings, now: datetime) -> Observation:
    """Probe, measure, record, and tell of every status that flipped (a change ``slo.changed``).

    Takes over what was noted in the journal first. Any number of processes may do this at once: a flip is told once.
    """
    catalog.absorb(Journal(settings.journal))
    cards = {card.address: card for card in catalog.cards()}
    promises = promises_of(catalog, list(cards))
    newest = _newest(catalog)
    probes = probe(_due(cards, promises, newest, now), promises, settings, now)
    found = _with(histories(catalog, promises, now, everything=True), probes)
    offices = catalog.offices()
    standings = {
        address: standing_in(
            card, promises[address], found.get(address, History()), now, office=offices.get(card.domain)
        )
        for address, card in cards.items()
        if address in promises
    }
    points, flips = [], []
    for address, standing in standings.items():
        for level in standing.levels:
            before = newest.get(address, {}).get(level.indicator)
            flip = _flip(address, level, before, probes)
            if flip is not None or _is_due(address, level, before, probes, now):
                points.append(_point(address, level, probes, now))
            if flip is not None and (flip.before or flip.after != "met"):
                flips.append(flip)
    told = catalog.record_observation(
        points, [(flip.address, cards[flip.address].domain, _data(flip)) for flip in flips], now.isoformat()
    )
    return Observation(
        at=now.isoformat(),
        standings=standings,
        flips=tuple(flip for flip in flips if (flip.address, flip.indicator) in told),
        probed=len(probes),
        recorded=len(points),
    )


def _newest(catalog: Catalog) -> Newest:
    return {
        address: {point.indicator: point for point in points}
        for address, points in catalog.newest_measurements().items()
    }


def _due(
    cards: Mapping[str, Card], promises: Mapping[str, Promise], newest: Newest, now: datetime
) -> list[tuple[str, str]]:
    """Every published port that promises to be available and was not probed lately, the longest waiting first."""
    found: list[tuple[str, str, str]] = []
    for address, promise in promises.items():
        for promised in promise.levels:
            if promised.kind != PROBED or promised.problem or cards[address].table_version is None:
                continue
            last = newest.get(address, {}).get(promised.indicator)
            if last is None or not last.good or now - moment(last.at) >= PROBE_EVERY:
                found.append((last.at if last else "", address, promised.indicator))
    return [(address, indicator) for _, address, indicator in sorted(found)]


def _with(found: dict[str, History], probes: Probes) -> dict[str, History]:
    """The histories with the probes of this pass, which are not recorded yet."""
    changed = dict(found)
    for (address, _), point in probes.items():
        known = changed.get(address, History())
        changed[address] = msgspec.structs.replace(known, measurements=(*known.measurements, point))
    return changed


def _flip(address: str, level: ServiceLevel, before: Measurement | None, probes: Probes) -> Flip | None:
    status = status_in(before)
    if level.status not in _MEASURED or level.status == status:
        return None
    if level.property == PROBED and (address, level.indicator) not in probes:
        return None  # the next probe tells of it: a point without one would count as a probe
    return Flip(address=address, indicator=level.indicator, before=status, after=level.status, sentence=level.sentence)


def _is_due(address: str, level: ServiceLevel, before: Measurement | None, probes: Probes, now: datetime) -> bool:
    """A probe that is new, or another answer than the last; of the rest one point a day."""
    if level.status not in _MEASURED:
        return False
    age = now - moment(before.at) if before is not None else RECORD_EVERY
    if level.property != PROBED:
        return age >= RECORD_EVERY
    fresh = probes.get((address, level.indicator))
    return fresh is not None and (before is None or fresh.good != before.good or age >= PROBE_EVERY)


def _point(address: str, level: ServiceLevel, probes: Probes, now: datetime) -> Measurement:
    """What is recorded: the probe, or the value with whether its objective is met."""
    fresh = probes.get((address, level.indicator))
    return Measurement(
        address=address,
        indicator=level.indicator,
        at=now.isoformat(),
        value=fresh.value if fresh else level.measured,
        good=fresh.good if fresh else level.status == "met",
        detail=noted(level.status, told_in(fresh) if fresh else level.sentence),
    )


def _data(flip: Flip) -> dict[str, object]:
    return {"indicator": flip.indicator, "before": flip.before, "after": flip.after, "sentence": flip.sentence}
