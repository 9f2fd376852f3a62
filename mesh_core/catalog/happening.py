"""SQL behind ``happened``: changes, uses, confirmations, measurements and flows."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Sequence
from typing import Any

import msgspec
from sqlalchemy import (
    BindParameter,
    Connection,
    Integer,
    Table,
    and_,
    bindparam,
    case,
    cast,
    distinct,
    func,
    insert,
    or_,
    select,
    update,
)

from mesh_core.catalog import schema_happened as happened
from mesh_core.catalog.events import Change, Confirmation, Measurement, Use, UseCount
from mesh_core.catalog.moments import utc
from mesh_core.catalog.rows import struct
from mesh_core.catalog.schema_declared import cards
from mesh_core.catalog.storable import to_json

CHUNK = 500
"""Names in one IN list: below every database's limit of bound parameters."""


class Told(msgspec.Struct, frozen=True):
    """A change that is about to be written."""

    type: str
    subject: str
    domain: str
    data: dict[str, Any] = {}


def tell(connection: Connection, at: str, told: Sequence[Told]) -> int:
    """Write changes in their order; the ``seq`` of the last one.

    Only one transaction writes at a time (``database.writing``): nobody else takes the same numbers, and nobody who
    reads ``seq`` n can later find something new below it.
    """
    last = last_change(connection)
    rows = [
        {
            "seq": last + number,
            "id": str(uuid.uuid4()),
            "type": one.type,
            "subject": one.subject,
            "domain": one.domain,
            "at": at,
            "data": to_json(one.data),
        }
        for number, one in enumerate(told, start=1)
    ]
    if rows:
        connection.execute(insert(happened.changes), rows)
    return last + len(rows)


def change(connection: Connection, type_: str, subject: str, of: tuple[str, str, dict[str, object]]) -> int:
    """Write one change; ``of`` is its domain, time and data."""
    domain, at, data = of
    return tell(connection, utc(at), [Told(type_, subject, domain, data)])


def changes(connection: Connection, after: int, limit: int) -> tuple[Change, ...]:
    """Changes above ``after``, oldest first."""
    table = happened.changes
    query = select(table).where(table.c.seq > after).order_by(table.c.seq).limit(limit)
    return tuple(
        Change(
            seq=row.seq,
            id=row.id,
            type=row.type,
            subject=row.subject,
            domain=row.domain,
            at=row.at,
            data=msgspec.json.decode(row.data),
        )
        for row in connection.execute(query)
    )


def last_change(connection: Connection) -> int:
    """The newest ``seq``; 0 before the first."""
    return connection.scalar(select(func.max(happened.changes.c.seq))) or 0


def record_uses(connection: Connection, uses: Sequence[Use]) -> int:
    """Keep uses; how many were new."""
    rows = [{**msgspec.structs.asdict(use), "id": use.id or str(uuid.uuid4()), "at": utc(use.at)} for use in uses]
    return add_new(connection, happened.uses, rows)


def uses(
    connection: Connection, address: str | None, kinds: Sequence[str], since: str, limit: int | None
) -> tuple[Use, ...]:
    """Uses, newest first."""
    table = happened.uses
    query = select(table).order_by(table.c.at.desc(), table.c.id).limit(limit)
    if address is not None:
        query = query.where(table.c.address == address)
    if kinds:
        query = query.where(table.c.kind.in_(kinds))
    if since:
        query = query.where(table.c.at >= utc(since))
    return tuple(struct(Use, row) for row in connection.execute(query))


def use_counts(connection: Connection, since: str, addresses: Sequence[str] | None = None) -> dict[str, UseCount]:
    """Views, reads and readers by address; at most a chunk of ``addresses``."""
    table = happened.uses.c
    reads = table.kind == "read"
    query = select(
        table.address,
        func.sum(cast(table.kind == "view", Integer)).label("views"),
        func.sum(cast(reads, Integer)).label("reads"),
        func.count(distinct(case((reads, table.consumer)))).label("readers"),
        func.max(case((reads, table.at), else_="")).label("last_read_at"),
    ).group_by(table.address)
    query = query.where(table.address != "", table.kind.in_(("view", "read")))
    if since:
        query = query.where(table.at >= utc(since))
    if addresses is not None:
        query = query.where(table.address.in_(addresses))
    return {row.address: struct(UseCount, row) for row in connection.execute(query)}


def confirm(connection: Connection, confirmations: Sequence[Confirmation]) -> int:
    """Keep confirmations, the newest of each port on its card too; how many were new."""
    rows = [{**msgspec.structs.asdict(one), "at": utc(one.at)} for one in confirmations]
    added = add_new(connection, happened.confirmations, rows)
    newest: dict[str, dict[str, Any]] = {}
    for row in rows:
        known = newest.get(row["address"])
        if known is None or (known["table_version"], known["at"]) < (row["table_version"], row["at"]):
            newest[row["address"]] = row
    _confirm_cards(connection, list(newest.values()))
    return added


def _confirm_cards(connection: Connection, rows: Sequence[dict[str, Any]]) -> None:
    if not rows:
        return
    known = cards.c
    version: BindParameter[int] = bindparam("of_version")
    at: BindParameter[str] = bindparam("of_time")
    older = or_(known.confirmed_version < version, and_(known.confirmed_version == version, known.confirmed_at < at))
    statement = update(cards).where(known.address == bindparam("of_address"), older)
    statement = statement.values(confirmed_at=at, confirmed_version=version)
    values = [{"of_address": r["address"], "of_version": r["table_version"], "of_time": r["at"]} for r in rows]
    connection.execute(statement, values)


def confirmations(connection: Connection, address: str, since: str) -> tuple[Confirmation, ...]:
    """Confirmations of a port, newest first."""
    table = happened.confirmations
    query = select(table).where(table.c.address == address).order_by(table.c.at.desc())
    if since:
        query = query.where(table.c.at >= utc(since))
    return tuple(struct(Confirmation, row) for row in connection.execute(query))


def record_measurements(connection: Connection, measurements: Sequence[Measurement]) -> int:
    """Keep measurements, and the newest of each indicator apart; how many were new."""
    rows = [{**msgspec.structs.asdict(one), "at": utc(one.at)} for one in measurements]
    added = add_new(connection, happened.measurements, rows)
    newest = {(row["address"], row["indicator"]): row for row in sorted(rows, key=lambda row: row["at"])}
    _keep_newest(connection, list(newest.values()))
    return added


def measurements(
    connection: Connection, address: str, indicator: str | None, since: str, limit: int | None
) -> tuple[Measurement, ...]:
    """A port's measurements, newest first."""
    table = happened.measurements
    query = select(table).where(table.c.address == address)
    query = query.order_by(table.c.at.desc(), table.c.indicator).limit(limit)
    if indicator is not None:
        query = query.where(table.c.indicator == indicator)
    if since:
        query = query.where(table.c.at >= utc(since))
    return tuple(struct(Measurement, row) for row in connection.execute(query))


def newest_measurements(connection: Connection) -> dict[str, tuple[Measurement, ...]]:
    """The newest value of every indicator, by address."""
    table = happened.indicators
    found: dict[str, list[Measurement]] = {}
    for row in connection.execute(select(table).order_by(table.c.address, table.c.indicator)):
        found.setdefault(row.address, []).append(struct(Measurement, row))
    return {address: tuple(values) for address, values in found.items()}


def add_new(connection: Connection, table: Table, rows: Iterable[dict[str, Any]]) -> int:
    """Insert those rows whose key is not there yet; how many those were."""
    values = list(rows)
    if not values:
        return 0
    statement = _insert(connection, table).on_conflict_do_nothing()
    if connection.dialect.name == "sqlite":
        return connection.execute(statement, values).rowcount
    # PostgreSQL's driver does not count what several statements did; what comes back can be counted.
    return len(connection.execute(statement.returning(*table.primary_key), values).all())


def chunks(entries: Sequence[Any], size: int = CHUNK) -> list[Sequence[Any]]:
    """``entries`` in pieces that one statement takes."""
    return [entries[start : start + size] for start in range(0, len(entries), size)]


def _keep_newest(connection: Connection, rows: Sequence[dict[str, Any]]) -> None:
    if not rows:
        return
    statement = _insert(connection, happened.indicators)
    new = statement.excluded
    kept = statement.on_conflict_do_update(
        index_elements=["address", "indicator"],
        set_={"at": new.at, "value": new.value, "good": new.good, "detail": new.detail},
        where=happened.indicators.c.at <= new.at,
    )
    connection.execute(kept, rows)


def _insert(connection: Connection, table: Table) -> Any:
    """The two databases spell "unless it is there" alike, and SQLAlchemy has no common word for it."""
    if connection.dialect.name == "postgresql":
        from sqlalchemy.dialects import postgresql

        return postgresql.insert(table)
    from sqlalchemy.dialects import sqlite

    return sqlite.insert(table)
