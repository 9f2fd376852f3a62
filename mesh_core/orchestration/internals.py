"""Bronze and silver: a domain's private steps, kept as Delta tables without an audit and read by nobody else."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Literal

import msgspec

from mesh_core.contracts.graph import inputs_of
from mesh_core.contracts.tree import DomainTree, Internal
from mesh_core.errors import CommitConflictError, TransformationError
from mesh_core.ingestion import source_error
from mesh_core.orchestration.fingerprints import fingerprint
from mesh_core.orchestration.inputs import create_views, pin_inputs
from mesh_core.orchestration.lineage import lineage_of
from mesh_core.orchestration.progress import report
from mesh_core.orchestration.register import lineage_facts, register_internal_lineage
from mesh_core.orchestration.services import Services
from mesh_core.orchestration.transform import as_relation, transform, transformation_error
from mesh_core.storage import Place, describe, quoted

if TYPE_CHECKING:
    from pathlib import Path

    import duckdb

_ATTEMPTS = 5


class Refreshed(msgspec.Struct, frozen=True, kw_only=True):
    """An internal table after its step: a new version, or the old one because nothing changed."""

    status: Literal["refreshed", "unchanged"]
    rows: int
    table_version: int
    columns: dict[str, str]
    inputs: dict[str, int]


def refresh(node: Internal, tree: DomainTree, services: Services, *, run_id: str, force: bool = False) -> Refreshed:
    """Run the step over its pinned inputs and replace its table, unless it would come out the same."""
    name, table = ".".join(node.key), services.lake.internal(node.key)
    report(name, "resolve")
    before = services.lake.newest(table)
    inputs = pin_inputs(inputs_of(node, tree), services)
    versions = {given.name: given.pinned.version for given in inputs}
    content = fingerprint(node, tree, versions, services.settings)
    if before is not None and before.facts.get("fingerprint") == content and not force:
        return Refreshed(
            status="unchanged",
            rows=before.rows,
            table_version=before.version,
            columns=msgspec.json.decode(before.facts.get("columns", "{}")),
            inputs=versions,
        )
    with services.connect() as connection:
        create_views(connection, inputs)
        report(name, "transform")
        sql = transform(node, inputs, connection, services)
        if node.engine == "python":
            sql = _in_microseconds(sql, connection)
        lineage = lineage_of(node, tree, inputs, connection, services)
        facts = {"fingerprint": content, "runId": run_id, "lineage": lineage_facts(lineage)}
        columns = _described(connection, sql, node.path)
        try:
            version, rows = replace_table(table, connection, sql, columns, services, facts=facts)
        except TransformationError as error:
            if node.source is None or not isinstance(error.__cause__, Exception):
                raise
            raise source_error(error.__cause__) from error
    register_internal_lineage(node.key, versions, lineage, services)
    return Refreshed(status="refreshed", rows=rows, table_version=version, columns=columns, inputs=versions)


def replace_table(
    table: Place,
    connection: duckdb.DuckDBPyConnection,
    sql: str,
    columns: dict[str, str],
    services: Services,
    *,
    facts: dict[str, str],
) -> tuple[int, int]:
    """Make ``sql`` the whole content of an internal table; its new version and row count."""
    import duckdb

    for attempt in range(1, _ATTEMPTS + 1):
        before = services.lake.newest(table)
        try:
            staged = services.lake.stage(connection, sql, table, tuple(columns))
        except duckdb.Error as error:
            raise transformation_error(error, table, sql) from error
        recorded = {
            **facts,
            "rows": str(staged.rows),
            "columns": msgspec.json.encode(columns).decode(),
            "publishedAt": datetime.now(UTC).isoformat(timespec="milliseconds"),
        }
        try:
            typed = {name: (kind, "") for name, kind in columns.items()}
            onto = before.head if before else None
            return services.lake.commit(staged, typed, onto=onto, facts=recorded), staged.rows
        except CommitConflictError:
            services.lake.discard(staged)
            if attempt == _ATTEMPTS:
                raise
            time.sleep(0.05 * attempt)
    raise AssertionError("unreachable")  # noqa: EM101


def store(table: Place, value: Any, services: Services, *, run_id: str) -> tuple[int, int, dict[str, str]]:
    """Keep what a plain asset returned (frame, Arrow table or relation): version, rows, column types."""
    import duckdb

    if isinstance(value, duckdb.DuckDBPyRelation):
        value = value.to_arrow_table()  # it belongs to the connection that loaded its inputs
    with services.connect() as connection:
        sql = _in_microseconds(as_relation(value, table, connection), connection)
        columns = describe(connection, sql)
        version, rows = replace_table(table, connection, sql, columns, services, facts={"runId": run_id})
    return version, rows, columns


def _in_microseconds(sql: str, connection: duckdb.DuckDBPyConnection) -> str:
    """A frame's timestamps in the one unit that Delta Lake keeps; pandas has four."""
    other = {"TIMESTAMP_S", "TIMESTAMP_MS", "TIMESTAMP_NS"}
    casts = ", ".join(
        f"{quoted(name)}::TIMESTAMP AS {quoted(name)}"
        for name, kind in describe(connection, sql).items()
        if kind in other
    )
    return f"SELECT * REPLACE ({casts}) FROM ({sql})" if casts else sql


def _described(connection: duckdb.DuckDBPyConnection, sql: str, path: Path) -> dict[str, str]:
    import duckdb

    try:
        return describe(connection, sql)
    except duckdb.Error as error:
        raise transformation_error(error, path, sql) from error
