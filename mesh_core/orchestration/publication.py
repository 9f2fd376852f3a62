"""A row's life, read from top to bottom: resolve, admit, transform, stage, audit, commit, register.

Nothing moves before the contract is admitted: it must be what its published predecessors and the mesh's policies
allow. Nothing is visible at a port before it is audited: rows are staged as Parquet files that no table version names,
the contract's rules run over exactly those files, and one atomic commit makes them the port's next version.
"""

from __future__ import annotations

import contextlib
import json
import shutil
import time
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import msgspec

from mesh_core.contracts.graph import inputs_of
from mesh_core.contracts.tree import DomainTree, Port
from mesh_core.errors import CommitConflictError, MeshError
from mesh_core.orchestration.admission import admit, admit_retirement
from mesh_core.orchestration.dbt import MODELS_SCHEMA, build_model
from mesh_core.orchestration.fingerprints import code_digest, fingerprint
from mesh_core.orchestration.inputs import PinnedInput, create_views, pin_inputs
from mesh_core.orchestration.lineage import lineage_of
from mesh_core.orchestration.outcomes import check_counts
from mesh_core.orchestration.progress import Outcome, report, report_outcome
from mesh_core.orchestration.register import (
    audit_facts,
    check_record,
    contract_facts,
    contract_record,
    decision_facts,
    leave_discovery,
    lineage_facts,
    profile_facts,
    register_failure,
    register_version,
    sample_of,
)
from mesh_core.orchestration.services import Services
from mesh_core.orchestration.transform import conform, transform, transformation_error
from mesh_core.quality import CheckResult, checks_for, evaluate
from mesh_core.storage import Commit, Staged, literal, plain_connection, quoted

if TYPE_CHECKING:
    import duckdb

    from mesh_core.catalog import CheckRecord, DecisionRecord

STAGED_VIEW = "_staged"
_ATTEMPTS = 5


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


class AuditFailedError(MeshError):
    """A blocking rule failed: nothing was committed. ``checks`` holds every result with its failing rows."""

    code = "audit-failed"

    def __init__(self, port: Port, checks: tuple[CheckResult, ...], kept: Path) -> None:
        self.checks = checks
        failing = [result for result in checks if result.check.blocking and not result.success]
        self.failing = tuple(failing)
        told = "; ".join(_told(check_record(result, port.contract)) for result in failing)
        message = f"{port.address.sql} was not published: {told}"
        remedy = f"The last good version stays in place. The refused rows are kept in {kept}."
        super().__init__(message, path=port.contract.path, remedy=remedy)


def _told(check: CheckRecord) -> str:
    """One failed rule with its first failing row, masked: errors are read by everyone."""
    rows = check.unexpected_count or 0
    count = f" ({rows:,} {'row' if rows == 1 else 'rows'})" if rows else ""
    seen = f", found {check.observed}" if check.observed is not None and not count else ""
    first = f", first: {json.dumps(check.sample[0], default=str, ensure_ascii=False)}" if check.sample else ""
    return f"rule {check.name} failed{count}{seen}{first}"


def publish(port: Port, tree: DomainTree, services: Services, *, run_id: str, force: bool = False) -> Publication:
    """Publish ``port`` once, or find that code, contract, inputs and sources are as they were.

    A retired port is not published; the catalog learns of its end. Raises AuditFailedError if a blocking rule
    fails, AdmissionRefusedError if the contract may not be published, and MeshError for everything else that keeps
    the port from being published; in each case the port still reads its last good version.
    """
    started = time.perf_counter()
    try:
        if port.contract.status == "retired":
            done = _retire(port, services, run_id=run_id)
        else:
            done = _publish_until_undisturbed(port, tree, services, run_id=run_id, force=force)
    except MeshError as error:
        report_outcome(_failed_outcome(port, error, services, started))
        register_failure(port, error, services, run_id=run_id)
        raise
    report_outcome(_outcome(done))
    return done


def _publish_until_undisturbed(
    port: Port, tree: DomainTree, services: Services, *, run_id: str, force: bool
) -> Publication:
    """Publish; if someone else committed meanwhile, what was read may be old, so do everything again."""
    for _ in range(_ATTEMPTS - 1):
        with contextlib.suppress(CommitConflictError):
            return _publish_once(port, tree, services, run_id=run_id, force=force)
    return _publish_once(port, tree, services, run_id=run_id, force=force)


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
    passed, failed = check_counts(Commit(done.table_version or 0, done.facts))
    return Outcome(
        name=done.address,
        status=done.status,
        rows=done.rows,
        table_version=done.table_version,
        checks_passed=passed,
        checks_failed=failed,
        seconds=done.seconds,
    )


def _failed_outcome(port: Port, error: MeshError, services: Services, started: float) -> Outcome:
    """A failed publication: rows and version are those that the port still reads."""
    table = services.table(port.contract)
    standing = services.lake.newest(table)
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


def _publish_once(port: Port, tree: DomainTree, services: Services, *, run_id: str, force: bool) -> Publication:
    started = time.perf_counter()
    run = _resolve(port, tree, services, run_id)
    if run.unchanged and not force:
        return _found_unchanged(run, started)
    run.decisions = admit(port, run.table, run.before, services)
    try:
        made = _transform(run)
        staged = _stage(run, made)
        checks = _audit(run, staged)
        version, facts = _commit(run, staged, checks)
        _register(run, version)
    finally:
        run.close()
    return Publication(
        address=port.address.sql,
        status="published",
        rows=staged.rows,
        table_version=version,
        checks=checks,
        facts=facts,
        seconds=time.perf_counter() - started,
    )


class _Run:
    """What one attempt holds on to, and leaves nothing of behind."""

    def __init__(self, port: Port, tree: DomainTree, services: Services, run_id: str) -> None:
        self.port, self.tree, self.services, self.run_id = port, tree, services, run_id
        self.name = port.address.sql
        self.table = services.table(port.contract)
        self.before = services.lake.newest(self.table)
        self.inputs: tuple[PinnedInput, ...] = ()
        self.fingerprint = ""
        self.decisions: tuple[DecisionRecord, ...] = ()
        self.pending: Staged | None = None
        self.scratch = services.settings.scratch / f"{self.name}-{run_id[:8]}-{time.monotonic_ns()}"

    @cached_property
    def connection(self) -> duckdb.DuckDBPyConnection:
        """The engine of this attempt, with one view an input."""
        connection = self.services.connect()
        create_views(connection, self.inputs)
        return connection

    @property
    def versions(self) -> dict[str, int]:
        return {given.name: given.pinned.version for given in self.inputs}

    @property
    def unchanged(self) -> bool:
        return self.before is not None and self.before.facts.get("fingerprint") == self.fingerprint

    def close(self) -> None:
        if "connection" in self.__dict__:
            self.connection.close()
        if self.pending is not None:
            self.services.lake.discard(self.pending)
        shutil.rmtree(self.scratch, ignore_errors=True)


def _resolve(port: Port, tree: DomainTree, services: Services, run_id: str) -> _Run:
    """1. Every input port to a contract, an endpoint and a version that is pinned for this run."""
    report(port.address.sql, "resolve")
    run = _Run(port, tree, services, run_id)
    run.inputs = pin_inputs(inputs_of(port, tree), services)
    run.fingerprint = fingerprint(port, tree, run.versions, services.settings)
    return run


def _found_unchanged(run: _Run, started: float) -> Publication:
    """Nothing that decides the content changed: the last version stands, registered if it was not yet."""
    before = run.before
    if before is None:
        raise AssertionError  # unchanged means that there is a version
    register_version(run.port, run.table, before, run.services)
    return Publication(
        address=run.name,
        status="unchanged",
        rows=before.rows,
        table_version=before.version,
        facts=before.facts,
        seconds=time.perf_counter() - started,
    )


def _transform(run: _Run) -> str:
    """2. The product's own SQL, Python or dbt, lazy where its engine allows it, with the promised columns."""
    report(run.name, "transform")
    port = run.port
    dbt = port.engine == "dbt"
    made = _dbt_model(run) if dbt else transform(port, run.inputs, run.connection, run.services)
    return conform(made, port.contract, run.connection, path=port.path, spare=port.spare)


def _dbt_model(run: _Run) -> str:
    """The model's table, built in a DuckDB file beside this run that holds the pinned inputs as views."""
    project, model = run.tree.dbt_project, run.port.path.stem
    if project is None:
        message = f"{run.name} is a dbt model, but its domain has no dbt project"
        raise MeshError(message, path=run.port.path)
    run.scratch.mkdir(parents=True, exist_ok=True)
    # Called as dbt calls a database without a file, so that one manifest serves compiling and building.
    database = run.scratch / "memory.duckdb"
    with plain_connection(database) as beside:
        create_views(beside, run.inputs)
    build_model(project, model, database, run.services.settings)
    run.connection.execute(f"ATTACH {literal(str(database))} AS dbt_run (READ_ONLY)")
    return f"SELECT * FROM dbt_run.{quoted(MODELS_SCHEMA)}.{quoted(model)}"


def _stage(run: _Run, made: str) -> Staged:
    """3. Parquet under the table, named by no version: invisible."""
    import duckdb

    report(run.name, "stage")
    columns = tuple(column.name for column in run.port.contract.columns)
    try:
        run.pending = run.services.lake.stage(run.connection, made, run.table, columns)
    except duckdb.Error as error:
        raise transformation_error(error, run.port.path, made) from error
    return run.pending


def _audit(run: _Run, staged: Staged) -> tuple[CheckResult, ...]:
    """4. The contract's rules over exactly the staged files; a failing blocking rule ends it here."""
    report(run.name, "audit", f"{staged.rows:,} rows")
    services, address = run.services, run.port.address
    run.connection.execute(f"CREATE VIEW {STAGED_VIEW} AS {staged.relation}")
    specs = checks_for(run.port.contract)
    checks = evaluate(specs, run.connection, STAGED_VIEW, sample_rows=services.sample_rows)
    if any(result.check.blocking and not result.success for result in checks):
        folder = services.settings.home / "refused" / address.domain / address.table
        kept = services.lake.set_aside(staged, folder)
        run.pending = None
        raise AuditFailedError(run.port, checks, kept)
    return checks


def _commit(run: _Run, staged: Staged, checks: tuple[CheckResult, ...]) -> tuple[int, dict[str, str]]:
    """5. One atomic step on top of the version seen in 1; it carries all that the catalog will need."""
    report(run.name, "commit")
    contract = run.port.contract
    facts = {
        "address": run.port.address.uri,
        "contract": contract.id,
        "contractVersion": contract.version,
        "contractDigest": contract.document.digest,
        "contractDocument": contract_facts(contract),
        "decisions": decision_facts(run.decisions),
        "codeDigest": code_digest(run.port, run.tree),
        "fingerprint": run.fingerprint,
        "inputs": json.dumps(run.versions),
        "runId": run.run_id,
        "publishedAt": datetime.now(UTC).isoformat(timespec="milliseconds"),
        "rows": str(staged.rows),
        "bytes": str(staged.bytes),
        "audit": audit_facts(checks, contract),
        "profile": profile_facts(staged.statistics),
        "lineage": lineage_facts(lineage_of(run.port, run.tree, run.inputs, run.connection, run.services)),
    }
    version = run.services.lake.commit(
        staged,
        {column.name: (column.physical_type, column.description) for column in contract.columns},
        onto=run.before.version if run.before else None,
        facts=facts,
        description=contract.purpose,
    )
    run.pending = None
    return version, facts


def _register(run: _Run, version: int) -> None:
    """6. Idempotent, from what the commit carries: a crash before this line is repaired by the next run."""
    report(run.name, "register")
    newest = run.services.lake.newest(run.table)
    if newest is not None and newest.version == version:
        sample = sample_of(f"SELECT * FROM {STAGED_VIEW}", run.port.contract, run.connection)
        register_version(run.port, run.table, newest, run.services, sample=sample)
