"""SQL behind ``declared``, reading: declarations, documents and cards."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

import msgspec
from sqlalchemy import Connection, Row, select

from mesh_core.catalog import schema
from mesh_core.catalog.cards import Card
from mesh_core.catalog.declarations import CharterDeclaration, DomainDeclaration, PortDeclaration
from mesh_core.catalog.declaring import CHARTER, Described
from mesh_core.catalog.events import KeyMeasurement, UseCount
from mesh_core.catalog.happening import CHUNK, chunks, use_counts
from mesh_core.catalog.records import ProductRecord
from mesh_core.catalog.rows import struct
from mesh_core.catalog.schema_declared import cards as stored
from mesh_core.catalog.schema_declared import declarations, needs
from mesh_core.contracts.ranges import VersionRange, is_range, range_of, release_of

USE_DAYS = 30
"""Of which cards count views and reads."""


def domains(connection: Connection, *, bare: bool = False) -> tuple[DomainDeclaration, ...]:
    """Every domain that stands declared, by name; ``bare`` ones without products and ports."""
    table = declarations
    wanted = table.c.kind == "domain" if bare else table.c.kind != CHARTER[0]
    rows = connection.execute(
        select(table).where(table.c.withdrawn_at == "", wanted).order_by(table.c.kind, table.c.name)
    )
    found: dict[str, list[Row[Any]]] = {}
    for row in rows:
        found.setdefault(row.domain, []).append(row)
    return tuple(_domain(found[name]) for name in sorted(found))


def domain(connection: Connection, name: str) -> DomainDeclaration | None:
    """What the domain declares; None if that is nothing."""
    table = declarations.c
    query = select(declarations).where(table.domain == name, table.withdrawn_at == "").order_by(table.kind, table.name)
    rows = connection.execute(query).all()
    return _domain(rows) if rows else None


def charter(connection: Connection) -> CharterDeclaration:
    """The charter as last declared."""
    text = _declared(connection, *CHARTER)
    return msgspec.json.decode(text, type=CharterDeclaration) if text else CharterDeclaration()


def product(connection: Connection, product_id: str) -> ProductRecord | None:
    """The product as declared, else as last published."""
    text = _declared(connection, "product", product_id)
    if text is not None:
        return msgspec.json.decode(text, type=ProductRecord)
    table = schema.products
    row = connection.execute(select(table).where(table.c.id == product_id)).first()
    if row is None:
        return None
    return ProductRecord(id=row.id, name=row.name, version=row.version, document=row.document)


def document(connection: Connection, address: str) -> dict[str, Any] | None:
    """The port's ODCS document as declared, else as last published."""
    text = _declared(connection, "port", address)
    if text is not None:
        return msgspec.json.decode(text, type=PortDeclaration).contract.document
    port, attempt, made, contract = schema.ports.c, schema.attempts.c, schema.publications.c, schema.contracts.c
    found: dict[str, Any] | None = connection.scalar(
        select(contract.document)
        .join(schema.publications, (made.contract == contract.id) & (made.contract_digest == contract.digest))
        .join(schema.attempts, (attempt.key == made.attempt) & (attempt.contract_version == contract.version))
        .join(schema.ports, port.latest == attempt.key)
        .where(port.address == address)
    )
    return found


def cards(connection: Connection, addresses: Collection[str] | None) -> tuple[Card, ...]:
    """Cards by address."""
    wanted = None if addresses is None else sorted(set(addresses))
    if wanted is None or len(wanted) > CHUNK:
        rows = _rows(connection, None)
        rows = rows if wanted is None else [row for row in rows if row.address in set(wanted)]
        near = None
    else:
        rows = _rows(connection, wanted) if wanted else []
        near = [row.address for row in rows]
    relations = _relations(connection, rows, everything=near is None)
    since = (datetime.now(UTC) - timedelta(days=USE_DAYS)).isoformat()
    uses = use_counts(connection, since, near)
    decoder = msgspec.json.Decoder(Card)
    return tuple(_card(decoder.decode(row.card), row, relations, uses.get(row.address)) for row in rows)


def key_measurements(
    connection: Connection, addresses: Collection[str] | None
) -> dict[str, tuple[KeyMeasurement, ...]]:
    """How the ids of newest versions meet the registers, by address."""
    table, port = schema.key_measurements, schema.ports.c
    query = (
        select(table, port.address)
        .join(schema.ports, port.latest == table.c.attempt)
        .order_by(port.address, table.c.position)
    )
    wanted = None if addresses is None else sorted(set(addresses))
    queries = [query] if wanted is None else [query.where(port.address.in_(chunk)) for chunk in chunks(wanted)]
    found: dict[str, list[KeyMeasurement]] = {}
    for one in queries:
        for row in connection.execute(one):
            found.setdefault(row.address, []).append(struct(KeyMeasurement, row))
    return {address: tuple(values) for address, values in found.items()}


class _Relations(msgspec.Struct, frozen=True):
    """Which ports products read, and which products read a contract's versions."""

    inputs: dict[str, tuple[str, ...]]
    """Addresses by product."""
    consumers: dict[str, tuple[str, ...]]
    """Products by address."""


def _rows(connection: Connection, addresses: Sequence[str] | None) -> list[Row[Any]]:
    port, attempt, made = schema.ports.c, schema.attempts.c, schema.publications.c
    query = (
        select(
            stored,
            attempt.table_version,
            attempt.at.label("published_at"),
            attempt.checks_passed,
            attempt.checks_failed,
            made.rows,
            made.bytes,
        )
        .select_from(stored)
        .join(schema.ports, port.address == stored.c.address, isouter=True)
        .join(schema.attempts, attempt.key == port.latest, isouter=True)
        .join(schema.publications, made.attempt == port.latest, isouter=True)
        .order_by(stored.c.address)
    )
    if addresses is not None:
        query = query.where(stored.c.address.in_(addresses))
    return list(connection.execute(query))


def _card(card: Card, row: Row[Any], relations: _Relations, uses: UseCount | None) -> Card:
    published_at = row.published_at or ""
    confirmed = row.confirmed_at if row.confirmed_version == row.table_version else ""
    used = uses or UseCount(address=row.address)
    return msgspec.structs.replace(
        card,
        inputs=relations.inputs.get(row.product, ()),
        consumers=relations.consumers.get(row.address, ()),
        declared_at=row.declared_at,
        withdrawn_at=row.withdrawn_at,
        table_version=row.table_version,
        rows=row.rows,
        bytes=row.bytes,
        published_at=published_at,
        confirmed_at=max(published_at, confirmed),
        checks_passed=row.checks_passed or 0,
        checks_failed=row.checks_failed or 0,
        failed_at=row.failed_at if row.failed_at > published_at else "",
        views=used.views,
        reads=used.reads,
        readers=used.readers,
    )


def _relations(connection: Connection, rows: Sequence[Row[Any]], *, everything: bool) -> _Relations:
    """From the needs of products and the versions that there are; of a few rows only what concerns them."""
    table = needs.c
    query = select(table.product, table.contract, table.versions)
    queries = [query]
    if not everything:
        products, contracts = {row.product for row in rows}, {row.contract for row in rows}
        queries = [query.where(table.product.in_(products)), query.where(table.contract.in_(contracts))]
    found = {(row.product, row.contract, row.versions) for one in queries for row in connection.execute(one)}
    supply = _supply(connection, None if everything else {contract for _, contract, _ in found})

    @cache
    def resolved(contract: str, versions: str) -> str:
        return _resolved(supply.get(contract, ()), versions)

    inputs: dict[str, set[str]] = {}
    consumers: dict[str, set[str]] = {}
    for product_id, contract, versions in found:
        address = resolved(contract, versions)
        if address:
            inputs.setdefault(product_id, set()).add(address)
            consumers.setdefault(address, set()).add(product_id)
    return _Relations(_sorted(inputs), _sorted(consumers))


def _supply(connection: Connection, contracts: Collection[str] | None) -> dict[str, list[tuple[str, str]]]:
    """Version and address of the ports of each contract, the one to prefer first: standing, then newest."""
    table = stored.c
    query = select(table.contract, table.version, table.address, table.withdrawn_at)
    queries = [query]
    if contracts is not None:
        queries = [query.where(table.contract.in_(chunk)) for chunk in chunks(sorted(contracts))]
    rows = [row for one in queries for row in connection.execute(one) if _is_version(row.version)]
    rows.sort(key=lambda row: (not row.withdrawn_at, release_of(row.version)), reverse=True)
    found: dict[str, list[tuple[str, str]]] = {}
    for row in rows:
        found.setdefault(row.contract, []).append((row.version, row.address))
    return found


def _resolved(supply: Iterable[tuple[str, str]], versions: str) -> str:
    """The address of the first version in the range; '' if there is none, or the range can't be read."""
    span = _span(versions)
    return next((address for version, address in supply if span.admits(version)), "") if span else ""


@cache
def _span(versions: str) -> VersionRange | None:
    return range_of(versions) if is_range(versions) else None


def _is_version(text: str) -> bool:
    return all(part.isdecimal() for part in text.split("."))


def _sorted(found: dict[str, set[str]]) -> dict[str, tuple[str, ...]]:
    return {name: tuple(sorted(values)) for name, values in found.items()}


def _declared(connection: Connection, kind: str, name: str) -> str | None:
    """The document of a declaration, withdrawn or not; None if it was never declared."""
    table = declarations.c
    found: str | None = connection.scalar(select(table.document).where(table.kind == kind, table.name == name))
    return found


def _domain(rows: Sequence[Row[Any]]) -> DomainDeclaration:
    """The declaration that a domain's rows hold."""
    [own] = [row for row in rows if row.kind == "domain"]
    described = msgspec.json.decode(own.document, type=Described)
    return DomainDeclaration(
        domain=described.domain,
        office=described.office,
        products=tuple(msgspec.json.decode(row.document, type=ProductRecord) for row in rows if row.kind == "product"),
        ports=tuple(msgspec.json.decode(row.document, type=PortDeclaration) for row in rows if row.kind == "port"),
        revision=own.revision,
        declared_by=own.declared_by,
    )
