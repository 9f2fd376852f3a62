"""A tiny mesh of each test's own, with the platform's functions at hand."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from cli.calling import Answer
from orchestration.workbench import Workbench
from publication.ledger import Ledger, new_ledger
from surroundings import no_domains_of_other_tests, no_settings_from_outside  # noqa: F401

from mesh_core.cli import main
from mesh_core.testing import write_tiny_mesh

Mesh = Callable[..., Answer]


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
