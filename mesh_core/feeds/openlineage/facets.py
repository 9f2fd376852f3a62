"""The facets of OpenLineage, one function each, as plain values.

The official client's classes take 0.4 s to import, which every publication would pay; a test holds these values to
those classes, name by name and version by version.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import Any

from mesh_core import __version__
from mesh_core.catalog import CheckRecord, ColumnRecord, LineageRecord
from mesh_core.feeds.openlineage.facts import Tag

PRODUCER = f"urn:mesh-core:{__version__}"
CORE = "https://openlineage.io/spec/2-0-2/OpenLineage.json#/$defs"
_FACETS = "https://openlineage.io/spec/facets"
_VERSIONS = {
    "ColumnLineageDatasetFacet": "1-2-0",
    "DataQualityAssertionsDatasetFacet": "1-1-0",
    "DataQualityMetricsDatasetFacet": "1-0-1",
    "DatasetTypeDatasetFacet": "1-0-1",
    "DatasetVersionDatasetFacet": "1-0-1",
    "DatasourceDatasetFacet": "1-0-1",
    "DocumentationDatasetFacet": "1-1-0",
    "DocumentationJobFacet": "1-1-0",
    "ErrorMessageRunFacet": "1-0-1",
    "InputStatisticsInputDatasetFacet": "1-0-0",
    "JobTypeJobFacet": "2-0-4",
    "LifecycleStateChangeDatasetFacet": "1-0-1",
    "OutputStatisticsOutputDatasetFacet": "1-0-2",
    "OwnershipDatasetFacet": "1-0-1",
    "OwnershipJobFacet": "1-0-1",
    "ParentRunFacet": "1-2-0",
    "ProcessingEngineRunFacet": "1-1-1",
    "SQLJobFacet": "1-1-0",
    "SchemaDatasetFacet": "1-2-0",
    "SourceCodeJobFacet": "1-0-1",
    "StorageDatasetFacet": "1-0-1",
    "SymlinksDatasetFacet": "1-0-1",
    "TagsDatasetFacet": "1-0-0",
    "TestRunFacet": "1-0-1",
}

_SEVERITIES = {"error": "error", "warning": "warn", "info": "info"}

Facet = dict[str, Any]


def _facet(kind: str, **values: Any) -> Facet:
    """The facet with what all facets carry; values that are unknown are left out."""
    known = {name: value for name, value in values.items() if value not in (None, "")}
    return {
        "_producer": PRODUCER,
        "_schemaURL": f"{_FACETS}/{_VERSIONS[kind]}/{kind}.json#/$defs/{kind}",
        **known,
    }


def parent(run_id: str, namespace: str, job: str) -> Facet:
    """The run that this one is part of."""
    return _facet("ParentRunFacet", run={"runId": run_id}, job={"namespace": namespace, "name": job})


def processing_engine(name: str, version: str) -> Facet:
    """What computed the rows."""
    return _facet("ProcessingEngineRunFacet", name=name, version=version, openlineageAdapterVersion=__version__)


def error_message(message: str) -> Facet:
    """Why a run failed."""
    return _facet("ErrorMessageRunFacet", message=message, programmingLanguage="PYTHON")


def tests(checks: Iterable[CheckRecord]) -> Facet:
    """The audit of a run, whether a dataset came out of it or not."""
    return _facet(
        "TestRunFacet",
        tests=[
            _known(
                name=check.name,
                status="pass" if check.success else "fail",
                severity=_SEVERITIES.get(check.severity, check.severity),
                type=check.dimension,
                description=check.description,
                actual=_told(check),
                params=_params(check),
            )
            for check in checks
        ],
    )


def assertions(checks: Iterable[CheckRecord]) -> Facet:
    """The same audit as statements on the dataset that it let through."""
    return _facet(
        "DataQualityAssertionsDatasetFacet",
        assertions=[
            _known(
                assertion=check.dimension or check.name,
                success=check.success,
                column=check.column,
                severity=_SEVERITIES.get(check.severity, check.severity),
                name=check.name,
                description=check.description,
                actual=_told(check),
                params=_params(check),
            )
            for check in checks
        ],
    )


def _told(check: CheckRecord) -> str:
    if check.observed is not None:
        return str(check.observed)
    return "" if check.unexpected_count is None else str(check.unexpected_count)


def _params(check: CheckRecord) -> dict[str, Any]:
    return _known(
        engine=check.engine,
        elementCount=check.element_count,
        unexpectedCount=check.unexpected_count,
        unexpectedPercent=check.unexpected_percent,
        quarantined=check.quarantined or None,
    )


def job_type(kind: str) -> Facet:
    """What sort of job it is: one step of a Dagster asset."""
    return _facet("JobTypeJobFacet", processingType="BATCH", integration="DAGSTER", jobType=kind)


def job_documentation(text: str) -> Facet:
    return _facet("DocumentationJobFacet", description=text, contentType="text/plain")


def job_ownership(team: str) -> Facet:
    return _facet("OwnershipJobFacet", owners=_owners(team))


def sql(query: str) -> Facet:
    """The statement, where the code is one."""
    return _facet("SQLJobFacet", query=query, dialect="duckdb")


def source_code(language: str, text: str) -> Facet:
    """Code that is no plain SQL."""
    return _facet("SourceCodeJobFacet", language=language, sourceCode=text)


def schema(columns: Iterable[ColumnRecord]) -> Facet:
    """Columns with their physical types, in their order."""
    return _facet(
        "SchemaDatasetFacet",
        fields=[
            _known(name=column.name, type=column.physical_type, description=column.description, ordinal_position=at)
            for at, column in enumerate(columns, start=1)
        ],
    )


def column_lineage(lineage: Iterable[LineageRecord], kind: str, datasets: Mapping[str, tuple[str, str]]) -> Facet:
    """Each column with those that its value is computed from; ``datasets`` names inputs as OpenLineage does.

    All of these are direct: what only selects rows is not recorded as an origin. Whether a value was copied or
    computed is not recorded either, so no subtype is claimed.
    """
    fields: dict[str, dict[str, Any]] = {}
    for origin in lineage:
        if origin.input not in datasets:
            continue
        namespace, name = datasets[origin.input]
        transformation = _known(type="DIRECT", description=_KNOWN_BY.get(kind, ""))
        given = {"namespace": namespace, "name": name, "field": origin.input_column}
        found = fields.setdefault(origin.column, {"inputFields": []})
        found["inputFields"].append({**given, "transformations": [transformation]})
    return _facet("ColumnLineageDatasetFacet", fields=fields)


_KNOWN_BY = {"sql": "parsed from the statement", "dbt": "parsed from the model", "declared": "declared by the contract"}


def documentation(text: str) -> Facet:
    return _facet("DocumentationDatasetFacet", description=text, contentType="text/plain")


def ownership(team: str) -> Facet:
    return _facet("OwnershipDatasetFacet", owners=_owners(team))


def _owners(team: str) -> list[dict[str, str]]:
    return [{"name": f"team:{team}", "type": "OWNER"}]


def version(number: int) -> Facet:
    """The table version."""
    return _facet("DatasetVersionDatasetFacet", datasetVersion=str(number))


def storage() -> Facet:
    return _facet("StorageDatasetFacet", storageLayer="delta", fileFormat="parquet")


def dataset_type(kind: str) -> Facet:
    return _facet("DatasetTypeDatasetFacet", datasetType=kind)


def data_source(name: str, uri: str) -> Facet:
    """The place in the spelling that programs open."""
    return _facet("DatasourceDatasetFacet", name=name, uri=uri)


def symlinks(namespace: str, name: str) -> Facet:
    """Another name of the dataset; namespace, slash and name are the port's global address."""
    return _facet("SymlinksDatasetFacet", identifiers=[{"namespace": namespace, "name": name, "type": "TABLE"}])


def state_change(kind: str) -> Facet:
    return _facet("LifecycleStateChangeDatasetFacet", lifecycleStateChange=kind)


def tags(given: Iterable[Tag]) -> Facet:
    """The contract's tags, and what it says of single columns."""
    return _facet(
        "TagsDatasetFacet",
        tags=[_known(key=tag.key, value=tag.value, source="CONTRACT", field=tag.column) for tag in given],
    )


def quality_metrics(columns: Iterable[ColumnRecord], *, rows: int, size: int | None, at: str) -> Facet:
    """The profile: nulls of each column, and ranges where they are numbers."""
    return _facet(
        "DataQualityMetricsDatasetFacet",
        rowCount=rows,
        bytes=size,
        lastUpdated=at,
        captureDate=at,
        columnMetrics={
            column.name: _known(
                nullCount=column.nulls,
                count=None if column.nulls is None else rows - column.nulls,
                distinctCount=column.distinct,
                min=_number(column, column.minimum),
                max=_number(column, column.maximum),
            )
            for column in columns
            if column.nulls is not None
        },
    )


def _number(column: ColumnRecord, value: Any) -> float | None:
    """The end of a range that is one of numbers; the profile keeps all of them as text."""
    if value is None or column.logical_type not in {"integer", "number"}:
        return None
    try:
        number = float(value)
    except ValueError:
        return None
    return number if math.isfinite(number) else None


def output_statistics(rows: int, size: int | None = None) -> Facet:
    """What was written."""
    return _facet("OutputStatisticsOutputDatasetFacet", rowCount=rows, size=size)


def input_statistics(rows: int) -> Facet:
    """What was read."""
    return _facet("InputStatisticsInputDatasetFacet", rowCount=rows)


def _known(**values: Any) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value not in (None, "", {})}
