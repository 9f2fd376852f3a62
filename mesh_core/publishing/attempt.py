"""One attempt to publish: what it reads, fixed for its whole life, and the engine that it works on.

Steps 1 and 2 of a row's life, resolve and transform, are here, because whoever rebuilds an old version does the same.
"""

from __future__ import annotations

import shutil
import time
from collections.abc import Sequence
from functools import cached_property
from typing import TYPE_CHECKING

import msgspec

from mesh_core.contracts.graph import inputs_of
from mesh_core.contracts.tree import DomainTree, Port
from mesh_core.errors import CommitConflictError, MeshError
from mesh_core.publishing.incremental import read_changes
from mesh_core.publishing.inputs import PinnedInput, create_views, pin_inputs, show_whole
from mesh_core.publishing.modes import Write, write_of
from mesh_core.publishing.partitions import UnknownPartitionError, set_partitions
from mesh_core.publishing.progress import report
from mesh_core.publishing.scope import Scope, scope_of
from mesh_core.publishing.services import Services
from mesh_core.publishing.transformation.dbt import MODELS_SCHEMA, build_model
from mesh_core.publishing.transformation.fingerprints import code_digest, fingerprint
from mesh_core.publishing.transformation.lineage import Lineage, lineage_of
from mesh_core.publishing.transformation.transform import conform
from mesh_core.publishing.transformation.transform import transform as run_transformation
from mesh_core.storage import Commit, Pinned, Place, Staged, literal, plain_connection, quoted

if TYPE_CHECKING:
    import duckdb

    from mesh_core.catalog import DecisionRecord, KeyMeasurement


class Attempt:
    """What one attempt holds on to, and leaves nothing of behind."""

    def __init__(self, port: Port, tree: DomainTree, services: Services, run_id: str, *, force: bool = False) -> None:
        self.port, self.tree, self.services, self.run_id, self.force = port, tree, services, run_id, force
        self.name = port.address.sql
        self.table = services.table(port.contract)
        self.publishing = port.contract.publishing
        self.before = services.lake.newest(self.table)
        self.inputs: tuple[PinnedInput, ...] = ()
        self.fingerprint = ""
        self.scope = Scope()
        self.rebuild = self.before is None or self.before.facts.get("writeMode", "snapshot") != self.publishing.mode
        """Whether nothing of the table can be kept: there is none, or it was written in another mode."""
        self.decisions: tuple[DecisionRecord, ...] = ()
        self.keys: tuple[KeyMeasurement, ...] = ()
        """How the ids of what was last committed meet the registers of their entities."""
        self.pending: Staged | None = None
        self.others: list[Staged] = []
        """Staged beside ``pending``: rows that stay of the files which a merge takes away."""
        self.beside: list[Place] = []
        """Files of this attempt beside the table (quarantine, deleted keys) that no commit names yet."""
        self.scratch = services.settings.scratch / f"{self.name}-{run_id[:8]}-{time.monotonic_ns()}"

    @cached_property
    def connection(self) -> duckdb.DuckDBPyConnection:
        """The engine of this attempt, with one view an input."""
        connection = self.services.connect()
        create_views(connection, self.inputs)
        if self.publishing.mode == "partitions":
            set_partitions(connection, self.scope.keys)
        return connection

    @cached_property
    def code(self) -> str:
        """The digest of the code and the contract."""
        return code_digest(self.port, self.tree)

    @cached_property
    def write(self) -> Write:
        """How the rows become the table's."""
        return write_of(self)

    @cached_property
    def standing(self) -> Pinned | None:
        """The table that this attempt builds upon; CommitConflictError if another version came meanwhile."""
        if self.before is None:
            return None
        pinned = self.services.lake.pin(self.table)
        if pinned is None or pinned.physical != self.before.head:
            message = f"{self.table} has a new version since {self.name} began"
            raise CommitConflictError(message, remedy="The publication is done again.")
        return pinned

    @cached_property
    def lineage(self) -> Lineage:
        """Where each column comes from."""
        return lineage_of(self.port, self.tree, self.inputs, self.connection, self.services)

    @property
    def versions(self) -> dict[str, int]:
        return {given.name: given.pinned.version for given in self.inputs}

    @property
    def reads_changes(self) -> bool:
        """Whether the transformation sees nothing of its incremental inputs but what is new."""
        return any(given.since is not None for given in self.inputs)

    @property
    def unchanged(self) -> bool:
        """Whether the last version is what this attempt would make."""
        if self.before is None or self.force:
            return False
        if self.scope.keys is not None:
            return not self.scope.keys
        return self.before.facts.get("fingerprint") == self.fingerprint

    def whole(self, staged: Staged) -> str:
        """The table as it would be after ``staged`` is committed, as SQL."""
        return self.write.whole(staged)

    def see_whole_inputs(self) -> None:
        """From here on, views of inputs have all rows: what rules mean by an input is not what is new of it."""
        show_whole(self.connection, self.inputs)

    def catch_up(self, before: Commit) -> None:
        """Build upon the version that the table has by now."""
        self.before = before
        self.__dict__.pop("standing", None)

    def release(self, *, empty_too: bool) -> None:
        """Let go of what was staged: a commit names it, or may do so; files without rows only if it replaced all."""
        staged = [each for each in (self.pending, *self.others) if each is not None and not empty_too]
        empty = [tuple(file for file in each.files if not file.rows) for each in staged]
        self.others = [msgspec.structs.replace(each, files=files) for each, files in zip(staged, empty, strict=True)]
        self.pending, self.beside = None, []

    def close(self) -> None:
        if "connection" in self.__dict__:
            self.connection.close()
        for staged in (self.pending, *self.others):
            if staged is not None:
                self.services.lake.discard(staged)
        for file in self.beside:
            self.services.lake.discard_file(file)
        shutil.rmtree(self.scratch, ignore_errors=True)


def resolve(
    port: Port,
    tree: DomainTree,
    services: Services,
    run_id: str,
    *,
    force: bool = False,
    partitions: Sequence[str] | None = None,
) -> Attempt:
    """1. Every input port to a contract, an endpoint and a version that is pinned for this attempt.

    What the transformation is to see of it is decided here, too: all, what is new, or the partitions to be made.
    """
    report(port.address.sql, "resolve")
    attempt = Attempt(port, tree, services, run_id, force=force)
    given = inputs_of(port, tree)
    attempt.inputs = pin_inputs(given, services)
    attempt.fingerprint = fingerprint(port, tree, attempt.versions, services.settings)
    mode = attempt.publishing.mode
    if partitions is not None and mode != "partitions":
        message = f"{attempt.name} is not written by partitions, but as {mode}"
        raise UnknownPartitionError(message, path=port.contract.path, remedy="Run it without naming partitions.")
    if mode == "partitions":
        attempt.scope, attempt.inputs = scope_of(attempt, given, partitions)
        attempt.rebuild = attempt.rebuild or attempt.scope.is_all
    elif mode in {"append", "merge"}:
        attempt.rebuild = attempt.rebuild or (force and mode == "merge")
        attempt.inputs = read_changes(attempt)
    return attempt


def transform(attempt: Attempt) -> str:
    """2. The product's own SQL, Python or dbt, lazy where its engine allows it, with the promised columns."""
    report(attempt.name, "transform")
    port = attempt.port
    dbt = port.engine == "dbt"
    made = (
        _dbt_model(attempt) if dbt else run_transformation(port, attempt.inputs, attempt.connection, attempt.services)
    )
    return conform(made, port.contract, attempt.connection, path=port.path, spare=port.spare)


def _dbt_model(attempt: Attempt) -> str:
    """The model's table, built in a DuckDB file beside this run that holds the pinned inputs as views."""
    project, model = attempt.tree.dbt_project, attempt.port.path.stem
    if project is None:
        message = f"{attempt.name} is a dbt model, but its domain has no dbt project"
        raise MeshError(message, path=attempt.port.path)
    attempt.scratch.mkdir(parents=True, exist_ok=True)
    # Called as dbt calls a database without a file, so that one manifest serves compiling and building.
    database = attempt.scratch / "memory.duckdb"
    with plain_connection(database, attempt.services.lake.access) as beside:
        create_views(beside, attempt.inputs)
        # While it is open: dbt then opens the same database, with its way into an object store.
        build_model(project, model, database, attempt.services.settings)
    attempt.connection.execute(f"ATTACH {literal(str(database))} AS dbt_run (READ_ONLY)")
    return f"SELECT * FROM dbt_run.{quoted(MODELS_SCHEMA)}.{quoted(model)}"
