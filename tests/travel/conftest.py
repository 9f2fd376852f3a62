"""A tiny mesh of each test's own, with the platform's functions at hand."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from cli.calling import Answer
from orchestration.workbench import Workbench
from publication.ledger import Ledger, new_ledger

from mesh_core.cli import main
from mesh_core.testing import write_tiny_mesh

Mesh = Callable[..., Answer]


@pytest.fixture(autouse=True)
def _no_settings_from_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in os.environ:
        if name.startswith(("MESH_", "DAGSTER_")):
            monkeypatch.delenv(name)


@pytest.fixture(autouse=True)
def _no_domains_of_other_tests(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(sys, "path", list(sys.path))
    yield
    for name in [name for name in sys.modules if name.partition(".")[0] == "domains"]:
        del sys.modules[name]


@pytest.fixture
def bench(tmp_path: Path) -> Workbench:
    """A mesh in which nothing has run."""
    return Workbench(write_tiny_mesh(tmp_path / "mesh"))


@pytest.fixture
def published(bench: Workbench) -> Workbench:
    """A mesh in which everything has run once."""
    bench.run()
    return bench


@pytest.fixture
def mesh(bench: Workbench, capfd: pytest.CaptureFixture[str]) -> Mesh:
    """The `mesh` command over the bench's mesh, in this process."""

    def call(*words: object) -> Answer:
        capfd.readouterr()
        code = main([*(str(word) for word in words), "--root", str(bench.tiny.root)])
        told = capfd.readouterr()
        return Answer(code, told.out, told.err)

    return call


@pytest.fixture
def ledger(tmp_path: Path) -> Ledger:
    """A mesh of one port whose write mode the test chooses."""
    return new_ledger(tmp_path / "ledger")
