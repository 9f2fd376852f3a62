"""What a table's log tells of its versions: how each came about, from what, and whether it can still be read.

Read from the log, which is the truth of the table, and from nothing else: the catalog may be new or behind.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Literal

import msgspec

from mesh_core.publishing.outcomes import check_counts
from mesh_core.storage.past import past_of

if TYPE_CHECKING:
    from mesh_core.contracts.tree import Port
    from mesh_core.publishing.services import Services
    from mesh_core.storage import Commit

RESTORE = "restore"
"""The kind of the decision record that keeps who restored, and why."""

Kind = Literal["published", "restored", "maintenance"]


class TableVersion(msgspec.Struct, frozen=True, kw_only=True):
    """One version of a port's table; maintenance has neither rows of its own nor rules."""

    table_version: int
    at: str
    """When it was committed, an ISO time; '' if the log does not tell."""
    kind: Kind
    operation: str = ""
    """What maintenance did, as Delta Lake calls it."""
    write_mode: str = ""
    rows: int | None = None
    rows_written: int | None = None
    contract_version: str = ""
    checks_passed: int = 0
    checks_failed: int = 0
    inputs: dict[str, int] = {}
    code_revision: str = ""
    restored_from: int | None = None
    restored_by: str = ""
    reason: str = ""
    """Why it was restored, if that was said."""
    run_id: str = ""
    current: bool = False
    readable: bool = True
    """Whether its files are all there."""


def versions_of(
    port: Port, services: Services, *, limit: int | None = None, maintenance: bool = False
) -> list[TableVersion]:
    """The port's versions that its log holds, the newest first, at most ``limit``; none before the first publication.

    Commits of maintenance changed files and no row; they are left out unless asked for.
    """
    found: list[TableVersion] = []
    published = False
    for commit, readable in past_of(services.table(port.contract)):
        if limit is not None and len(found) == limit:
            break
        if commit.kind == "publication":
            found.append(_publication(commit, readable=readable, current=not published))
            published = True
        elif maintenance:
            found.append(_maintenance(commit, readable=readable))
    return found


def _publication(commit: Commit, *, readable: bool, current: bool) -> TableVersion:
    facts = commit.facts
    passed, failed = check_counts(commit)
    restored = facts.get("restoredFrom", "")
    decision = _restoring(facts.get("decisions", "[]")) if restored else {}
    return TableVersion(
        table_version=commit.version,
        at=facts.get("publishedAt") or _written_at(commit),
        kind="restored" if restored else "published",
        write_mode=facts.get("writeMode", "snapshot"),
        rows=commit.rows,
        rows_written=int(facts.get("rowsWritten") or commit.rows),
        contract_version=facts.get("contractVersion", ""),
        checks_passed=passed,
        checks_failed=failed,
        inputs=json.loads(facts.get("inputs") or "{}"),
        code_revision=facts.get("codeRevision", ""),
        restored_from=int(restored) if restored else None,
        restored_by=decision.get("by", ""),
        reason=decision.get("reason", ""),
        run_id=facts.get("runId", ""),
        current=current,
        readable=readable,
    )


def _restoring(decisions: str) -> dict[str, str]:
    """Who restored, and why."""
    found: list[dict[str, str]] = json.loads(decisions)
    return next((decision for decision in found if decision["kind"] == RESTORE), {})


def _maintenance(commit: Commit, *, readable: bool) -> TableVersion:
    return TableVersion(
        table_version=commit.version,
        at=_written_at(commit),
        kind="maintenance",
        operation=commit.operation,
        readable=readable,
    )


def _written_at(commit: Commit) -> str:
    return commit.written_at.isoformat(timespec="milliseconds") if commit.milliseconds else ""
