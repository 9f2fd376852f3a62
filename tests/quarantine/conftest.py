"""A tiny mesh of each test's own whose orders put bad rows aside."""

from __future__ import annotations

from pathlib import Path

import pytest
from orchestration.workbench import CONTRACT, Workbench
from surroundings import no_domains_of_other_tests, no_settings_from_outside  # noqa: F401

from mesh_core.testing import write_tiny_mesh


@pytest.fixture
def strict(tmp_path: Path) -> Workbench:
    """A mesh without a consumer that refuses bad rows, in which nothing has run."""
    return Workbench(write_tiny_mesh(tmp_path / "mesh", consumer=False))


@pytest.fixture
def bench(strict: Workbench) -> Workbench:
    """The same, which puts up to half of the rows aside."""
    properties(strict, badRows="quarantine", quarantineLimit=50)
    return strict


def properties(bench: Workbench, **given: object) -> None:
    """Give the contract of the orders these custom properties, and no others."""
    file = bench.tiny.file(CONTRACT)
    text = file.read_text().partition("customProperties:\n  - {property: ")[0]
    lines = [f"  - {{property: {name}, value: {value}}}\n" for name, value in given.items()]
    file.write_text(text + "customProperties:\n" + "".join(lines))
