"""Audit: the contract's rules over the staged rows and the table that they would make, before any of it is visible."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from mesh_core.contracts.tree import Port
from mesh_core.errors import MeshError
from mesh_core.orchestration.attempt import Attempt
from mesh_core.orchestration.progress import report
from mesh_core.orchestration.register import check_record
from mesh_core.quality import CheckResult, checks_for, evaluate
from mesh_core.storage import Staged

if TYPE_CHECKING:
    from mesh_core.catalog import CheckRecord

STAGED_VIEW = "_staged"
"""The new rows, as rules and samples see them."""


class Audited(msgspec.Struct, frozen=True, kw_only=True):
    """What the audit let through: ``staged`` is what may be committed, with ``facts`` beside the others."""

    checks: tuple[CheckResult, ...]
    staged: Staged
    """What was given, without the rows that went into quarantine."""
    facts: dict[str, str] = {}
    """``quarantine`` if rows went there, else nothing."""


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


def audit(attempt: Attempt, staged: Staged) -> Audited:
    """4. The contract's rules before the commit; a failing blocking rule ends it here.

    Rules of single rows run over the new rows, all others over ``attempt.whole(staged)``, the table as it would be.
    ``attempt.pending`` is always what has to be discarded if it ends here.
    """
    report(attempt.name, "audit", f"{staged.rows:,} rows")
    services, address = attempt.services, attempt.port.address
    attempt.connection.execute(f"CREATE OR REPLACE VIEW {STAGED_VIEW} AS {staged.relation}")
    specs = checks_for(attempt.port.contract)
    checks = evaluate(specs, attempt.connection, STAGED_VIEW, sample_rows=services.sample_rows)
    if any(result.check.blocking and not result.success for result in checks):
        folder = services.settings.home / "refused" / address.domain / address.table
        kept = services.lake.set_aside(staged, folder)
        attempt.pending = None
        raise AuditFailedError(attempt.port, checks, kept)
    return Audited(checks=checks, staged=staged)


def audit_again(attempt: Attempt, audited: Audited) -> Audited:
    """The same rows once more after others committed: what holds of the table as it would be now."""
    again = audit(attempt, audited.staged)
    return msgspec.structs.replace(again, facts=audited.facts)
