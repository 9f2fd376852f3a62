"""A publication, or an internal step, as OpenLineage run events.

A port's publication is two runs. The job ``domain.port`` writes the table; the job ``domain.port.audit`` is inside it
and carries the assertions, because OpenLineage lets only inputs of a run have those. An internal step is one run.
Both sides of an edge name a table by its place, so events of different code locations meet.
"""

from __future__ import annotations

from typing import Any

from mesh_core.feeds.openlineage import facets
from mesh_core.feeds.openlineage.datasets import alias, dataset_name, dataset_uri
from mesh_core.feeds.openlineage.facts import Failed, Made, Run, Table, Work, is_uuid, job_run_id

Event = dict[str, Any]

MAX_CODE = 100_000
"""Characters of source code in one event; more is left out, as it would not be read there."""

_AUDIT = "audit"


class Writer:
    """Writes the events of one mesh: its engine's version and the name space of its jobs are the same in all."""

    def __init__(self, namespace: str = "mesh", engine_version: str = "") -> None:
        self._namespace, self._engine_version = namespace, engine_version

    def started(self, run: Run) -> list[Event]:
        """What is known when the work begins."""
        return [self._event("START", run.at, run, outputs=[_dataset(run.output)])]

    def completed(self, run: Run, made: Made) -> list[Event]:
        """The result with all that is known of it, and for what was audited the run of the audit."""
        output = _dataset(run.output)
        output["facets"] |= _of_output(run, made)
        statistics = {} if made.written is None else facets.output_statistics(made.written)
        if made.written == made.rows and made.bytes is not None:
            statistics = facets.output_statistics(made.rows, made.bytes)
        if statistics:
            output["outputFacets"] = {"outputStatistics": statistics}
        more = {"test": facets.tests(made.checks)} if made.checks else {}
        events = [self._event("COMPLETE", made.at, run, outputs=[output], more=more)]
        return events + (self._audit(run, made) if made.checks else [])

    def failed(self, run: Run, failure: Failed) -> list[Event]:
        """Why nothing came out; the table is as it was before."""
        more = {"errorMessage": facets.error_message(failure.error)}
        if failure.checks:
            more["test"] = facets.tests(failure.checks)
        return [self._event("FAIL", failure.at, run, outputs=[_dataset(run.output)], more=more)]

    def aborted(self, run: Run, at: str) -> list[Event]:
        """Somebody stopped it; the table is as it was before."""
        return [self._event("ABORT", at, run, outputs=[_dataset(run.output)])]

    def described(self, work: Work, at: str, inputs: list[Table], output: Table) -> Event:
        """A job of which no run is known: what it reads and writes."""
        return {
            "eventTime": at,
            "producer": facets.PRODUCER,
            "schemaURL": f"{facets.CORE}/JobEvent",
            "job": self._job(work),
            "inputs": [_dataset(table) for table in inputs],
            "outputs": [_dataset(output)],
        }

    def _audit(self, run: Run, made: Made) -> list[Event]:
        """The audit as a run of its own, inside the publication's."""
        checked = _dataset(run.output)
        checked["inputFacets"] = {"dataQualityAssertions": facets.assertions(made.checks)}
        run_facets = {"parent": facets.parent(run.id, self.namespace(run.work), run.work.name)} | self._engine()
        name = f"{run.work.name}.{_AUDIT}"
        job = {"namespace": self.namespace(run.work), "name": name, "facets": {"jobType": facets.job_type("AUDIT")}}
        base = {
            "producer": facets.PRODUCER,
            "schemaURL": f"{facets.CORE}/RunEvent",
            "run": {"runId": job_run_id(run.run_id, name), "facets": run_facets},
            "job": job,
            "outputs": [],
        }
        start = {"eventType": "START", "eventTime": made.at, **base, "inputs": [_dataset(run.output)]}
        return [start, {"eventType": "COMPLETE", "eventTime": made.at, **base, "inputs": [checked]}]

    def _event(
        self, kind: str, at: str, run: Run, *, outputs: list[dict[str, Any]], more: dict[str, Any] | None = None
    ) -> Event:
        return {
            "eventType": kind,
            "eventTime": at,
            "producer": facets.PRODUCER,
            "schemaURL": f"{facets.CORE}/RunEvent",
            "run": {"runId": run.id, "facets": {**self._parent(run), **self._engine(), **(more or {})}},
            "job": self._job(run.work),
            "inputs": [_input(table) for table in run.inputs],
            "outputs": outputs,
        }

    def namespace(self, work: Work) -> str:
        """Where the domain's jobs are named."""
        return f"{self._namespace}://{work.domain}"

    def _parent(self, run: Run) -> dict[str, Any]:
        """The Dagster run; its job is the domain's code location."""
        if not is_uuid(run.run_id):
            return {}
        return {"parent": facets.parent(run.run_id, self.namespace(run.work), run.work.domain)}

    def _engine(self) -> dict[str, Any]:
        if not self._engine_version:
            return {}
        return {"processing_engine": facets.processing_engine("DuckDB", self._engine_version)}

    def _job(self, work: Work) -> dict[str, Any]:
        known = {"jobType": facets.job_type("ASSET")}
        if work.description:
            known["documentation"] = facets.job_documentation(work.description)
        if work.owner:
            known["ownership"] = facets.job_ownership(work.owner)
        if work.code and len(work.code) <= MAX_CODE:
            known |= _code(work)
        return {"namespace": self.namespace(work), "name": work.name, "facets": known}


def _code(work: Work) -> dict[str, Any]:
    if work.engine == "sql":
        return {"sql": facets.sql(work.code)}
    language = {"python": "python", "dbt": "jinja-sql"}.get(work.engine)
    return {"sourceCode": facets.source_code(language, work.code)} if language else {}


def _dataset(table: Table) -> dict[str, Any]:
    namespace, name = dataset_name(table.place)
    known: dict[str, Any] = {"dataSource": facets.data_source(namespace, dataset_uri(table.place))}
    if table.uri:
        known["symlinks"] = facets.symlinks(*alias(table.uri))
    if table.version is not None:
        known["version"] = facets.version(table.version)
    if table.delta:
        known |= {"storage": facets.storage(), "datasetType": facets.dataset_type("TABLE")}
    else:
        known["datasetType"] = facets.dataset_type("FILE")
    return {"namespace": namespace, "name": name, "facets": known}


def _input(table: Table) -> dict[str, Any]:
    dataset = _dataset(table)
    if table.rows is not None and table.rows >= 0:
        dataset["inputFacets"] = {"inputStatistics": facets.input_statistics(table.rows)}
    return dataset


def _of_output(run: Run, made: Made) -> dict[str, Any]:
    found: dict[str, Any] = {"schema": facets.schema(made.columns)}
    names = {table.name: dataset_name(table.place) for table in run.inputs}
    if any(origin.input in names for origin in made.lineage):
        found["columnLineage"] = facets.column_lineage(made.lineage, made.lineage_kind, names)
    if made.description:
        found["documentation"] = facets.documentation(made.description)
    if made.owner:
        found["ownership"] = facets.ownership(made.owner)
    if made.state_change:
        found["lifecycleStateChange"] = facets.state_change(made.state_change)
    if made.tags:
        found["tags"] = facets.tags(made.tags)
    if any(column.nulls is not None for column in made.columns):
        metrics = facets.quality_metrics(made.columns, rows=made.rows, size=made.bytes, at=made.at)
        found["dataQualityMetrics"] = metrics
    return found
