"""`dagster dev` and the catalog service under supervision: whatever ends them, no process of them stays behind.

``dagster dev`` starts a webserver, a daemon and two processes a code location. Started from a script it inherits
ignored signals, and killed hard it leaves them all running (measured), so it gets a process group of its own,
which is asked to end, then told to. The service joins that group; if one of the two ends, so does the other.
"""

from __future__ import annotations

import fcntl
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import TYPE_CHECKING

from mesh_core.errors import ConfigurationError
from mesh_core.orchestration.instance import open_instance

if TYPE_CHECKING:
    from mesh_core.settings import Settings

_PATIENCE = 20.0
"""Seconds that `dagster dev` gets to end its children by itself."""
_LAST_WORDS = 3.0
"""Seconds between SIGTERM and SIGKILL for what is left of the group."""
_KNOWN = "ignore:Function `dev_command` is superseded"
"""Dagster's advice to use `dg dev`, which knows no workspace of plain modules."""
_STOPPING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def serve(settings: Settings, *, host: str, port: int, service_port: int | None) -> int:
    """Run `dagster dev`, and the service if it has a port, until one ends or they are interrupted.

    0 after Ctrl-C or SIGTERM, else the exit code of what ended. ConfigurationError if a port is taken (Dagster
    would start everything else and serve nothing there), or if another `mesh dev` has this home.
    """
    for wanted in (port, *(() if service_port is None else (service_port,))):
        _check_free(host, wanted)
    with open_instance(settings):
        pass  # the databases exist before several processes would make them at once
    with _alone(settings), _stop_requests() as asked:
        children: list[subprocess.Popen[bytes]] = []
        try:
            children.append(_start(_command(settings, host, port), settings, group=0))
            if service_port is not None:
                served = _service(settings, host, service_port)
                told = {"MESH_DAGSTER_URL": settings.dagster_url or f"http://{host}:{port}"}
                children.append(_start(served, settings, group=children[0].pid, more=told))
            while all(child.poll() is None for child in children) and not asked:
                time.sleep(0.1)
            code = next((child.returncode for child in children if child.poll() is not None), 0)
        finally:
            _end_group(children, asked)
    return 0 if asked else code


def _start(
    command: list[str], settings: Settings, *, group: int, more: dict[str, str] | None = None
) -> subprocess.Popen[bytes]:
    # Handlers of ours become the default ones in the child, ignored signals would stay ignored.
    return subprocess.Popen(  # noqa: S603 - our interpreter, no shell
        command, cwd=settings.root, env=_environment(settings) | (more or {}), process_group=group
    )


def _check_free(host: str, port: int) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            message = f"cannot listen on {host}:{port}: {error.strerror}"
            raise ConfigurationError(message, remedy="End what listens there, or choose another --port.") from error


@contextmanager
def _alone(settings: Settings) -> Iterator[None]:
    """Hold the home for this server: two daemons would both start what is due."""
    with (settings.dagster_home / ".serving").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            message = f"another `mesh dev` is running on {settings.home}"
            raise ConfigurationError(
                message, remedy="Use that one, or give this one a MESH_HOME of its own."
            ) from error
        yield


def _command(settings: Settings, host: str, port: int) -> list[str]:
    workspace = str(settings.root / "workspace.yaml")
    served = ["-w", workspace, "-h", host, "-p", str(port), "--log-level", "warning"]
    return [sys.executable, "-W", _KNOWN, "-m", "dagster", "dev", *served]


def _service(settings: Settings, host: str, port: int) -> list[str]:
    served = ["--root", str(settings.root), "serve", "--host", host, "--port", str(port), "--no-log-requests"]
    return [sys.executable, "-c", "import sys; from mesh_core.cli import main; sys.exit(main())", *served]


def _environment(settings: Settings) -> dict[str, str]:
    """What we were given, with the places that this call settled."""
    places = {"DAGSTER_HOME": settings.dagster_home, "MESH_ROOT": settings.root, "MESH_HOME": settings.home}
    return {**os.environ, **{name: str(place) for name, place in places.items()}}


@contextmanager
def _stop_requests() -> Iterator[list[int]]:
    """A list that a signal to stop is added to, as long as the block runs."""
    asked: list[int] = []

    def note(number: int, _frame: FrameType | None) -> None:
        asked.append(number)

    before = {number: signal.signal(number, note) for number in _STOPPING}
    try:
        yield asked
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _end_group(children: list[subprocess.Popen[bytes]], asked: list[int]) -> None:
    """SIGINT and patience, then SIGTERM, then SIGKILL, until the group is empty; a second Ctrl-C ends the patience."""
    if not children:
        return
    group = children[0].pid
    for number, patience in ((signal.SIGINT, _PATIENCE), (signal.SIGTERM, _LAST_WORDS), (signal.SIGKILL, _LAST_WORDS)):
        if not _signalled(group, number):
            break
        deadline, seen = time.monotonic() + patience, len(asked)
        while time.monotonic() < deadline and len(asked) == seen and _signalled(group, 0):
            for child in children:
                child.poll()  # a child that ended stays in its group until somebody asks for its exit code
            time.sleep(0.1)
    for child in children:
        child.wait()


def _signalled(group: int, number: int) -> bool:
    """Whether the group still has members; signal 0 only asks."""
    try:
        os.killpg(group, number)
    except ProcessLookupError:
        return False
    return True
