"""Suggestions about the cut of the mesh: two domains that are one, one domain that is two."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import combinations
from math import ceil
from typing import TYPE_CHECKING

from mesh_core.observability.thresholds import Thresholds, counted, listed
from mesh_core.observability.topology import DomainDegree, DomainFlow, Picture, Recommendation

if TYPE_CHECKING:
    from mesh_core.catalog import Card


def merges(
    flows: Sequence[DomainFlow], domains: Sequence[DomainDegree], limits: Thresholds
) -> Iterator[Recommendation]:
    """Two domains that exchange most of their data with each other, both ways."""
    if len(domains) < limits.merge_domains:
        return
    by_pair = {(flow.upstream, flow.downstream): flow for flow in flows}
    for one, other in combinations(sorted(degree.domain for degree in domains), 2):
        there, back = by_pair.get((one, other)), by_pair.get((other, one))
        if there is None or back is None or min(there.publications, back.publications) < limits.merge_publications:
            continue
        common = there.rows + back.rows
        shares = {name: _share(common, _exchanged(name, flows)) for name in (one, other)}
        if min(shares.values()) < limits.merge_share:
            continue
        told = [
            f"{share:.0%} of the rows that {name} exchanges with other domains, it exchanges with the other "
            f"(told from {limits.merge_share:.0%} on)"
            for name, share in shares.items()
        ]
        told.append(
            f"{there.rows:,} rows went from {one} to {other} in {counted(there.publications, 'publication')}, "
            f"{back.rows:,} back in {counted(back.publications, 'publication')}"
        )
        yield Recommendation(
            kind="merge",
            domains=(one, other),
            subject=f"{one} and {other}",
            sentence=f"{one} and {other} exchange most of their data with each other: one domain may do.",
            reasons=tuple(told),
            numbers={"rows": common, **{f"share_{name}": round(share, 4) for name, share in shares.items()}},
        )


def _exchanged(name: str, flows: Iterable[DomainFlow]) -> int:
    return sum(flow.rows for flow in flows if name in {flow.upstream, flow.downstream})


def _share(part: int, whole: int) -> float:
    return part / whole if whole else 0.0


def splits(picture: Picture, limits: Thresholds) -> Iterator[Recommendation]:
    """A domain whose products fall into parts that nothing connects."""
    by_domain: dict[str, dict[str, list[Card]]] = {}
    for card in picture.cards.values():
        by_domain.setdefault(card.domain, {}).setdefault(card.product_id, []).append(card)
    for domain, products in sorted(by_domain.items()):
        if len(products) < limits.split_products:
            continue
        fair = max(limits.split_part, ceil(len(products) * limits.split_share))
        parts = [part for part in _parts(products, picture) if len(part) >= fair]
        if len(parts) < 2:
            continue
        told = [f"{listed(part, limits.names)} ({counted(len(part), 'product')})" for part in parts]
        told.append(
            "Between them: no data flow, no identity in common, no product that reads from both (looked for in "
            f"domains of {limits.split_products} products or more, in parts of {limits.split_share:.0%} or more)"
        )
        yield Recommendation(
            kind="split",
            domains=(domain,),
            subject=domain,
            sentence=f"The products of {domain} form {len(parts)} parts that nothing connects: as many domains may do.",
            reasons=tuple(told),
            numbers={"products": len(products), "parts": len(parts)},
        )


def _parts(products: Mapping[str, Sequence[Card]], picture: Picture) -> list[tuple[str, ...]]:
    """The products in groups that are connected, the largest first.

    By flows, by what they declare to read, by identities, and by products elsewhere that read from both.
    """
    groups = {product: {product} for product in products}
    for signs in _signs(products, picture).values():
        merged = set().union(*(groups[product] for product in signs))
        for product in merged:
            groups[product] = merged
    parts = {tuple(sorted(group)) for group in groups.values()}
    return sorted(parts, key=lambda part: (-len(part), part))


def _signs(products: Mapping[str, Sequence[Card]], picture: Picture) -> dict[tuple[str, str], set[str]]:
    """Products by what they have in common."""
    of_port = {card.address: product for product, cards in products.items() for card in cards}
    found: dict[tuple[str, str], set[str]] = {}
    for product, cards in products.items():
        for card in cards:
            found.setdefault(("product", product), set()).add(product)
            for given in card.inputs:
                found.setdefault(("product", of_port.get(given, product)), set()).add(product)
            for consumer in card.consumers:
                found.setdefault(("consumer", consumer), set()).add(product)
            for column in card.columns:
                if column.entity:
                    found.setdefault(("entity", column.entity), set()).add(product)
    for flow in picture.flows:
        if flow.upstream in of_port and flow.downstream in of_port:
            found[("product", of_port[flow.upstream])].add(of_port[flow.downstream])
    return found
