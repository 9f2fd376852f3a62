"""Everything that `mesh show` tells of one port: the promise, who is behind it, and how it was kept lately."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from mesh_core.cli.listing import PortLine, port_line
from mesh_core.cli.selection import the_port
from mesh_core.contracts import Column, Sla
from mesh_core.contracts.lifecycle import Standing, standing, today
from mesh_core.contracts.needs import declared_on
from mesh_core.contracts.ranges import range_of, release_of
from mesh_core.publishing.partitions import recorded
from mesh_core.quality import checks_for

if TYPE_CHECKING:
    from mesh_core.catalog import Attempt, CheckRecord, DecisionRecord, PublicationRecord
    from mesh_core.contracts import Contract, InputPort
    from mesh_core.contracts.tree import Port
    from mesh_core.observability import ServiceLevel, Trust
    from mesh_core.publishing.services import Services

HISTORY = 8


class Rule(msgspec.Struct, frozen=True, kw_only=True):
    """One rule of the contract and its last verdict; ``success`` is None before the first."""

    name: str
    description: str
    severity: str
    column: str
    dimension: str
    success: bool | None = None
    observed: Any = None
    unexpected_count: int | None = None
    quarantined: int = 0
    """Rows that broke it and were put aside."""


class Neighbour(msgspec.Struct, frozen=True, omit_defaults=True):
    """A declared need: who is read, or who reads, and in which versions."""

    name: str
    version: str
    standing: Standing | None = None
    """Of a port that is read and ends: until when, and where to go."""


class Partitions(msgspec.Struct, frozen=True, kw_only=True):
    """How a table is divided, and which of its partitions there are."""

    column: str
    grain: str
    number: int
    first: str
    last: str


class Publication(msgspec.Struct, frozen=True, kw_only=True):
    """The newest version: how it came about and its first rows, sensitive values hidden."""

    table_version: int
    published_at: str
    run_id: str
    rows: int
    bytes: int
    inputs: dict[str, int | None]
    sample: tuple[dict[str, Any], ...]


class BoundIds(msgspec.Struct, frozen=True, kw_only=True):
    """The ids in one column, and those of them that the entity's register knows; None if it was not published."""

    column: str
    entity: str
    code: str
    """The code system, '' for global ids."""
    ids: int
    known: int | None
    rows: int
    known_rows: int | None
    register: str
    register_version: int | None


class Portrait(msgspec.Struct, frozen=True, kw_only=True):
    """A port as a stranger needs it who wants to use it."""

    port: PortLine
    standing: Standing
    name: str
    purpose: str
    limitations: str
    usage: str
    granularity: str
    tags: tuple[str, ...]
    contract_file: str
    code_file: str
    write_mode: str
    """What a publication does to the rows before it."""
    partitions: Partitions | None
    endpoint: str
    format: str
    discovery: str
    """The address whose content is the contract."""
    columns: tuple[Column, ...]
    rules: tuple[Rule, ...]
    slas: tuple[Sla, ...]
    service_levels: tuple[ServiceLevel, ...]
    """The same, measured; none if the catalog does not know the port."""
    trust: Trust | None
    """The score with its parts; None if the catalog does not know the port."""
    support: tuple[dict[str, Any], ...]
    links: tuple[tuple[str, str], ...]
    inputs: tuple[Neighbour, ...]
    consumers: tuple[Neighbour, ...]
    publication: Publication | None
    identity: tuple[BoundIds, ...]
    """How the ids of the newest version meet the registers of their entities, one entry a bound column."""
    history: tuple[Attempt, ...]
    overrides: tuple[DecisionRecord, ...]
    """Rules of the lifecycle that people set aside for versions of the contract's major, newest first."""

    def as_dict(self) -> dict[str, Any]:
        """The object that ``--json`` prints: without the places in the contract file that errors point at."""
        plain: dict[str, Any] = msgspec.to_builtins(self, enc_hook=str)
        for column in plain["columns"]:
            del column["at"]
        return {**plain.pop("port"), **plain}


def portrait_of(address: str, services: Services) -> Portrait:
    """The port at ``address``, in any of its spellings."""
    mesh = services.mesh
    port = the_port(address, mesh)
    contract = port.contract
    resolution = services.resolver.resolution_of(port)
    history = services.catalog.publications(port.address.sql, HISTORY)
    record = services.catalog.publication(port.address.sql)
    levels, trust = _measured(port, services)
    return Portrait(
        port=port_line(port, services),
        standing=_standing(contract, services),
        name=contract.name,
        purpose=contract.purpose,
        limitations=contract.limitations,
        usage=contract.usage,
        granularity=contract.granularity,
        tags=contract.tags,
        contract_file=str(contract.path),
        code_file=str(port.path),
        write_mode=contract.publishing.mode,
        partitions=_partitions(port, services),
        endpoint=resolution.endpoint.location,
        format=resolution.endpoint.format,
        discovery=resolution.discovery,
        columns=contract.columns,
        rules=tuple(_rules(port, record.checks if record else ())),
        slas=contract.slas,
        service_levels=levels,
        trust=trust,
        support=contract.support or port.product.support,
        links=contract.links,
        inputs=tuple(_input(need, services) for need in port.product.inputs),
        consumers=tuple(
            Neighbour(product.id, need.version)
            for _, product, need in declared_on(contract.id, mesh)
            if range_of(need.version).admits(contract.version)
        ),
        publication=_publication(record) if record else None,
        identity=_identity(record) if record else (),
        history=history,
        overrides=tuple(
            decision
            for decision in services.catalog.decisions(contract.id)
            if decision.kind == "override" and release_of(decision.version)[0] == contract.major
        ),
    )


def _measured(port: Port, services: Services) -> tuple[tuple[ServiceLevel, ...], Trust | None]:
    """Service levels, without the points of their history, and trust, as the catalog's facts have them."""
    from datetime import UTC, datetime

    from mesh_core.observability import standing_of

    cards = services.catalog.cards([port.address.sql])
    if not cards:
        return (), None
    found = standing_of(services.catalog, cards[0], port.contract, datetime.now(UTC))
    return tuple(msgspec.structs.replace(level, points=()) for level in found.levels), found.trust


def _partitions(port: Port, services: Services) -> Partitions | None:
    partitioning = port.contract.publishing.partitioning
    if partitioning is None:
        return None
    newest = services.lake.newest(services.table(port.contract))
    keys = recorded(newest.facts) if newest else {}
    return Partitions(
        column=partitioning.column,
        grain=partitioning.grain,
        number=len(keys),
        first=min(keys, default=""),
        last=max(keys, default=""),
    )


def _standing(contract: Contract, services: Services) -> Standing:
    """Where the contract stands, with the date that the catalog gives to the announcement."""
    others = [port.contract for port in services.mesh.versions(contract.id)]
    history = services.catalog.milestones(contract.id).get(contract.id, ())
    return standing(contract, history, today(), others=others)


def _input(need: InputPort, services: Services) -> Neighbour:
    found = services.resolver.contract(need.contract_id, need.version)
    stands = _standing(found, services) if found else None
    return Neighbour(need.contract_id, need.version, stands if stands and stands.ending else None)


def _rules(port: Port, verdicts: tuple[CheckRecord, ...]) -> list[Rule]:
    known = {verdict.name: verdict for verdict in verdicts}
    rules = []
    for spec in checks_for(port.contract):
        verdict = known.get(spec.name)
        rules.append(
            Rule(
                name=spec.name,
                description=spec.description,
                severity=spec.severity,
                column=spec.column,
                dimension=spec.dimension,
                success=verdict.success if verdict else None,
                observed=verdict.observed if verdict else None,
                unexpected_count=verdict.unexpected_count if verdict else None,
                quarantined=verdict.quarantined if verdict else 0,
            )
        )
    return rules


def _identity(record: PublicationRecord) -> tuple[BoundIds, ...]:
    return tuple(
        BoundIds(
            column=each.column,
            entity=each.entity,
            code=each.code,
            ids=each.keys,
            known=each.resolved,
            rows=each.rows,
            known_rows=each.resolved_rows,
            register=each.register,
            register_version=each.register_version,
        )
        for each in record.keys
    )


def _publication(record: PublicationRecord) -> Publication:
    return Publication(
        table_version=record.table_version,
        published_at=record.published_at,
        run_id=record.run_id,
        rows=record.rows,
        bytes=record.bytes,
        inputs=record.inputs,
        sample=record.sample,
    )
