"""SQL behind ``Catalog.use_spans`` and ``Catalog.first_publications``."""

from __future__ import annotations

from sqlalchemy import Connection, Integer, case, cast, func, select

from mesh_core.catalog import schema
from mesh_core.catalog import schema_happened as happened
from mesh_core.catalog.moments import utc
from mesh_core.catalog.rows import struct
from mesh_core.catalog.spans import UseSpan


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
