"""The `mesh` executable in a process of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

MESH = Path(sys.executable).with_name("mesh")


class Answer(NamedTuple):
    """What a call of `mesh` left behind."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


Mesh = Callable[..., Answer]


def _clean_environment(**given: str) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("MESH_", "DAGSTER_"))}
    return {**kept, **given}


def mesh_process(*words: object, cwd: Path | None = None, stdin: str = "", **environment: str) -> Answer:
    """The real executable in a process of its own."""
    done = subprocess.run(
        [str(MESH), *map(str, words)],
        cwd=cwd,
        input=stdin,
        env=_clean_environment(**environment),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    return Answer(done.returncode, done.stdout, done.stderr)
