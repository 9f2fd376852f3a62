"""SQL behind ``observed``: the past of many ports in a handful of queries."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from typing import Any

import msgspec
from sqlalchemy import Connection, Integer, Row, Select, case, cast, func, or_, select

from mesh_core.catalog import schema
from mesh_core.catalog.events import Measurement
from mesh_core.catalog.happening import CHUNK, Told, chunks, record_measurements, tell
from mesh_core.catalog.moments import utc
from mesh_core.catalog.pasts import CheckCount, ColumnRange, PastAttempt, PortPast
from mesh_core.catalog.schema_declared import declarations
from mesh_core.catalog.schema_happened import confirmations, measurements
from mesh_core.catalog.schema_happened import indicators as newest_points
from mesh_core.governance import Office

Wanted = tuple[Sequence[str], Sequence[str]]
"""Columns, and beginnings of indicators' names."""

_ATTEMPT = schema.attempts.c


class _Declared(msgspec.Struct, frozen=True):
    """The part of a port's declaration that is read here."""

    contract: _Contract


class _DomainDeclared(msgspec.Struct, frozen=True):
    office: Office


class _Contract(msgspec.Struct, frozen=True):
    document: dict[str, Any]


def pasts(connection: Connection, since: str, addresses: Collection[str] | None, wanted: Wanted) -> dict[str, PortPast]:
    """The past of each port that has one, by address."""
    start = utc(since)
    if addresses is None or len(set(addresses)) > CHUNK:
        found = _pasts(connection, start, None, wanted)
        return found if addresses is None else {name: found[name] for name in addresses if name in found}
    return _pasts(connection, start, sorted(set(addresses)), wanted) if addresses else {}


def record(
    connection: Connection, points: Sequence[Measurement], flips: Sequence[tuple[str, str, dict[str, Any]]], at: str
) -> frozenset[tuple[str, str]]:
    """Keep the points, and tell of the flips that nobody has told of; which those were."""
    known = {
        (row.address, row.indicator): row.detail.partition(":")[0]
        for row in _in_chunks(connection, select(newest_points), newest_points.c.address, {flip[0] for flip in flips})
    }
    new = [flip for flip in flips if known.get((flip[0], flip[2]["indicator"])) != flip[2]["after"]]
    record_measurements(connection, points)
    tell(connection, utc(at), [Told("slo.changed", *flip) for flip in new])
    return frozenset((address, data["indicator"]) for address, _, data in new)


def offices(connection: Connection) -> dict[str, Office]:
    """By domain."""
    table = declarations.c
    query = select(table.name, table.document).where(table.kind == "domain", table.withdrawn_at == "")
    decoder = msgspec.json.Decoder(_DomainDeclared)
    return {row.name: decoder.decode(row.document).office for row in connection.execute(query)}


def digests(connection: Connection, addresses: Collection[str] | None) -> dict[str, str]:
    """By address; what is declared goes before what was published."""
    port, made = schema.ports.c, schema.publications.c
    published: Select[Any] = select(port.address, made.contract_digest.label("digest"))
    published = published.join(schema.publications, made.attempt == port.latest)
    table = declarations.c
    declared: Select[Any] = select(table.name.label("address"), table.digest).where(table.kind == "port")
    found = {row.address: row.digest for row in _in_chunks(connection, published, port.address, addresses)}
    return found | {row.address: row.digest for row in _in_chunks(connection, declared, table.name, addresses)}


def documents(connection: Connection, addresses: Collection[str]) -> dict[str, dict[str, Any]]:
    """By address; what is declared goes before what was published."""
    table = declarations.c
    query = select(table.name.label("address"), table.document).where(table.kind == "port")
    decoder = msgspec.json.Decoder(_Declared)
    found = {
        row.address: decoder.decode(row.document).contract.document
        for row in _in_chunks(connection, query, table.name, addresses)
    }
    port, made, contract = schema.ports.c, schema.publications.c, schema.contracts.c
    published = (
        select(port.address, contract.document)
        .join(schema.attempts, _ATTEMPT.key == port.latest)
        .join(schema.publications, made.attempt == port.latest)
        .join(
            schema.contracts,
            (contract.id == made.contract)
            & (contract.version == _ATTEMPT.contract_version)
            & (contract.digest == made.contract_digest),
        )
    )
    rest = [address for address in addresses if address not in found]
    return found | {row.address: row.document for row in _in_chunks(connection, published, port.address, rest)}


def _pasts(connection: Connection, start: str, addresses: Sequence[str] | None, wanted: Wanted) -> dict[str, PortPast]:
    columns, indicators = wanted
    rows = list(connection.execute(_attempts(start, addresses)))
    near = None if addresses is None else [row.key for row in rows]
    sums = {row.attempt: row for row in _of_attempts(connection, _sums(start), schema.check_results.c.attempt, near)}
    inputs: dict[str, dict[str, int | None]] = {}
    for row in _of_attempts(connection, _inputs(start), schema.inputs.c.source, near):
        inputs.setdefault(row.source, {})[row.upstream] = row.table_version
    ranges: dict[str, dict[str, ColumnRange]] = {}
    if columns:
        for row in _of_attempts(connection, _ranges(start, columns), schema.columns.c.attempt, near):
            ranges.setdefault(row.attempt, {})[row.name] = ColumnRange(row.nulls, row.minimum, row.maximum)
    attempts: dict[str, list[PastAttempt]] = {}
    for row in rows:
        attempts.setdefault(row.address, []).append(_attempt(row, sums.get(row.key), inputs, ranges))
    confirmed = _grouped(connection, _confirmations(start, addresses), lambda row: row.at)
    measured = _grouped(connection, _measurements(start, addresses, indicators), _measurement) if indicators else {}
    checks = _grouped(connection, _counts(addresses), _check_count)
    return {
        address: PortPast(
            attempts=tuple(attempts.get(address, ())),
            confirmations=tuple(confirmed.get(address, ())),
            measurements=tuple(measured.get(address, ())),
            checks=tuple(checks.get(address, ())),
        )
        for address in sorted({*attempts, *confirmed, *measured})
    }


def _attempts(start: str, addresses: Sequence[str] | None) -> Select[Any]:
    made = schema.publications.c
    query = (
        select(_ATTEMPT.key, _ATTEMPT.address, _ATTEMPT.at, _ATTEMPT.table_version, made.rows, made.clock)
        .join(schema.publications, made.attempt == _ATTEMPT.key, isouter=True)
        .where(_in_window(start))
        .order_by(_ATTEMPT.address, _ATTEMPT.at, _ATTEMPT.table_version)
    )
    return query if addresses is None else query.where(_ATTEMPT.address.in_(addresses))


def _in_window(start: str) -> Any:
    """Attempts since ``start``, and each port's last publication before it."""
    before = (
        select(schema.attempts.c.address, func.max(schema.attempts.c.table_version).label("version"))
        .where(_ATTEMPT.table_version.is_not(None), _ATTEMPT.at < start)
        .group_by(_ATTEMPT.address)
        .subquery()
    )
    last = schema.attempts.alias("last")
    keys = select(last.c.key).join(
        before, (last.c.address == before.c.address) & (last.c.table_version == before.c.version)
    )
    return or_(_ATTEMPT.at >= start, _ATTEMPT.key.in_(keys))


def _sums(start: str) -> Select[Any]:
    """Of the checks of single rows: only those count both what they looked at and what they found."""
    found = schema.check_results.c
    return (
        select(
            found.attempt,
            func.sum(found.element_count).label("checked"),
            func.sum(found.unexpected_count).label("failing"),
        )
        .join(schema.attempts, _ATTEMPT.key == found.attempt)
        .where(found.element_count.is_not(None), found.unexpected_count.is_not(None), _in_window(start))
        .group_by(found.attempt)
    )


def _inputs(start: str) -> Select[Any]:
    edge = schema.inputs.c
    return (
        select(edge.source, edge.upstream, edge.table_version)
        .join(schema.attempts, _ATTEMPT.key == edge.source)
        .where(_in_window(start))
    )


def _ranges(start: str, names: Sequence[str]) -> Select[Any]:
    column = schema.columns.c
    query = (
        select(column.attempt, column.name, column.nulls, column.minimum, column.maximum)
        .join(schema.attempts, _ATTEMPT.key == column.attempt)
        .where(_in_window(start))
    )
    return query.where(column.name.in_(names)) if len(names) <= CHUNK else query


def _confirmations(start: str, addresses: Sequence[str] | None) -> Select[Any]:
    """Those since ``start``, and each port's last one before it."""
    table = confirmations.c
    last = select(table.address, func.max(table.at).label("at")).where(table.at < start).group_by(table.address)
    query = select(table.address, table.at).where(table.at >= start)
    if addresses is not None:
        query, last = (one.where(table.address.in_(addresses)) for one in (query, last))
    both = query.union_all(last).subquery()
    return select(both).order_by(both.c.address, both.c.at)


def _measurements(start: str, addresses: Sequence[str] | None, indicators: Sequence[str]) -> Select[Any]:
    table = measurements.c
    named = or_(*(table.indicator.startswith(name, autoescape=True) for name in indicators))
    query = select(measurements).where(table.at >= start, named).order_by(table.address, table.indicator, table.at)
    return query if addresses is None else query.where(table.address.in_(addresses))


def _counts(addresses: Sequence[str] | None) -> Select[Any]:
    """The checks of each port's newest version by severity."""
    found, port = schema.check_results.c, schema.ports.c
    query = (
        select(
            port.address,
            found.severity,
            cast(func.sum(case((found.success, 1), else_=0)), Integer).label("passed"),
            func.count().label("checks"),
        )
        .join(schema.ports, port.latest == found.attempt)
        .group_by(port.address, found.severity)
        .order_by(port.address, found.severity)
    )
    return query if addresses is None else query.where(port.address.in_(addresses))


def _attempt(
    row: Row[Any],
    sums: Row[Any] | None,
    inputs: dict[str, dict[str, int | None]],
    ranges: dict[str, dict[str, ColumnRange]],
) -> PastAttempt:
    return PastAttempt(
        at=row.at,
        table_version=row.table_version,
        rows=row.rows or 0,
        clock=row.clock or "",
        checked=int(sums.checked) if sums else 0,
        failing=int(sums.failing) if sums else 0,
        inputs=inputs.get(row.key, {}),
        columns=ranges.get(row.key, {}),
    )


def _measurement(row: Row[Any]) -> Measurement:
    return Measurement(**{name: row._mapping[name] for name in Measurement.__struct_fields__})


def _check_count(row: Row[Any]) -> CheckCount:
    return CheckCount(severity=row.severity, passed=row.passed, checks=row.checks)


def _grouped(connection: Connection, query: Select[Any], make: Any) -> dict[str, list[Any]]:
    """What ``make`` makes of the rows, by their address."""
    found: dict[str, list[Any]] = {}
    for row in connection.execute(query):
        found.setdefault(row.address, []).append(make(row))
    return found


def _of_attempts(
    connection: Connection, query: Select[Any], column: Any, keys: Sequence[str] | None
) -> Iterator[Row[Any]]:
    """The rows of all attempts, or of those with ``keys``."""
    for one in [query] if keys is None else [query.where(column.in_(chunk)) for chunk in chunks(keys)]:
        yield from connection.execute(one)


def _in_chunks(
    connection: Connection, query: Select[Any], column: Any, names: Collection[str] | None
) -> Iterator[Row[Any]]:
    """The rows of all names or, where only a few are wanted, of those."""
    wanted = None if names is None else sorted(set(names))
    if wanted is None or len(wanted) > 8 * CHUNK:
        keep = None if wanted is None else set(wanted)
        yield from (row for row in connection.execute(query) if keep is None or row.address in keep)
        return
    for chunk in chunks(wanted):
        yield from connection.execute(query.where(column.in_(chunk)))
