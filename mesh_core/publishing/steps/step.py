"""One try to bring an internal table up to date: what it starts from, and how its rows are kept."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Literal

import msgspec

from mesh_core.contracts.tree import DomainTree, Internal
from mesh_core.errors import MeshError
from mesh_core.publishing.emitting import Emission
from mesh_core.publishing.progress import report
from mesh_core.publishing.register import lineage_facts, register_internal_lineage
from mesh_core.publishing.services import Services
from mesh_core.publishing.transformation.lineage import Lineage
from mesh_core.publishing.transformation.transform import transformation_error
from mesh_core.storage import Change, Commit, CommitUnknownError, Staged, describe, quoted

if TYPE_CHECKING:
    from pathlib import Path

    import duckdb


class Refreshed(msgspec.Struct, frozen=True, kw_only=True):
    """An internal table after its step: a new version, or the old one because nothing changed."""

    status: Literal["refreshed", "unchanged"]
    rows: int
    table_version: int
    columns: dict[str, str]
    inputs: dict[str, int]
    partitions: dict[str, str] = {}
    """The digest of each partition that the table has now, if it is partitioned."""
    partitions_written: tuple[str, ...] = ()


class StepAttempt:
    """What the step found when it began; a commit succeeds on top of that only."""

    def __init__(self, node: Internal, tree: DomainTree, services: Services, run_id: str) -> None:
        self.node, self.tree, self.services, self.run_id = node, tree, services, run_id
        self.name = ".".join(node.key)
        self.table = services.lake.internal(node.key)
        self.before = services.lake.newest(self.table)
        self._emission = Emission(node, tree, services, run_id)
        report(self.name, "resolve")

    def unchanged(self, inputs: Mapping[str, int]) -> Refreshed:
        """The table stands as it is."""
        if self.before is None:
            raise AssertionError  # a table that is not there is never as it should be
        facts = self.before.facts
        return Refreshed(
            status="unchanged",
            rows=self.before.rows,
            table_version=self.before.version,
            columns=msgspec.json.decode(facts.get("columns") or "{}"),
            inputs=dict(inputs),
            partitions=msgspec.json.decode(facts.get("partitions") or "{}"),
        )

    def stage(self, connection: duckdb.DuckDBPyConnection, sql: str, partition_by: tuple[str, ...] = ()) -> Staged:
        """The rows of ``sql`` beside the table; TransformationError, with the line, where it cannot run."""
        import duckdb

        columns = described(connection, sql, self.node.path)
        report(self.name, "stage")
        try:
            return self.services.lake.stage(connection, sql, self.table, columns, partition_by=partition_by)
        except duckdb.Error as error:
            raise transformation_error(error, self.node.path, sql) from error

    def keep(
        self,
        staged: Staged,
        change: Change,
        facts: Mapping[str, str],
        *,
        inputs: dict[str, int],
        lineage: Lineage,
    ) -> Refreshed:
        """Commit the staged rows with what is said of them; CommitConflictError if someone else did meanwhile."""
        report(self.name, "commit")
        rows = staged.rows + self.rows_left(change)
        recorded = {
            **facts,
            "runId": self.run_id,
            "lineage": lineage_facts(lineage),
            "rows": str(rows),
            "rowsWritten": str(staged.rows),
            "columns": msgspec.json.encode(staged.columns).decode(),
            "inputs": msgspec.json.encode(inputs).decode(),
            "publishedAt": datetime.now(UTC).isoformat(timespec="milliseconds"),
        }
        onto = self.before.head if self.before else None
        typed = {name: (kind, "") for name, kind in staged.columns.items()}
        lake = self.services.lake
        try:
            version = lake.commit(staged, typed, onto=onto, facts=recorded, change=change)
        except MeshError as error:
            if not isinstance(error, CommitUnknownError):  # its files may be rows of the table now
                lake.discard(staged)
            raise
        register_internal_lineage(self.node.key, inputs, lineage, self.services)
        self._emission.refreshed(self.table, Commit(version, recorded), staged.columns, lineage)
        return Refreshed(
            status="refreshed",
            rows=rows,
            table_version=version,
            columns=staged.columns,
            inputs=dict(inputs),
            partitions=msgspec.json.decode(facts.get("partitions") or "{}"),
            partitions_written=tuple(msgspec.json.decode(facts.get("partitionsWritten") or "[]")),
        )

    def rows_left(self, change: Change) -> int:
        """How many rows of the table ``change`` leaves where they are."""
        if change.mode == "replace" or self.before is None:
            return 0
        pinned = self.services.lake.pin(self.table)
        return pinned.without(change.partitions).rows if pinned else 0


def partitions_change(made: Collection[str], standing: Collection[str]) -> Change:
    """Replace the partitions ``made``, or the whole table if none of those standing is kept."""
    if set(standing) <= set(made):
        return Change(mode="replace")
    return Change(mode="partitions", partitions=tuple(sorted(made)))


def described(connection: duckdb.DuckDBPyConnection, sql: str, path: Path) -> dict[str, str]:
    """Columns and types of ``sql``; TransformationError, with the line of ``path``, where it does not bind."""
    import duckdb

    try:
        return describe(connection, sql)
    except duckdb.Error as error:
        raise transformation_error(error, path, sql) from error


def in_microseconds(sql: str, connection: duckdb.DuckDBPyConnection) -> str:
    """A frame's timestamps in the one unit that Delta Lake keeps; pandas has four."""
    other = {"TIMESTAMP_S", "TIMESTAMP_MS", "TIMESTAMP_NS"}
    casts = ", ".join(
        f"{quoted(name)}::TIMESTAMP AS {quoted(name)}"
        for name, kind in describe(connection, sql).items()
        if kind in other
    )
    return f"SELECT * REPLACE ({casts}) FROM ({sql})" if casts else sql
