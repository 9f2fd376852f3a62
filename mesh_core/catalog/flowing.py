"""SQL behind ``Catalog.flows``: what ports took from ports."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec
from sqlalchemy import BigInteger, Connection, Row, Select, cast, func, select

from mesh_core.catalog import schema
from mesh_core.catalog.events import Flow
from mesh_core.catalog.moments import utc

Amount = tuple[int, int]
"""Rows and bytes."""

Internals = Mapping[str, Mapping[str, Amount]]
"""What each internal asset reads, with the size of the version it read last."""


def flows(connection: Connection, since: str) -> tuple[Flow, ...]:
    """Every pair of ports of which one was read for the other, by address.

    A port that is read by way of internal steps counts once a publication of the port behind them, in the version
    that the steps read last: what they read before is not kept.
    """
    ports: set[str] = set(connection.scalars(select(schema.ports.c.address)))
    internals = _internals(connection)
    found: dict[tuple[str, str], Flow] = {}
    for row in connection.execute(_reads(since)):
        if row.upstream in internals:
            amounts = {
                source: (rows * row.times, size * row.times)
                for source, (rows, size) in _behind(row.upstream, internals, set()).items()
            }
        else:
            amounts = {row.upstream: (row.rows, row.bytes)}
        for source, amount in amounts.items():
            if source in ports and source != row.downstream:
                pair = (source, row.downstream)
                found[pair] = _added(found.get(pair), pair, row, amount)
    return tuple(found[pair] for pair in sorted(found))


def _reads(since: str) -> Select[Any]:
    """What publications read, in sum for each port and what it reads."""
    attempt, edge, read = schema.attempts.c, schema.inputs.c, schema.attempts.alias("read")
    made = schema.publications.c
    query = (
        select(
            edge.downstream,
            edge.upstream,
            func.count().label("times"),
            cast(func.coalesce(func.sum(made.rows), 0), BigInteger).label("rows"),
            cast(func.coalesce(func.sum(made.bytes), 0), BigInteger).label("bytes"),
            func.max(attempt.at).label("last_at"),
        )
        .select_from(schema.inputs)
        .join(schema.attempts, attempt.key == edge.source)
        .join(read, (read.c.address == edge.upstream) & (read.c.table_version == edge.table_version), isouter=True)
        .join(schema.publications, made.attempt == read.c.key, isouter=True)
        .group_by(edge.downstream, edge.upstream)
        .order_by(edge.downstream, edge.upstream)
    )
    return query.where(attempt.at >= utc(since)) if since else query


def _internals(connection: Connection) -> Internals:
    edge, read, made = schema.inputs.c, schema.attempts.c, schema.publications.c
    found: dict[str, dict[str, Amount]] = {
        row.address: {} for row in connection.execute(select(schema.internals.c.address))
    }
    query = (
        select(edge.source, edge.upstream, made.rows, made.bytes)
        .select_from(schema.inputs)
        .join(schema.internals, schema.internals.c.address == edge.source)
        .join(
            schema.attempts, (read.address == edge.upstream) & (read.table_version == edge.table_version), isouter=True
        )
        .join(schema.publications, made.attempt == read.key, isouter=True)
    )
    for row in connection.execute(query):
        found[row.source][row.upstream] = (row.rows or 0, row.bytes or 0)
    return found


def _behind(name: str, internals: Internals, seen: set[str]) -> dict[str, Amount]:
    """The ports and other tables at the end of all ways from an internal asset upwards."""
    seen.add(name)
    found: dict[str, Amount] = {}
    for upstream, amount in internals[name].items():
        if upstream not in internals:
            found[upstream] = amount
        elif upstream not in seen:
            found |= _behind(upstream, internals, seen)
    return found


def _added(before: Flow | None, pair: tuple[str, str], row: Row[Any], amount: Amount) -> Flow:
    rows, size = amount
    if before is None:
        return Flow(
            upstream=pair[0], downstream=pair[1], publications=row.times, rows=rows, bytes=size, last_at=row.last_at
        )
    return msgspec.structs.replace(
        before,
        publications=max(before.publications, row.times),
        rows=before.rows + rows,
        bytes=before.bytes + size,
        last_at=max(before.last_at, row.last_at),
    )
