"""Writing: one publication, one failed attempt or one internal asset, each in one transaction."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import msgspec
from sqlalchemy import Connection, Table, delete, func, insert, select, update

from mesh_core.catalog import carding, declaring, schema
from mesh_core.catalog.describing import card_of
from mesh_core.catalog.errors import CatalogError
from mesh_core.catalog.events import Use
from mesh_core.catalog.happening import Told, record_uses, tell
from mesh_core.catalog.moments import utc
from mesh_core.catalog.records import (
    CheckRecord,
    ContractRecord,
    DecisionRecord,
    FailedPublication,
    LineageRecord,
    PublicationRecord,
)
from mesh_core.catalog.schema_declared import cards
from mesh_core.contracts.lifecycle import end_written
from mesh_core.contracts.odps import LAYERS


def publish(connection: Connection, record: PublicationRecord) -> bool:
    """Register ``record`` with all that belongs to it; False, and nothing done, when it is there already.

    CatalogError when another run's publication holds this table version: the table was made anew.
    """
    key = f"{record.address}@{record.table_version}"
    if _known(connection, key, record):
        return False
    at = utc(record.published_at)
    promised = _describe(connection, record, at)
    _insert_attempt(
        connection,
        key,
        record.checks,
        {
            "address": record.address,
            "status": record.status,
            "at": at,
            "run_id": record.run_id,
            "table_version": record.table_version,
            "contract_version": record.contract.version,
            "error": "",
        },
    )
    publication = {
        "attempt": key,
        "contract": record.contract.id,
        "contract_digest": record.contract.digest,
        "rows": record.rows,
        "bytes": record.bytes,
        "code_digest": record.code_digest,
        "lineage_kind": record.lineage_kind,
        "clock": utc(record.clock) if record.clock else "",
    }
    columns = [{**plain(column), "attempt": key, "position": n} for n, column in enumerate(record.columns)]
    _insert(connection, schema.publications, [publication])
    _insert(connection, schema.columns, columns)
    _insert(connection, schema.samples, [{"attempt": key, "rows": record.sample}])
    _insert_lineage(connection, key, record.address, record.inputs, (record.lineage, record.lineage_kind))
    record_uses(connection, _reads(record, key))
    _insert(connection, schema.key_measurements, _keys(record, key))
    if _advance_port(connection, record, key):
        _put_card(connection, record)
    if record.keys:
        _forget_sketches(connection, record.address)
    _insert_decisions(connection, record.decisions, key, at, record.run_id)
    tell(connection, at, [*promised, Told("port.published", record.address, record.domain.name, _told(record))])
    return True


def _reads(record: PublicationRecord, key: str) -> list[Use]:
    """The ports that the publication read, as uses by its product."""
    return [
        Use(
            kind="read",
            address=name,
            at=record.published_at,
            consumer=record.product.id,
            domain=record.domain.name,
            via="input port",
            id=f"{key}<{name}",
        )
        for name in record.inputs
        if name.partition(".")[0] not in LAYERS
    ]


def forget_samples(connection: Connection, keep: int) -> int:
    """Drop the sampled rows of all but the newest ``keep`` table versions of each port; how many samples went."""
    attempts, samples = schema.attempts, schema.samples
    age = func.row_number().over(partition_by=attempts.c.address, order_by=attempts.c.table_version.desc())
    ranked = select(attempts.c.key, age.label("age")).where(attempts.c.table_version.is_not(None)).subquery()
    old = select(ranked.c.key).where(ranked.c.age > keep)
    return connection.execute(delete(samples).where(samples.c.attempt.in_(old))).rowcount


def contract(
    connection: Connection, record: ContractRecord, seen_at: str, decisions: Sequence[DecisionRecord], run_id: str
) -> bool:
    """Keep a contract version that no publication carries, with what was decided for it; False if it is known."""
    at = utc(seen_at)
    told = _put_contract(connection, record, at)
    if not told:
        return False
    tell(connection, at, told)
    _insert_decisions(connection, decisions, f"{record.id}#{record.version}#{record.digest}", at, run_id)
    return True


def fail(connection: Connection, record: FailedPublication) -> bool:
    """Keep a failed attempt and its checks; False when it is there already."""
    at = utc(record.failed_at)
    key = f"{record.address}!{record.run_id}!{at}"
    if connection.scalar(select(schema.attempts.c.key).where(schema.attempts.c.key == key)):
        return False
    attempt = {
        "address": record.address,
        "status": record.status,
        "at": at,
        "run_id": record.run_id,
        "table_version": None,
        "contract_version": record.contract_version,
        "error": record.error,
    }
    _insert_attempt(connection, key, record.checks, attempt)
    later = (cards.c.address == record.address) & (cards.c.failed_at < at)
    connection.execute(update(cards).where(later).values(failed_at=at))
    told = {"error": record.error, "runId": record.run_id, "version": record.contract_version}
    tell(connection, at, [Told("port.failed", record.address, record.address.partition(".")[0], told)])
    return True


def internal(
    connection: Connection,
    address: str,
    inputs: Mapping[str, int | None],
    lineage: tuple[Sequence[LineageRecord], str],
) -> bool:
    """Replace what is known of an internal asset's inputs; False when that is what was known."""
    digest = hashlib.sha256(msgspec.json.encode((inputs, lineage), order="deterministic")).hexdigest()
    table = schema.internals
    known = connection.scalar(select(table.c.digest).where(table.c.address == address))
    if known == digest:
        return False
    values = {"address": address, "domain": address.partition(".")[0], "digest": digest}
    if known is None:
        connection.execute(insert(table), values)
    else:
        connection.execute(update(table).where(table.c.address == address), values)
        for edges in (schema.inputs, schema.lineage_edges):
            connection.execute(delete(edges).where(edges.c.source == address))
    _insert_lineage(connection, address, address, inputs, lineage)
    return True


def node(domain: str, name: str) -> str:
    """The address of what a transformation of ``domain`` calls ``name``: only internals lack their domain."""
    return f"{domain}.{name}" if name.partition(".")[0] in LAYERS else name


def plain(record: msgspec.Struct) -> dict[str, Any]:
    """The record's own fields by name, nested values as they are."""
    return msgspec.structs.asdict(record)


def _known(connection: Connection, key: str, record: PublicationRecord) -> bool:
    table = schema.attempts
    found = connection.execute(select(table.c.run_id).where(table.c.key == key)).first()
    if found is not None and found.run_id != record.run_id:
        message = (
            f"version {record.table_version} of {record.address} is already in the catalog, published by run "
            f"{found.run_id}, not {record.run_id}: the table was made anew under an old catalog"
        )
        raise CatalogError(message, remedy="Point MESH_CATALOG_URL to a new catalog, or restore the lake.")
    return found is not None


def _describe(connection: Connection, record: PublicationRecord, at: str) -> list[Told]:
    """Domain, product and contract; what is to be told of the contract."""
    domain = {**plain(record.domain), "updated_at": at}
    product = {**plain(record.product), "domain": record.domain.name, "updated_at": at}
    _put_newer(connection, schema.domains, schema.domains.c.name == record.domain.name, domain)
    _put_newer(connection, schema.products, schema.products.c.id == record.product.id, product)
    return _put_contract(connection, record.contract, at)


def _put_contract(connection: Connection, record: ContractRecord, at: str) -> list[Told]:
    """Insert the contract with its date; what is to be told, nothing when this content of it is there already.

    A repair may bring an earlier publication of the same content: the first date counts.
    """
    table = schema.contracts
    same = (table.c.id == record.id) & (table.c.version == record.version) & (table.c.digest == record.digest)
    known: str | None = connection.scalar(select(table.c.first_published_at).where(same))
    if known is not None:
        if at < known:
            connection.execute(update(table).where(same), {"first_published_at": at})
        return []
    before = _status_before(connection, record)
    connection.execute(insert(table), {**plain(record), "first_published_at": at})
    name = record.id.partition(".")[0]
    data = {"version": record.version, "status": record.status}
    told = [Told("contract.published", record.id, name, data)]
    if record.status in {"deprecated", "retired"} and record.status != before:
        major = record.version.partition(".")[0]
        address = record.id if major == "1" else f"{record.id}_v{major}"
        ending = {**data, "endOfSupport": end_written(record.document)}
        told.append(Told(f"port.{record.status}", address, name, ending))
    return told


def _status_before(connection: Connection, record: ContractRecord) -> str:
    """The status of what was last published under the contract's major version; '' if nothing was."""
    table = schema.contracts.c
    major = record.version.partition(".")[0]
    query = select(table.status).where(table.id == record.id, table.version.startswith(f"{major}.", autoescape=True))
    status: str | None = connection.scalar(query.order_by(table.first_published_at.desc()).limit(1))
    return status or ""


def _put_newer(connection: Connection, table: Table, same: Any, values: dict[str, Any]) -> None:
    """Insert, or update unless what is there is newer: a repaired old publication describes the past."""
    found = connection.execute(select(table.c.updated_at).where(same)).first()
    if found is None:
        connection.execute(insert(table), values)
    elif found.updated_at < values["updated_at"]:
        connection.execute(update(table).where(same, table.c.updated_at < values["updated_at"]), values)


def _advance_port(connection: Connection, record: PublicationRecord, key: str) -> bool:
    """Make the publication the port's newest; False if there is a newer one."""
    table = schema.ports
    values = {
        "address": record.address,
        "uri": record.uri,
        "product": record.product.id,
        "contract": record.contract.id,
        "owner": record.owner,
        "latest": key,
        "latest_version": record.table_version,
    }
    if connection.scalar(select(table.c.address).where(table.c.address == record.address)) is None:
        connection.execute(insert(table), values)
        return True
    older = (table.c.address == record.address) & (table.c.latest_version < record.table_version)
    return connection.execute(update(table).where(older), values).rowcount > 0


def _put_card(connection: Connection, record: PublicationRecord) -> None:
    """What lists show of a port that its domain never declared; of others the declaration tells."""
    if not declaring.is_declared(connection, "product", record.product.id):
        carding.put_needs(connection, [record.product])
    carding.put_published_card(
        connection,
        card_of(record.address, record.uri, record.contract, record.product, record.domain, owner=record.owner),
    )


def _keys(record: PublicationRecord, key: str) -> list[dict[str, Any]]:
    return [{**plain(found), "attempt": key, "position": n} for n, found in enumerate(record.keys)]


def _forget_sketches(connection: Connection, address: str) -> None:
    """Only the newest version keeps its sketches."""
    keys, attempts, ports = schema.key_measurements.c, schema.attempts.c, schema.ports.c
    latest = select(ports.latest).where(ports.address == address).scalar_subquery()
    old = select(attempts.key).where(attempts.address == address, attempts.key != latest)
    forget = update(schema.key_measurements).where(keys.attempt.in_(old), keys.sketch != b"")
    connection.execute(forget.values(sketch=b""))


def _told(record: PublicationRecord) -> dict[str, Any]:
    failed = sum(not check.success for check in record.checks)
    return {
        "tableVersion": record.table_version,
        "version": record.contract.version,
        "rows": record.rows,
        "bytes": record.bytes,
        "checksPassed": len(record.checks) - failed,
        "checksFailed": failed,
        "runId": record.run_id,
    }


def _insert_decisions(
    connection: Connection, decisions: Sequence[DecisionRecord], source: str, at: str, run_id: str
) -> None:
    """The decisions under keys made from what used them: whoever registers that again finds it known."""
    rows = [
        {**plain(decision), "key": f"{source}#{number}", "at": at, "run_id": run_id}
        for number, decision in enumerate(decisions)
    ]
    _insert(connection, schema.decisions, rows)


def _insert_attempt(connection: Connection, key: str, checks: tuple[CheckRecord, ...], values: dict[str, Any]) -> None:
    passed = sum(check.success for check in checks)
    counts = {"checks_passed": passed, "checks_failed": len(checks) - passed}
    _insert(connection, schema.attempts, [{**values, "key": key, **counts}])
    rows = [{**plain(check), "attempt": key, "position": n} for n, check in enumerate(checks)]
    _insert(connection, schema.check_results, rows)


def _insert_lineage(
    connection: Connection,
    source: str,
    downstream: str,
    inputs: Mapping[str, int | None],
    lineage: tuple[Iterable[LineageRecord], str],
) -> None:
    domain = downstream.partition(".")[0]
    edges, kind = lineage
    shared = {"source": source, "downstream": downstream}
    tables = [
        {**shared, "upstream": node(domain, name), "name": name, "table_version": version}
        for name, version in inputs.items()
    ]
    columns = [
        {
            **shared,
            "position": position,
            "column": edge.column,
            "upstream": node(domain, edge.input),
            "upstream_column": edge.input_column,
            "name": edge.input,
            "kind": kind,
        }
        for position, edge in enumerate(dict.fromkeys(edges))
    ]
    _insert(connection, schema.inputs, tables)
    _insert(connection, schema.lineage_edges, columns)


def _insert(connection: Connection, table: Table, rows: Sequence[dict[str, Any]]) -> None:
    if rows:
        connection.execute(insert(table), rows)
