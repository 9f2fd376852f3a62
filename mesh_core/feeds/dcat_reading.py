"""What a DCAT document is made of, read from the catalog in a few queries."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import msgspec

from mesh_core.catalog import Card, Catalog, DomainDeclaration
from mesh_core.model import Address

Node = dict[str, Any]


class Facts(msgspec.Struct, frozen=True, kw_only=True):
    """What the catalog knows of some ports."""

    domains: dict[str, DomainDeclaration]
    products: dict[str, Node]
    """Their descriptors, by id."""
    contracts: dict[str, Node]
    """By address; only support channels are read of them."""
    uris: dict[str, str]
    """Of all ports that may be named, by address."""
    read: dict[str, set[str]]
    """The addresses that each port was made from."""


def of_all(known: Catalog, cards: Iterable[Card]) -> Facts:
    """What all ports need."""
    declared = {each.domain.name: each for each in known.declared_domains()}
    products = {product.id: product.document for each in declared.values() for product in each.products}
    contracts = {port.address: port.contract.document for each in declared.values() for port in each.ports}
    cards = list(cards)
    for card in cards:  # those that were published and never declared
        if card.product_id not in products:
            products[card.product_id] = _published(known, card.product_id)
        if card.address not in contracts:
            contracts[card.address] = known.document(card.address) or {}
    return Facts(
        domains=declared,
        products=products,
        contracts=contracts,
        uris={card.address: card.uri for card in cards},
        read=_read(known),
    )


def of_one(known: Catalog, card: Card) -> tuple[Facts, tuple[Card, ...]]:
    """What one port needs, and all ports of its product."""
    declared = known.declared_domain(card.domain)
    of_product = [port.address for port in declared.ports if port.product_id == card.product_id] if declared else []
    siblings = known.cards({card.address, *of_product})
    read = _read(known).get(card.address, set())
    version = Address.parse(card.address)
    before = {msgspec.structs.replace(version, major=version.major - 1).sql} if version.major > 1 else set()
    others = known.cards({*read, *before, *(each for sibling in siblings for each in sibling.inputs)})
    facts = Facts(
        domains={card.domain: declared} if declared else {},
        products={card.product_id: _published(known, card.product_id)},
        contracts={card.address: known.document(card.address) or {}},
        uris={each.address: each.uri for each in (*siblings, *others)},
        read={card.address: read},
    )
    return facts, siblings


def _published(known: Catalog, product_id: str) -> Node:
    found = known.product(product_id)
    return found.document if found else {}


def _read(known: Catalog) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for flow in known.flows():
        found.setdefault(flow.downstream, set()).add(flow.upstream)
    return found
