"""The reference mesh on its real data, published once for all tests and all workers."""

from __future__ import annotations

import fcntl
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import msgspec
import pytest

from mesh_core.publishing.services import Services
from mesh_core.settings import load_settings

ROOT = Path(__file__).parents[2]
MESH = Path(sys.executable).with_name("mesh")


class Reference(msgspec.Struct, frozen=True):
    """A home that holds the published mesh; to be read only."""

    home: Path
    first: dict[str, Any]
    """What the first `mesh run --json` answered."""

    def mesh(self, *words: object) -> subprocess.CompletedProcess[str]:
        """The executable on this home."""
        return call(self.home, *words)

    def services(self, monkeypatch: pytest.MonkeyPatch) -> Services:
        monkeypatch.setenv("MESH_HOME", str(self.home))
        return Services(load_settings(ROOT))


def call(home: Path, *words: object, root: Path = ROOT) -> subprocess.CompletedProcess[str]:
    """`mesh` in a process of its own, with no setting from outside but its home."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("MESH_", "DAGSTER_"))}
    return subprocess.run(
        [str(MESH), *map(str, words), "--root", str(root)],
        env={**kept, "MESH_HOME": str(home)},
        capture_output=True,
        text=True,
        check=False,
        timeout=240,
    )


@pytest.fixture(scope="session")
def reference(tmp_path_factory: pytest.TempPathFactory) -> Reference:
    base = tmp_path_factory.getbasetemp()
    shared = (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "reference"
    shared.mkdir(exist_ok=True)
    answer = shared / "first.json"
    with (shared / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not answer.is_file():
            done = call(shared / "home", "run", "--json")
            assert done.returncode == 0, done.stdout + done.stderr
            answer.write_text(done.stdout)
    return Reference(shared / "home", json.loads(answer.read_text()))
