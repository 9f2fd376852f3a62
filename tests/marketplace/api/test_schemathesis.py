"""Requests made from the OpenAPI document: what it allows is answered as it says, what it forbids is refused."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from ..served import served
from ..small_mesh import SmallMesh

TOKEN = "for-the-fuzzer"
CONFIG = """\
seed = 1
request-timeout = 30
[auth.openapi]
"registration token" = { bearer = "for-the-fuzzer" }
[checks]
# A cursor is opaque: the document can't say which texts are one. A declaration has rules that no JSON Schema has.
positive_data_acceptance.expected-statuses = [200, 201, 304, 400, 404, 412, 422]
[generation]
database = "none"
"""


def _run(mesh: SmallMesh, folder: Path, *words: str) -> str:
    (folder / "schemathesis.toml").write_text(CONFIG)
    with served(mesh, MESH_REGISTRATION_TOKEN=TOKEN) as service:
        command = [
            Path(sys.executable).with_name("schemathesis"),
            "--config-file",
            folder / "schemathesis.toml",
            "run",
            f"{service.url}/openapi.json",
            "--checks=all",
            "--suppress-health-check=all",
            "--no-color",
            *words,
        ]
        done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=folder)
        code, told = service.stop()
    assert done.returncode == 0, done.stdout[-8000:] + done.stderr[-2000:]
    assert (code, "Traceback" in told) == (0, False), told[-4000:]
    return done.stdout


def test_every_operation_answers_as_documented(own_mesh: SmallMesh, tmp_path: Path) -> None:
    told = _run(own_mesh, tmp_path, "--phases=examples,fuzzing", "--max-examples=3")
    assert re.search(r"\b(\d+) generated, \1 passed", told), told[-3000:]


@pytest.mark.slow
def test_every_operation_answers_as_documented_for_long(own_mesh: SmallMesh, tmp_path: Path) -> None:
    told = _run(own_mesh, tmp_path, "--max-examples=60")
    assert re.search(r"\b(\d+) generated, \1 passed", told), told[-3000:]
