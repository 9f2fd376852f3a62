"""A domain that does not load holds back who reads it only until something of it was published."""

from __future__ import annotations

from pathlib import Path

from mesh_core.orchestration.run import execute, plan_run
from mesh_core.publishing.services import Services
from mesh_core.settings import load_settings
from mesh_core.testing import TinyMesh, write_tiny_mesh


def statuses(tiny: TinyMesh, *, force: bool = False) -> dict[str, tuple[str, str]]:
    services = Services(load_settings(tiny.root))
    report = execute(plan_run(services, (), force=force), services, force=force)
    services.close()
    return {port.name: (port.status, port.error.partition("\n")[0]) for port in report.ports}


def test_a_consumer_of_a_broken_domain(tmp_path: Path) -> None:
    tiny = write_tiny_mesh(tmp_path / "root", home=tmp_path / "root" / ".mesh")
    contract = "domains/shop/orders/orders.contract.yaml"

    tiny.edit(contract, "status: active", "statuss: active")
    never = "shop.orders was never published, and its domain 'shop' does not load"
    assert statuses(tiny) == {"insight.revenue": ("failed", never)}

    tiny.edit(contract, "statuss: active", "status: active")
    assert statuses(tiny)["insight.revenue"] == ("published", "")

    # Now there is a last good version, and the contract that was published with it says where.
    tiny.edit(contract, "status: active", "statuss: active")
    assert statuses(tiny, force=True) == {"insight.revenue": ("published", "")}
