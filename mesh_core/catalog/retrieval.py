"""Reading: publications, ports, contracts and check results as records."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, Select, select

from mesh_core.catalog import schema
from mesh_core.catalog.events import KeyMeasurement
from mesh_core.catalog.records import (
    Attempt,
    CheckOutcome,
    CheckRecord,
    ColumnRecord,
    ContractRecord,
    DecisionRecord,
    DomainRecord,
    LineageRecord,
    PortEntry,
    ProductRecord,
    PublicationRecord,
)
from mesh_core.catalog.rows import struct
from mesh_core.contracts.lifecycle import Milestone, end_written
from mesh_core.contracts.ranges import Release, release_of

_ATTEMPTS = schema.attempts.c


def publication(connection: Connection, address: str, table_version: int | None) -> PublicationRecord | None:
    """One publication with all that was registered, by default the newest."""
    key = _key(connection, address, table_version)
    if key is None:
        return None
    attempt, made, port, contract = schema.attempts.c, schema.publications.c, schema.ports.c, schema.contracts.c
    row = connection.execute(
        select(
            schema.attempts,
            schema.publications,
            port.uri,
            port.owner,
            port.product,
            contract.status.label("contract_status"),
            contract.document,
        )
        .select_from(schema.attempts)
        .join(schema.publications, made.attempt == attempt.key)
        .join(schema.ports, port.address == attempt.address)
        .join(
            schema.contracts,
            (contract.id == made.contract)
            & (contract.version == attempt.contract_version)
            & (contract.digest == made.contract_digest),
        )
        .where(attempt.key == key)
    ).one()
    domain, product = _description(connection, row.product)
    return PublicationRecord(
        address=row.address,
        uri=row.uri,
        domain=domain,
        product=product,
        contract=ContractRecord(
            id=row.contract,
            version=row.contract_version,
            status=row.contract_status,
            digest=row.contract_digest,
            document=row.document,
        ),
        owner=row.owner,
        table_version=row.table_version,
        published_at=row.at,
        run_id=row.run_id,
        rows=row.rows,
        bytes=row.bytes,
        code_digest=row.code_digest,
        lineage_kind=row.lineage_kind,
        clock=row.clock,
        **_parts(connection, key),
    )


def attempts(connection: Connection, address: str, limit: int | None) -> tuple[Attempt, ...]:
    """The port's history, newest first, failed attempts included."""
    made = schema.publications.c
    rows = connection.execute(
        select(schema.attempts, made.rows, made.bytes)
        .join(schema.publications, made.attempt == _ATTEMPTS.key, isouter=True)
        .where(_ATTEMPTS.address == address)
        .order_by(_ATTEMPTS.at.desc(), _ATTEMPTS.table_version.desc(), _ATTEMPTS.key)
        .limit(limit)
    )
    return tuple(struct(Attempt, row) for row in rows)


def ports(connection: Connection) -> tuple[PortEntry, ...]:
    """Every port with its newest publication, by address."""
    port, product, contract, made = (
        schema.ports.c,
        schema.products.c,
        schema.contracts.c,
        schema.publications.c,
    )
    rows = connection.execute(
        select(
            schema.attempts,
            port.uri,
            port.owner,
            product.domain,
            product.id.label("product_id"),
            product.name.label("product_name"),
            port.contract.label("contract_id"),
            contract.status.label("contract_status"),
            _ATTEMPTS.at.label("published_at"),
            made.rows,
            made.bytes,
        )
        .select_from(schema.ports)
        .join(schema.products, product.id == port.product)
        .join(schema.attempts, _ATTEMPTS.key == port.latest)
        .join(schema.publications, made.attempt == port.latest)
        .join(
            schema.contracts,
            (contract.id == made.contract)
            & (contract.version == _ATTEMPTS.contract_version)
            & (contract.digest == made.contract_digest),
        )
        .order_by(port.address)
    )
    return tuple(struct(PortEntry, row) for row in rows)


def contract_versions(connection: Connection, contract_id: str, version: str | None) -> tuple[ContractRecord, ...]:
    """Published documents of the contract, newest first; more than one for a version that was republished."""
    table = schema.contracts
    query = select(table).where(table.c.id == contract_id)
    if version is not None:
        query = query.where(table.c.version == version)
    rows = connection.execute(query.order_by(table.c.first_published_at.desc(), table.c.digest))
    return tuple(struct(ContractRecord, row) for row in rows)


def standing_contracts(connection: Connection) -> tuple[ContractRecord, ...]:
    """The highest version of each contract's major version, as last published; documents of no other are read."""
    table = schema.contracts
    newest: dict[tuple[str, str], tuple[Release, str, str, str]] = {}
    for row in connection.execute(select(table.c.id, table.c.version, table.c.first_published_at, table.c.digest)):
        key = (row.id, row.version.partition(".")[0])
        found = (release_of(row.version), row.first_published_at, row.version, row.digest)
        newest[key] = max(found, newest.get(key, found))
    return tuple(
        struct(ContractRecord, row)
        for (name, _), (_, _, version, digest) in sorted(newest.items())
        for row in connection.execute(
            select(table).where(table.c.id == name, table.c.version == version, table.c.digest == digest)
        )
    )


def milestones(connection: Connection, contract_id: str | None) -> dict[str, tuple[Milestone, ...]]:
    """Every contract version with the moment at which it was first seen, oldest first, by contract id."""
    table = schema.contracts.c
    query = select(table.id, table.version, table.status, table.digest, table.first_published_at)
    ending = select(table.id, table.version, table.digest, table.document).where(
        table.status.in_(("deprecated", "retired"))
    )
    if contract_id is not None:
        query, ending = query.where(table.id == contract_id), ending.where(table.id == contract_id)
    # Documents are large and all but a few versions name no end.
    ends = {(row.id, row.version, row.digest): end_written(row.document) for row in connection.execute(ending)}
    found: dict[str, list[Milestone]] = {}
    for row in connection.execute(query.order_by(table.first_published_at, table.digest)):
        found.setdefault(row.id, []).append(
            Milestone(
                version=row.version,
                status=row.status,
                seen_at=row.first_published_at,
                end_of_support=ends.get((row.id, row.version, row.digest), ""),
            )
        )
    return {name: tuple(past) for name, past in found.items()}


def decisions(connection: Connection, subject: str | None, limit: int | None) -> tuple[DecisionRecord, ...]:
    """What people decided, newest first, for one contract or for all."""
    table = schema.decisions
    query = select(table).order_by(table.c.at.desc(), table.c.key).limit(limit)
    if subject is not None:
        query = query.where(table.c.subject == subject)
    return tuple(struct(DecisionRecord, row) for row in connection.execute(query))


def check_results(connection: Connection, address: str, limit: int, check: str | None) -> tuple[CheckOutcome, ...]:
    """Results of the newest ``limit`` attempts, newest first, in each attempt in the contract's order."""
    newest = (
        select(_ATTEMPTS.key, _ATTEMPTS.at, _ATTEMPTS.run_id, _ATTEMPTS.table_version)
        .where(_ATTEMPTS.address == address)
        .order_by(_ATTEMPTS.at.desc(), _ATTEMPTS.key)
        .limit(limit)
        .subquery()
    )
    found = schema.check_results
    query = (
        select(found, newest.c.at, newest.c.run_id, newest.c.table_version)
        .join(newest, newest.c.key == found.c.attempt)
        .order_by(newest.c.at.desc(), found.c.attempt, found.c.position)
    )
    if check is not None:
        query = query.where(found.c.name == check)
    return tuple(
        CheckOutcome(at=row.at, run_id=row.run_id, table_version=row.table_version, check=struct(CheckRecord, row))
        for row in connection.execute(query)
    )


def missing(connection: Connection, address: str, versions: Sequence[int]) -> tuple[int, ...]:
    """Those of ``versions`` that are not registered, in the order given."""
    wanted = list(versions)
    query = select(_ATTEMPTS.table_version).where(_ATTEMPTS.address == address, _ATTEMPTS.table_version.is_not(None))
    if wanted:
        query = query.where(_ATTEMPTS.table_version.between(min(wanted), max(wanted)))
    known: set[int] = set(connection.scalars(query))
    return tuple(version for version in wanted if version not in known)


def _key(connection: Connection, address: str, table_version: int | None) -> str | None:
    if table_version is None:
        query: Select[Any] = select(schema.ports.c.latest).where(schema.ports.c.address == address)
    else:
        query = select(_ATTEMPTS.key).where(_ATTEMPTS.address == address, _ATTEMPTS.table_version == table_version)
    key: str | None = connection.scalar(query)
    return key


def _description(connection: Connection, product_id: str) -> tuple[DomainRecord, ProductRecord]:
    product, domain = schema.products, schema.domains
    described = connection.execute(select(product).where(product.c.id == product_id)).one()
    owning = connection.execute(select(domain).where(domain.c.name == described.domain)).one()
    return struct(DomainRecord, owning), struct(ProductRecord, described)


def _parts(connection: Connection, key: str) -> dict[str, Any]:
    """The fields of a publication that have a table of their own."""
    columns, checks, edges = schema.columns, schema.check_results, schema.lineage_edges
    of_columns = select(columns).where(columns.c.attempt == key).order_by(columns.c.position)
    of_checks = select(checks).where(checks.c.attempt == key).order_by(checks.c.position)
    of_edges = select(edges).where(edges.c.source == key).order_by(edges.c.position)
    of_inputs = select(schema.inputs).where(schema.inputs.c.source == key).order_by(schema.inputs.c.name)
    keys = schema.key_measurements
    of_keys = select(keys).where(keys.c.attempt == key).order_by(keys.c.position)
    sample = connection.scalar(select(schema.samples.c.rows).where(schema.samples.c.attempt == key))
    return {
        "columns": tuple(struct(ColumnRecord, row) for row in connection.execute(of_columns)),
        "checks": tuple(struct(CheckRecord, row) for row in connection.execute(of_checks)),
        "inputs": {row.name: row.table_version for row in connection.execute(of_inputs)},
        "sample": tuple(sample or ()),
        "keys": tuple(struct(KeyMeasurement, row) for row in connection.execute(of_keys)),
        "lineage": tuple(
            LineageRecord(row.column, row.name, row.upstream_column) for row in connection.execute(of_edges)
        ),
    }
