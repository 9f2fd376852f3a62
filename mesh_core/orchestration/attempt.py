"""One attempt to publish: what it reads, fixed for its whole life, and the engine that it works on.

Steps 1 and 2 of a row's life, resolve and transform, are here, because whoever rebuilds an old version does the same.
"""

from __future__ import annotations

import shutil
import time
from functools import cached_property
from typing import TYPE_CHECKING

from mesh_core.contracts.graph import inputs_of
from mesh_core.contracts.tree import DomainTree, Port
from mesh_core.errors import MeshError
from mesh_core.orchestration.dbt import MODELS_SCHEMA, build_model
from mesh_core.orchestration.fingerprints import fingerprint
from mesh_core.orchestration.inputs import PinnedInput, create_views, pin_inputs
from mesh_core.orchestration.progress import report
from mesh_core.orchestration.services import Services
from mesh_core.orchestration.transform import conform
from mesh_core.orchestration.transform import transform as run_transformation
from mesh_core.storage import Place, Staged, literal, plain_connection, quoted
from mesh_core.storage.places import remove

if TYPE_CHECKING:
    import duckdb

    from mesh_core.catalog import DecisionRecord


class Attempt:
    """What one attempt holds on to, and leaves nothing of behind."""

    def __init__(self, port: Port, tree: DomainTree, services: Services, run_id: str) -> None:
        self.port, self.tree, self.services, self.run_id = port, tree, services, run_id
        self.name = port.address.sql
        self.table = services.table(port.contract)
        self.before = services.lake.newest(self.table)
        self.inputs: tuple[PinnedInput, ...] = ()
        self.fingerprint = ""
        self.decisions: tuple[DecisionRecord, ...] = ()
        self.pending: Staged | None = None
        self.beside: list[Place] = []
        """Files of this attempt beside the table (quarantine) that no commit names yet."""
        self.scratch = services.settings.scratch / f"{self.name}-{run_id[:8]}-{time.monotonic_ns()}"

    @cached_property
    def connection(self) -> duckdb.DuckDBPyConnection:
        """The engine of this attempt, with one view an input."""
        connection = self.services.connect()
        create_views(connection, self.inputs)
        return connection

    @property
    def versions(self) -> dict[str, int]:
        return {given.name: given.pinned.version for given in self.inputs}

    @property
    def unchanged(self) -> bool:
        return self.before is not None and self.before.facts.get("fingerprint") == self.fingerprint

    def whole(self, staged: Staged) -> str:
        """The table as it would be after ``staged`` is committed, as SQL."""
        return staged.relation

    def close(self) -> None:
        if "connection" in self.__dict__:
            self.connection.close()
        if self.pending is not None:
            self.services.lake.discard(self.pending)
        for file in self.beside:
            remove(file)
        shutil.rmtree(self.scratch, ignore_errors=True)


def resolve(port: Port, tree: DomainTree, services: Services, run_id: str) -> Attempt:
    """1. Every input port to a contract, an endpoint and a version that is pinned for this attempt."""
    report(port.address.sql, "resolve")
    attempt = Attempt(port, tree, services, run_id)
    attempt.inputs = pin_inputs(inputs_of(port, tree), services)
    attempt.fingerprint = fingerprint(port, tree, attempt.versions, services.settings)
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
    with plain_connection(database) as beside:
        create_views(beside, attempt.inputs)
    build_model(project, model, database, attempt.services.settings)
    attempt.connection.execute(f"ATTACH {literal(str(database))} AS dbt_run (READ_ONLY)")
    return f"SELECT * FROM dbt_run.{quoted(MODELS_SCHEMA)}.{quoted(model)}"
