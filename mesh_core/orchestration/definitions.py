"""A domain's folder as a Dagster code location: loaded, checked, and nothing run."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import dagster as dg

from mesh_core.contracts.graph import InternalInput, PortInput, inputs_of
from mesh_core.contracts.loading import load_mesh, uncollected
from mesh_core.contracts.tree import DomainTree, Internal, Mesh, Port
from mesh_core.errors import MeshError
from mesh_core.governance import load_charter
from mesh_core.orchestration import automation
from mesh_core.orchestration.assets import dbt_assets, internal_asset, port_asset
from mesh_core.orchestration.maintenance import maintenance_of
from mesh_core.orchestration.partition_triggers import partition_schedule, partition_sensor
from mesh_core.orchestration.resources import shared_resources
from mesh_core.policy import enforce
from mesh_core.publishing.partitions import partitioning_of
from mesh_core.publishing.transformation.bound import bind_changed
from mesh_core.publishing.transformation.dbt import dbt_ports, project_state
from mesh_core.settings import Settings, let_dagster_write_in_batches, load_settings


@uncollected()
def domain_definitions(
    definitions_file: str,
    *,
    assets: Sequence[dg.AssetsDefinition] = (),
    sensors: Sequence[Any] = (),
    schedules: Sequence[dg.ScheduleDefinition] = (),
) -> dg.Definitions:
    """The Dagster definitions of the domain whose ``definitions.py`` is ``definitions_file``.

    Every output port and internal step of the folder becomes an asset; ``assets``, ``sensors`` and ``schedules``
    are the domain's own and stand beside them with the same resources. MeshError, with file and line, if a
    descriptor is wrong, a transformation doesn't make what its contract promises, or a port violates a policy
    of the load gate.
    """
    folder = Path(definitions_file).resolve().parent
    settings = load_settings(folder.parent.parent)
    let_dagster_write_in_batches()
    mesh = load_mesh(settings)
    if folder.name in mesh.broken:
        raise mesh.broken[folder.name]
    tree = mesh.domains[folder.name]
    findings = [*bind_changed(tree, mesh, settings), *_refused(tree, mesh)]
    if findings:
        raise findings[0] if len(findings) == 1 else _all_of(findings)
    made = [*_domain_assets(tree, mesh, settings), *assets]
    found_schedules, found_sensors, jobs = _triggers(tree, settings)
    maintenance, nightly = maintenance_of(tree.domain.name)
    return dg.Definitions(
        assets=made,
        resources=shared_resources(settings, tree.domain.name),
        schedules=[*found_schedules, nightly, *schedules],
        sensors=[automation.automation_sensor(), *found_sensors, *sensors],
        jobs=[*jobs, maintenance],
        executor=dg.in_process_executor,
    )


def _refused(tree: DomainTree, mesh: Mesh) -> list[MeshError]:
    """What keeps the domain's ports from being loaded by the mesh's policies; warnings are for `mesh check`."""
    violations = enforce("load", tree.ports, load_charter(mesh.root), mesh=mesh)
    return [violation for violation in violations if violation.severity == "error"]


def _all_of(findings: list[MeshError]) -> MeshError:
    from mesh_core.errors import DescriptorsError

    return DescriptorsError(findings)


def _domain_assets(tree: DomainTree, mesh: Mesh, settings: Settings) -> list[dg.AssetsDefinition]:
    assets = [internal_asset(node, tree, mesh) for node in tree.internals]
    assets += [port_asset(port, tree, mesh) for port in tree.ports if port.engine != "dbt"]
    if tree.dbt_project is not None:
        assets.append(dbt_assets(tree, project_state(tree.dbt_project, dbt_ports(tree), settings), mesh))
    return assets


def _triggers(
    tree: DomainTree, settings: Settings
) -> tuple[list[dg.ScheduleDefinition], list[dg.SensorDefinition], list[automation.AssetJob]]:
    """A schedule for each port whose contract promises a frequency, a sensor where files arrive for it."""
    schedules, sensors, jobs = [], [], []
    for port in tree.ports:
        if port.retired:
            continue
        steps = _steps_before(port, tree)
        lands = any(step.source and step.source.landing for step in steps)
        if automation.cron_of(port.contract) is None and not lands:
            continue
        keys = [list(port.address.asset_key), *(list(step.key) for step in steps)]
        job = dg.define_asset_job(
            f"{port.address.table}_job",
            selection=dg.AssetSelection.assets(*(dg.AssetKey(key) for key in keys)),
            description=f"Publishes {port.address.sql} with the internal steps before it.",
        )
        jobs.append(job)
        schedule, sensor = _triggers_of(port, job, steps, tree, settings)
        schedules += [schedule] if schedule is not None else []
        sensors += [sensor] if sensor is not None else []
    return schedules, sensors, jobs


def _triggers_of(
    port: Port, job: automation.AssetJob, steps: Sequence[Internal], tree: DomainTree, settings: Settings
) -> tuple[dg.ScheduleDefinition | None, dg.SensorDefinition | None]:
    """The port's schedule and the sensor of its landing zone; those of a partitioned port ask for partitions."""
    landings = {step.name: step.source for step in steps if step.source and step.source.landing}
    if port.contract.publishing.partitioning is None:
        schedule = automation.schedule_of(port, job)
        watched = tuple(landings.values())
        return schedule, automation.arrival_sensor(port, job, watched, settings) if watched else None
    by_partition = {step.name for step in steps if step.name in landings and partitioning_of(step, tree)}
    if not landings:
        return partition_schedule(port, job, settings), None
    nodes: list[Port | Internal] = [port, *steps]
    reads = [given for node in nodes for given in inputs_of(node, tree) if isinstance(given, PortInput)]
    sensor = partition_sensor(port, job, landings, by_partition, reads=reads, settings=settings)
    return partition_schedule(port, job, settings), sensor


def _steps_before(port: Port, tree: DomainTree) -> list[Internal]:
    """The internal steps that the port is made from, directly or through each other; none of another port's."""
    found: dict[tuple[str, ...], Internal] = {}
    waiting: list[Port | Internal] = [port]
    while waiting:
        for given in inputs_of(waiting.pop(), tree):
            step = tree.internal(given.layer, given.table) if isinstance(given, InternalInput) else None
            if step is not None and step.key not in found:
                found[step.key] = step
                waiting.append(step)
    return list(found.values())
