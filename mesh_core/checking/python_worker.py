"""The process in which Python steps are tried out, one after the other, so that what they do stays in it.

It reads one job from its standard input and answers with one line of JSON for each step. The input stays open
as long as the parent lives: when it ends, so does this process.
"""

from __future__ import annotations

import os
import shutil
import sys
import threading
from pathlib import Path
from types import TracebackType
from typing import IO, TYPE_CHECKING

import msgspec

from mesh_core.contracts.graph import Node, key_of
from mesh_core.errors import MeshError, Severity, flattened
from mesh_core.settings import Settings

if TYPE_CHECKING:
    from mesh_core.contracts.tree import Mesh

RAISES = "python-raises"
BROKEN = 70
"""The exit code of a worker that failed by its own fault."""
Step = tuple[str, ...]
"""The asset key of a port or internal asset; its first part is the domain."""


class Job(msgspec.Struct, frozen=True, kw_only=True):
    """Which steps to try out, in which mesh."""

    settings: Settings
    steps: tuple[Step, ...]
    scratch: Path
    """A folder for what the engine spills; the parent removes it."""

    def encoded(self) -> bytes:
        return msgspec.json.encode(self, enc_hook=str)

    @classmethod
    def decoded(cls, line: bytes) -> Job:
        return msgspec.json.decode(line, type=cls, dec_hook=lambda kind, value: kind(value))


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """A MeshError on its way between processes, and in the cache."""

    what: str
    remedy: str
    code: str
    severity: Severity
    path: str | None
    line: int | None

    @classmethod
    def of(cls, error: MeshError) -> Finding:
        return cls(
            what=error.what,
            remedy=error.remedy,
            code=error.code,
            severity=error.severity,
            path=str(error.path) if error.path else None,
            line=error.line,
        )

    @property
    def error(self) -> MeshError:
        path = Path(self.path) if self.path else None
        error = MeshError(self.what, remedy=self.remedy, path=path, line=self.line, code=self.code)
        error.severity = self.severity
        return error


class Answer(msgspec.Struct, frozen=True):
    """The findings of a step; the first answer of a worker has no step and says that it is ready."""

    step: Step | None
    findings: tuple[Finding, ...] = ()


def main() -> None:
    """Work off the job on standard input."""
    sys.excepthook = _end_with_traceback
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)  # what a function prints is no answer
    job = Job.decoded(_first_line(0))
    threading.Thread(target=_end_with_parent, args=(job.scratch,), daemon=True).start()
    sys.path.insert(0, str(job.settings.root))
    _work(job, answers)


def _first_line(descriptor: int) -> bytes:
    """Without Python's buffers: a thread that waits in one breaks the interpreter's end."""
    line = b""
    while not line.endswith(b"\n"):
        part = os.read(descriptor, 65536)
        if not part:
            break
        line += part
    return line


def _end_with_parent(scratch: Path) -> None:
    while os.read(0, 4096):
        pass
    shutil.rmtree(scratch, ignore_errors=True)
    os._exit(1)


def _end_with_traceback(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    """What a function raises is a finding; what gets here is a mistake of the check itself."""
    sys.__excepthook__(kind, error, trace)
    os._exit(BROKEN)


def _work(job: Job, answers: IO[bytes]) -> None:
    from mesh_core.checking.python_guard import forbid
    from mesh_core.checking.python_trial import try_out
    from mesh_core.contracts.loading import load_mesh
    from mesh_core.governance import load_charter

    mesh, charter = load_mesh(job.settings), load_charter(job.settings.root)
    forbid(job.settings.home, job.settings.root)
    _say(answers, Answer(None))
    for step in job.steps:
        node = next((node for node in _nodes(mesh, step[0]) if key_of(node) == step), None)
        findings = []
        if node is not None:
            findings = try_out(node, mesh.domains[step[0]], mesh, charter, job.settings, job.scratch)
        _say(answers, Answer(step, tuple(Finding.of(error) for error in flattened(findings))))


def _nodes(mesh: Mesh, domain: str) -> list[Node]:
    tree = mesh.domains.get(domain)
    return [*tree.internals, *tree.ports] if tree else []


def _say(answers: IO[bytes], answer: Answer) -> None:
    answers.write(msgspec.json.encode(answer) + b"\n")
    answers.flush()
