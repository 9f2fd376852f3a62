"""Partitions: a publication replaces the partitions that it makes and touches no other."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import date

import msgspec

from mesh_core.contracts.publishing import Partitioning
from mesh_core.errors import TransformationError
from mesh_core.publishing.modes.write import Outcome, Verdict, Write
from mesh_core.publishing.partitions import first_day, recorded, told
from mesh_core.storage import Change, Commit, Staged


class Partitions(Write):
    """``attempt.scope.keys`` are made; None where no input is partitioned alike, and then all are.

    A partition that the inputs have no more is made again like any other, of nothing, and so is empty afterwards.
    """

    @property
    def partitioning(self) -> Partitioning:
        found = self.attempt.publishing.partitioning
        if found is None:
            raise AssertionError  # the contract's reader refuses the mode without
        return found

    def stage(self, made: str) -> Staged:
        staged = self._staged(made, partition_by=(self.partitioning.column,))
        self.attempt.pending = staged
        self._check(staged)
        return staged

    def _check(self, staged: Staged) -> None:
        """Rows of partitions that were not asked for would stand beside those that the table has of them."""
        asked = self.attempt.scope.keys
        made = {value for value in staged.partitions if value is not None}  # the audit tells of NULL
        outside = made - set(asked) if asked is not None else set()
        what, remedy = "the partitions that were asked for", "Make rows of getvariable('partitions') only."
        if not outside:
            outside = {key for key in made if not self._is_key(key)}
            grain = self.partitioning.grain
            what = f"the contract's partitions, each the first day of a {grain} from {self.partitioning.start}"
            what += f" to before {self.partitioning.end}" if self.partitioning.end else " on"
            remedy = "Mend the transformation, or the contract's partitionStart, partitionEnd and partitionGrain."
        if outside:
            message = f"makes rows outside of {what}: {told(outside)}"
            raise TransformationError(message, path=self.attempt.port.path, remedy=remedy, code="partition-not-asked")

    def _is_key(self, key: str) -> bool:
        partitioning, day = self.partitioning, date.fromisoformat(key)
        inside = partitioning.start <= day and (partitioning.end is None or day < partitioning.end)
        return inside and first_day(day, partitioning.grain) == day

    @property
    def _replaces_all(self) -> bool:
        return self.attempt.rebuild or self.attempt.scope.keys is None

    def whole(self, staged: Staged) -> str:
        if self._replaces_all:
            return staged.relation
        return self.together(self.standing.without(self._keys), staged)

    @property
    def _keys(self) -> tuple[str, ...]:
        return self.attempt.scope.keys or ()

    def outcome(self, staged: Staged) -> Outcome:
        if self._replaces_all:
            return self._replaced(staged, self._facts(staged, {}))
        change = Change(mode="partitions", partitions=self._keys)
        before = self.attempt.before
        facts = self._facts(staged, recorded(before.facts) if before else {})
        return self._built_upon(self.standing.without(self._keys), staged, change, facts)

    def _facts(self, staged: Staged, others: dict[str, str]) -> dict[str, str]:
        """What each partition of the version was made from."""
        scope = self.attempt.scope
        found = {value for value in staged.partitions if value is not None}
        written = sorted(found if scope.keys is None else scope.keys)
        now = {key: digest for key, digest in others.items() if key not in written}
        standing = found | {*scope.wanted}
        now |= {key: scope.wanted.get(key, self.attempt.fingerprint) for key in written if key in standing}
        facts = {
            "partitions": msgspec.json.encode(now, order="sorted").decode(),
            "partitionsWritten": msgspec.json.encode(written).decode(),
        }
        if scope.keys is not None:
            facts["fingerprint"] = hashlib.sha256(facts["partitions"].encode()).hexdigest()[:16]
        return facts

    def stands(self, meanwhile: Sequence[Commit]) -> Verdict:
        """Publications of other partitions took nothing away from these, but rules of sets see them."""
        if self._replaces_all:
            return "redo"
        mine, digest = set(self._keys), self.attempt.port.contract.document.digest
        for commit in meanwhile:
            written = commit.facts.get("partitionsWritten")
            if written is None or "restoredFrom" in commit.facts or commit.facts.get("contractDigest") != digest:
                return "redo"
            if mine & set(msgspec.json.decode(written, type=list[str])):
                return "redo"
        return "audit"
