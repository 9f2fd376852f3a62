"""The real service as a process of its own, as a person starts it."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from .small_mesh import SmallMesh

MESH = Path(sys.executable).with_name("mesh")


class Service:
    """A running ``mesh serve``."""

    def __init__(self, process: subprocess.Popen[str], url: str) -> None:
        self.process, self.url = process, url

    @property
    def port(self) -> int:
        return int(self.url.rpartition(":")[2])

    def stop(self, number: int = signal.SIGINT) -> tuple[int, str]:
        """Exit code and what it wrote since it said that it answers."""
        if self.process.poll() is None:
            self.process.send_signal(number)
        _, told = self.process.communicate(timeout=40)
        return self.process.returncode, told


@contextlib.contextmanager
def served(mesh: SmallMesh, *words: str, **settings: str) -> Iterator[Service]:
    """``mesh serve`` on a free port; it is there when this returns, and gone afterwards.

    Nobody reads what it writes until it is stopped, so it logs requests only for few of them.
    """
    words = words if "--log-requests" in words else (*words, "--no-log-requests")
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("MESH_", "DAGSTER_"))}
    process = subprocess.Popen(
        [MESH, "--root", mesh.tiny.root, "serve", "--port", "0", *words],
        env={**clean, **settings},
        stderr=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        text=True,
    )
    try:
        yield Service(process, _url(process))
    finally:
        if process.poll() is None:
            process.terminate()
            try:
                process.communicate(timeout=20)
            except subprocess.TimeoutExpired:
                process.kill()
                process.communicate()


def _url(process: subprocess.Popen[str]) -> str:
    assert process.stderr is not None
    url, told = "", []
    for line in process.stderr:
        told.append(line)
        name, _, value = line.strip().partition(" ")
        url = value.strip() if name == "marketplace" else url
        if "Ctrl-C" in line:
            return url
    message = f"mesh serve ended: {''.join(told)}"
    raise AssertionError(message)
