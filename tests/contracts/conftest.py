"""Findings as `mesh check` gives them, on a tiny mesh of each test's own."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from mesh_core.checking import check_mesh
from mesh_core.contracts.loading import load_mesh
from mesh_core.contracts.tree import Mesh
from mesh_core.errors import MeshError
from mesh_core.settings import load_settings
from mesh_core.testing import TinyMesh, write_tiny_mesh

Findings = Callable[[], tuple[MeshError, ...]]


@pytest.fixture(autouse=True)
def _no_settings_from_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in os.environ:
        if name.startswith(("MESH_", "DAGSTER_")):
            monkeypatch.delenv(name)


@pytest.fixture
def tiny(tmp_path: Path) -> TinyMesh:
    return write_tiny_mesh(tmp_path / "mesh")


@pytest.fixture
def load(tiny: TinyMesh) -> Callable[[], Mesh]:
    """The tree as a new process reads it."""
    return lambda: load_mesh(load_settings(tiny.root))


@pytest.fixture
def findings(tiny: TinyMesh, load: Callable[[], Mesh]) -> Findings:
    return lambda: check_mesh(load(), load_settings(tiny.root)).findings
