"""The tests of storage and publication, run again on an object store: ``pytest --lake s3``."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

TESTS = Path(__file__).parents[1]
FOLDERS = ("storage", "orchestration", "publication", "quarantine", "travel", "lifecycle", "maintenance")
SHORT = (
    "storage/test_modes.py",
    "orchestration/test_publication.py::test_a_publication_that_was_overtaken_is_done_again",
    "publication/test_merge.py::TestDeleted",
)


def _run(*what: str, seconds: int) -> None:
    """In a process and with a server of their own."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PYTEST_", "MESH_", "AWS_"))}
    words = ["--lake", "s3", "-m", "not slow and not live and not mesh", "-p", "no:cacheprovider", "-q"]
    done = subprocess.run(
        [sys.executable, "-m", "pytest", *words, *[str(TESTS / name) for name in what]],
        cwd=TESTS.parent,
        env=kept,
        capture_output=True,
        text=True,
        timeout=seconds,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-8000:] + done.stderr[-2000:]
    assert "passed" in done.stdout or "100%" in done.stdout


def test_a_part_that_stands_for_it() -> None:
    _run(*SHORT, seconds=300)


@pytest.mark.slow
@pytest.mark.parametrize("folder", FOLDERS)
def test_all_of_it(folder: str) -> None:
    _run(folder, seconds=1800)
