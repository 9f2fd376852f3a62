"""What starts the runs of a partitioned port: files that arrive, and the clock of its contract."""

from __future__ import annotations

import contextlib
import hashlib
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import dagster as dg
import msgspec

from mesh_core.errors import MeshError, SourceError
from mesh_core.ingestion import deliveries
from mesh_core.orchestration.asset_partitions import range_tags
from mesh_core.orchestration.automation import cron_of
from mesh_core.publishing.inputs import table_of
from mesh_core.publishing.partitions import UnknownPartitionError, covering, day_of, key_of_file
from mesh_core.publishing.planning.plan import make_plan
from mesh_core.publishing.services import Services

if TYPE_CHECKING:
    from mesh_core.contracts import Source
    from mesh_core.contracts.graph import PortInput
    from mesh_core.contracts.publishing import Partitioning
    from mesh_core.contracts.tree import Port
    from mesh_core.orchestration.automation import AssetJob
    from mesh_core.settings import Settings


def partition_sensor(
    port: Port,
    job: AssetJob,
    sources: Mapping[str, Source],
    partitioned: Collection[str],
    *,
    reads: Collection[PortInput],
    settings: Settings,
) -> dg.SensorDefinition:
    """Runs exactly the partitions whose files are new; many that follow each other are one run.

    It waits for the first publications of what the port and its steps read (``reads``): a run would only fail.
    ``partitioned`` are those of the ``sources`` whose files are partitions. Files of another source may change every
    partition, so that all that were delivered run.
    """
    partitioning = _of(port)

    @dg.sensor(
        name=f"{port.address.table}_arrivals",
        job=job,
        minimum_interval_seconds=5,
        default_status=dg.DefaultSensorStatus.RUNNING,
        description="Watches the landing zone; a run is of the partitions that arrived.",
    )
    def arrivals(context: dg.SensorEvaluationContext) -> dg.SensorResult | dg.SkipReason:
        seen, now = _remembered(context.cursor), _listing(sources, settings)
        fresh = {name for name, state in now.items() if seen.get(name) != state}
        if not fresh:
            return dg.SkipReason(f"{len(now)} files in the landing zone, none new")
        lacking = _unpublished(reads, settings)
        if lacking:
            return dg.SkipReason(f"{len(fresh)} new files wait for the first publication of {lacking}")
        days = {key for name in now if (key := _key(name, partitioned, partitioning))}
        wanted = {key for name in fresh if (key := _key(name, partitioned, partitioning))}
        if any(name.partition("/")[0] not in partitioned for name in fresh):
            wanted = days
        requests = list(_requests(wanted, days, partitioning, now))
        if not requests:
            return dg.SkipReason(f"{len(fresh)} new files, none of a partition of {port.address.sql}")
        return dg.SensorResult(run_requests=requests, cursor=msgspec.json.encode(now).decode())

    return arrivals


def partition_schedule(port: Port, job: AssetJob, settings: Settings) -> dg.ScheduleDefinition | None:
    """Keeps the contract's frequency: each tick runs the partitions that are stale by then, if any are."""
    cron, partitioning = cron_of(port.contract), _of(port)
    if cron is None:
        return None

    @dg.schedule(
        name=f"{port.address.table}_schedule",
        job=job,
        cron_schedule=cron,
        execution_timezone="UTC",
        default_status=dg.DefaultScheduleStatus.RUNNING,
        description=f"From the contract's frequency: {port.contract.path.name}.",
    )
    def due(context: dg.ScheduleEvaluationContext) -> Sequence[dg.RunRequest] | dg.SkipReason:
        services = Services(settings)
        try:
            plan = make_plan(services.mesh, [services.mesh.port(port.address)], services)
        finally:
            services.close()
        [step] = [step for step in plan.ports if step.key == port.address.asset_key]
        when = {"tick": context.scheduled_execution_time.isoformat()}
        requests = list(_requests(step.partitions or (), step.known, partitioning, when))
        return requests or dg.SkipReason("no partition is stale")

    return due


def _requests(
    keys: Collection[str], known: Collection[str], partitioning: Partitioning, state: Mapping[str, Any]
) -> Iterator[dg.RunRequest]:
    """One run an unbroken range; the same range in the same state is not asked for twice."""
    seen = hashlib.sha256(msgspec.json.encode(state, order="sorted")).hexdigest()[:16]
    for first, last in covering(keys, known, partitioning):
        run_key = f"{first}..{last} {seen}"
        if first == last:
            yield dg.RunRequest(run_key=run_key, partition_key=first)
        else:
            yield dg.RunRequest(run_key=run_key, tags=range_tags(first, last))


def _listing(sources: Mapping[str, Source], settings: Settings) -> dict[str, str]:
    """``source/file`` of everything that has landed, with what a new delivery of it changes.

    Looking begins a replay: no step of a partitioned source runs before its first file is there.
    """
    found: dict[str, str] = {}
    for name, source in sources.items():
        with contextlib.suppress(SourceError):  # nothing has landed yet
            found |= {f"{name}/{file}": seen for file, seen in deliveries(source, settings).items()}
    return found


def _unpublished(reads: Collection[PortInput], settings: Settings) -> str:
    """An input port that has no version yet; '' if there is none. What else is wrong with one, the run tells."""
    services = Services(settings)
    try:
        for given in reads:
            with contextlib.suppress(MeshError):
                if services.lake.newest(table_of(given, services)) is None:
                    return given.address.sql
    finally:
        services.close()
    return ""


def _remembered(cursor: str | None) -> dict[str, str]:
    """The listing that the last evaluation left; nothing if that was of a port without partitions."""
    try:
        return msgspec.json.decode(cursor or "{}", type=dict[str, str])
    except msgspec.DecodeError:
        return {}


def _key(listed: str, partitioned: Collection[str], partitioning: Partitioning) -> str:
    """The partition that a listed file is; '' for none, of which the next run of the step tells."""
    source, _, name = listed.partition("/")
    if source not in partitioned:
        return ""
    try:
        day_of(key_of_file(name), partitioning)
    except UnknownPartitionError:
        return ""
    return key_of_file(name)


def _of(port: Port) -> Partitioning:
    partitioning = port.contract.publishing.partitioning
    if partitioning is None:
        raise AssertionError  # the caller asks for partitioned ports
    return partitioning
