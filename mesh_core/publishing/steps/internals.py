"""Bronze and silver: a domain's private steps, kept as Delta tables without an audit and read by nobody else."""

from __future__ import annotations

import random
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import msgspec

from mesh_core.contracts.graph import inputs_of
from mesh_core.contracts.tree import DomainTree, Internal
from mesh_core.errors import CommitConflictError, MeshError, TransformationError
from mesh_core.ingestion import source_error
from mesh_core.publishing.clocks import clock_of_inputs
from mesh_core.publishing.emitting import Emission
from mesh_core.publishing.inputs import create_views, pin_inputs
from mesh_core.publishing.partitions import partitioning_of
from mesh_core.publishing.progress import report
from mesh_core.publishing.services import Services
from mesh_core.publishing.steps.arrivals import ingest
from mesh_core.publishing.steps.partitioned import refresh_partitions
from mesh_core.publishing.steps.step import Refreshed, StepAttempt, in_microseconds
from mesh_core.publishing.transformation.fingerprints import fingerprint
from mesh_core.publishing.transformation.lineage import lineage_of
from mesh_core.publishing.transformation.transform import as_relation, transform, transformation_error
from mesh_core.storage import Change, Place, describe

if TYPE_CHECKING:
    from collections.abc import Callable

_T = TypeVar("_T")

_PATIENCE_SECONDS = 60
"""How long a step is done again because others commit to its table; each try reads what they left."""


def refresh(
    node: Internal,
    tree: DomainTree,
    services: Services,
    *,
    run_id: str,
    force: bool = False,
    partitions: Sequence[str] | None = None,
) -> Refreshed:
    """Bring the step's table up to date over its pinned inputs, unless it would come out the same.

    A landing reads the files that are new, a partitioned step the partitions that changed; ``partitions`` limits both
    to these keys and means nothing to other steps, whose tables are replaced as a whole. ``force`` makes again also
    what did not change.
    """

    def once() -> Refreshed:
        attempt = StepAttempt(node, tree, services, run_id)
        if node.source is not None and node.source.landing:
            return ingest(attempt, force=force, partitions=partitions)
        partitioning = partitioning_of(node, tree)
        if partitioning is not None and node.source is None:
            return refresh_partitions(attempt, partitioning, force=force, partitions=partitions)
        return _refresh_whole(attempt, force=force)

    emission = Emission(node, tree, services, run_id)
    try:
        return _undisturbed(once)
    except MeshError as error:
        emission.failed(error)
        raise


def _undisturbed(act: Callable[[], _T]) -> _T:
    """The result of ``act``, done again while others commit to the same table at the same time."""
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while True:
        try:
            return act()
        except CommitConflictError:
            if time.monotonic() > deadline:
                raise
            time.sleep(random.uniform(0.01, 0.3))  # noqa: S311 - so that two that met don't meet again


def _refresh_whole(attempt: StepAttempt, *, force: bool) -> Refreshed:
    """Replace the table by what the step makes of its inputs."""
    node, tree, services = attempt.node, attempt.tree, attempt.services
    inputs = pin_inputs(inputs_of(node, tree), services)
    versions = {given.name: given.pinned.version for given in inputs}
    content = fingerprint(node, tree, versions, services.settings)
    if attempt.before is not None and attempt.before.facts.get("fingerprint") == content and not force:
        return attempt.unchanged(versions)
    with services.connect() as connection:
        create_views(connection, inputs)
        report(attempt.name, "transform")
        sql = transform(node, inputs, connection, services)
        if node.engine == "python":
            sql = in_microseconds(sql, connection)
        lineage = lineage_of(node, tree, inputs, connection, services)
        try:
            staged = attempt.stage(connection, sql)
        except TransformationError as error:
            if node.source is None or not isinstance(error.__cause__, Exception):
                raise
            raise source_error(error.__cause__) from error
    facts = {"fingerprint": content, **clock_of_inputs(inputs, services)}
    return attempt.keep(staged, Change(mode="replace"), facts, inputs=versions, lineage=lineage)


def store(table: Place, value: Any, services: Services, *, run_id: str) -> tuple[int, int, dict[str, str]]:
    """Keep what a plain asset returned (frame, Arrow table or relation): version, rows, column types."""
    import duckdb

    if isinstance(value, duckdb.DuckDBPyRelation):
        value = value.to_arrow_table()  # it belongs to the connection that loaded its inputs
    with services.connect() as connection:
        sql = in_microseconds(as_relation(value, Path(str(table)), connection), connection)
        columns = describe(connection, sql)
        try:
            staged = services.lake.stage(connection, sql, table, columns)
        except duckdb.Error as error:
            raise transformation_error(error, Path(str(table)), sql) from error
    facts = {
        "runId": run_id,
        "rows": str(staged.rows),
        "columns": msgspec.json.encode(columns).decode(),
        "publishedAt": datetime.now(UTC).isoformat(timespec="milliseconds"),
    }

    def once() -> int:
        before = services.lake.newest(table)
        typed = {name: (kind, "") for name, kind in columns.items()}
        return services.lake.commit(staged, typed, onto=before.head if before else None, facts=facts)

    try:
        version = _undisturbed(once)
    except CommitConflictError:
        services.lake.discard(staged)
        raise
    return version, staged.rows, columns
