"""A tiny mesh of each test's own, run without Dagster."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from mesh_core.contracts.graph import ordered
from mesh_core.contracts.loading import load_mesh
from mesh_core.contracts.tree import Internal
from mesh_core.publishing.publication import publish
from mesh_core.publishing.services import Services
from mesh_core.publishing.steps.internals import refresh
from mesh_core.settings import load_settings
from mesh_core.testing import TinyMesh, write_tiny_mesh


class Bench:
    """Every call opens the mesh anew, as a new process would."""

    def __init__(self, tiny: TinyMesh) -> None:
        self.tiny = tiny

    def services(self) -> Services:
        return Services(load_settings(self.tiny.root))

    def mesh(self) -> Any:
        return load_mesh(load_settings(self.tiny.root))

    def run(self) -> dict[str, str]:
        """Every step in order; what became of each port. The first failure is raised."""
        services = self.services()
        done = {}
        try:
            for tree, node in ordered(services.mesh):
                if isinstance(node, Internal):
                    refresh(node, tree, services, run_id="run-1")
                else:
                    done[node.address.sql] = publish(node, tree, services, run_id="run-1").status
        finally:
            services.close()
        return done

    def rows(self, table: str) -> list[tuple[Any, ...]]:
        """What a reader of the table sees, sorted; ``table`` is its path in the lake."""
        services = self.services()
        pinned = services.lake.pin(services.lake.table(table))
        if pinned is None:
            return []
        with services.connect() as connection:
            return sorted(connection.execute(pinned.relation).fetchall())


@pytest.fixture(autouse=True)
def _no_settings_from_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in os.environ:
        if name.startswith(("MESH_", "DAGSTER_")):
            monkeypatch.delenv(name)


@pytest.fixture
def tiny(tmp_path: Path) -> TinyMesh:
    return write_tiny_mesh(tmp_path / "mesh")


@pytest.fixture
def bench(tiny: TinyMesh) -> Bench:
    return Bench(tiny)
