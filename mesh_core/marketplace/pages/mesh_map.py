"""The mesh as graphs: domains with what flows between them, or ports with what they read."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

import msgspec

from mesh_core.marketplace.pages.graphs import Edge, Emphasis, Node
from mesh_core.marketplace.pages.wording import amount, segment

if TYPE_CHECKING:
    from mesh_core.catalog import Card, Flow

_LETTERS = ((1_000_000_000, "bn"), (1_000_000, "m"), (1_000, "k"))


class DomainFacts(msgspec.Struct, frozen=True, kw_only=True):
    """A domain by its ports' cards."""

    name: str
    kind: str
    owner: str
    products: int
    ports: int
    published: int
    rows: int
    """Of all its ports' newest versions."""
    published_at: str
    """Its newest publication."""
    failing: int
    """Ports whose newest attempt failed."""


class DomainFlow(msgspec.Struct, frozen=True, kw_only=True):
    """What one domain takes from another."""

    upstream: str
    downstream: str
    ports: tuple[str, ...]
    """Addresses of the upstream's ports."""
    readers: tuple[str, ...]
    """Products of the downstream."""
    rows: int
    """Of the ports' newest versions."""
    rows_read: int
    """By publications, in sum, in the window that was looked at."""
    publications: int
    last_at: str


def domains_of(cards: Iterable[Card]) -> tuple[DomainFacts, ...]:
    """The domains that have ports, by name; what was withdrawn does not count."""
    grouped: dict[str, list[Card]] = {}
    for card in cards:
        if not card.withdrawn_at:
            grouped.setdefault(card.domain, []).append(card)
    return tuple(_facts(name, ports) for name, ports in sorted(grouped.items()))


def flows_between(cards: Mapping[str, Card], flows: Iterable[Flow]) -> tuple[DomainFlow, ...]:
    """Flows from domain to domain: those that are declared, and those that ``flows`` record."""
    ports: dict[tuple[str, str], set[str]] = {}
    readers: dict[tuple[str, str], set[str]] = {}
    seen: dict[tuple[str, str], list[Flow]] = {}
    for card in cards.values():
        for address in card.inputs if not card.withdrawn_at else ():
            pair = (address.partition(".")[0], card.domain)
            ports.setdefault(pair, set()).add(address)
            readers.setdefault(pair, set()).add(card.product_id)
    for flow in flows:
        # A domain's internal steps are tables of its own: what they read flows into the domain.
        pair = (flow.upstream.partition(".")[0], flow.downstream.partition(".")[0])
        if flow.upstream in cards:
            ports.setdefault(pair, set()).add(flow.upstream)
            seen.setdefault(pair, []).append(flow)
            if flow.downstream in cards:
                readers.setdefault(pair, set()).add(cards[flow.downstream].product_id)
    return tuple(
        DomainFlow(
            upstream=upstream,
            downstream=downstream,
            ports=tuple(sorted(addresses)),
            readers=tuple(sorted(readers.get((upstream, downstream), ()))),
            rows=sum(cards[address].rows or 0 for address in addresses if address in cards),
            rows_read=sum(flow.rows for flow in seen.get((upstream, downstream), ())),
            publications=sum(flow.publications for flow in seen.get((upstream, downstream), ())),
            last_at=max((flow.last_at for flow in seen.get((upstream, downstream), ())), default=""),
        )
        for (upstream, downstream), addresses in sorted(ports.items())
        if upstream != downstream
    )


def domain_graph(
    domains: Sequence[DomainFacts], flows: Sequence[DomainFlow], start: str = ""
) -> tuple[list[Node], list[Edge]]:
    """Domains as nodes; with ``start``, that one and its neighbours alone."""
    chosen = [flow for flow in flows if not start or start in {flow.upstream, flow.downstream}]
    near = {start} | {end for flow in chosen for end in (flow.upstream, flow.downstream)}
    known = {facts.name: facts for facts in domains}
    names = [facts.name for facts in domains if not start or facts.name in near]
    names += sorted(near - known.keys() - {""})
    nodes = [_domain_node(name, known.get(name), "start" if name == start else "") for name in names]
    return nodes, [_domain_edge(flow) for flow in chosen]


def port_graph(cards: Sequence[Card]) -> tuple[list[Node], list[Edge]]:
    """Ports as nodes, and what their products declare to read as edges."""
    nodes = [
        Node(
            id=card.address,
            label=card.address.partition(".")[2],
            above=card.domain,
            below="never published" if card.table_version is None else amount(card.rows or 0, "row"),
            href=f"/ports/{segment(card.address)}",
            kind=f"port {card.domain_kind}",
            summary=f"{card.name or card.address}, a port of {card.domain}: {card.purpose}",
        )
        for card in cards
    ]
    edges = [
        Edge(
            source=address,
            target=card.address,
            summary=f"{card.product_id} reads {address}",
            kind="" if card.table_version is not None else "declared",
        )
        for card in cards
        for address in card.inputs
    ]
    return nodes, edges


def brief(number: int) -> str:
    """``337k``, ``1.2m``: a number where there is little room."""
    for size, letter in _LETTERS:
        if number >= size * 0.9995:
            return f"{number / size:.3g}{letter}"
    return str(number)


def _facts(name: str, ports: Sequence[Card]) -> DomainFacts:
    return DomainFacts(
        name=name,
        kind=ports[0].domain_kind,
        owner=next((card.owner for card in ports if card.owner), ""),
        products=len({card.product_id for card in ports}),
        ports=len(ports),
        published=sum(card.table_version is not None for card in ports),
        rows=sum(card.rows or 0 for card in ports),
        published_at=max(card.published_at for card in ports),
        failing=sum(bool(card.failed_at) for card in ports),
    )


def _domain_node(name: str, facts: DomainFacts | None, emphasis: Emphasis) -> Node:
    kind = facts.kind if facts else ""
    ports = amount(facts.ports, "port") if facts else "no ports"
    return Node(
        id=name,
        label=name,
        above=kind or "domain",
        below=ports,
        href=f"/domains/{segment(name)}",
        kind=f"domain {kind}".strip(),
        emphasis=emphasis,
        summary=f"{name}: {kind or 'kind unknown'}, {ports}",
    )


def _domain_edge(flow: DomainFlow) -> Edge:
    ports = amount(len(flow.ports), "port")
    return Edge(
        source=flow.upstream,
        target=flow.downstream,
        label=f"{ports}, {brief(flow.rows)} rows",
        summary=f"{flow.downstream} reads {ports} of {flow.upstream}: {', '.join(flow.ports)}; {flow.rows:,} rows",
        width=round(1.2 + math.log10(flow.rows + 1) / 2, 2),
        kind="" if flow.publications or flow.rows else "declared",
    )
