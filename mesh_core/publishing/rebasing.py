"""What to do when another commit came first: it depends on what that commit did."""

from __future__ import annotations

import random
import time
from typing import TYPE_CHECKING

import msgspec

from mesh_core.errors import CommitConflictError
from mesh_core.publishing.audit import Audited, audit_again
from mesh_core.publishing.writing import commit

if TYPE_CHECKING:
    from mesh_core.publishing.attempt import Attempt
    from mesh_core.publishing.modes import Verdict

PATIENCE = 120.0
"""Seconds for which conflicts are met with another try."""
_LONGEST_PAUSE = 2.0


class Patience:
    """How long one publication has been at it, over all of its attempts."""

    def __init__(self) -> None:
        self._began, self._conflicts = time.monotonic(), 0

    def pause(self, attempt_at: str, table: object, error: CommitConflictError) -> None:
        """Wait before another try, longer each time and never just as long as the others do.

        CommitConflictError, which says what to do, after too long a time.
        """
        self._conflicts += 1
        spent = time.monotonic() - self._began
        if spent > PATIENCE and self._conflicts > 1:
            message = (
                f"{attempt_at} was not published: other writers committed to {table} before each of "
                f"{self._conflicts} attempts in {spent:,.0f} s"
            )
            remedy = f"`mesh history {attempt_at}` shows who writes. Stop the other writer, or run again later."
            raise CommitConflictError(message, remedy=remedy) from error
        time.sleep(random.uniform(0, min(_LONGEST_PAUSE, 0.02 * 2 ** min(self._conflicts, 10))))  # noqa: S311


def commit_in_turn(attempt: Attempt, audited: Audited, patience: Patience) -> tuple[Audited, int, dict[str, str]]:
    """Commit what was audited, onto whatever came meanwhile as far as that leaves it right.

    After maintenance the same commit is made again. After publications of other partitions the audit is, because the
    rules of sets see those. CommitConflictError where the attempt has to begin anew.
    """
    verdict: Verdict = "again"
    while True:
        try:
            if verdict == "audit":
                audited = audit_again(attempt, audited)
            version, facts = commit(attempt, audited.staged, audited.checks, beside=audited.facts)
        except CommitConflictError as conflict:
            found = _verdict(attempt)
            if found == "redo":
                raise
            verdict = "audit" if "audit" in (found, verdict) else "again"
            patience.pause(attempt.name, attempt.table, conflict)
        else:
            return audited, version, facts


def _verdict(attempt: Attempt) -> Verdict:
    """What the conflict asks for; the attempt then builds upon the table's present head, unless it is ``redo``."""
    before = attempt.before
    if before is None:
        return "redo"
    try:
        entries = attempt.services.lake.intervening(attempt.table, before.head)
    except FileNotFoundError:
        return "redo"  # the log was cleaned meanwhile
    versions = [entry.commit.version for entry in entries]
    if not versions or versions != list(range(before.head + 1, versions[-1] + 1)):
        return "redo"
    publications = [entry.commit for entry in entries if entry.commit.kind == "publication"]
    verdict = attempt.write.stands(publications) if publications else "again"
    if verdict != "redo":
        standing = publications[-1] if publications else before
        attempt.catch_up(msgspec.structs.replace(standing, head=versions[-1]))
    return verdict
