"""`mesh dev` on a small mesh: Dagster and the marketplace come up together, know of each other, and end together."""

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
from typing import Any

import pytest
from cli.calling import MESH

from mesh_core.testing import TinyMesh, write_tiny_mesh

pytestmark = pytest.mark.live


class Dev:
    """A running ``mesh dev``."""

    def __init__(self, tiny: TinyMesh) -> None:
        self.home = tiny.home
        self.port = _two_free_ports()
        clean = {name: value for name, value in os.environ.items() if not name.startswith(("MESH_", "DAGSTER_"))}
        self.process = subprocess.Popen(
            [MESH, "--root", tiny.root, "dev", "--port", str(self.port)],
            env=clean,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )

    def service(self, path: str) -> Any:
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port + 1}{path}", timeout=20) as answer:
            return answer.read().decode()

    def ports(self) -> list[str]:
        """What the marketplace lists; nothing before it answers."""
        with contextlib.suppress(urllib.error.URLError, OSError):
            return [port["address"] for port in json.loads(self.service("/api/v1/ports"))["items"]]
        return []

    def dagster(self) -> bool:
        url = f"http://127.0.0.1:{self.port}/server_info"
        with contextlib.suppress(urllib.error.URLError, OSError), urllib.request.urlopen(url, timeout=20) as answer:
            return bool(answer.status == 200)
        return False

    def processes(self) -> dict[int, str]:
        """What runs on this home, by process id."""
        found = {}
        for folder in Path("/proc").glob("[0-9]*"):
            with contextlib.suppress(OSError):
                if f"MESH_HOME={self.home}\0".encode() in (folder / "environ").read_bytes():
                    found[int(folder.name)] = (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode()
        return found


def _two_free_ports() -> int:
    """The first of two neighbours that are free."""
    while True:
        with socket.socket() as first, socket.socket() as second:
            first.bind(("127.0.0.1", 0))
            port = int(first.getsockname()[1])
            with contextlib.suppress(OSError, OverflowError):
                second.bind(("127.0.0.1", port + 1))
                return port


@pytest.fixture
def dev(tmp_path: Path) -> Iterator[Dev]:
    running = Dev(write_tiny_mesh(tmp_path / "mesh"))
    yield running
    if running.process.poll() is None:
        running.process.terminate()
        running.process.wait(timeout=60)


def _wait(what: Any, dev: Dev, seconds: float = 180) -> None:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline and dev.process.poll() is None:
        if what():
            return
        time.sleep(0.5)
    pytest.fail(f"it did not come; mesh dev: {dev.process.poll()}, {dev.processes()}")


def test_both_come_up_know_of_each_other_and_end_together(dev: Dev) -> None:
    # Nothing was ever published: the marketplace shows what the tree declares.
    _wait(lambda: dev.ports() == ["insight.revenue", "shop.orders"], dev)
    _wait(dev.dagster, dev)
    assert f"http://127.0.0.1:{dev.port}/assets/shop/orders" in dev.service("/ports/shop.orders")
    dev.process.send_signal(signal.SIGINT)
    assert dev.process.wait(timeout=60) == 0
    assert dev.processes() == {}


def test_when_the_service_is_killed_nothing_is_left_behind(dev: Dev) -> None:
    _wait(lambda: dev.ports() != [], dev)
    [service] = [number for number, command in dev.processes().items() if " serve --host " in command]
    os.kill(service, signal.SIGKILL)
    assert dev.process.wait(timeout=60) == 1
    assert dev.processes() == {}
