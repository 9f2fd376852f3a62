"""The `mesh` command from outside: as a process where Dagster runs, in this process where it doesn't."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from mesh_core.cli import main
from mesh_core.testing import TinyMesh, write_tiny_mesh

from .calling import Answer, Mesh, mesh_process


@pytest.fixture
def mesh(capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Mesh:
    """The same entry point in this process, for verbs that load no Dagster."""
    for name in os.environ:
        if name.startswith("MESH_"):
            monkeypatch.delenv(name)

    def call(*words: object) -> Answer:
        capfd.readouterr()
        code = main([str(word) for word in words])
        told = capfd.readouterr()
        return Answer(code, told.out, told.err)

    return call


@pytest.fixture
def tiny(tmp_path: Path) -> TinyMesh:
    """A mesh of one's own, nothing published."""
    return write_tiny_mesh(tmp_path / "mesh")


@pytest.fixture(scope="session")
def published(tmp_path_factory: pytest.TempPathFactory) -> TinyMesh:
    """A mesh with both ports published once; to be read only."""
    tiny = write_tiny_mesh(tmp_path_factory.mktemp("published") / "mesh")
    answer = mesh_process("run", "--root", tiny.root, "--json")
    assert answer.code == 0, answer.err
    return tiny
