"""A forge that has imported everything once, for all kills of a test session."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from surroundings import no_settings_from_outside  # noqa: F401

TESTS = Path(__file__).parents[1]


class Forge:
    """The process that forks, and may kill, whoever acts."""

    def __init__(self) -> None:
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("MESH_", "DAGSTER_"))}
        self._process = subprocess.Popen(
            [sys.executable, "-m", "faults.forge"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env={**kept, "PYTHONPATH": str(TESTS)},
        )

    def act(self, act: str, root: Path, **when: Any) -> dict[str, Any]:
        """How a child ended that did ``act``: killed at place ``at`` or ``after`` seconds, else done or failed."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        print(json.dumps({"act": act, "root": str(root), **when}), file=self._process.stdin, flush=True)
        told: dict[str, Any] = json.loads(self._process.stdout.readline())
        return told

    def close(self) -> None:
        self._process.communicate(timeout=10)


@pytest.fixture(scope="session")
def forge() -> Iterator[Forge]:
    made = Forge()
    yield made
    made.close()
