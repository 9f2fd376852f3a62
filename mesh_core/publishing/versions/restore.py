"""Restore: the rows of an old version, audited by today's contract and published as a new version.

It is a publication whose transformation is the old version, so everything else holds as for any other: admission,
audit, one atomic commit, registration, and conflicts that are judged.
"""

from __future__ import annotations

import contextlib
import getpass
import time
from typing import TYPE_CHECKING

import msgspec

from mesh_core.contracts.graph import inputs_of
from mesh_core.contracts.tree import DomainTree, Port
from mesh_core.errors import CommitConflictError, InputNotPublishedError, MeshError
from mesh_core.policy import PolicyRefusedError
from mesh_core.publishing.admission import GATE, AdmissionRefusedError, admit
from mesh_core.publishing.attempt import Attempt
from mesh_core.publishing.audit import AuditFailedError, audit
from mesh_core.publishing.emitting import Emission
from mesh_core.publishing.inputs import PinnedInput, pin_inputs
from mesh_core.publishing.modes import Outcome, Write
from mesh_core.publishing.partitions import RESTORED, recorded
from mesh_core.publishing.progress import report
from mesh_core.publishing.publication import Publication
from mesh_core.publishing.rebasing import Patience, commit_in_turn
from mesh_core.publishing.register import lineage_in, register_failure, register_version, sample_of
from mesh_core.publishing.services import Services
from mesh_core.publishing.versions.history import RESTORE
from mesh_core.publishing.writing import stage
from mesh_core.storage import Commit, Pinned, Staged
from mesh_core.storage.log import commit_at
from mesh_core.storage.places import size_of

if TYPE_CHECKING:
    from mesh_core.catalog import DecisionRecord

_INHERITED = ("codeDigest", "codeRevision", "inputs", "lineage")
"""What the new version says of its rows: they were made then, not now."""


def restore(
    port: Port, tree: DomainTree, services: Services, version: int, *, run_id: str, reason: str = ""
) -> Publication:
    """Publish the rows of ``version`` as a new version; status ``unchanged`` if the port has them already.

    The new version takes over what the replaced one was made from, so that the next run finds it up to date: new
    inputs, code or contract are what makes the port from its inputs again. Raises AuditFailedError if the rows do not
    keep the contract of today, AdmissionRefusedError and PolicyRefusedError as ``publish`` does, and MeshError
    (version-gone) for a version that can't be read. The port then reads what it read before. Dagster does
    not know of it until it is told: `orchestration.announcing`.
    """
    emission = Emission(port, tree, services, run_id)
    wanted = _Wanted(version=version, run_id=run_id, reason=reason, emission=emission)
    patience = Patience()
    while True:
        try:
            return _restore_once(port, tree, services, wanted, patience)
        except CommitConflictError as conflict:
            patience.pause(port.address.sql, services.table(port.contract), conflict)
        except (AuditFailedError, AdmissionRefusedError, PolicyRefusedError) as error:
            register_failure(port, error, services, run_id=run_id)
            wanted.emission.failed(error)
            raise


class _Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """What the caller asked for."""

    version: int
    run_id: str
    reason: str
    emission: Emission


class _Restoring(Write):
    """The rows of an old version replace the table, whatever the write mode; it keeps its partitions."""

    def stage(self, made: str) -> Staged:
        partitioning = self.attempt.publishing.partitioning
        return self._staged(made, partition_by=(partitioning.column,) if partitioning else ())

    def of_version(self, old: Pinned) -> str:
        """The SQL of the version's rows with today's columns: one that it lacks is null, one that widened is cast."""
        return f"SELECT {self._of_contract(old)} FROM ({old.relation})"

    def outcome(self, staged: Staged) -> Outcome:
        return self._replaced(staged)


def _restore_once(port: Port, tree: DomainTree, services: Services, wanted: _Wanted, patience: Patience) -> Publication:
    started = time.perf_counter()
    report(port.address.sql, "resolve")
    attempt = Attempt(port, tree, services, wanted.run_id)
    old, before = _versions(attempt, wanted.version)
    if before.version == old.version or _restored_from(before) == old.version:
        return _result(attempt, before, started, status="unchanged")
    recipe = commit_at(attempt.table, old.version)
    write = _Restoring(attempt)
    attempt.write, attempt.rebuild, attempt.lineage = write, True, lineage_in(recipe)
    attempt.inputs = _inputs_for_rules(attempt)
    wanted.emission.started(attempt)
    attempt.decisions = (*admit(port, attempt.table, before, services), _decision(port, wanted))
    try:
        staged = stage(attempt, write.of_version(old))
        audited = audit(attempt, staged)
        facts = _facts(attempt, recipe, before, wanted)
        audited = msgspec.structs.replace(audited, facts={**audited.facts, **facts})
        audited, version, recorded_facts = commit_in_turn(attempt, audited, patience)
        made = Commit(version, recorded_facts, version)
        report(attempt.name, "register")
        sample = sample_of(audited.staged.relation, port.contract, attempt.connection)
        register_version(port, attempt.table, made, services, sample=sample)
        wanted.emission.published(attempt, made)
    finally:
        attempt.close()
    return _result(attempt, made, started, status="published")


def _versions(attempt: Attempt, version: int) -> tuple[Pinned, Commit]:
    """The version to restore and the one that it replaces."""
    if attempt.port.retired:
        message = f"{attempt.name} is retired: nothing is published to it any more"
        raise MeshError(message, path=attempt.port.contract.path, remedy="`mesh query --at` reads its old versions.")
    old = attempt.services.lake.pin(attempt.table, version)
    if old is None or attempt.before is None:
        message = f"{attempt.name} has never been published"
        raise InputNotPublishedError(message, remedy=f"Run `mesh run {attempt.name} --upstream` first.")
    return old, attempt.before


def _restored_from(commit: Commit) -> int | None:
    told = commit.facts.get("restoredFrom")
    return int(told) if told else None


def _inputs_for_rules(attempt: Attempt) -> tuple[PinnedInput, ...]:
    """The inputs that can be read, for rules that name them: a lost one must not stand in the way of a restore."""
    found: list[PinnedInput] = []
    for given in inputs_of(attempt.port, attempt.tree):
        with contextlib.suppress(MeshError):
            found += pin_inputs([given], attempt.services)
    return tuple(found)


def _decision(port: Port, wanted: _Wanted) -> DecisionRecord:
    from mesh_core.catalog import DecisionRecord

    return DecisionRecord(
        gate=GATE,
        kind=RESTORE,
        rule=f"version {wanted.version}",
        subject=port.contract.id,
        version=port.contract.version,
        by=_user(),
        reason=wanted.reason,
    )


def _user() -> str:
    """The account that restores; '' where the machine knows none."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return ""


def _facts(attempt: Attempt, recipe: Commit, before: Commit, wanted: _Wanted) -> dict[str, str]:
    """What the commit says otherwise than an ordinary publication."""
    facts = {name: recipe.facts[name] for name in _INHERITED if name in recipe.facts}
    facts |= {"restoredFrom": str(recipe.version), "fingerprint": before.facts.get("fingerprint", "")}
    if attempt.publishing.mode == "partitions":
        marked = _partitions(recorded(recipe.facts), recorded(before.facts), wanted.run_id)
        changed = sorted(key for key, digest in marked.items() if RESTORED in digest)
        facts["partitions"] = msgspec.json.encode(marked, order="sorted").decode()
        facts["partitionsWritten"] = msgspec.json.encode(changed).decode()
    deleted = recipe.facts.get("deletedKeys")
    if deleted and attempt.publishing.mode == "merge":
        if size_of(attempt.table / deleted) is None:
            message = f"version {recipe.version} of {attempt.name} cannot be restored: its deleted keys are gone"
            raise MeshError(message, remedy="Restore a younger version.", code="version-gone")
        facts["deletedKeys"] = deleted
    return facts


def _partitions(old: dict[str, str], replaced: dict[str, str], run_id: str) -> dict[str, str]:
    """What each partition is said to be made from.

    One that is the same in both versions stays as it is. Any other keeps the digest of the one that it replaces, so
    that it is up to date, with a mark of this restore, so that whoever reads it sees that it is another.
    """
    return {
        key: replaced[key]
        if old.get(key) == replaced.get(key) and key in replaced
        else f"{replaced.get(key, '').partition(RESTORED)[0]}{RESTORED}{run_id[:8]}"
        for key in {*old, *replaced}
    }


def _result(attempt: Attempt, commit: Commit, started: float, *, status: str) -> Publication:
    return Publication(
        address=attempt.name,
        status="published" if status == "published" else "unchanged",
        rows=commit.rows,
        table_version=commit.version,
        facts=commit.facts,
        seconds=time.perf_counter() - started,
    )
