"""How ports stand now: service levels, trust and freshness together, of one port or of all at once."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import msgspec

from mesh_core.contracts import Document, contract_from
from mesh_core.errors import MeshError
from mesh_core.observability.history import History
from mesh_core.observability.level import ServiceLevel, Status, worst
from mesh_core.observability.measuring import levels_of
from mesh_core.observability.pasts import histories
from mesh_core.observability.promises import Promise, promise_of
from mesh_core.observability.scoring import Trust, trust_in

if TYPE_CHECKING:
    from mesh_core.catalog import Card, Catalog
    from mesh_core.contracts import Contract
    from mesh_core.governance import Office

Freshness = Literal["today", "this week", "older", "never"]
"""When the port was last published or found still right: within 24 hours, within 7 days, before, or never."""

_known: dict[str, tuple[str, Promise | None]] = {}
"""Digest and promise of each address: reading ten thousand contracts takes seconds, and few of them change."""


class Standing(msgspec.Struct, frozen=True, kw_only=True):
    """A port at one moment."""

    levels: tuple[ServiceLevel, ...]
    trust: Trust
    freshness: Freshness

    @property
    def slo(self) -> Status:
        """The worst status of its service levels; ``declared`` if none can be measured."""
        return worst(self.levels)


def standing_of(catalog: Catalog, card: Card, contract: Contract, now: datetime) -> Standing:
    """How the port stands at ``now``, from what the catalog knows."""
    promise = promise_of(contract)
    history = histories(catalog, {card.address: promise}, now).get(card.address, History())
    office = catalog.offices().get(card.domain)
    return standing_in(card, promise, history, now, office=office, points=True)


def standings(catalog: Catalog, now: datetime) -> Mapping[str, Standing]:
    """How every port stands, by address; those whose contract can't be read any more are left out.

    The levels are without their points: ``standing_of`` has them.
    """
    cards, offices = catalog.cards(), catalog.offices()
    promises = promises_of(catalog, [card.address for card in cards])
    found = histories(catalog, promises, now, everything=True)
    return {
        card.address: standing_in(
            card, promises[card.address], found.get(card.address, History()), now, office=offices.get(card.domain)
        )
        for card in cards
        if card.address in promises
    }


def standing_in(
    card: Card, promise: Promise, history: History, now: datetime, *, office: Office | None, points: bool = False
) -> Standing:
    """How the port stands by facts that are at hand; its levels carry their points only if asked to."""
    levels = levels_of(card, promise, history, now, points=points)
    return Standing(
        levels=levels, trust=trust_in(card, promise, levels, history, office), freshness=freshness_of(card, now)
    )


def freshness_of(card: Card, now: datetime) -> Freshness:
    """How long ago somebody last made sure of the port's rows."""
    seen = max(card.confirmed_at, card.published_at)
    if not seen:
        return "never"
    age = now - datetime.fromisoformat(seen)
    if age < timedelta(days=1):
        return "today"
    return "this week" if age < timedelta(days=7) else "older"


def promises_of(catalog: Catalog, addresses: Collection[str]) -> dict[str, Promise]:
    """What the contract of each port promises; without those that can't be read any more."""
    digests = catalog.promise_digests()
    unread = [address for address in addresses if _known.get(address, ("",))[0] != digests.get(address, "")]
    for address, document in catalog.promises(unread).items():
        digest = digests.get(address, "")
        _known[address] = (digest, _promise(document, digest))
    found = {address: _known[address][1] for address in addresses if address in _known and address in digests}
    return {address: promise for address, promise in found.items() if promise is not None}


def _promise(document: dict[str, object], digest: str) -> Promise | None:
    """None for a document that rules which came later do not admit: nothing can be measured by it."""
    try:
        return promise_of(contract_from(Document(Path(), document, digest)))
    except (MeshError, KeyError, TypeError, ValueError):
        return None
