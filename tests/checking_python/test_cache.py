"""What did not change is not run again; everything that decides the outcome counts."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from .conftest import REVENUE, Workshop

ROOT = Path(__file__).parents[2]
CONTRACT = "domains/insight/revenue/revenue.contract.yaml"
ORDERS = "domains/shop/orders/orders.contract.yaml"


@pytest.fixture
def runs(workshop: Workshop, tmp_path: Path) -> Callable[[], int]:
    """How many times the function was called so far."""
    log = tmp_path / "calls"
    workshop.write(
        f"""
        def revenue(orders):
            with open({str(log)!r}, "a") as out:
                out.write("x")
            return orders.query(
                "SELECT ordered_on AS day, count(*) AS orders, sum(amount) AS revenue FROM shop.orders GROUP BY ALL"
            )
        """
    )
    return lambda: len(log.read_text()) if log.exists() else 0


def test_a_second_check_runs_nothing(workshop: Workshop, runs: Callable[[], int]) -> None:
    assert workshop.findings() == []
    first = runs()
    assert first >= 2
    assert workshop.findings() == []
    assert runs() == first


@pytest.mark.parametrize(
    ("path", "old", "new"),
    [
        (REVENUE, "def revenue", "# changed\ndef revenue"),
        (CONTRACT, "purpose: Revenue of each day.", "purpose: Revenue of every day."),
        (ORDERS, "logicalTypeOptions: {minimum: 0}", "logicalTypeOptions: {minimum: 1}"),
        ("domains/insight/helpers.py", "", "RATE = 2\n"),
        (
            "governance/entities.yaml",
            "",
            "entities: [{name: order, port: mesh://shop/orders/v1, id_column: order_id, tag: x}]",
        ),
    ],
)
def test_a_change_runs_it_again(workshop: Workshop, runs: Callable[[], int], path: str, old: str, new: str) -> None:
    if not old:
        workshop.write("" if path.endswith(".py") else "entities: []\n", path)
    workshop.findings()
    first = runs()
    if old:
        workshop.tiny.edit(path, old, new)
    else:
        workshop.write(new, path)
    assert workshop.findings() == []
    assert runs() > first


def test_findings_are_remembered_as_they_were_told(workshop: Workshop) -> None:
    workshop.returning("SELECT ordered_on AS day, 1::BIGINT AS orders, amount AS revenue FROM shop.orders")
    first, again = workshop.findings(), workshop.findings()
    assert [error.as_dict() for error in first] == [error.as_dict() for error in again]
    assert len(first) == 1


def test_a_timeout_is_not_remembered(workshop: Workshop, tmp_path: Path) -> None:
    marker = tmp_path / "busy"
    marker.touch()
    workshop.write(
        f"""
        import os, time

        def revenue(orders):
            if os.path.exists({str(marker)!r}):
                time.sleep(600)
            return orders.query(
                "SELECT ordered_on AS day, count(*) AS orders, sum(amount) AS revenue FROM shop.orders GROUP BY ALL"
            )
        """
    )
    assert [error.code for error in workshop.findings(timeout=4)] == ["python-timeout"]
    marker.unlink()
    assert workshop.findings() == []


def test_a_torn_cache_is_only_slower(workshop: Workshop) -> None:
    workshop.findings()
    file = workshop.tiny.home / "cache" / "python_steps.msgpack"
    file.write_bytes(file.read_bytes()[:-3])
    assert workshop.findings() == []


def test_nothing_heavy_is_imported_for_what_is_known(workshop: Workshop) -> None:
    """Not even DuckDB: a Python step's inputs stand in its signature."""
    program = (
        "import sys; from pathlib import Path\n"
        "from mesh_core.checking.python_steps import python_findings\n"
        "from mesh_core.contracts.loading import load_mesh\n"
        "from mesh_core.governance import load_charter\n"
        "from mesh_core.settings import load_settings\n"
        "settings = load_settings(Path(sys.argv[1])); mesh = load_mesh(settings)\n"
        "print(python_findings(mesh.domains.values(), mesh, load_charter(settings.root), settings))\n"
        "print(sorted({'pandas', 'pyarrow', 'numpy', 'dagster', 'duckdb', 'rstr', 'sqlalchemy'} & set(sys.modules)))\n"
    )
    command = [sys.executable, "-c", program, str(workshop.tiny.root)]
    for _ in range(2):
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.splitlines() == ["[]", "[]"]
