"""Stage and commit: a contract's write mode as files beside the table and one atomic step that makes them its rows."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime

import msgspec

from mesh_core.publishing.attempt import Attempt
from mesh_core.publishing.clocks import clock_of_inputs
from mesh_core.publishing.identity import FACT as KEYS
from mesh_core.publishing.identity import key_facts, measure
from mesh_core.publishing.modes import Outcome
from mesh_core.publishing.outcomes import RECONCILIATION
from mesh_core.publishing.progress import report
from mesh_core.publishing.provenance import code_revision
from mesh_core.publishing.register import (
    audit_facts,
    contract_facts,
    decision_facts,
    lineage_facts,
    profile_facts,
)
from mesh_core.quality import CheckResult, reconcile
from mesh_core.storage import Staged
from mesh_core.storage.committing import CommitUnknownError


def stage(attempt: Attempt, made: str) -> Staged:
    """3. The new rows as Parquet under the table, named by no version: invisible."""
    report(attempt.name, "stage")
    attempt.pending = attempt.write.stage(made)
    attempt.see_whole_inputs()
    return attempt.pending


def commit(
    attempt: Attempt, staged: Staged, checks: tuple[CheckResult, ...], *, beside: Mapping[str, str]
) -> tuple[int, dict[str, str]]:
    """5. One atomic step on top of the version seen in 1; it carries all that the catalog will need."""
    report(attempt.name, "commit")
    contract = attempt.port.contract
    outcome = attempt.write.outcome(staged)
    facts = {**_provenance(attempt), **_of_rows(attempt, staged, outcome, checks), **outcome.facts, **beside}
    facts |= _reconciled(attempt, staged)
    attempt.keys = measure(attempt.port, attempt.whole(staged), attempt.services, attempt.connection)
    facts |= {KEYS: key_facts(attempt.keys)} if attempt.keys else {}
    try:
        version = attempt.services.lake.commit(
            outcome.staged,
            {column.name: (column.physical_type, column.description) for column in contract.columns},
            onto=attempt.before.head if attempt.before else None,
            facts=facts,
            description=contract.purpose,
            change=outcome.change,
        )
    except CommitUnknownError:
        attempt.release(empty_too=True)  # a commit may name the files
        raise
    attempt.release(empty_too=outcome.change.mode == "replace")
    return version, facts


def _provenance(attempt: Attempt) -> dict[str, str]:
    """What the version was made from, by whom and how: enough to make it again."""
    contract = attempt.port.contract
    since = {given.name: given.since for given in attempt.inputs if given.since is not None}
    facts = {
        "address": attempt.port.address.uri,
        "contract": contract.id,
        "contractVersion": contract.version,
        "contractDigest": contract.document.digest,
        "contractDocument": contract_facts(contract),
        "decisions": decision_facts(attempt.decisions),
        "codeDigest": attempt.code,
        "codeRevision": code_revision(attempt.services.settings.root),
        "fingerprint": attempt.fingerprint,
        "inputs": json.dumps(attempt.versions),
        "runId": attempt.run_id,
        "publishedAt": datetime.now(UTC).isoformat(timespec="milliseconds"),
        "writeMode": attempt.publishing.mode,
        **clock_of_inputs(attempt.inputs, attempt.services),
    }
    return facts | ({"inputsSince": json.dumps(since)} if since else {})


def _reconciled(attempt: Attempt, staged: Staged) -> dict[str, str]:
    """How the rows come from two sources, where the contract says that they do."""
    report = reconcile(attempt.port.contract, attempt.connection, f"({attempt.whole(staged)})")
    return {RECONCILIATION: msgspec.json.encode(report).decode()} if report is not None else {}


def _of_rows(attempt: Attempt, staged: Staged, outcome: Outcome, checks: tuple[CheckResult, ...]) -> dict[str, str]:
    """What the version holds and what is known of it."""
    return {
        "rows": str(outcome.rows),
        "rowsWritten": str(staged.rows),
        "bytes": str(outcome.bytes),
        "audit": audit_facts(checks, attempt.port.contract),
        "profile": profile_facts(outcome.profile),
        "lineage": lineage_facts(attempt.lineage),
    }
