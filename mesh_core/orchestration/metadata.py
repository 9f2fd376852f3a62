"""What an asset shows in the Dagster UI, all of it derived from contract, commit and audit."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import dagster as dg

from mesh_core.contracts import Column, Contract
from mesh_core.contracts.graph import PortInput
from mesh_core.contracts.lifecycle import today
from mesh_core.contracts.needs import ending_inputs
from mesh_core.contracts.tree import Internal, Port
from mesh_core.publishing.identity import told
from mesh_core.publishing.outcomes import quarantined_rows
from mesh_core.storage import Commit, Place

if TYPE_CHECKING:
    from mesh_core.catalog import CheckRecord, PublicationRecord
    from mesh_core.contracts.graph import Input
    from mesh_core.contracts.lifecycle import Standing
    from mesh_core.contracts.tree import Mesh
    from mesh_core.publishing.transformation.lineage import Lineage

_LAYER_KINDS = {"source": "csv", "sql": "sql", "python": "python", "dbt": "dbt"}


def contract_schema(contract: Contract) -> dg.TableSchema:
    """The promised columns with descriptions and constraints."""
    return dg.TableSchema(
        columns=[
            dg.TableColumn(
                column.name,
                column.physical_type,
                description=column.description or None,
                constraints=dg.TableColumnConstraints(
                    nullable=not column.required, unique=column.unique, other=_other(column)
                ),
                tags=_column_tags(column),
            )
            for column in contract.columns
        ]
    )


def _other(column: Column) -> list[str]:
    told = ["primary key"] if column.primary_key else []
    if column.enum:
        told.append("one of " + ", ".join(str(value) for value in column.enum[:20]))
    told += [f"{name} {value}" for name, value in column.options.items()]
    return told


def _column_tags(column: Column) -> dict[str, str]:
    return {"classification": column.classification} if column.classification else {}


def column_schema(columns: Mapping[str, str]) -> dg.TableSchema:
    """The columns of an internal table as they came out."""
    return dg.TableSchema(columns=[dg.TableColumn(name, kind) for name, kind in columns.items()])


def definition_metadata(port: Port) -> dict[str, Any]:
    """What is known of a port before it is ever published: schema, endpoint, links, code."""
    contract = port.contract
    links = {f"link/{kind}": dg.MetadataValue.url(url) for kind, url in contract.links}
    return {
        "dagster/column_schema": contract_schema(contract),
        "dagster/table_name": port.address.sql,
        "mesh/code": dg.MetadataValue.path(str(port.path)),
        "mesh/contract_file": dg.MetadataValue.path(str(contract.path)),
        "mesh/address": port.address.uri,
        "mesh/contract": f"{contract.id} {contract.version} ({contract.status})",
        "mesh/service_levels": dg.MetadataValue.md(_service_levels(contract)),
        **links,
    }


def ending(standing: Standing) -> str:
    """When a port ends and where to go. No days left: definitions are looked at long after they were loaded."""
    day = f"support ends on {standing.end_of_support}" if standing.end_of_support else "no end of support is named"
    return f"{day}; move to {standing.successor}." if standing.successor else f"{day}."


def standing_metadata(standing: Standing) -> dict[str, Any]:
    """The end of a deprecated or retired port; nothing for the others."""
    if not standing.ending:
        return {}
    return {
        "mesh/lifecycle": standing.status,
        "mesh/end_of_support": str(standing.end_of_support or ""),
        "mesh/successor": standing.successor,
    }


def inputs_metadata(inputs: Sequence[Input], mesh: Mesh) -> dict[str, Any]:
    """What a consumer has to know of inputs that end; nothing if none does."""
    needs = [given for given in inputs if isinstance(given, PortInput)]
    rows = [
        {
            "input": given.contract.address.sql,
            "status": given.standing.status,
            "end of support": str(given.standing.end_of_support or ""),
            "successor": given.standing.successor,
        }
        for given in ending_inputs(needs, mesh, today())
    ]
    return {"mesh/inputs_ending": dg.MetadataValue.md(markdown_table(rows))} if rows else {}


def _service_levels(contract: Contract) -> str:
    lines = [f"| {sla.property} | {sla.value} {sla.unit} | {sla.description} |" for sla in contract.slas]
    return "\n".join(["| property | value | description |", "|---|---|---|", *lines])


def internal_metadata(table: Place, rows: int, version: int, columns: Mapping[str, str]) -> dict[str, Any]:
    """What an internal table shows after its step."""
    return {
        "dagster/row_count": rows,
        "dagster/uri": str(table),
        "dagster/column_schema": column_schema(columns),
        "mesh/table_version": version,
    }


def publication_metadata(record: PublicationRecord, port: Port, table: Place) -> dict[str, Any]:
    """What a port shows after a publication: counts, sample, profile, lineage, inputs."""
    failed = [check for check in record.checks if not check.success]
    return {
        "dagster/row_count": record.rows,
        "dagster/uri": str(table),
        "dagster/column_schema": contract_schema(port.contract),
        "mesh/table_version": record.table_version,
        "mesh/published_at": record.published_at,
        "mesh/contract_version": record.contract.version,
        "mesh/inputs": dg.MetadataValue.json(record.inputs),
        "mesh/sample": dg.MetadataValue.md(markdown_table(record.sample)),
        "mesh/profile": dg.MetadataValue.md(
            markdown_table(
                [
                    {"column": c.name, "nulls": c.nulls, "minimum": c.minimum, "maximum": c.maximum}
                    for c in record.columns
                ]
            )
        ),
        "mesh/quality": f"{len(record.checks) - len(failed)} of {len(record.checks)} rules hold",
        **({"mesh/identity": dg.MetadataValue.md(markdown_table(told(record.keys)))} if record.keys else {}),
    }


def quarantine_metadata(commit: Commit, address: str) -> dict[str, Any]:
    """How many rows a publication put aside and where to look at them; nothing for none."""
    rows = quarantined_rows(commit)
    if not rows:
        return {}
    look = f"`mesh quarantine {address} --version {commit.version}`"
    return {"mesh/quarantined_rows": rows, "mesh/quarantine": dg.MetadataValue.md(look)}


def column_lineage_metadata(lineage: Lineage, domain: str) -> dict[str, Any]:
    """Dagster's column lineage; nothing at all where the origins are not known."""
    if not lineage.origins:
        return {}
    deps: dict[str, list[dg.TableColumnDep]] = {}
    for origin in lineage.origins:
        schema, _, table = origin.input.partition(".")
        key = [domain, schema, table] if schema in {"bronze", "silver"} else [schema, table]
        deps.setdefault(origin.column, []).append(
            dg.TableColumnDep(asset_key=dg.AssetKey(key), column_name=origin.input_column)
        )
    return {"dagster/column_lineage": dg.TableColumnLineage(deps_by_column=deps)}


def check_result(check: CheckRecord, key: Sequence[str]) -> dg.AssetCheckResult:
    """One rule's verdict as Dagster shows it, with the failing rows."""
    metadata: dict[str, Any] = {"rule": check.description, "engine": check.engine}
    for name in ("column", "dimension", "observed", "unexpected_count", "unexpected_percent"):
        value = getattr(check, name)
        if value not in (None, ""):
            metadata[name] = value
    if check.quarantined:
        metadata["quarantined_rows"] = check.quarantined
    if check.sample:
        metadata["failing_rows"] = dg.MetadataValue.md(markdown_table(check.sample))
    return dg.AssetCheckResult(
        asset_key=dg.AssetKey(key),
        check_name=check.name,
        passed=check.success,
        severity=severity(check.severity),
        metadata=metadata,
        description=check.description,
    )


def severity(name: str) -> dg.AssetCheckSeverity:
    """``error`` blocks; ``warning`` and ``info`` report."""
    return dg.AssetCheckSeverity.ERROR if name == "error" else dg.AssetCheckSeverity.WARN


def markdown_table(rows: Sequence[Mapping[str, Any]]) -> str:
    """Rows as a Markdown table; '' for none."""
    if not rows:
        return ""
    names = list(dict.fromkeys(name for row in rows for name in row))
    head = ["| " + " | ".join(names) + " |", "|" + "---|" * len(names)]
    body = ["| " + " | ".join(_cell(row.get(name)) for name in names) + " |" for row in rows]
    return "\n".join(head + body)


def _cell(value: Any) -> str:
    if value is None:
        return ""
    text = value if isinstance(value, str) else json.dumps(value, default=str, ensure_ascii=False)
    return text.replace("|", "\\|").replace("\n", " ")[:200]


def kinds_of(node: Port | Internal) -> set[str]:
    """Dagster's kinds: how it is made, where it is kept, and its layer (ports are gold)."""
    layer = "gold" if isinstance(node, Port) else node.layer
    return {_LAYER_KINDS[node.engine], "deltalake", layer}
