"""Ports and internal steps as Dagster assets: one step each, with the rules as asset checks of the same step."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import dagster as dg

from mesh_core.contracts.graph import Input, input_key, inputs_of
from mesh_core.contracts.lifecycle import Standing, standing, today
from mesh_core.contracts.tree import DomainTree, Internal, Mesh, Port
from mesh_core.errors import MeshError
from mesh_core.orchestration import metadata as shown
from mesh_core.orchestration.asset_partitions import (
    asked,
    data_version,
    partition_attributes,
    run_keys,
    show,
    show_rows,
    without_beta_warnings,
)
from mesh_core.orchestration.automation import freshness_of, on_new_inputs, when_missing
from mesh_core.orchestration.resources import services_of
from mesh_core.publishing.partitions import partitioning_of, recorded
from mesh_core.publishing.publication import Publication, publish
from mesh_core.publishing.register import checks_in, lineage_in, publication_record
from mesh_core.publishing.services import FORCE_TAG, Services
from mesh_core.publishing.steps.internals import refresh
from mesh_core.publishing.transformation.dbt import DbtModel, DbtProjectState
from mesh_core.quality import CheckSpec, checks_for

RESOURCES = {"storage", "quality", "catalog"}

Key = tuple[str, ...]
Steps = Iterator[dg.MaterializeResult[Any] | dg.AssetCheckResult]


def internal_asset(node: Internal, tree: DomainTree, mesh: Mesh) -> dg.AssetsDefinition:
    """A bronze or silver step as an asset of its domain."""
    inputs = inputs_of(node, tree)
    partitioning = partitioning_of(node, tree)

    def step(context: dg.AssetExecutionContext) -> Steps:
        services = services_of(context.resources)
        table = services.lake.internal(node.key)
        keys = run_keys(context, partitioning)
        try:
            made = refresh(
                node,
                tree,
                services,
                run_id=context.run.run_id,
                force=_forced(context),
                partitions=asked(context, partitioning),
            )
            show_rows(context, keys, services.lake, table)
        except MeshError as error:
            raise failure(error) from error
        finally:
            services.close()
        metadata = {
            **shown.internal_metadata(table, made.rows, made.table_version, made.columns),
            "mesh/inputs": dg.MetadataValue.json(made.inputs),
            "mesh/status": made.status,
        }
        yield dg.MaterializeResult(
            metadata=show(context, keys, metadata), data_version=data_version(keys, made.partitions, made.table_version)
        )

    with without_beta_warnings(partitioned=partitioning is not None):
        as_asset = dg.asset(
            key=dg.AssetKey(list(node.key)),
            deps=_deps(inputs),
            description=_described(node),
            group_name=node.product,
            kinds=shown.kinds_of(node),
            owners=[f"team:{tree.domain.owner.team}"],
            tags={"domain": tree.domain.name, "layer": node.layer},
            metadata={**_source_metadata(node), **shown.inputs_metadata(inputs, mesh)},
            required_resource_keys=RESOURCES,
            automation_condition=condition_of(
                node.key, [input_key(given) for given in inputs], partitioned=partitioning is not None
            ),
            **partition_attributes(partitioning),
        )
        made: dg.AssetsDefinition = as_asset(step)
    return made


def port_asset(port: Port, tree: DomainTree, mesh: Mesh) -> dg.AssetsDefinition:
    """An output port as an asset; its contract's rules are checks that the same step reports."""
    inputs = inputs_of(port, tree)

    def step(context: dg.AssetExecutionContext) -> Steps:
        services = services_of(context.resources)
        try:
            yield from _published(port, tree, services, context)
        finally:
            services.close()

    attributes = _port_attributes(port, [input_key(given) for given in inputs], inputs, mesh)
    partitioned = partition_attributes(None if port.retired else port.contract.publishing.partitioning)
    with without_beta_warnings(partitioned=bool(partitioned)):
        as_asset = dg.asset(
            **attributes, **partitioned, check_specs=check_specs(port), required_resource_keys=RESOURCES
        )
        made: dg.AssetsDefinition = as_asset(step)
    return made


def dbt_assets(tree: DomainTree, state: DbtProjectState, mesh: Mesh) -> dg.AssetsDefinition:
    """A domain's dbt project: staging models as silver assets, its ports published one by one."""
    ports = ports_by_model(tree)
    specs = [spec for model in state.models for spec in _dbt_specs(model, ports, state, tree, mesh)]

    @dg.multi_asset(
        name=f"{tree.domain.name}_dbt",
        specs=specs,
        check_specs=[spec for made in ports.values() for port in made for spec in check_specs(port)],
        required_resource_keys=RESOURCES,
        can_subset=True,
    )
    def step(context: dg.AssetExecutionContext) -> Steps:
        services = services_of(context.resources)
        failed: list[dg.Failure] = []
        try:
            for model in state.models:
                made = ports.get(model.name, ())
                if not made and dg.AssetKey(list(model.key)) in context.selected_asset_keys:
                    metadata = {"dbt/compiled_sql": _sql(model)}
                    yield dg.MaterializeResult(asset_key=dg.AssetKey(list(model.key)), metadata=metadata)
                for port in made:
                    if dg.AssetKey(list(port.address.asset_key)) not in context.selected_asset_keys:
                        continue
                    try:
                        yield from _published(port, tree, services, context)
                    except dg.Failure as error:
                        failed.append(error)
        finally:
            services.close()
        if failed:
            raise failed[0]

    return step


def ports_by_model(tree: DomainTree) -> dict[str, tuple[Port, ...]]:
    """The dbt ports by the model that makes them: one model may make several major versions."""
    found: dict[str, tuple[Port, ...]] = {}
    for port in tree.ports:
        if port.engine == "dbt":
            found[port.path.stem] = (*found.get(port.path.stem, ()), port)
    return found


def _sql(model: DbtModel) -> dg.MetadataValue[Any]:
    return dg.MetadataValue.md(f"```sql\n{model.compiled}\n```")


def _published(port: Port, tree: DomainTree, services: Services, context: dg.AssetExecutionContext) -> Steps:
    """Publish, then say to Dagster what the commit says; a refused publication reports its checks first."""
    key, partitioning = port.address.asset_key, port.contract.publishing.partitioning
    keys = () if port.retired else run_keys(context, partitioning)
    wanted = asked(context, partitioning) if keys else None
    try:
        done = publish(port, tree, services, run_id=context.run.run_id, force=_forced(context), partitions=wanted)
    except MeshError as error:
        yield from _refused(port, error)
        raise failure(error) from error
    if done.status == "retired":
        yield dg.MaterializeResult(asset_key=dg.AssetKey(list(key)), metadata={"mesh/status": done.status})
        return
    table = services.table(port.contract)
    commit = services.lake.newest(table)
    if commit is None:  # pragma: no cover - publish returned, so there is a version
        raise failure(MeshError(f"{port.address.sql} has no table"))
    for check in checks_in(commit):
        yield shown.check_result(check, key)
    registered = services.catalog.publication(port.address.sql, commit.version)
    record = registered or publication_record(port, table, commit, services)
    metadata = {
        **shown.publication_metadata(record, port, table),
        **shown.quarantine_metadata(commit, port.address.sql),
        **shown.column_lineage_metadata(lineage_in(commit), port.domain.name),
        "mesh/status": done.status,
        "mesh/seconds": _seconds(done),
    }
    show_rows(context, keys, services.lake, table)
    yield dg.MaterializeResult(
        asset_key=dg.AssetKey(list(key)),
        metadata=show(context, keys, metadata),
        data_version=data_version(keys, recorded(commit.facts), commit.version),
    )


def _seconds(done: Publication) -> float:
    return round(done.seconds, 3)


def _refused(port: Port, error: MeshError) -> Steps:
    from mesh_core.publishing.register import check_record

    for result in getattr(error, "checks", ()):
        yield shown.check_result(check_record(result, port.contract), port.address.asset_key)


def failure(error: MeshError) -> dg.Failure:
    """The mesh's error as Dagster's, without a retry: the same inputs would fail again."""
    return dg.Failure(
        description=str(error),
        metadata={"code": error.code, "remedy": error.remedy or "", "file": str(error.path or "")},
        allow_retries=False,
    )


def check_specs(port: Port) -> list[dg.AssetCheckSpec]:
    """One asset check a rule; ``error`` rules hold back whoever depends on the port."""
    if port.retired:
        return []
    return [_check_spec(check, port) for check in checks_for(port.contract)]


def _check_spec(check: CheckSpec, port: Port) -> dg.AssetCheckSpec:
    return dg.AssetCheckSpec(
        name=check.name,
        asset=dg.AssetKey(list(port.address.asset_key)),
        description=check.description,
        blocking=check.blocking,
        metadata={"severity": check.severity, "dimension": check.dimension or "", "column": check.column},
    )


def _port_attributes(port: Port, deps: Sequence[Key], inputs: Sequence[Input], mesh: Mesh) -> dict[str, Any]:
    """A retired port is still to be seen, but nothing runs it by itself."""
    contract = port.contract
    stands = standing(contract, (), today(), others=[other.contract for other in mesh.versions(contract.id)])
    return {
        "key": dg.AssetKey(list(port.address.asset_key)),
        "deps": [dg.AssetKey(list(key)) for key in deps],
        "description": _port_description(port, stands),
        "group_name": port.product.folder.name,
        "kinds": shown.kinds_of(port),
        "owners": [f"team:{port.owner}"],
        "tags": _port_tags(port),
        "metadata": {
            **shown.definition_metadata(port),
            **shown.standing_metadata(stands),
            **shown.inputs_metadata(inputs, mesh),
        },
        "code_version": contract.version,
        "automation_condition": None
        if port.retired
        else condition_of(port.address.asset_key, deps, partitioned=contract.publishing.partitioning is not None),
        "freshness_policy": None if port.retired else freshness_of(contract),
    }


def _port_tags(port: Port) -> dict[str, str]:
    tags = {
        "domain": port.domain.name,
        "product": port.product.folder.name,
        "kind": port.domain.kind,
        "status": port.contract.status,
        "layer": "gold",
    }
    return {**tags, **dict.fromkeys(port.contract.tags, "")}


def _port_description(port: Port, stands: Standing) -> str:
    contract = port.contract
    parts = [contract.purpose]
    if stands.ending:
        parts.append(f"**{stands.status.capitalize()}**: {shown.ending(stands)}")
    if contract.granularity:
        parts.append(f"**One row is** {contract.granularity}")
    if contract.limitations:
        parts.append(f"**Limitations**: {contract.limitations}")
    if contract.usage:
        parts.append(f"**Usage**: {contract.usage}")
    return "\n\n".join(part.strip() for part in parts if part)


def _described(node: Internal) -> str:
    if node.source is not None:
        return node.source.description
    return f"{node.layer.capitalize()} step of product {node.product}; private to its domain."


def _source_metadata(node: Internal) -> dict[str, Any]:
    found: dict[str, Any] = {"mesh/code": dg.MetadataValue.path(str(node.path))}
    if node.source is not None:
        found["dagster/column_schema"] = shown.column_schema(node.source.columns)
        if node.source.url:
            found["link/source"] = dg.MetadataValue.url(node.source.url)
    return found


def _dbt_specs(
    model: DbtModel, ports: Mapping[str, Sequence[Port]], state: DbtProjectState, tree: DomainTree, mesh: Mesh
) -> list[dg.AssetSpec]:
    """The model's own asset, or those of the ports that it makes; a model that is read stands for its first port."""
    firsts = {other.key: ports[other.name][0].address.asset_key for other in state.models if other.name in ports}
    deps = [firsts.get(dep, dep) for dep in model.deps]
    if model.name in ports:
        return [
            dg.AssetSpec(**_port_attributes(port, deps, inputs_of(port, tree), mesh), skippable=True)
            for port in ports[model.name]
        ]
    spec = dg.AssetSpec(
        key=dg.AssetKey(list(model.key)),
        deps=[dg.AssetKey(list(key)) for key in deps],
        description=model.description or f"dbt model {model.name}; private to its domain.",
        group_name=f"{tree.domain.name}_dbt",
        kinds={"dbt", "duckdb", "silver"},
        owners=[f"team:{tree.domain.owner.team}"],
        tags={"domain": tree.domain.name, "layer": "silver"},
        automation_condition=condition_of(model.key, deps),
        skippable=True,
    )
    return [spec]


def condition_of(key: Key, deps: Sequence[Key], *, partitioned: bool = False) -> dg.AutomationCondition[Any] | None:
    """On new versions of what it reads; once by itself for what reads sources only.

    A partitioned source waits for its sensor: every day that never came is missing.
    """
    foreign = [dep for dep in deps if dep[0] != key[0]]
    if deps:
        return on_new_inputs(tuple(foreign), partitioned=partitioned)
    return None if partitioned else when_missing()


def _deps(inputs: Sequence[Input]) -> list[dg.AssetKey]:
    return [dg.AssetKey(list(input_key(given))) for given in inputs]


def _forced(context: dg.AssetExecutionContext) -> bool:
    tags: Mapping[str, str] = context.run.tags
    return tags.get(FORCE_TAG) == "true"
