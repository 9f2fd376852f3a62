"""The parent's side of trying out Python steps: a worker is started, waited for, and ended when it takes too long."""

from __future__ import annotations

import contextlib
import os
import selectors
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory, TemporaryFile
from time import monotonic
from typing import IO

import msgspec

from mesh_core.checking.python_worker import BROKEN, Answer, Job, Step
from mesh_core.settings import Settings

_START = "import sys; sys.path[:] = {path!r}; from mesh_core.checking.python_worker import main; main()"
_TAIL = 2000


class Ended(msgspec.Struct, frozen=True):
    """A worker that ended in the middle of a step; without ``step`` before the first, or by its own fault."""

    step: Step | None
    why: str
    timed_out: bool = False


def answers(steps: Sequence[Step], settings: Settings, timeout: float) -> Iterator[Answer | Ended]:
    """An answer for each step, or how the worker ended at it; steps after that go on in a new worker.

    A worker that fails by itself takes all steps with it: one ``Ended`` without a step.
    """
    left = list(steps)
    while left:
        with TemporaryFile() as complaints, TemporaryDirectory(prefix="mesh-check-") as scratch:
            job = Job(settings=settings, steps=tuple(left), scratch=Path(scratch))
            for event in _Worker(job, complaints, timeout).events():
                yield event
                if event.step is None:
                    return
                left.remove(event.step)


class _Worker:
    """One process in a session of its own: Ctrl-C reaches the parent alone, which ends the whole group."""

    def __init__(self, job: Job, complaints: IO[bytes], timeout: float) -> None:
        self._job, self._complaints, self._timeout = job, complaints, timeout
        self._buffer = b""
        command = [sys.executable, "-B", "-W", "ignore", "-c", _START.format(path=sys.path)]
        self._process = subprocess.Popen(  # noqa: S603 - ourselves
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=complaints, start_new_session=True
        )

    def events(self) -> Iterator[Answer | Ended]:
        try:
            yield from self._events()
        finally:
            self._end()

    def _events(self) -> Iterator[Answer | Ended]:
        awaited: list[Step | None] = [None, *self._job.steps]
        try:
            self._send()
        except BrokenPipeError:
            yield Ended(None, self._last_words())
            return
        for step in awaited:
            line = self._line()
            if line is None:
                yield Ended(step, f"ran for more than {self._timeout:g} seconds", timed_out=True)
                return
            if not line:
                why, code = self._last_words(), self._process.returncode
                yield Ended(None if code == BROKEN else step, why)
                return
            answer = msgspec.json.decode(line, type=Answer)
            if answer.step is not None:
                yield answer

    def _send(self) -> None:
        if self._process.stdin is not None:
            self._process.stdin.write(self._job.encoded() + b"\n")
            self._process.stdin.flush()  # and stays open: its end tells the worker that the parent is gone

    def _line(self) -> bytes | None:
        """The next line; b'' at the end of the answers, None if it does not come in time."""
        until = monotonic() + self._timeout
        with selectors.DefaultSelector() as selector:
            if self._process.stdout is None:
                return b""
            descriptor = self._process.stdout.fileno()
            selector.register(descriptor, selectors.EVENT_READ)
            while b"\n" not in self._buffer:
                if not selector.select(max(0.0, until - monotonic())):
                    return None
                part = os.read(descriptor, 65536)
                if not part:
                    return b""
                self._buffer += part
        line, _, self._buffer = self._buffer.partition(b"\n")
        return line

    def _last_words(self) -> str:
        """How it ended: the signal or exit code, and the last line of what it complained about."""
        code = self._process.wait()
        how = f"by signal {signal.Signals(-code).name}" if code < 0 else f"with exit code {code}"
        self._complaints.seek(0, os.SEEK_END)
        self._complaints.seek(max(0, self._complaints.tell() - _TAIL))
        lines = self._complaints.read().decode(errors="replace").strip().splitlines()
        return f"ended the process {how}" + (f" ({lines[-1].strip()})" if lines else "")

    def _end(self) -> None:
        """The group, so that nothing that a function started lives on."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
        for stream in (self._process.stdin, self._process.stdout):
            if stream is not None:
                stream.close()
