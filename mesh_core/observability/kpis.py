"""How long it takes to make a product and to use one, and how much each is used: from recorded events only.

What nobody recorded is None: a product that was there before the catalog has no lead time, and a mesh that nobody
has read from yet has no readers, not zero days.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from statistics import median
from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from mesh_core.catalog import Card, Catalog
    from mesh_core.catalog.spans import UseSpan


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
    publications: int = 0
    """Of ports that are made from it."""
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
    publications: int = 0
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
    """Consumers of which both moments are known."""
    views: int = 0
    reads: int = 0
    readers: int = 0
    consumers: int = 0
    """Products that declare to read one of its ports."""


class Kpis(msgspec.Struct, frozen=True, kw_only=True):
    """Counts of the last ``days``; lead times of all time."""

    at: str
    days: int
    mesh: GroupKpis
    domains: tuple[GroupKpis, ...] = ()
    products: tuple[ProductKpis, ...] = ()


_VIEWS = frozenset({"view", "sample"})
_SECONDS_AN_HOUR = 3600


def kpis(catalog: Catalog, now: datetime, *, days: int = 30, created: Mapping[str, str] | None = None) -> Kpis:
    """Lead times and use of every product; ``created`` tells of products, by id, when their folder was begun."""
    cards = [card for card in catalog.cards() if not card.withdrawn_at]
    facts = _Facts(catalog, (now - timedelta(days=days)).isoformat(), created or {})
    by_product: dict[str, list[Card]] = {}
    for card in cards:
        by_product.setdefault(card.product_id, []).append(card)
    products = tuple(_product(product_id, ports, facts) for product_id, ports in sorted(by_product.items()))
    names = sorted({product.domain for product in products})
    return Kpis(
        at=now.isoformat(),
        days=days,
        mesh=_group("", products, cards, facts),
        domains=tuple(
            _group(name, [p for p in products if p.domain == name], [c for c in cards if c.domain == name], facts)
            for name in names
        ),
        products=products,
    )


class _Facts:
    """What was recorded, in five queries whatever the number of ports."""

    def __init__(self, catalog: Catalog, since: str, created: Mapping[str, str]) -> None:
        self.begun = created
        self.promised = catalog.creation_dates()
        self.published = catalog.first_publications()
        self.publications: dict[str, int] = {}
        for flow in catalog.flows(since):
            self.publications[flow.upstream] = self.publications.get(flow.upstream, 0) + flow.publications
        self.spans: dict[str, list[UseSpan]] = {}
        for span in catalog.use_spans(since):
            self.spans.setdefault(span.address, []).append(span)

    def of(self, cards: Iterable[Card]) -> list[UseSpan]:
        return [span for card in cards for span in self.spans.get(card.address, ())]


def _product(product_id: str, ports: list[Card], facts: _Facts) -> ProductKpis:
    spans = facts.of(ports)
    waits = tuple(_waits(spans))
    return ProductKpis(
        product_id=product_id,
        name=ports[0].product_name,
        domain=ports[0].domain,
        lead_time_to_create=_creation(product_id, ports, facts),
        lead_times_to_use=waits,
        lead_time_to_use=_median(wait.hours for wait in waits),
        views=_uses(spans, {"view"}),
        reads=_uses(spans, {"read"}),
        readers=len(_who(spans, {"read"})),
        consumers=len({name for card in ports for name in card.consumers}),
        publications=sum(facts.publications.get(card.address, 0) for card in ports),
        ports=tuple(_port(card, facts) for card in ports),
    )


def _port(card: Card, facts: _Facts) -> PortKpis:
    spans = facts.of([card])
    return PortKpis(
        address=card.address,
        product_id=card.product_id,
        domain=card.domain,
        views=_uses(spans, {"view"}),
        reads=_uses(spans, {"read"}),
        viewers=len(_who(spans, _VIEWS)),
        readers=len(_who(spans, {"read"})),
        consumers=len(card.consumers),
        publications=facts.publications.get(card.address, 0),
        lead_time_to_use=_median(wait.hours for wait in _waits(spans)),
    )


def _group(name: str, products: Collection[ProductKpis], cards: Collection[Card], facts: _Facts) -> GroupKpis:
    made = [product.lead_time_to_create.hours for product in products if product.lead_time_to_create]
    waits = [wait.hours for product in products for wait in product.lead_times_to_use]
    spans = facts.of(cards)
    live = {card.product_id for card in cards if card.table_version is not None}
    return GroupKpis(
        name=name,
        products=len(products),
        published=len(live),
        ports=len(cards),
        used=len({card.product_id for card in cards if _is_used(card, facts)}),
        lead_time_to_create=_median(made),
        create_known=len(made),
        lead_time_to_use=_median(waits),
        use_known=len(waits),
        views=_uses(spans, {"view"}),
        reads=_uses(spans, {"read"}),
        readers=len(_who(spans, {"read"})),
        consumers=len({consumer for card in cards for consumer in card.consumers}),
    )


def _is_used(card: Card, facts: _Facts) -> bool:
    """Whether a product declares to read it, or somebody of another domain did."""
    read = [span for span in facts.of([card]) if span.kind == "read" and span.uses and span.consumer]
    return bool(card.consumers) or any(span.domain != card.domain for span in read)


def _creation(product_id: str, ports: Iterable[Card], facts: _Facts) -> LeadTime | None:
    """From the earliest sign of the product that was recorded to the first version of any of its ports.

    A sign that is younger than the version tells nothing of how long it took: the next one is asked.
    """
    ports = list(ports)
    end = min((facts.published[card.address] for card in ports if card.address in facts.published), default="")
    declared = min((card.declared_at for card in ports if card.declared_at), default="")
    signs = {
        "first commit": facts.begun.get(product_id, ""),
        "productCreatedTs": facts.promised.get(product_id, ""),
        "first declaration": declared,
    }
    for name, start in signs.items():
        found = _span(start, end, name)
        if found is not None:
            return found
    return None


def _waits(spans: Iterable[UseSpan]) -> Iterator[LeadTime]:
    """Of each consumer who looked before it read: from the first look to the first read, over all ports given."""
    looked: dict[str, str] = {}
    read: dict[str, str] = {}
    for span in spans:
        times = read if span.kind == "read" else looked if span.kind in _VIEWS else None
        if times is not None and span.consumer:
            times[span.consumer] = min(span.first_at, times.get(span.consumer, span.first_at))
    for consumer in sorted({*looked} & {*read}):
        wait = _span(looked[consumer], read[consumer], "first view")
        if wait is not None:
            yield wait


def _span(start: str, end: str, start_is: str) -> LeadTime | None:
    """The time between two recorded moments; None if one is missing, is no time, or they are the wrong way round."""
    try:
        first, last = _moment(start), _moment(end)
    except ValueError:
        return None
    if first > last:
        return None
    hours = (last - first).total_seconds() / _SECONDS_AN_HOUR
    return LeadTime(start=start, start_is=start_is, end=end, hours=round(hours, 4))


def _moment(text: str) -> datetime:
    found = datetime.fromisoformat(text)
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def _uses(spans: Iterable[UseSpan], kinds: Collection[str]) -> int:
    return sum(span.uses for span in spans if span.kind in kinds)


def _who(spans: Iterable[UseSpan], kinds: Collection[str]) -> set[str]:
    """The consumers that are known by name."""
    return {span.consumer for span in spans if span.kind in kinds and span.uses and span.consumer}


def _median(hours: Iterable[float]) -> float | None:
    known = list(hours)
    return round(median(known), 4) if known else None
