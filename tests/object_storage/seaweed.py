"""An S3-compatible server of a test run's own: SeaweedFS, whose binary a PyPI package carries."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec

KEY_ID = "mesh-test-key-id"
SECRET = "mesh-test-secret-nobody-may-print"
_READ_ONLY = ("mesh-reader-key-id", "mesh-reader-secret")
_PARTS = ("master", "volume", "filer", "s3")
_WITH_PARENT = 'exec 3<&0; "$@" & weed=$!; (read _ <&3; kill -9 $weed) & wait $weed'
"""The server ends when its stdin does: also when the tests are killed."""
_SECONDS = 60
"""Starting takes three seconds on an idle machine."""


class Seaweed(msgspec.Struct):
    """A running server; the log of it is in ``folder``."""

    folder: Path
    endpoint: str
    filer: str
    process: subprocess.Popen[bytes]

    def environment(self, location: str = "s3://lake") -> dict[str, str]:
        """The settings that put a mesh's lake at ``location``."""
        return {
            "MESH_LAKE": location,
            "AWS_ACCESS_KEY_ID": KEY_ID,
            "AWS_SECRET_ACCESS_KEY": SECRET,
            "AWS_REGION": "us-east-1",
            "AWS_ENDPOINT_URL": self.endpoint,
        }

    @property
    def reader(self) -> tuple[str, str]:
        """Key id and secret of somebody who may read everything and write nothing."""
        return _READ_ONLY

    def make_bucket(self, name: str) -> None:
        request = urllib.request.Request(f"{self.filer}/buckets/{name}/", method="POST")
        with urllib.request.urlopen(request, timeout=10):
            pass


@contextmanager
def running(folder: Path) -> Iterator[Seaweed]:
    """A server with an empty bucket ``lake``, all of it below ``folder``, gone afterwards."""
    for _ in range(3):  # another process may take a free port before the server does
        server = _started(folder / f"weed-{time.monotonic_ns()}")
        try:
            if _answers(server):
                server.make_bucket("lake")
                yield server
                return
        finally:
            server.process.communicate()  # which closes its stdin
    raise RuntimeError((server.folder / "log").read_text()[-5000:])


def _started(folder: Path) -> Seaweed:
    folder.mkdir(parents=True)
    users = [(KEY_ID, SECRET, ["Admin", "Read", "Write", "List"]), (*_READ_ONLY, ["Read", "List"])]
    identities = [
        {"name": key, "credentials": [{"accessKey": key, "secretKey": secret}], "actions": actions}
        for key, secret, actions in users
    ]
    (folder / "s3.json").write_text(json.dumps({"identities": identities}))
    (folder / "data").mkdir()
    ports = dict(zip((p + kind for p in _PARTS for kind in ("", ".grpc")), _free_ports(2 * len(_PARTS)), strict=True))
    options = [f"-{part}.port{kind}={ports[part + kind]}" for part in _PARTS for kind in ("", ".grpc")]
    options += [
        f"-dir={folder / 'data'}",
        f"-filer.localSocket={folder / 'filer.sock'}",
        f"-s3.localSocket={folder / 's3.sock'}",
        f"-s3.config={folder / 's3.json'}",
        "-ip=127.0.0.1",
        "-ip.bind=127.0.0.1",
        "-filer",
        "-s3",
        "-s3.autoCreateBucket=false",
        "-s3.port.iceberg=0",
        "-s3.port.lance=0",
        "-master.telemetry=false",
        "-master.electionTimeout=1s",
        "-master.volumeSizeLimitMB=64",
        "-volume.max=0",
        "-volume.preStopSeconds=0",
    ]
    weed = Path(sys.executable).with_name("weed")
    command = ["sh", "-c", _WITH_PARENT, "sh", weed, f"-logdir={folder}", "server", *options]
    environment = {"HOME": str(folder), "PATH": os.defpath}
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=log, stderr=log, cwd=folder, env=environment)
    return Seaweed(folder, f"http://127.0.0.1:{ports['s3']}", f"http://127.0.0.1:{ports['filer']}", process)


def _free_ports(count: int) -> list[int]:
    sockets = [socket.socket() for _ in range(count)]
    try:
        for each in sockets:
            each.bind(("127.0.0.1", 0))
        return [each.getsockname()[1] for each in sockets]
    finally:
        for each in sockets:
            each.close()


def _answers(server: Seaweed) -> bool:
    end = time.monotonic() + _SECONDS
    while time.monotonic() < end and server.process.poll() is None:
        try:
            with urllib.request.urlopen(f"{server.endpoint}/healthz", timeout=2):
                return True
        except OSError:
            time.sleep(0.1)
    return False
