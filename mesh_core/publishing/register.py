"""Register: tell the catalog of a publication, from nothing but the table's commit and the tree's descriptors.

Because the commit carries all that the catalog needs, a process that dies between commit and registration loses
nothing: the next run, or ``repair``, registers the version from its commit.
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import msgspec

from mesh_core.contracts import Contract, Document, contract_from
from mesh_core.contracts.tree import Port
from mesh_core.errors import MeshError
from mesh_core.publishing.identity import Keys, keys_of
from mesh_core.publishing.telling import told
from mesh_core.publishing.transformation.lineage import Lineage
from mesh_core.quality import CheckResult
from mesh_core.storage import ColumnStatistics, Commit, Place, quoted

if TYPE_CHECKING:
    import duckdb

    from mesh_core.catalog import CheckRecord, ContractRecord, DecisionRecord, PublicationRecord
    from mesh_core.publishing.services import Services

SENSITIVE = frozenset({"restricted", "confidential"})
"""Classifications whose values are never copied into a sample."""

MASK = "•••"
SAMPLE_ROWS = 10

Sample = tuple[dict[str, Any], ...]


def sensitive_columns(contract: Contract) -> frozenset[str]:
    """The columns whose values are not shown to everyone."""
    return frozenset(column.name for column in contract.columns if column.classification in SENSITIVE)


def masked(row: dict[str, Any], contract: Contract) -> dict[str, Any]:
    """``row`` with the values of sensitive columns hidden: samples are read by everyone."""
    hidden = sensitive_columns(contract)
    return {name: MASK if name in hidden and value is not None else value for name, value in row.items()}


def audit_facts(checks: tuple[CheckResult, ...], contract: Contract) -> str:
    """The audit as the commit carries it."""
    return msgspec.json.encode([check_record(result, contract) for result in checks]).decode()


def check_record(result: CheckResult, contract: Contract) -> CheckRecord:
    """One result as the catalog keeps it, its failing rows masked."""
    from mesh_core.catalog import CheckRecord

    check = result.check
    hides = any(c.name == check.column and c.classification in SENSITIVE for c in contract.columns)
    return CheckRecord(
        name=check.name,
        description=check.description,
        severity=check.severity,
        column=check.column,
        dimension=check.dimension,
        success=result.success,
        observed=MASK if hides and isinstance(result.observed, str) else result.observed,
        element_count=result.element_count,
        unexpected_count=result.unexpected_count,
        unexpected_percent=result.unexpected_percent,
        engine=result.engine,
        sample=tuple(masked(row, contract) for row in result.sample),
        quarantined=result.quarantined,
    )


def profile_facts(statistics: dict[str, ColumnStatistics]) -> str:
    """Nulls and ranges of every column as the commit carries them."""
    return msgspec.json.encode(statistics).decode()


def lineage_facts(lineage: Lineage) -> str:
    """Column lineage as the commit carries it."""
    return msgspec.json.encode(lineage).decode()


def lineage_in(commit: Commit) -> Lineage:
    """The column lineage that a commit carries."""
    return msgspec.json.decode(commit.facts.get("lineage", '{"kind": ""}'), type=Lineage)


def contract_facts(contract: Contract) -> str:
    """The contract as the commit carries it: what was promised stays known when the file and the catalog are gone."""
    return msgspec.json.encode(contract.document.raw).decode()


def contract_in(commit: Commit, port: Port) -> Contract | None:
    """The contract that a version was published under; None for a commit that carries none which can be read.

    None also for the commit of another port, whose table a contract names by mistake.
    """
    if commit.facts.get("address", port.address.uri) != port.address.uri:
        return None
    digest = commit.facts.get("contractDigest", "")
    if digest == port.contract.document.digest:
        return port.contract
    with contextlib.suppress(msgspec.DecodeError, KeyError, MeshError):
        raw = msgspec.json.decode(commit.facts["contractDocument"], type=dict[str, Any])
        return contract_from(Document(port.contract.path, raw, digest))
    return None


def decision_facts(decisions: Sequence[DecisionRecord]) -> str:
    """What people decided for the publication as the commit carries it."""
    return msgspec.json.encode(decisions).decode()


def decisions_in(commit: Commit) -> tuple[DecisionRecord, ...]:
    """The decisions that a commit carries."""
    from mesh_core.catalog import DecisionRecord

    return msgspec.json.decode(commit.facts.get("decisions", "[]"), type=tuple[DecisionRecord, ...])


def checks_in(commit: Commit) -> tuple[CheckRecord, ...]:
    """The audit that a commit carries."""
    from mesh_core.catalog import CheckRecord

    return msgspec.json.decode(commit.facts.get("audit", "[]"), type=tuple[CheckRecord, ...])


def register_version(
    port: Port,
    table: Place,
    commit: Commit,
    services: Services,
    *,
    sample: Sample | None = None,
    keys: Keys | None = None,
) -> bool:
    """Put the version that ``commit`` made into the catalog; False if it is there.

    False also if nobody knows its contract any more: the file as it is now, after a crash and an edit, would make
    the catalog believe what never was published. Either way the discovery document beside the table says afterwards
    what the commit says. ``sample`` and ``keys``, the measured ids, spare reading the table again.
    """
    added = False
    if contract_in(commit, port) is not None and services.catalog.missing(port.address.sql, [commit.version]):
        record = publication_record(port, table, commit, services, sample=sample, keys=keys)
        added = services.catalog.register(record)
    leave_discovery(port, table, commit, services)
    return added


def leave_discovery(port: Port, table: Place, commit: Commit, services: Services) -> None:
    """Say beside the table what resolving its port answers.

    By the contract that the rows were audited by: an edit since, perhaps a refused one, promises nothing yet. Only
    an end that was admitted shows without another publication.
    """
    from mesh_core.serving import write_discovery

    contract = port.contract if _has_ended(port, services) else contract_in(commit, port)
    if contract is not None:
        published = msgspec.structs.replace(port, contract=contract)
        write_discovery(services.resolver.resolution_of(published), table)


def _has_ended(port: Port, services: Services) -> bool:
    contract = port.contract
    if contract.status != "retired":
        return False
    known = services.catalog.contract_versions(contract.id, contract.version)
    return contract.document.digest in {each.digest for each in known}


def register_failure(port: Port, error: MeshError, services: Services, *, run_id: str) -> None:
    """Put a failed attempt into the quality history, with the failing rows where an audit refused it."""
    from mesh_core.catalog import FailedPublication

    checks = getattr(error, "checks", ())
    services.catalog.register_failure(
        FailedPublication(
            address=port.address.sql,
            run_id=run_id,
            failed_at=datetime.now(UTC).isoformat(),
            error=told(error),
            contract_version=port.contract.version,
            checks=tuple(check_record(result, port.contract) for result in checks),
        )
    )


def register_internal_lineage(
    key: tuple[str, ...], versions: dict[str, int], lineage: Lineage, services: Services
) -> None:
    """Tell the catalog what an internal asset reads, so that lineage can be walked through it."""
    from mesh_core.catalog import LineageRecord

    services.catalog.register_internal(
        ".".join(key),
        inputs=versions,
        lineage=[LineageRecord(o.column, o.input, o.input_column) for o in lineage.origins],
        lineage_kind=lineage.kind,
    )


def sample_of(relation: str, contract: Contract, connection: duckdb.DuckDBPyConnection) -> Sample:
    """The first rows of ``relation``, JSON-able, sensitive columns hidden."""
    names = ", ".join(quoted(column.name) for column in contract.columns)
    rows = connection.execute(
        f"SELECT to_json(row) FROM (SELECT row FROM (SELECT {names} FROM ({relation}) LIMIT {SAMPLE_ROWS}) AS row)"
    ).fetchall()
    return tuple(masked(json.loads(row[0]), contract) for row in rows)


def _sample_of_version(contract: Contract, table: Place, version: int, services: Services) -> Sample:
    try:
        pinned = services.lake.pin(table, version)
    except MeshError as error:
        if error.code != "version-gone":  # an old version may be vacuumed
            raise
        return ()
    if pinned is None:
        return ()
    with services.connect() as connection:
        return sample_of(pinned.relation, contract, connection)


def publication_record(
    port: Port,
    table: Place,
    commit: Commit,
    services: Services,
    *,
    sample: Sample | None = None,
    keys: Keys | None = None,
) -> PublicationRecord:
    """Everything the catalog keeps of one table version, with the contract that it was published under."""
    from mesh_core import catalog

    contract = contract_in(commit, port) or port.contract
    product, domain, facts = port.product, port.domain, commit.facts
    lineage = lineage_in(commit)
    profile = msgspec.json.decode(facts.get("profile", "{}"), type=dict[str, ColumnStatistics])
    return catalog.PublicationRecord(
        address=port.address.sql,
        uri=port.address.uri,
        domain=catalog.DomainRecord(
            name=domain.name, kind=domain.kind, owner=domain.owner.team, description=domain.description
        ),
        product=catalog.ProductRecord(
            id=product.id, name=product.name, version=product.version, document=product.document.raw
        ),
        contract=contract_record(contract),
        owner=port.owner,
        table_version=commit.version,
        published_at=facts["publishedAt"],
        run_id=facts.get("runId", ""),
        rows=commit.rows,
        bytes=int(facts.get("bytes", 0)),
        code_digest=facts.get("codeDigest", ""),
        clock=facts.get("clock", ""),
        inputs=json.loads(facts.get("inputs", "{}")),
        columns=tuple(_column_record(column, profile.get(column.name)) for column in contract.columns),
        sample=_sample_of_version(contract, table, commit.version, services) if sample is None else sample,
        lineage=tuple(
            catalog.LineageRecord(origin.column, origin.input, origin.input_column) for origin in lineage.origins
        ),
        lineage_kind=lineage.kind,
        checks=checks_in(commit),
        keys=keys_of(port, table, commit, services, keys),
        decisions=decisions_in(commit),
    )


def contract_record(contract: Contract) -> ContractRecord:
    """The contract as the catalog keeps it."""
    from mesh_core.catalog import ContractRecord

    return ContractRecord(
        id=contract.id,
        version=contract.version,
        status=contract.status,
        digest=contract.document.digest,
        document=contract.document.raw,
    )


def _column_record(column: Any, found: ColumnStatistics | None) -> Any:
    from mesh_core.catalog import ColumnRecord

    hides = column.classification in SENSITIVE
    return ColumnRecord(
        name=column.name,
        logical_type=column.logical_type,
        physical_type=column.physical_type,
        description=column.description,
        classification=column.classification,
        required=column.required,
        nulls=found.null_count if found else None,
        minimum=_bound(found.minimum, column) if found and not hides else None,
        maximum=_bound(found.maximum, column) if found and not hides else None,
    )


def _bound(text: str | None, column: Any) -> str | bool | None:
    """The end of a column's range as the catalog keeps it; DuckDB's statistics say 0 and 1 for truth values."""
    return {"0": False, "1": True}.get(text or "", text) if column.physical_type == "BOOLEAN" else text


def repair(ports: list[Port], services: Services, *, history: bool = False) -> list[tuple[str, int]]:
    """Register the newest version of every port that the catalog lacks; returns what was added.

    ``history`` looks at every version that the table's log still holds, the oldest first, so that a lost catalog
    learns again since when a contract was deprecated.
    """
    added = []
    for port in ports:
        table = services.table(port.contract)
        newest = services.lake.newest(table)
        if newest is None:
            continue
        lost = _unregistered(port, table, newest, services) if history else []
        added += [
            (port.address.sql, commit.version)
            for commit in [*lost, newest]
            if register_version(port, table, commit, services)
        ]
    return added


def _unregistered(port: Port, table: Place, newest: Commit, services: Services) -> list[Commit]:
    """Publications before the newest one that the catalog lacks; other commits tell their predecessor's facts again."""
    if newest.version == 0:
        return []
    publications = {commit.facts.get("publishedAt"): commit for commit in services.lake.history(table)}
    earlier = {
        commit.version: commit
        for at, commit in publications.items()
        if at is not None and commit.version < newest.version
    }
    return [earlier[version] for version in services.catalog.missing(port.address.sql, sorted(earlier))]
