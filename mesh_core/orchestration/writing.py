"""Stage and commit: a contract's write mode as files beside the table and one atomic step that makes them its rows."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime

from mesh_core.orchestration.attempt import Attempt
from mesh_core.orchestration.fingerprints import code_digest
from mesh_core.orchestration.lineage import lineage_of
from mesh_core.orchestration.progress import report
from mesh_core.orchestration.register import (
    audit_facts,
    contract_facts,
    decision_facts,
    lineage_facts,
    profile_facts,
)
from mesh_core.orchestration.transform import transformation_error
from mesh_core.quality import CheckResult
from mesh_core.storage import Staged


def stage(attempt: Attempt, made: str) -> Staged:
    """3. Parquet under the table, named by no version: invisible."""
    import duckdb

    report(attempt.name, "stage")
    columns = tuple(column.name for column in attempt.port.contract.columns)
    try:
        attempt.pending = attempt.services.lake.stage(attempt.connection, made, attempt.table, columns)
    except duckdb.Error as error:
        raise transformation_error(error, attempt.port.path, made) from error
    return attempt.pending


def commit(
    attempt: Attempt, staged: Staged, checks: tuple[CheckResult, ...], *, beside: Mapping[str, str]
) -> tuple[int, dict[str, str]]:
    """5. One atomic step on top of the version seen in 1; it carries all that the catalog will need."""
    report(attempt.name, "commit")
    contract = attempt.port.contract
    lineage = lineage_of(attempt.port, attempt.tree, attempt.inputs, attempt.connection, attempt.services)
    facts = {
        "address": attempt.port.address.uri,
        "contract": contract.id,
        "contractVersion": contract.version,
        "contractDigest": contract.document.digest,
        "contractDocument": contract_facts(contract),
        "decisions": decision_facts(attempt.decisions),
        "codeDigest": code_digest(attempt.port, attempt.tree),
        "fingerprint": attempt.fingerprint,
        "inputs": json.dumps(attempt.versions),
        "runId": attempt.run_id,
        "publishedAt": datetime.now(UTC).isoformat(timespec="milliseconds"),
        "rows": str(staged.rows),
        "bytes": str(staged.bytes),
        "audit": audit_facts(checks, contract),
        "profile": profile_facts(staged.statistics),
        "lineage": lineage_facts(lineage),
        **beside,
    }
    version = attempt.services.lake.commit(
        staged,
        {column.name: (column.physical_type, column.description) for column in contract.columns},
        onto=attempt.before.head if attempt.before else None,
        facts=facts,
        description=contract.purpose,
    )
    attempt.pending = None
    attempt.beside = []
    return version, facts
