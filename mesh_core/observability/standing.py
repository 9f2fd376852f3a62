"""How ports stand now: service levels, trust and freshness together, of one port or of all at once."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Literal

import msgspec

from mesh_core.observability.history import History
from mesh_core.observability.level import ServiceLevel, Status, worst
from mesh_core.observability.measuring import service_levels
from mesh_core.observability.scoring import Trust, trust

if TYPE_CHECKING:
    from mesh_core.catalog import Card, Catalog
    from mesh_core.contracts import Contract

Freshness = Literal["today", "this week", "older", "never"]
"""When the port was last published or found still right: within 24 hours, within 7 days, before, or never."""


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
    del catalog
    return _standing(card, contract, History(), now)


def standings(catalog: Catalog, now: datetime) -> Mapping[str, Standing]:
    """How every port stands, by address; those whose contract can't be read any more are left out."""
    del catalog, now
    return {}


def freshness_of(card: Card, now: datetime) -> Freshness:
    """How long ago somebody last made sure of the port's rows."""
    seen = max(card.confirmed_at, card.published_at)
    if not seen:
        return "never"
    age = now - datetime.fromisoformat(seen)
    if age < timedelta(days=1):
        return "today"
    return "this week" if age < timedelta(days=7) else "older"


def _standing(card: Card, contract: Contract, history: History, now: datetime) -> Standing:
    levels = service_levels(card, contract, history, now)
    return Standing(levels=levels, trust=trust(card, contract, levels, history), freshness=freshness_of(card, now))
