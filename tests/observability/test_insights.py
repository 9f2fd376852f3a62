"""`mesh insights`: lead times, use and flows in the terminal."""

from __future__ import annotations

from pathlib import Path

import pytest
from orchestration.workbench import Workbench
from surroundings import no_domains_of_other_tests, no_settings_from_outside  # noqa: F401

from mesh_core.catalog import Use
from mesh_core.cli import main
from mesh_core.testing import write_tiny_mesh


@pytest.fixture
def bench(tmp_path: Path) -> Workbench:
    return Workbench(write_tiny_mesh(tmp_path / "mesh"))


def told(bench: Workbench, capfd: pytest.CaptureFixture[str], *words: str) -> str:
    capfd.readouterr()
    assert main(["insights", *words, "--root", str(bench.tiny.root)]) == 0
    return capfd.readouterr().out


def test_figures_and_flows_of_a_mesh(bench: Workbench, capfd: pytest.CaptureFixture[str]) -> None:
    bench.run()
    with bench.catalog() as catalog:
        uses = [("view", "2026-11-01T00:00:00+00:00"), ("read", "2026-11-02T12:00:00+00:00")]
        catalog.record_uses([Use(kind=kind, address="shop.orders", at=at, consumer="ann") for kind, at in uses])
    out = told(bench, capfd, "--days", "366")
    lines = [" ".join(line.split()) for line in out.splitlines()]
    assert lines[0] == (
        "2 products, 2 published, 1 used: time to create not recorded, 36 h to use (median of 1); "
        "2 reads by 2 readers in 366 days"
    )
    [orders] = [line for line in lines if line.startswith("shop.orders")]
    assert orders.endswith("36 h 2 2 1 1")
    [flow] = [line for line in lines if line.startswith("shop insight")]
    assert flow.startswith("shop insight 1 3 ")
    assert "peer to peer: Few read what flows here" in out


def test_the_same_for_programs(bench: Workbench, capfd: pytest.CaptureFixture[str]) -> None:
    import json

    bench.run()
    found = json.loads(told(bench, capfd, "--json"))
    assert found["kpis"]["mesh"]["products"] == 2
    assert found["kpis"]["mesh"]["lead_time_to_use"] is None
    [flow] = found["topology"]["flows"]
    assert (flow["upstream"], flow["downstream"], flow["rows"]) == ("shop", "insight", 3)


def test_an_empty_catalog_has_no_figures(bench: Workbench, capfd: pytest.CaptureFixture[str]) -> None:
    assert told(bench, capfd) == ""
