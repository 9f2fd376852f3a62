"""Which partitions an attempt makes, and what of its inputs it needs for them."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import TYPE_CHECKING

import msgspec

from mesh_core.errors import CommitConflictError
from mesh_core.publishing.inputs import PinnedInput
from mesh_core.publishing.partitions import (
    UnknownPartitionError,
    digests,
    is_alike,
    recorded,
    stale_keys,
    told,
    values_of,
)

if TYPE_CHECKING:
    from mesh_core.contracts.graph import Input
    from mesh_core.publishing.attempt import Attempt
    from mesh_core.storage import Commit


class Scope(msgspec.Struct, frozen=True, kw_only=True):
    """The partitions to make and what each is to be made from."""

    keys: tuple[str, ...] | None = None
    """None: whatever comes out. So it is where no input has partitions that would tell what there is."""
    wanted: dict[str, str] = {}
    """The digest of every partition as code and inputs would make it."""
    is_all: bool = False
    """Whether no partition of the table stays."""


def scope_of(
    attempt: Attempt, given: Sequence[Input], asked: Sequence[str] | None
) -> tuple[Scope, tuple[PinnedInput, ...]]:
    """The partitions that are to be made, of ``asked`` if given, and the inputs with no others than these.

    Made are those that are not as code and inputs would make them; a partition that no input has any more is one of
    them, and comes out empty. ``force`` makes all. UnknownPartitionError for a key that is nowhere.
    """
    alike = _alike(attempt, given)
    made = recorded(attempt.before.facts) if attempt.before and not attempt.rebuild else {}
    if not alike:
        return _without_alike(attempt, made, asked), attempt.inputs
    whole = {name: version for name, version in attempt.versions.items() if name not in alike}
    wanted = digests(attempt.code, whole, [recorded(commit.facts) for commit in alike.values()])
    keys = _keys(attempt, made, wanted, asked)
    scope = Scope(keys=keys, wanted=wanted, is_all=set(made) <= set(keys))
    return scope, tuple(_narrowed(each, alike, keys) for each in attempt.inputs)


def _alike(attempt: Attempt, given: Sequence[Input]) -> dict[str, Commit]:
    """The newest commits of the inputs that have the port's partitions, by name."""
    services, found = attempt.services, {}
    for declared, one in zip(given, attempt.inputs, strict=True):
        if not is_alike(declared, attempt.publishing.partitioning, attempt.tree, services.mesh):
            continue
        newest = services.lake.newest(one.pinned.path)
        if newest is None or newest.version != one.pinned.version:
            message = f"{one.name} got a new version while {attempt.name} began"
            raise CommitConflictError(message, remedy="The publication is done again.")
        # An input that was never written by partitions since it declares them is read as a whole.
        if "partitions" in newest.facts and one.pinned.partition_by:
            found[one.name] = newest
    return found


def _keys(
    attempt: Attempt, made: Mapping[str, str], wanted: Mapping[str, str], asked: Sequence[str] | None
) -> tuple[str, ...]:
    if asked is None:
        return tuple(sorted({*made, *wanted})) if attempt.force else stale_keys(made, wanted)
    missing = set(asked) - {*made, *wanted}
    if missing:
        message = f"{attempt.name} has no partition {told(missing)}: nothing that it reads has one"
        raise UnknownPartitionError(message, remedy="Ask for partitions that were delivered.")
    return tuple(sorted(key for key in set(asked) if attempt.force or made.get(key) != wanted.get(key)))


def _without_alike(attempt: Attempt, made: Mapping[str, str], asked: Sequence[str] | None) -> Scope:
    """All inputs are read as a whole: any of their versions decides over every partition."""
    if asked is None:
        return Scope(is_all=True)
    keys = sorted(key for key in set(asked) if attempt.force or made.get(key) != attempt.fingerprint)
    return Scope(keys=tuple(keys), wanted=dict.fromkeys(keys, attempt.fingerprint), is_all=set(made) <= set(keys))


def _narrowed(given: PinnedInput, alike: Mapping[str, Commit], keys: Collection[str]) -> PinnedInput:
    if given.name not in alike:
        return given
    values = values_of(alike[given.name].facts, keys)
    return msgspec.structs.replace(given, part=given.pinned.only(values).relation)
