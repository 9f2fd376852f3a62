"""The catalog service under 50 clients at once, over 10,000 products, beside a handler that does nothing."""

from __future__ import annotations

import contextlib
import os
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

from load import Found, ask
from measure import Sample, environment
from mesh_of import PRODUCTS, MeshOf
from report import Report, main

from mesh_core.catalog import Catalog
from mesh_core.testing import write_tiny_mesh

CLIENTS = 50
MESH = Path(sys.executable).with_name("mesh")
ABOUT = (
    f"{CLIENTS} clients on kept connections ask one kind of thing for some seconds, service and clients on the same "
    "two cores. Wall is the median answer time as a client sees it, CPU what the service spends on one answer. The "
    "baseline is a FastAPI handler on the same server that answers two bytes. A tenth of the products is published."
)
BARE = """\
import sys, uvicorn, fastapi
app = fastapi.FastAPI()
@app.get("/")
def nothing(): return fastapi.Response(b"{}", media_type="application/json")
uvicorn.run(app, port=int(sys.argv[1]), log_config=None, access_log=False)
"""


def bench(quick: bool) -> Report:
    products, seconds = (500, 1.0) if quick else (PRODUCTS, 5.0)
    report = Report(f"The service, {products:,} products", ABOUT, 1)
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        names = _fill(Path(folder), products)
        found = {"a bare handler": _bare_load(seconds)}
        for what, targets in _asked(names).items():
            with _serving(Path(folder)) as (process, port):
                found[what] = _load(process, port, targets, seconds)
        with _serving(Path(folder)) as (process, port):
            tag = _tag(port, f"/api/v1/ports/{names[0]}/contract")
            targets = [f"/api/v1/ports/{names[0]}/contract"]
            found["a contract that the client has (304)"] = _load(
                process, port, targets, seconds, headers=f"If-None-Match: {tag}\r\n"
            )
    report.add(f"an answer, {CLIENTS} clients", {what: sample for what, (_, sample) in found.items()})
    for what, (seen, _) in found.items():
        print(
            f"{what:<40} {seen.per_second:8,.0f}/s   p50 {seen.quantile(0.5) * 1000:7.1f} ms   "
            f"p95 {seen.quantile(0.95) * 1000:7.1f} ms   errors {seen.errors}",
            file=sys.stderr,
        )
    report.target("errors of all requests", sum(seen.errors for seen, _ in found.values()), 0)
    return report


def _asked(names: list[str]) -> dict[str, list[str]]:
    some = names[:: max(1, len(names) // 100)]
    words = ("customer order", "daily revenue", "shipmnt dely", "risk score by region", "")
    return {
        "health": ["/healthz"],
        "a port": [f"/api/v1/ports/{name}" for name in some],
        "a contract": [f"/api/v1/ports/{name}/contract" for name in some],
        "lineage of a port": [f"/api/v1/ports/{name}/lineage" for name in some],
        "service levels of a port": [f"/api/v1/ports/{name}/service-levels" for name in some],
        "100 ports of a list": ["/api/v1/ports?limit=100"],
        "a search": [f"/api/v1/search?q={word.replace(' ', '+')}" for word in words],
        "the page of a port": [f"/ports/{name}" for name in some],
    }


def _fill(folder: Path, products: int) -> list[str]:
    """A catalog below the folder; the addresses of its published ports."""
    write_tiny_mesh(folder / "mesh")
    (folder / "home").mkdir()
    mesh = MeshOf(products)
    with Catalog(f"sqlite:///{folder}/home/catalog.db") as catalog:
        mesh.declare(catalog)
        mesh.publish(catalog, ports=products // 10)
        return [card.address for card in catalog.cards() if card.table_version is not None]


@contextlib.contextmanager
def _serving(folder: Path) -> Iterator[tuple[subprocess.Popen[str], int]]:
    process = subprocess.Popen(
        [MESH, "--root", folder / "mesh", "serve", "--port", "0", "--no-declare", "--no-log-requests"],
        env=environment(MESH_HOME=str(folder / "home")),
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stderr is not None
    port = next(int(line.rpartition(":")[2]) for line in process.stderr if line.strip().startswith("marketplace"))
    try:
        ask(port, ["/api/v1/search?q=warm"], clients=1, seconds=0.1)
        _settle(process)
        yield process, port
    finally:
        process.terminate()
        process.communicate(timeout=40)


@contextlib.contextmanager
def _bare(port: int) -> Iterator[subprocess.Popen[bytes]]:
    process = subprocess.Popen([sys.executable, "-c", BARE, str(port)], env=environment())
    try:
        while ask(port, ["/"], clients=1, seconds=0.01).failures:
            time.sleep(0.1)
        yield process
    finally:
        process.terminate()
        process.wait(timeout=20)


def _bare_load(seconds: float) -> tuple[Found, Sample]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    with _bare(port) as process:
        return _load(process, port, ["/"], seconds)


def _load(
    process: subprocess.Popen[str] | subprocess.Popen[bytes],
    port: int,
    targets: list[str],
    seconds: float,
    headers: str = "",
) -> tuple[Found, Sample]:
    before = _cpu(process.pid)
    found = ask(port, targets, clients=CLIENTS, seconds=seconds, headers=headers)
    spent = _cpu(process.pid) - before
    return found, Sample(found.quantile(0.5), spent / max(1, len(found.latencies)))


def _cpu(pid: int) -> float:
    """CPU seconds that the process has spent."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _settle(process: subprocess.Popen[str]) -> None:
    """Wait until the service's own first pass over the catalog is done."""
    for _ in range(120):
        before = _cpu(process.pid)
        time.sleep(0.5)
        if _cpu(process.pid) - before < 0.05:
            return


def _tag(port: int, target: str) -> str:
    with urllib.request.urlopen(f"http://127.0.0.1:{port}{target}") as answer:
        return str(answer.headers["etag"])


if __name__ == "__main__":
    main(bench)
