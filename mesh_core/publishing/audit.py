"""Audit: the contract's rules over the new rows and the table that they would make, before any of it is visible.

Strict rules of single rows run over the new rows: those that the table has held them when they were published.
Everything else (keys, thresholds, statistics, SQL) is about the table as it would be after the commit. After a change
of the contract all rules run over that table, because published rows may never have met a new one.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING

import msgspec

from mesh_core.errors import MeshError
from mesh_core.publishing.attempt import Attempt
from mesh_core.publishing.outcomes import QUARANTINE
from mesh_core.publishing.progress import report
from mesh_core.publishing.quarantine import bad_rows, split
from mesh_core.publishing.refused import keep_refused
from mesh_core.publishing.register import check_record
from mesh_core.quality import CheckResult, RowRule, checks_for, evaluate, row_rules
from mesh_core.storage import Staged

if TYPE_CHECKING:
    from mesh_core.catalog import CheckRecord
    from mesh_core.contracts.tree import Port

STAGED_VIEW = "_staged"
"""The new rows, as rules and samples see them."""
WHOLE_VIEW = "_whole"
"""The table as it would be."""


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

    def __init__(self, port: Port, checks: tuple[CheckResult, ...], *, why: str = "", lost: str = "") -> None:
        self.checks = checks
        self.failing = _failing(checks)
        told = "; ".join(_told(check_record(result, port.contract)) for result in self.failing)
        message = f"{port.address.sql} was not published: {why}{': ' if why else ''}{told}"
        look = f"`mesh quarantine {port.address.sql} --refused` shows what failed, with some of the rows."
        remedy = f"The last good version stays in place. {f'No sample of the rows is kept: {lost}' if lost else look}"
        super().__init__(message, path=port.contract.path, remedy=remedy)


def _failing(checks: Sequence[CheckResult]) -> tuple[CheckResult, ...]:
    return tuple(result for result in checks if result.check.blocking and not result.success)


def _told(check: CheckRecord) -> str:
    """One failed rule with its first failing row, masked: errors are read by everyone."""
    rows = check.unexpected_count or 0
    count = f" ({rows:,} {'row' if rows == 1 else 'rows'})" if rows else ""
    seen = f", found {check.observed}" if check.observed is not None and not count else ""
    first = f", first: {json.dumps(check.sample[0], default=str, ensure_ascii=False)}" if check.sample else ""
    return f"rule {check.name} failed{count}{seen}{first}"


def audit(attempt: Attempt, staged: Staged) -> Audited:
    """4. The contract's rules before the commit; a failing blocking rule ends it here.

    ``staged`` are the new rows as they were made, before they meet those of the table; ``attempt.whole(staged)`` is the
    table as it would be. Where the contract says ``badRows: quarantine``, rows that break a strict rule are taken out
    and everything is evaluated again over what remains. What is to be discarded if it ends later is always in
    ``attempt.pending`` and ``attempt.beside``.
    """
    report(attempt.name, "audit", f"{staged.rows:,} rows")
    first = _Round(attempt, staged)
    if not first.failing or attempt.port.contract.publishing.bad_rows != "quarantine":
        return Audited(checks=first.passed(), staged=staged)
    rules = first.broken_row_rules()
    bad = bad_rows(attempt, staged, rules)
    if not bad:
        return Audited(checks=first.passed(), staged=staged)
    if told := _too_many(sum(bad.values()), staged.rows, attempt.port.contract.publishing.quarantine_limit):
        raise first.refusal(told)
    good, kept = split(attempt, staged, rules, bad)
    second = _Round(attempt, good)
    told = f"{kept.rows:,} bad {'row' if kept.rows == 1 else 'rows'}"
    rest = second.passed(f"{told} would have been put aside, but what remains fails, too")
    checks = _with_quarantined(rest, first.checks, kept.rules)
    return Audited(checks=checks, staged=good, facts={QUARANTINE: msgspec.json.encode(kept).decode()})


def audit_again(attempt: Attempt, audited: Audited) -> Audited:
    """The same rows once more after others committed: whether the table as it would be now keeps the rules, too."""
    report(attempt.name, "audit", f"{audited.staged.rows:,} rows")
    quarantined = {result.check.name: result.quarantined for result in audited.checks}
    checks = _with_quarantined(_Round(attempt, audited.staged).passed(), audited.checks, quarantined)
    return msgspec.structs.replace(audited, checks=checks)


def _too_many(bad: int, rows: int, limit: float) -> str:
    """Both counts if more rows are bad than the contract lets go, else nothing."""
    if bad * 100 <= limit * rows:
        return ""
    return f"{bad:,} of {rows:,} rows are bad ({bad / rows:.1%}), more than the quarantineLimit of {limit:g} %"


class _Round:
    """All rules over one set of staged rows."""

    def __init__(self, attempt: Attempt, staged: Staged) -> None:
        self._attempt, self._staged = attempt, staged
        self._new, self._whole = _views(attempt, staged)
        specs = checks_for(attempt.port.contract)
        self.checks = evaluate(
            specs, attempt.connection, self._new, whole=self._whole, sample_rows=attempt.services.sample_rows
        )
        self.failing = _failing(self.checks)

    def passed(self, why: str = "") -> tuple[CheckResult, ...]:
        """The results; AuditFailedError if a blocking rule failed."""
        if self.failing:
            raise self.refusal(why)
        return self.checks

    def refusal(self, why: str) -> AuditFailedError:
        """The error, after a sample of the rows was kept: the files themselves go with the attempt."""
        import duckdb

        tables, lost = (self._new, self._whole), ""
        try:
            keep_refused(self._attempt, self._staged.rows, self.failing, tables, why=why)
        except (MeshError, duckdb.Error, OSError) as error:  # the verdict counts more than its sample
            lost = str(error).splitlines()[0]
        return AuditFailedError(self._attempt.port, self.checks, why=why, lost=lost)

    def broken_row_rules(self) -> tuple[RowRule, ...]:
        """The failed blocking rules that each row breaks by itself."""
        return row_rules([result.check for result in self.failing], self._attempt.connection, STAGED_VIEW)


def _views(attempt: Attempt, staged: Staged) -> tuple[str, str]:
    """The views that rules of single rows, and all others, run over."""
    attempt.connection.execute(f"CREATE OR REPLACE VIEW {STAGED_VIEW} AS {staged.relation}")
    whole = attempt.whole(staged)
    if whole == staged.relation:
        return STAGED_VIEW, STAGED_VIEW
    attempt.connection.execute(f"CREATE OR REPLACE VIEW {WHOLE_VIEW} AS {whole}")
    before, digest = attempt.before, attempt.port.contract.document.digest
    known = before is not None and before.facts.get("contractDigest") == digest
    return (STAGED_VIEW if known else WHOLE_VIEW), WHOLE_VIEW


def _with_quarantined(
    checks: Sequence[CheckResult], earlier: Sequence[CheckResult], rows: dict[str, int]
) -> tuple[CheckResult, ...]:
    """Results over what is published, each with how many rows its rule took out, and some of those as its sample."""
    samples = {result.check.name: result.sample for result in earlier}
    return tuple(
        msgspec.structs.replace(
            result,
            quarantined=rows.get(result.check.name, 0),
            sample=result.sample or (samples[result.check.name] if rows.get(result.check.name) else ()),
        )
        for result in checks
    )
