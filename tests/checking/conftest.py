"""`mesh check` from its door, on a tiny mesh of each test's own."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from mesh_core.checking.codes import CODES
from mesh_core.cli import main
from mesh_core.policy import Policies
from mesh_core.testing import TinyMesh, write_tiny_mesh

Findings = list[dict[str, Any]]


@pytest.fixture(autouse=True)
def _no_settings_from_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in os.environ:
        if name.startswith(("MESH_", "DAGSTER_", "GIT_")):
            monkeypatch.delenv(name)


@pytest.fixture
def tiny(tmp_path: Path) -> TinyMesh:
    return write_tiny_mesh(tmp_path / "mesh")


@pytest.fixture
def answer(tiny: TinyMesh, capfd: pytest.CaptureFixture[str]) -> Callable[..., tuple[int, str]]:
    """The exit code and stdout of `mesh check` with the given words."""

    def call(*words: str) -> tuple[int, str]:
        capfd.readouterr()
        code = main(["check", *words, "--root", str(tiny.root)])
        return code, capfd.readouterr().out

    return call


@pytest.fixture
def findings(tiny: TinyMesh, answer: Callable[..., tuple[int, str]]) -> Callable[..., Findings]:
    """What `mesh check --json` finds; every code must be one that reports can explain."""

    def call(*words: str) -> Findings:
        _, out = answer(*words, "--json")
        found: Findings = json.loads(out)["findings"]
        explained = CODES.keys() | Policies.load(tiny.root).by_id.keys()
        assert {finding["code"] for finding in found} <= explained
        return found

    return call


@pytest.fixture
def git(tiny: TinyMesh) -> Callable[..., str]:
    """The tree as a git repository with one commit; a call runs git in it."""

    def call(*words: str) -> str:
        command = ["git", "-C", str(tiny.root), "-c", "user.name=T", "-c", "user.email=t@mesh.example", *words]
        return subprocess.run(command, check=True, capture_output=True, text=True).stdout

    call("init", "-q", "-b", "main")
    (tiny.root / ".gitignore").write_text(".mesh/\n")
    call("add", "-A")
    call("commit", "-q", "-m", "All")
    return call
