"""mesh dev: the real webserver, daemon and code locations, and nothing left of them afterwards."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from mesh_core.testing import TinyMesh

from .calling import MESH, mesh_process


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextlib.contextmanager
def _serving(tiny: TinyMesh, port: int) -> Iterator[subprocess.Popen[bytes]]:
    """`mesh dev` as a script would start it: signals to stop are ignored at first."""
    script = f"trap '' INT TERM; exec {MESH} --root {tiny.root} dev --port {port}"
    process = subprocess.Popen(["bash", "-c", script], stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
    try:
        yield process
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)
            process.wait(timeout=40)


def _locations(port: int) -> list[str]:
    query = json.dumps({"query": "{ workspaceOrError { ... on Workspace { locationEntries { name loadStatus } } } }"})
    request = urllib.request.Request(
        f"http://127.0.0.1:{port}/graphql", query.encode(), {"Content-Type": "application/json"}
    )
    with urllib.request.urlopen(request, timeout=5) as answer:
        entries = json.load(answer)["data"]["workspaceOrError"]["locationEntries"]
    return sorted(entry["name"] for entry in entries if entry["loadStatus"] == "LOADED")


def _wait_for_locations(port: int, process: subprocess.Popen[bytes]) -> list[str]:
    deadline = time.monotonic() + 90
    while time.monotonic() < deadline and process.poll() is None:
        with contextlib.suppress(urllib.error.URLError, OSError):
            if len(_locations(port)) == 2:
                return _locations(port)
        time.sleep(0.5)
    pytest.fail(f"the UI did not come up; mesh dev ended with {process.poll()}")


def _processes_of(tiny: TinyMesh) -> list[str]:
    """Command lines of running processes that know this mesh's home."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            if f"MESH_HOME={tiny.home}\0".encode() in (folder / "environ").read_bytes():
                found.append((folder / "cmdline").read_bytes().replace(b"\0", b" ").decode())
    return found


@pytest.mark.live
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_it_serves_both_domains_and_leaves_nothing_behind(tiny: TinyMesh, number: signal.Signals) -> None:
    port = _free_port()
    with _serving(tiny, port) as process:
        assert _wait_for_locations(port, process) == ["insight", "shop"]
        assert len(_processes_of(tiny)) >= 6
        second = mesh_process("--root", tiny.root, "dev", "--port", _free_port())
        assert second.code == 2
        assert f"another `mesh dev` is running on {tiny.home}" in second.err
        process.send_signal(number)
        assert process.wait(timeout=40) == 0
    assert _processes_of(tiny) == []


@pytest.mark.live
def test_when_dagster_is_killed_nothing_is_left_behind(tiny: TinyMesh) -> None:
    port = _free_port()
    with _serving(tiny, port) as process:
        _wait_for_locations(port, process)
        children = subprocess.check_output(["ps", "-ww", "-o", "pid=,args=", "--ppid", str(process.pid)], text=True)
        [leader] = [line.split()[0] for line in children.splitlines() if " -m dagster dev " in line]
        os.kill(int(leader), signal.SIGKILL)
        assert process.wait(timeout=40) == 1
    assert _processes_of(tiny) == []


def test_a_port_that_is_taken(tiny: TinyMesh) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        answer = mesh_process("--root", tiny.root, "dev", "--port", port)
    assert answer.code == 2
    assert f"error: cannot listen on 127.0.0.1:{port}: Address already in use" in answer.err
