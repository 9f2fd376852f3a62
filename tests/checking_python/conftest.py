"""The tiny mesh with Python where it has SQL, checked as `mesh check` does."""

from __future__ import annotations

import os
from pathlib import Path
from textwrap import dedent

import pytest

from mesh_core.checking.python_steps import TIMEOUT, python_findings
from mesh_core.contracts.loading import load_mesh
from mesh_core.errors import MeshError
from mesh_core.governance import load_charter
from mesh_core.settings import load_settings
from mesh_core.testing import TinyMesh, write_tiny_mesh

REVENUE = "domains/insight/revenue/revenue.py"
RIGHT = """
    def revenue(orders):
        return orders.query(
            "SELECT ordered_on AS day, count(*) AS orders, sum(amount) AS revenue FROM shop.orders GROUP BY ALL"
        )
"""


class Workshop:
    """A tiny mesh whose ``insight.revenue`` is made by Python."""

    def __init__(self, tiny: TinyMesh) -> None:
        self.tiny = tiny
        tiny.file("domains/insight/revenue/revenue.sql").unlink()
        self.write(RIGHT)

    def write(self, text: str, path: str = REVENUE) -> Path:
        file = self.tiny.file(path)
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(dedent(text).lstrip())
        return file

    def returning(self, sql: str) -> None:
        """``revenue`` returns the relation of ``sql`` over ``shop.orders``."""
        self.write(f'def revenue(orders):\n    return orders.query("""{sql}""")\n')

    def findings(self, *domains: str, timeout: float = TIMEOUT) -> list[MeshError]:
        settings = load_settings(self.tiny.root)
        mesh = load_mesh(settings)
        assert not mesh.broken, mesh.broken
        trees = [mesh.domains[name] for name in domains] if domains else mesh.domains.values()
        return python_findings(trees, mesh, load_charter(self.tiny.root), settings, timeout=timeout)

    def told(self, *domains: str) -> list[tuple[str, str, str]]:
        """Severity, code and sentence of each finding."""
        return [(error.severity, error.code, error.what) for error in self.findings(*domains)]

    def codes(self) -> list[tuple[str, str]]:
        return [(error.severity, error.code) for error in self.findings()]

    def allow_no_orders(self) -> None:
        """Take away the rule that ``shop.orders`` is never empty."""
        self.tiny.edit("domains/shop/orders/orders.contract.yaml", "mustBeGreaterThan: 0", "mustBeLessThan: 1000000")


@pytest.fixture
def workshop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Workshop:
    for name in os.environ:
        if name.startswith("MESH_"):
            monkeypatch.delenv(name)
    return Workshop(write_tiny_mesh(tmp_path / "mesh"))
