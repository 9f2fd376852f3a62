"""A tiny mesh of each test's own, with the platform's functions at hand."""

from __future__ import annotations

from pathlib import Path

import pytest
from orchestration.workbench import Workbench
from surroundings import no_domains_of_other_tests, no_settings_from_outside  # noqa: F401

from mesh_core.testing import write_tiny_mesh


@pytest.fixture
def bench(tmp_path: Path) -> Workbench:
    """A mesh in which nothing has run."""
    return Workbench(write_tiny_mesh(tmp_path / "mesh"))


@pytest.fixture
def published(bench: Workbench) -> Workbench:
    """A mesh in which everything has run once."""
    bench.run()
    return bench
