"""From steps to runs of Dagster: which of them go together, and which partitions each run is told."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from mesh_core.publishing.partitions import covering, ranges_of
from mesh_core.publishing.services import FORCE_TAG

if TYPE_CHECKING:
    from mesh_core.contracts.publishing import Partitioning
    from mesh_core.publishing.planning.plan import Key, Step


def batches(steps: list[Step], *, named: bool) -> list[list[Step]]:
    """The steps as few Dagster runs: one run has partitions of one kind only, and other assets beside them.

    Partitions that were asked for by name are forced, so that what has no partitions runs apart from them.
    """
    made: list[list[Step]] = []
    kinds: list[Partitioning | None] = []
    place: dict[Key, int] = {}
    for step in steps:
        kind = step.partitioning and msgspec.structs.replace(step.partitioning, column="")
        at = max((place[key] for key in step.upstream if key in place), default=0)
        while at < len(made) and not _may_join(kind, kinds[at], made[at], named=named):
            at += 1
        if at == len(made):
            made.append([])
            kinds.append(None)
        made[at].append(step)
        kinds[at] = kinds[at] or kind
        place[step.key] = at
    return made


def _may_join(kind: Partitioning | None, other: Partitioning | None, steps: list[Step], *, named: bool) -> bool:
    if named and steps:
        return kind == other
    return kind is None or other is None or kind == other


def tags_of(steps: list[Step], *, force: bool, named: bool) -> list[dict[str, str]]:
    """The tags of each run that the steps need: the first makes what is stale, forced or not, at once."""
    from mesh_core.orchestration.asset_partitions import STALE_TAG, range_tags

    forced = {FORCE_TAG: "true"} if force else {}
    partitioned = [step for step in steps if step.partitioning]
    keys = {key for step in partitioned for key in step.partitions or ()}
    if not keys:
        return [forced]
    partitioning = partitioned[0].partitioning
    if partitioning is None:
        raise AssertionError
    if named:
        return [forced | range_tags(*each) for each in ranges_of(keys, partitioning)]
    known = frozenset.intersection(*(step.known for step in partitioned))
    runs = [{STALE_TAG: "stale"} | range_tags(*each) for each in covering(keys, known, partitioning)]
    return [forced | runs[0], *runs[1:]]
