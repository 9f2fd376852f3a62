"""Maintenance as Dagster sees it: one job a domain, run at night, with what it did to each table."""

import hashlib
from typing import Any

import dagster as dg

from mesh_core.orchestration.automation import AssetJob
from mesh_core.orchestration.resources import services_of
from mesh_core.publishing.upkeep import Cared, care_for, forget_samples, tables_of

_HOUR = 2
_SHOWN = ("status", "files_before", "files_after", "removed", "bytes_freed", "versions_kept", "seconds", "reason")


def maintenance_of(domain: str) -> tuple[AssetJob, dg.ScheduleDefinition]:
    """The job that cares for all tables of ``domain``, and the schedule that runs it every night (UTC)."""

    @dg.op(
        name=f"{domain}_tables",
        required_resource_keys={"storage", "quality", "catalog"},
        out=dg.Out(dg.Nothing),
        description="Compaction, Z-order, checkpoints and vacuum of every table of the domain.",
    )
    def tables(context: dg.OpExecutionContext) -> None:
        services = services_of(context.resources)
        done: list[Cared] = []
        try:
            ports = services.mesh.select((domain,))
            for cared in care_for(tables_of(ports, services), services):
                done.append(cared)
                _log(context, cared)
            forget_samples(services)
        finally:
            services.close()
        wrong = [f"{cared.name}: {cared.error}" for cared in done if cared.error is not None]
        if wrong:
            told = "\n".join([f"{len(wrong)} of {len(done)} tables could not be maintained", *wrong])
            raise dg.Failure(told, metadata=_metadata(done))
        context.add_output_metadata(_metadata(done))

    @dg.job(
        name=f"{domain}_maintenance",
        executor_def=dg.in_process_executor,
        description=f"Keeps the tables of {domain} quick to read and rid of what no version needs.",
    )
    def job() -> None:
        tables()

    return job, _schedule(domain, job)


def _schedule(domain: str, job: AssetJob) -> dg.ScheduleDefinition:
    """Every night, each domain at a minute of its own: they share the machine."""
    minute = int(hashlib.sha256(domain.encode()).hexdigest(), 16) % 60
    return dg.ScheduleDefinition(
        name=f"{domain}_maintenance_schedule",
        job=job,
        cron_schedule=f"{minute} {_HOUR} * * *",
        execution_timezone="UTC",
        default_status=dg.DefaultScheduleStatus.RUNNING,
        description="Table maintenance, at night.",
    )


def _log(context: dg.OpExecutionContext, cared: Cared) -> None:
    if cared.error is not None:
        context.log.error(f"{cared.name}: {cared.error}")
        return
    told = cared.as_dict()
    context.log.info(f"{cared.name}: " + ", ".join(f"{name} {told[name]}" for name in _SHOWN if told[name]))


def _metadata(done: list[Cared]) -> dict[str, Any]:
    results = [cared.result for cared in done if cared.result is not None]
    return {
        "mesh/tables": len(done),
        "mesh/files_before": sum(result.files_before for result in results),
        "mesh/files_after": sum(result.files_after for result in results),
        "mesh/files_removed": sum(result.removed for result in results),
        "mesh/bytes_freed": sum(result.bytes_freed for result in results),
        "mesh/skipped": sum(result.status == "skipped" for result in results),
        "mesh/failed": len(done) - len(results),
        "mesh/by_table": dg.MetadataValue.json([cared.as_dict() for cared in done]),
    }
