"""Consumers see the end: when they run, when they look, and in the Dagster UI."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from lifecycle.governed import ORDERS, REVENUE, become, override

from mesh_core.testing import TinyMesh, write_tiny_mesh

from .calling import mesh_process
from .conftest import Mesh

END = (datetime.now(UTC).date() + timedelta(days=250)).isoformat()
TODAY = datetime.now(UTC).date().isoformat()


@pytest.fixture(scope="module")
def ending(tmp_path_factory: pytest.TempPathFactory) -> TinyMesh:
    """A mesh in which shop.orders was deprecated after it had been published, on too short a notice overridden."""
    tiny = write_tiny_mesh(tmp_path_factory.mktemp("ending") / "mesh")
    assert mesh_process("run", "--root", tiny.root).code == 0
    become(tiny, "deprecated", "1.1.0", END)
    text = tiny.file("domains/shop/orders/orders.contract.yaml").read_text()
    tiny.file("domains/shop/orders/orders.contract.yaml").write_text(
        text.replace("  - {property: latency, value: 1, unit: d}\n", "")
    )
    override(tiny, "breaking-change", "1.1.0")
    return tiny


def _words(text: str) -> str:
    """The text without its line breaks, which depend on the terminal."""
    return " ".join(text.split())


def test_mesh_run_tells_the_readers(ending: TinyMesh) -> None:
    told = f"note: shop.orders is deprecated: support ends on {END} (250 days left); read by insight.revenue"
    first = mesh_process("run", "--root", ending.root)
    assert first.code == 0, first.err
    assert told in first.err.splitlines()
    again = mesh_process("run", "--root", ending.root)
    assert [line for line in again.err.splitlines() if line.startswith("note:")] == [told]
    answer = mesh_process("run", "insight", "--root", ending.root, "--json")
    assert answer.json["notices"] == [
        {
            "address": "shop.orders",
            "readers": ["insight.revenue"],
            "standing": {
                "status": "deprecated",
                "announced_at": "",
                "end_of_support": END,
                "days_left": 250,
                "successor": "",
            },
        }
    ]
    assert mesh_process("run", "shop", "--root", ending.root, "--json").json["notices"] == []


def test_a_reader_by_way_of_its_own_steps(tmp_path: Path) -> None:
    from mesh_core.cli.notices import notices
    from mesh_core.orchestration.run import plan_run
    from mesh_core.publishing.progress import Outcome
    from mesh_core.publishing.services import Services
    from mesh_core.settings import load_settings

    tiny = write_tiny_mesh(tmp_path / "mesh")
    become(tiny, "deprecated", "1.1.0", END)
    step = tiny.file("domains/insight/revenue/silver/daily.sql")
    step.parent.mkdir()
    step.write_text(tiny.file("domains/insight/revenue/revenue.sql").read_text())
    tiny.file("domains/insight/revenue/revenue.sql").write_text("SELECT * FROM silver.daily")
    services = Services(load_settings(tiny.root))
    plan = plan_run(services, ())
    done, failed = Outcome(name=REVENUE, status="published"), Outcome(name=REVENUE, status="failed")
    assert [(n.address, n.readers) for n in notices(plan, [done], services.mesh)] == [(ORDERS, (REVENUE,))]
    assert notices(plan, [failed], services.mesh) == ()


def test_mesh_show_of_the_port(mesh: Mesh, ending: TinyMesh) -> None:
    assert mesh_process("run", "--root", ending.root).code == 0
    shown = _words(mesh("show", ORDERS, "--root", ending.root).out)
    assert f"deprecated announced on {TODAY} · support ends on {END} (250 days left)" in shown
    assert "overrides 1.1.0 breaking-change greta@mesh.example (governance) The shop" in shown
    told = mesh("show", ORDERS, "--root", ending.root, "--json").json
    assert (told["standing"]["status"], told["standing"]["end_of_support"]) == ("deprecated", END)
    assert told["standing"]["announced_at"].startswith(TODAY)
    [decision] = told["overrides"]
    assert (decision["rule"], decision["by"], decision["reason"]) == (
        "breaking-change",
        "greta@mesh.example",
        "The shop closes.",
    )


def test_mesh_show_of_a_reader(mesh: Mesh, ending: TinyMesh) -> None:
    shown = _words(mesh("show", REVENUE, "--root", ending.root).out)
    assert f"reads shop.orders >=1.0.0,<2 is deprecated: support ends on {END} (250 days left)" in shown
    told = mesh("show", REVENUE, "--root", ending.root, "--json").json
    assert told["standing"]["status"] == "active"
    assert told["inputs"][0]["standing"]["days_left"] == 250


def test_the_dagster_ui(ending: TinyMesh, monkeypatch: pytest.MonkeyPatch) -> None:
    import sys

    import dagster as dg

    from mesh_core.orchestration.run import load_definitions
    from mesh_core.settings import load_settings

    monkeypatch.setattr(sys, "path", list(sys.path))
    settings = load_settings(Path(ending.root))
    orders = load_definitions("shop", settings).resolve_asset_graph().get(dg.AssetKey(["shop", "orders"]))
    assert orders.tags["status"] == "deprecated"
    assert (orders.metadata["mesh/lifecycle"], orders.metadata["mesh/end_of_support"]) == ("deprecated", END)
    assert f"**Deprecated**: support ends on {END}." in (orders.description or "")
    revenue = load_definitions("insight", settings).resolve_asset_graph().get(dg.AssetKey(["insight", "revenue"]))
    assert revenue.metadata["mesh/inputs_ending"].value.splitlines()[-1] == f"| shop.orders | deprecated | {END} |  |"
    assert "mesh/lifecycle" not in revenue.metadata
    for name in [name for name in sys.modules if name.partition(".")[0] == "domains"]:
        del sys.modules[name]
