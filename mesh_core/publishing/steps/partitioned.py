"""Silver by partitions: a step reads the partitions that changed in what it reads, and replaces only those."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping, Sequence
from typing import TYPE_CHECKING

import msgspec

from mesh_core.contracts.graph import inputs_of
from mesh_core.errors import CommitConflictError, TransformationError
from mesh_core.publishing.clocks import clock_of_inputs
from mesh_core.publishing.inputs import PinnedInput, create_views, pin_inputs
from mesh_core.publishing.partitions import (
    UnknownPartitionError,
    digests,
    is_alike,
    recorded,
    set_partitions,
    stale_keys,
    told,
    values_of,
)
from mesh_core.publishing.progress import report
from mesh_core.publishing.steps.step import Refreshed, StepAttempt, in_microseconds, partitions_change
from mesh_core.publishing.transformation.fingerprints import code_digest, fingerprint
from mesh_core.publishing.transformation.lineage import Lineage, lineage_of
from mesh_core.publishing.transformation.transform import transform
from mesh_core.storage import Change

if TYPE_CHECKING:
    from mesh_core.contracts.publishing import Partitioning
    from mesh_core.storage import Commit, Staged


class _Reading(msgspec.Struct, frozen=True):
    """The inputs of one attempt, pinned, and of those that are partitioned alike what each partition is."""

    inputs: tuple[PinnedInput, ...]
    alike: dict[str, Commit]

    @property
    def versions(self) -> dict[str, int]:
        return {given.name: given.pinned.version for given in self.inputs}

    def of(self, keys: Collection[str]) -> tuple[PinnedInput, ...]:
        """The inputs with no other partitions than these."""
        return tuple(
            msgspec.structs.replace(given, pinned=given.pinned.only(values_of(self.alike[given.name].facts, keys)))
            if given.name in self.alike
            else given
            for given in self.inputs
        )

    def digests(self, code: str) -> dict[str, str]:
        whole = {name: version for name, version in self.versions.items() if name not in self.alike}
        return digests(code, whole, [recorded(commit.facts) for commit in self.alike.values()])


def refresh_partitions(
    attempt: StepAttempt, partitioning: Partitioning, *, force: bool, partitions: Sequence[str] | None = None
) -> Refreshed:
    """Make the partitions that are not as code and inputs would make them; of ``partitions`` alone if given."""
    reading = _read(attempt, partitioning)
    if not reading.alike:
        return _refresh_all(attempt, partitioning, reading, force=force)
    wanted = reading.digests(code_digest(attempt.node, attempt.tree))
    made = recorded(attempt.before.facts) if attempt.before else {}
    keys = _due(made, wanted, attempt.name, force=force, partitions=partitions)
    if not keys and attempt.before is not None:
        return attempt.unchanged(reading.versions)
    standing = {key: digest for key, digest in made.items() if key not in keys}
    now = {**standing, **{key: wanted[key] for key in keys if key in wanted}}
    staged, lineage = _made(attempt, reading.of(keys), partitioning, keys)
    _check_made(attempt, staged, keys)
    facts = {**_facts(now, keys), **clock_of_inputs(reading.inputs, attempt.services)}
    facts["fingerprint"] = hashlib.sha256(facts["partitions"].encode()).hexdigest()[:16]
    change = partitions_change(keys, standing)
    return attempt.keep(staged, change, facts, inputs=reading.versions, lineage=lineage)


def _refresh_all(attempt: StepAttempt, partitioning: Partitioning, reading: _Reading, *, force: bool) -> Refreshed:
    """No input says which partitions there are: all of them are made whenever anything that is read changed."""
    content = fingerprint(attempt.node, attempt.tree, reading.versions, attempt.services.settings)
    if attempt.before is not None and attempt.before.facts.get("fingerprint") == content and not force:
        return attempt.unchanged(reading.versions)
    staged, lineage = _made(attempt, reading.inputs, partitioning, None)
    made = [value for value in staged.partitions if value is not None]
    facts = {**_facts(dict.fromkeys(made, content), made), "fingerprint": content}
    facts |= clock_of_inputs(reading.inputs, attempt.services)
    return attempt.keep(staged, Change(mode="replace"), facts, inputs=reading.versions, lineage=lineage)


def _made(
    attempt: StepAttempt, inputs: tuple[PinnedInput, ...], partitioning: Partitioning, keys: Sequence[str] | None
) -> tuple[Staged, Lineage]:
    with attempt.services.connect() as connection:
        create_views(connection, inputs)
        set_partitions(connection, keys)
        report(attempt.name, "transform", told(keys or ()))
        sql = transform(attempt.node, inputs, connection, attempt.services)
        if attempt.node.engine == "python":
            sql = in_microseconds(sql, connection)
        lineage = lineage_of(attempt.node, attempt.tree, inputs, connection, attempt.services)
        return attempt.stage(connection, sql, (partitioning.column,)), lineage


def _facts(partitions: Mapping[str, str], written: Sequence[str]) -> dict[str, str]:
    return {
        "partitions": msgspec.json.encode(partitions, order="sorted").decode(),
        "partitionsWritten": msgspec.json.encode(written).decode(),
    }


def _read(attempt: StepAttempt, partitioning: Partitioning) -> _Reading:
    given = inputs_of(attempt.node, attempt.tree)
    services = attempt.services
    pinned = pin_inputs(given, services)
    alike = {}
    for declared, one in zip(given, pinned, strict=True):
        if not is_alike(declared, partitioning, attempt.tree, services.mesh):
            continue
        newest = services.lake.newest(one.pinned.path)
        if newest is None or newest.version != one.pinned.version:
            message = f"{one.name} got a new version while {attempt.name} began"
            raise CommitConflictError(message, remedy="The step is done again.")
        if "partitions" in newest.facts and one.pinned.partition_by:
            alike[one.name] = newest  # one that was never written by partitions is read as a whole
    return _Reading(pinned, alike)


def _due(
    made: Mapping[str, str], wanted: Mapping[str, str], name: str, *, force: bool, partitions: Sequence[str] | None
) -> tuple[str, ...]:
    if partitions is None:
        return tuple(sorted({*made, *wanted})) if force else stale_keys(made, wanted)
    missing = set(partitions) - {*made, *wanted}
    if missing:
        message = f"{name} has no partition {told(missing)}: nothing that it reads has one"
        raise UnknownPartitionError(message, remedy="Ask for partitions that were delivered.")
    return tuple(sorted(key for key in set(partitions) if force or made.get(key) != wanted.get(key)))


def _check_made(attempt: StepAttempt, staged: Staged, keys: Collection[str]) -> None:
    """Rows of other partitions would stand beside those that the table has of them."""
    outside = {value or "NULL" for value in staged.partitions} - set(keys)
    if outside:
        attempt.services.lake.discard(staged)
        message = f"makes rows outside of the partitions that it was asked for: {told(outside)}"
        remedy = "A step may make rows of getvariable('partitions') only; inputs that are no partitions are read whole."
        raise TransformationError(message, path=attempt.node.path, remedy=remedy)
