"""Fifty clients at once: every request is answered."""

import sys
from pathlib import Path

import pytest

from ..served import served
from ..small_mesh import SmallMesh

BENCHMARKS = Path(__file__).resolve().parents[3] / "benchmarks"
TARGETS = (
    "/api/v1/ports/shop.orders",
    "/api/v1/search?q=order",
    "/ports/insight.revenue",
    "/api/v1/ports/shop.orders/lineage",
    "/",
    "/api/v1/ports/clients.customers/service-levels",
    "/api/v1/changes?limit=100",
    "/domains",
    "/api/v1/ports?limit=100",
    "/api/v1/ports/shop.orders/joins",
)


def _ask(mesh: SmallMesh, seconds: float, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "path", [str(BENCHMARKS), *sys.path])
    from load import ask

    with served(mesh) as service:
        found = ask(service.port, TARGETS, clients=50, seconds=seconds)
        code, told = service.stop()
    assert (code, "Traceback" in told) == (0, False), told[-3000:]
    assert found.failures == []
    assert set(found.statuses) == {200}
    assert len(found.latencies) > 50


def test_fifty_clients_for_three_seconds(own_mesh: SmallMesh, monkeypatch: pytest.MonkeyPatch) -> None:
    _ask(own_mesh, 3, monkeypatch)


@pytest.mark.slow
def test_fifty_clients_for_thirty_seconds(own_mesh: SmallMesh, monkeypatch: pytest.MonkeyPatch) -> None:
    _ask(own_mesh, 30, monkeypatch)
