"""A tiny mesh that was published once, with the files that it left; and servers that take what it sends."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from cli.calling import Answer, Mesh
from orchestration.workbench import Workbench
from surroundings import no_domains_of_other_tests, no_settings_from_outside  # noqa: F401

from mesh_core.cli import main
from mesh_core.testing import write_tiny_mesh

from .receiving import Receiver, receiver_running

RUN_ID = "6f1b9b9e-3f44-4b0e-9d3c-2f8f2d1c7a11"


@pytest.fixture
def bench(tmp_path: Path) -> Workbench:
    """A mesh in which nothing has run."""
    return Workbench(write_tiny_mesh(tmp_path / "mesh"))


@pytest.fixture
def published(bench: Workbench) -> Workbench:
    """A mesh in which everything has run once, as Dagster numbers runs."""
    bench.run(run_id=RUN_ID)
    return bench


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    """A server that takes events, or answers as a test wants it to."""
    with receiver_running() as server:
        yield server


@pytest.fixture
def mesh(capfd: pytest.CaptureFixture[str]) -> Mesh:
    """The command in this process, with the settings that the test set."""

    def call(*words: object) -> Answer:
        capfd.readouterr()
        code = main([str(word) for word in words])
        told = capfd.readouterr()
        return Answer(code, told.out, told.err)

    return call
