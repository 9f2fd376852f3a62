"""What flows between domains, and what that says of how the mesh is cut."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Literal

import msgspec

if TYPE_CHECKING:
    from mesh_core.catalog import Catalog

RecommendationKind = Literal["peer to peer", "shared hub", "merge", "split", "master data"]


class DomainFlow(msgspec.Struct, frozen=True, kw_only=True):
    """What one domain takes from another."""

    upstream: str
    downstream: str
    ports: tuple[str, ...]
    """Addresses of the upstream's ports that are read, or declared to be."""
    readers: tuple[str, ...]
    """Addresses of the downstream's ports that are made from them."""
    declared_only: bool = False
    """Whether nothing was seen to flow yet."""
    publications: int = 0
    """Of the downstream's ports that read the upstream, in the window."""
    rows: int = 0
    """Of the versions that they read, in sum."""
    bytes: int = 0
    reads: int = 0
    """By people and services of the downstream domain."""
    per_day: float = 0.0
    """Publications and reads a day."""
    last_at: str = ""
    columns: tuple[str, ...] = ()
    """Columns of the same name on both sides."""
    entities: tuple[str, ...] = ()
    """Entities whose ids stand on both sides."""


class DomainDegree(msgspec.Struct, frozen=True, kw_only=True):
    """A domain as a node of the mesh."""

    domain: str
    kind: str = ""
    products: int = 0
    ports: int = 0
    upstream: int = 0
    """Domains that it reads."""
    downstream: int = 0
    """Domains that read it."""
    rows_in: int = 0
    rows_out: int = 0
    rows_within: int = 0
    """Read by its ports from its own ports."""


class Recommendation(msgspec.Struct, frozen=True, kw_only=True):
    """What the flows suggest; people decide."""

    kind: RecommendationKind
    domains: tuple[str, ...]
    """Whom it concerns."""
    subject: str
    """The port, entity or pair of domains that it is about."""
    sentence: str
    reasons: tuple[str, ...] = ()
    """One fact each, with its number and the threshold."""
    numbers: dict[str, float] = {}


class Topology(msgspec.Struct, frozen=True, kw_only=True):
    """The flows of the last ``days`` and what they suggest, the strongest first."""

    at: str
    days: int
    domains: tuple[DomainDegree, ...] = ()
    flows: tuple[DomainFlow, ...] = ()
    recommendations: tuple[Recommendation, ...] = ()


def topology(catalog: Catalog, now: datetime, *, days: int = 30) -> Topology:
    """Flows between domains by rows, bytes and frequency, with recommendations and their reasons."""
    del catalog
    return Topology(at=now.isoformat(), days=days)
