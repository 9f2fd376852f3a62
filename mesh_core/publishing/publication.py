"""A row's life, read from top to bottom: resolve, admit, transform, stage, audit, commit, register.

Nothing moves before the contract is admitted: it must be what its published predecessors and the mesh's policies
allow. Nothing is visible at a port before it is audited: rows are staged as Parquet files that no table version names,
the contract's rules run over them and over the table that they would make, and one atomic commit makes that the
port's next version. What the staged rows do to those of the table is the contract's write mode (``modes``).
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Literal

import msgspec

from mesh_core.contracts.tree import DomainTree, Port
from mesh_core.errors import CommitConflictError, MeshError
from mesh_core.publishing.admission import admit, admit_retirement
from mesh_core.publishing.attempt import Attempt, resolve, transform
from mesh_core.publishing.audit import Audited, audit
from mesh_core.publishing.declaring import declare_domain, note_unchanged
from mesh_core.publishing.emitting import Emission
from mesh_core.publishing.outcomes import check_counts, partitions_made, quarantined_rows
from mesh_core.publishing.progress import Outcome, report, report_outcome
from mesh_core.publishing.rebasing import Patience, commit_in_turn
from mesh_core.publishing.register import (
    contract_record,
    leave_discovery,
    register_failure,
    register_version,
    sample_of,
)
from mesh_core.publishing.services import Services
from mesh_core.publishing.writing import stage
from mesh_core.quality import CheckResult
from mesh_core.storage import Commit


class Publication(msgspec.Struct, frozen=True, kw_only=True):
    """What one publication did: a new table version, or the finding that the last one still holds.

    A retired port is published no more: its rows and its table version are the last that there were, if any.
    """

    address: str
    status: Literal["published", "unchanged", "retired"]
    rows: int
    table_version: int | None
    checks: tuple[CheckResult, ...] = ()
    facts: dict[str, str]
    seconds: float


def publish(
    port: Port,
    tree: DomainTree,
    services: Services,
    *,
    run_id: str,
    force: bool = False,
    partitions: Sequence[str] | None = None,
) -> Publication:
    """Publish ``port`` once, or find that code, contract, inputs and sources are as they were.

    ``partitions`` are the values to make again of a port that is written by partitions; None means all that are
    not as code, contract and inputs would make them.

    A retired port is not published; the catalog learns of its end. Raises AuditFailedError if a blocking rule
    fails, AdmissionRefusedError if the contract may not be published, and MeshError for everything else that keeps
    the port from being published; in each case the port still reads its last good version.
    """
    started, emission = time.perf_counter(), Emission(port, tree, services, run_id)
    try:
        if port.contract.status == "retired":
            done = _retire(port, services, run_id=run_id)
        else:
            wanted = _Wanted(run_id=run_id, force=force, partitions=partitions, emission=emission)
            done = _publish_until_undisturbed(port, tree, services, wanted)
    except MeshError as error:
        report_outcome(_failed_outcome(port, error, services, started))
        declare_domain(tree, services)
        register_failure(port, error, services, run_id=run_id)
        emission.failed(error)
        raise
    finally:
        emission.ended()
    declare_domain(tree, services)
    report_outcome(_outcome(done))
    return done


class _Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """What the caller asked for."""

    run_id: str
    force: bool
    partitions: Sequence[str] | None
    emission: Emission


def _publish_until_undisturbed(port: Port, tree: DomainTree, services: Services, wanted: _Wanted) -> Publication:
    """Publish; if someone else committed what makes the reading old, do everything again, for a bounded time."""
    patience = Patience()
    while True:
        try:
            return _publish_once(port, tree, services, wanted, patience)
        except CommitConflictError as conflict:
            patience.pause(port.address.sql, services.table(port.contract), conflict)


def _retire(port: Port, services: Services, *, run_id: str) -> Publication:
    """Nothing is published; the catalog is told once, when consumers had their notice."""
    started = time.perf_counter()
    table = services.table(port.contract)
    before = services.lake.newest(table)
    contract = contract_record(port.contract)
    known = services.catalog.contract_versions(contract.id, contract.version)
    if contract.digest not in {each.digest for each in known}:
        decisions = admit_retirement(port, table, before, services)
        now = datetime.now(UTC).isoformat()
        services.catalog.register_contract(contract, now, decisions=decisions, run_id=run_id)
    if before is not None:
        leave_discovery(port, table, before, services)
    return Publication(
        address=port.address.sql,
        status="retired",
        rows=before.rows if before else 0,
        table_version=before.version if before else None,
        facts={},
        seconds=time.perf_counter() - started,
    )


def _outcome(done: Publication) -> Outcome:
    commit = Commit(done.table_version or 0, done.facts)
    passed, failed = check_counts(commit)
    return Outcome(
        name=done.address,
        status=done.status,
        rows=done.rows,
        table_version=done.table_version,
        checks_passed=passed,
        checks_failed=failed,
        quarantined=quarantined_rows(commit),
        partitions=partitions_made(commit, published=done.status == "published"),
        seconds=done.seconds,
    )


def _failed_outcome(port: Port, error: MeshError, services: Services, started: float) -> Outcome:
    """A failed publication: rows and version are those that the port still reads."""
    standing = None
    with contextlib.suppress(MeshError):  # a damaged log has failed already, and is what is told
        standing = services.lake.newest(services.table(port.contract))
    checks: tuple[CheckResult, ...] = getattr(error, "checks", ())
    return Outcome(
        name=port.address.sql,
        status="failed",
        rows=standing.rows if standing else 0,
        table_version=standing.version if standing else None,
        checks_passed=sum(result.success for result in checks),
        checks_failed=sum(not result.success for result in checks),
        seconds=time.perf_counter() - started,
        error=str(error),
    )


def _publish_once(port: Port, tree: DomainTree, services: Services, wanted: _Wanted, patience: Patience) -> Publication:
    started = time.perf_counter()
    attempt = resolve(port, tree, services, wanted.run_id, force=wanted.force, partitions=wanted.partitions)
    if attempt.unchanged:
        return _found_unchanged(attempt, started)
    wanted.emission.started(attempt)
    attempt.decisions = admit(port, attempt.table, attempt.before, services)
    try:
        made = transform(attempt)
        staged = stage(attempt, made)
        audited = audit(attempt, staged)
        audited, version, facts = commit_in_turn(attempt, audited, patience)
        _register(attempt, audited, Commit(version, facts, version))
        wanted.emission.published(attempt, Commit(version, facts, version))
    finally:
        attempt.close()
    return Publication(
        address=port.address.sql,
        status="published",
        rows=int(facts["rows"]),
        table_version=version,
        checks=audited.checks,
        facts=facts,
        seconds=time.perf_counter() - started,
    )


def _found_unchanged(attempt: Attempt, started: float) -> Publication:
    """Nothing that decides the content changed: the last version stands, registered if it was not yet."""
    before = attempt.before
    if before is None:
        raise AssertionError  # unchanged means that there is a version
    register_version(attempt.port, attempt.table, before, attempt.services)
    note_unchanged(attempt.name, before.version, attempt.services, run_id=attempt.run_id)
    return Publication(
        address=attempt.name,
        status="unchanged",
        rows=before.rows,
        table_version=before.version,
        facts=before.facts,
        seconds=time.perf_counter() - started,
    )


def _register(attempt: Attempt, audited: Audited, commit: Commit) -> None:
    """6. Idempotent, from what the commit carries: a crash before this line is repaired by the next attempt."""
    report(attempt.name, "register")
    sample = sample_of(attempt.whole(audited.staged), attempt.port.contract, attempt.connection)
    register_version(attempt.port, attempt.table, commit, attempt.services, sample=sample, keys=attempt.keys)
