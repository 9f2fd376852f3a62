"""The six code locations, loaded once in a process of their own, as their servers load them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
PROBE = Path(__file__).with_name("load_locations.py")


@pytest.fixture(scope="session")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("home")


@pytest.fixture(scope="session")
def first_load(home: Path) -> dict[str, Any]:
    """With an empty cache: the dbt project is parsed."""
    return _load(home)


@pytest.fixture(scope="session")
def locations(home: Path, first_load: dict[str, Any]) -> dict[str, Any]:
    """As every later start is."""
    return _load(home)


def _load(home: Path) -> dict[str, Any]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("MESH_", "DAGSTER_"))}
    done = subprocess.run(
        [sys.executable, str(PROBE)],
        cwd=ROOT,
        env={**kept, "PYTHONPATH": str(ROOT), "MESH_HOME": str(home)},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found
