"""Cards and needs as rows: what a declaration or a publication makes of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec
from sqlalchemy import Connection, delete, func, insert, select, update

from mesh_core.catalog import schema
from mesh_core.catalog.cards import Card
from mesh_core.catalog.declarations import DomainDeclaration, PortDeclaration
from mesh_core.catalog.describing import card_of, needs_of
from mesh_core.catalog.happening import chunks
from mesh_core.catalog.records import DomainRecord, ProductRecord
from mesh_core.catalog.schema_declared import cards, needs
from mesh_core.catalog.storable import to_json


def put_declared_cards(connection: Connection, declaration: DomainDeclaration, at: str) -> list[str]:
    """A card for every port; one that is there keeps what happened to the port. Those that are new or other now.

    A card shows of the domain and the product too, so it may change although its port's declaration did not.
    """
    products = {product.id: product for product in declaration.products}
    table = cards.c
    query = select(table.address, table.card, table.declared_at, table.withdrawn_at)
    known: dict[str, Any] = {
        row.address: row
        for chunk in chunks([port.address for port in declaration.ports])
        for row in connection.execute(query.where(table.address.in_(chunk)))
    }
    new: list[dict[str, Any]] = []
    changed: list[str] = []
    for port in declaration.ports:
        values = _card_values(port, products[port.product_id], declaration.domain)
        found = known.get(port.address)
        if found is None:
            new.append({**_blank(port.address, declaration.domain.name), **values, "declared_at": at})
        elif found.card != values["card"] or found.withdrawn_at or not found.declared_at:
            standing = {**values, "declared_at": found.declared_at or at, "withdrawn_at": ""}
            connection.execute(update(cards).where(table.address == port.address).values(standing))
            changed.append(port.address)
    if new:
        failures = _failures(connection, [row["address"] for row in new])
        connection.execute(insert(cards), [{**row, "failed_at": failures.get(row["address"], "")} for row in new])
    return [*changed, *(row["address"] for row in new)]


def put_published_card(connection: Connection, card: Card) -> None:
    """Keep the card of a port as published, unless its domain declared it."""
    values = {
        "product": card.product_id,
        "contract": card.contract_id,
        "version": card.version,
        "card": to_json(card),
    }
    table = cards.c
    known = connection.execute(select(table.declared_at).where(table.address == card.address)).first()
    if known is None:
        row = {**_blank(card.address, card.domain), **values}
        connection.execute(
            insert(cards), {**row, "failed_at": _failures(connection, [card.address]).get(card.address, "")}
        )
    elif not known.declared_at:
        connection.execute(update(cards).where(table.address == card.address).values(values))


def put_needs(connection: Connection, products: Sequence[ProductRecord]) -> None:
    """Replace what products need of others."""
    for chunk in chunks([product.id for product in products]):
        connection.execute(delete(needs).where(needs.c.product.in_(chunk)))
    rows = [
        {"product": product.id, "contract": contract, "versions": versions}
        for product in products
        for contract, versions in sorted(needs_of(product))
    ]
    if rows:
        connection.execute(insert(needs), rows)


def _card_values(port: PortDeclaration, product: ProductRecord, domain: DomainRecord) -> dict[str, Any]:
    card = card_of(port.address, port.uri, port.contract, product, domain)
    card = msgspec.structs.replace(
        card,
        engine=port.engine,
        endpoint=port.endpoint or card.endpoint,
        format=port.format or card.format,
    )
    return {
        "product": product.id,
        "contract": port.contract.id,
        "version": port.contract.version,
        "card": to_json(card),
    }


def _blank(address: str, name: str) -> dict[str, Any]:
    """What a card's row begins with."""
    return {
        "address": address,
        "domain": name,
        "declared_at": "",
        "withdrawn_at": "",
        "failed_at": "",
        "confirmed_at": "",
        "confirmed_version": -1,
    }


def _failures(connection: Connection, addresses: Sequence[str]) -> dict[str, str]:
    """When ports failed last that nobody had heard of otherwise."""
    table = schema.attempts.c
    found: dict[str, str] = {}
    for chunk in chunks(addresses):
        query = select(table.address, func.max(table.at).label("at")).group_by(table.address)
        rows = connection.execute(query.where(table.address.in_(chunk), table.status == "failed"))
        found |= {row.address: row.at for row in rows}
    return found
