"""SQL behind ``Catalog.use_spans`` and ``Catalog.first_publications``."""

from __future__ import annotations

import msgspec
from sqlalchemy import Connection, Integer, case, cast, func, select

from mesh_core.catalog import schema
from mesh_core.catalog import schema_happened as happened
from mesh_core.catalog.moments import utc
from mesh_core.catalog.rows import struct
from mesh_core.catalog.schema_declared import declarations
from mesh_core.catalog.spans import UseSpan


class _Dates(msgspec.Struct, frozen=True):
    """Of a descriptor, what it says of its own age."""

    created: object = msgspec.field(name="productCreatedTs", default=None)


class _Product(msgspec.Struct, frozen=True):
    document: _Dates = _Dates()


def use_spans(connection: Connection, since: str) -> tuple[UseSpan, ...]:
    """By address, consumer and kind; searches are of no port and left out."""
    table = happened.uses.c
    key = (table.address, table.consumer, table.domain, table.kind)
    counted = case((table.at >= utc(since), 1), else_=0) if since else 1
    query = (
        select(*key, func.min(table.at).label("first_at"), cast(func.sum(counted), Integer).label("uses"))
        .where(table.address != "")
        .group_by(*key)
        .order_by(*key)
    )
    return tuple(struct(UseSpan, row) for row in connection.execute(query))


def first_publications(connection: Connection) -> dict[str, str]:
    """The time of each port's first audited version."""
    attempt = schema.attempts.c
    query = select(attempt.address, func.min(attempt.at).label("at")).where(attempt.table_version.is_not(None))
    return {row.address: row.at for row in connection.execute(query.group_by(attempt.address))}


def creation_dates(connection: Connection) -> dict[str, str]:
    """What descriptors give as their product's time of creation."""
    table, decoder = declarations.c, msgspec.json.Decoder(_Product)
    rows = connection.execute(select(table.name, table.document).where(table.kind == "product"))
    found = {row.name: decoder.decode(row.document).document.created for row in rows}
    return {name: created for name, created in found.items() if isinstance(created, str)}
