"""Partitioned assets in Dagster: which partitions a run means, and what each of them shows afterwards."""

from __future__ import annotations

import contextlib
import warnings
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import dagster as dg

from mesh_core.publishing.partitions import earliest_day, key_of_file

if TYPE_CHECKING:
    from mesh_core.contracts.publishing import Partitioning
    from mesh_core.storage import Place
    from mesh_core.storage.lake import Lake

STALE_TAG = "mesh/partitions"
"""A run with this tag set to ``stale`` makes what is stale, whatever its partitions are; they tell Dagster which."""

RANGE_START_TAG = "dagster/asset_partition_range_start"
RANGE_END_TAG = "dagster/asset_partition_range_end"

_FEW = 3
"""Partitions of one run that each show everything; of more, the last one does: a year would be 10 MB of events."""


def definition_of(partitioning: Partitioning) -> dg.TimeWindowPartitionsDefinition:
    """The partitions as Dagster knows them, up to the current one."""
    cron = {"day": "0 0 * * *", "week": "0 0 * * 1", "month": "0 0 1 * *"}[partitioning.grain]
    return dg.TimeWindowPartitionsDefinition(
        start=earliest_day(partitioning).isoformat(),
        end=partitioning.end.isoformat() if partitioning.end else None,
        cron_schedule=cron,
        fmt="%Y-%m-%d",
        timezone="UTC",
        end_offset=1,
    )


def partition_attributes(partitioning: Partitioning | None) -> dict[str, Any]:
    """What makes an asset partitioned: any number of its partitions is one run, so that it is one commit."""
    if partitioning is None:
        return {}
    return {"partitions_def": definition_of(partitioning), "backfill_policy": dg.BackfillPolicy.single_run()}


@contextlib.contextmanager
def without_beta_warnings(*, partitioned: bool = True) -> Iterator[None]:
    """Backfill policies are of Dagster's beta, whose release is pinned. Catching nothing costs a load time as well."""
    if not partitioned:
        yield
        return
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", dg.BetaWarning)
        yield


def range_tags(first: str, last: str) -> dict[str, str]:
    """The tags of a run over the partitions from ``first`` to ``last``."""
    return {RANGE_START_TAG: first, RANGE_END_TAG: last}


def asked(context: dg.AssetExecutionContext, partitioning: Partitioning | None) -> tuple[str, ...] | None:
    """The partitions that a step has to make; None for all that are stale."""
    keys = run_keys(context, partitioning)
    return keys if keys and context.run.tags.get(STALE_TAG) != "stale" else None


def run_keys(context: dg.AssetExecutionContext, partitioning: Partitioning | None) -> tuple[str, ...]:
    """The partitions that Dagster gets an event for; none in a run that names none."""
    if partitioning is None or not (context.has_partition_key or context.has_partition_key_range):
        return ()
    return tuple(context.partition_keys)


def show(context: dg.AssetExecutionContext, keys: Sequence[str], heavy: Mapping[str, Any]) -> dict[str, Any]:
    """The metadata that every event of a run gets: all of it where events are few, else the last event has the rest."""
    if len(keys) <= _FEW:
        return dict(heavy)
    light = {name: value for name, value in heavy.items() if not _is_heavy(name)}
    rest = {name: value for name, value in heavy.items() if _is_heavy(name)}
    context.add_asset_metadata(rest, partition_key=keys[-1])
    return light


def _is_heavy(name: str) -> bool:
    return name in {"dagster/column_schema", "dagster/column_lineage", "mesh/sample", "mesh/profile"}


def show_rows(context: dg.AssetExecutionContext, keys: Sequence[str], lake: Lake, table: Place) -> None:
    """How many rows each partition of the run has now."""
    pinned = lake.pin(table) if keys else None
    if pinned is None or not pinned.partition_by:
        return
    counts = dict.fromkeys(keys, 0)
    for file in pinned.data:
        [value] = file.partition.values()
        key = key_of_file(value or "")
        if key in counts:
            counts[key] += file.rows
    for key, rows in counts.items():
        context.add_asset_metadata({"dagster/partition_row_count": rows}, partition_key=key)


def data_version(keys: Sequence[str], digests: Mapping[str, str], version: int) -> dg.DataVersion:
    """Of one partition its digest, so that an unchanged one is no news; of several, or a whole table, its version."""
    if len(keys) == 1 and keys[0] in digests:
        return dg.DataVersion(digests[keys[0]])
    return dg.DataVersion(str(version))
