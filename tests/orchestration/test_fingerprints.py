"""What makes a step stale, and what does not."""

from __future__ import annotations

from pathlib import Path

from mesh_core.contracts.loading import load_mesh
from mesh_core.publishing.transformation.fingerprints import code_digest
from mesh_core.settings import load_settings
from mesh_core.testing import TinyMesh, write_tiny_mesh

from .workbench import CONTRACT

STEP = "domains/shop/orders/silver/recent.sql"


def _digest(tiny: TinyMesh) -> str:
    tree = load_mesh(load_settings(tiny.root)).domains["shop"]
    step = tree.internal("silver", "recent")
    assert step is not None
    return code_digest(step, tree)


def test_a_step_follows_the_contract_values_that_it_takes(tmp_path: Path) -> None:
    tiny = write_tiny_mesh(tmp_path / "mesh", consumer=False)
    tiny.file(STEP).parent.mkdir(parents=True, exist_ok=True)
    contract = tiny.file(CONTRACT)
    values = "customProperties:\n  - {property: since, value: 3}\n  - {property: other, value: 1}\n"
    contract.write_text(contract.read_text() + values)
    tiny.file(STEP).write_text("SELECT * FROM bronze.orders_feed WHERE order_id > getvariable('since')\n")
    first = _digest(tiny)
    tiny.edit(CONTRACT, "other, value: 1", "other, value: 2")
    assert _digest(tiny) == first
    tiny.edit(CONTRACT, "since, value: 3", "since, value: 4")
    assert _digest(tiny) != first
