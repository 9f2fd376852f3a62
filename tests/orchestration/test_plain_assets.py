"""A plain ``@dg.asset`` beside the mesh's ports: kept by the IO manager, read by a port, run when the port is."""

from __future__ import annotations

from pathlib import Path

import pytest

from mesh_core.orchestration.run import execute, plan_run
from mesh_core.publishing.services import Services
from mesh_core.settings import load_settings
from mesh_core.testing import TinyMesh, write_tiny_mesh

PLAIN = """
import dagster as dg
import pandas as pd

from mesh_core.orchestration import domain_definitions


@dg.asset(key=["shop", "silver", "large_orders"], ins={"feed": dg.AssetIn(key=["shop", "bronze", "orders_feed"])})
def large_orders(feed: pd.DataFrame) -> pd.DataFrame:
    return feed[feed["amount"] > 10]


defs = domain_definitions(__file__, assets=[large_orders])
"""


@pytest.fixture
def tiny(tmp_path: Path) -> TinyMesh:
    return write_tiny_mesh(tmp_path / "root", home=tmp_path / "root" / ".mesh")


def test_a_port_reads_a_plain_asset_that_mesh_run_makes_first(tiny: TinyMesh) -> None:
    (tiny.root / "domains/shop/definitions.py").write_text(PLAIN)
    tiny.edit("domains/shop/orders/orders.sql", "bronze.orders_feed", "silver.large_orders")
    tiny.edit("domains/shop/orders/orders.sql", "ordered_on", "ordered_on::DATE AS ordered_on")
    services = Services(load_settings(tiny.root))

    report = execute(plan_run(services, ("shop",)), services)

    assert [(port.name, port.status, port.error) for port in report.ports] == [("shop.orders", "published", "")]
    port = services.mesh.port("shop.orders")
    pinned = services.lake.pin(services.lake.table(port.contract.server("local").path))
    assert pinned is not None
    with services.connect() as connection:
        amounts = connection.execute(f"SELECT min(amount) > 10, count(*) > 0 FROM ({pinned.relation})").fetchone()
    assert amounts == (True, True)
    assert services.lake.newest(services.lake.internal(("shop", "silver", "large_orders"))) is not None
