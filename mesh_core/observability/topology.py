"""What flows between domains, and what that says of how the mesh is cut."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Literal

import msgspec

if TYPE_CHECKING:
    from mesh_core.catalog import Card, Catalog, Flow
    from mesh_core.catalog.spans import UseSpan

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
    from mesh_core.observability.recommending import recommend

    since = (now - timedelta(days=days)).isoformat()
    picture = Picture(
        cards={card.address: card for card in catalog.cards() if not card.withdrawn_at},
        flows=catalog.flows(since),
        uses=catalog.use_spans(since),
        registers={entity.name: _sql(entity.port) for entity in catalog.charter().entities},
    )
    flows = _between(picture, days)
    domains = _degrees(picture, flows)
    return Topology(
        at=now.isoformat(),
        days=days,
        domains=domains,
        flows=flows,
        recommendations=recommend(picture, flows, domains),
    )


class Picture:
    """What is known of ports and of what flows between them; of withdrawn ports nothing."""

    def __init__(
        self,
        cards: dict[str, Card],
        flows: Iterable[Flow],
        uses: Iterable[UseSpan],
        registers: dict[str, str],
    ) -> None:
        self.cards, self.registers = cards, registers
        self.flows = [flow for flow in flows if flow.upstream in cards and flow.downstream in cards]
        self.reads = [u for u in uses if u.kind == "read" and u.uses and u.domain and u.address in cards]
        self._readers = self._read_by()

    def domain(self, address: str) -> str:
        return self.cards[address].domain

    def reading_domains(self, address: str) -> set[str]:
        """Other domains that declare to read the port, that publish from it, or whose people read it."""
        return self._readers.get(address, set()) - {self.domain(address)}

    def _read_by(self) -> dict[str, set[str]]:
        of_product = {card.product_id: card.domain for card in self.cards.values()}
        found: dict[str, set[str]] = {
            address: {of_product.get(product, product.partition(".")[0]) for product in card.consumers}
            for address, card in self.cards.items()
        }
        for flow in self.flows:
            found[flow.upstream].add(self.domain(flow.downstream))
        for use in self.reads:
            found[use.address].add(use.domain)
        return found


def _sql(address: str) -> str:
    """An address as the catalog has it; one that is none names no port."""
    from mesh_core.errors import UnknownAddressError
    from mesh_core.model import Address

    try:
        return Address.parse(address).sql
    except UnknownAddressError:
        return ""


class _Pair:
    """What was found to go from one domain to another."""

    def __init__(self) -> None:
        self.given: set[str] = set()
        self.made: set[str] = set()
        self.flows: list[Flow] = []
        self.reads = 0


def _between(picture: Picture, days: int) -> tuple[DomainFlow, ...]:
    """One flow for each pair of domains of which one reads the other or declares to."""
    pairs: dict[tuple[str, str], _Pair] = {}

    def of(upstream: str, downstream: str) -> _Pair:
        pair = pairs.setdefault((picture.domain(upstream), picture.domain(downstream)), _Pair())
        pair.given.add(upstream)
        pair.made.add(downstream)
        return pair

    for card in picture.cards.values():
        for given in card.inputs:
            if given in picture.cards:
                of(given, card.address)
    for flow in picture.flows:
        of(flow.upstream, flow.downstream).flows.append(flow)
    for use in picture.reads:
        pair = pairs.setdefault((picture.domain(use.address), use.domain), _Pair())
        pair.given.add(use.address)
        pair.reads += use.uses
    return tuple(_flow(ends, pair, picture, days) for ends, pair in sorted(pairs.items()) if ends[0] != ends[1])


def _flow(ends: tuple[str, str], pair: _Pair, picture: Picture, days: int) -> DomainFlow:
    times: dict[str, int] = {}
    for flow in pair.flows:
        times[flow.downstream] = max(flow.publications, times.get(flow.downstream, 0))
    publications = sum(times.values())
    return DomainFlow(
        upstream=ends[0],
        downstream=ends[1],
        ports=tuple(sorted(pair.given)),
        readers=tuple(sorted(pair.made)),
        declared_only=not (pair.flows or pair.reads),
        publications=publications,
        rows=sum(flow.rows for flow in pair.flows),
        bytes=sum(flow.bytes for flow in pair.flows),
        reads=pair.reads,
        per_day=round((publications + pair.reads) / days, 4),
        last_at=max((flow.last_at for flow in pair.flows), default=""),
        columns=_shared(pair.given, pair.made, picture, "name"),
        entities=_shared(pair.given, pair.made, picture, "entity"),
    )


def _shared(
    given: Iterable[str], made: Iterable[str], picture: Picture, what: Literal["name", "entity"]
) -> tuple[str, ...]:
    sides = [
        {getattr(column, what) for address in side for column in picture.cards[address].columns}
        for side in (given, made)
    ]
    return tuple(sorted((sides[0] & sides[1]) - {""}))


def _degrees(picture: Picture, flows: Iterable[DomainFlow]) -> tuple[DomainDegree, ...]:
    flows = list(flows)
    own: dict[str, list[Card]] = {flow.downstream: [] for flow in flows}
    within: dict[str, int] = {}
    for card in picture.cards.values():
        own.setdefault(card.domain, []).append(card)
    for flow in picture.flows:
        domain = picture.domain(flow.upstream)
        if domain == picture.domain(flow.downstream):
            within[domain] = within.get(domain, 0) + flow.rows
    return tuple(_degree(name, own[name], flows, within.get(name, 0)) for name in sorted(own))


def _degree(name: str, own: list[Card], flows: list[DomainFlow], within: int) -> DomainDegree:
    return DomainDegree(
        domain=name,
        kind=next((card.domain_kind for card in own if card.domain_kind), ""),
        products=len({card.product_id for card in own}),
        ports=len(own),
        upstream=sum(flow.downstream == name for flow in flows),
        downstream=sum(flow.upstream == name for flow in flows),
        rows_in=sum(flow.rows for flow in flows if flow.downstream == name),
        rows_out=sum(flow.rows for flow in flows if flow.upstream == name),
        rows_within=within,
    )
