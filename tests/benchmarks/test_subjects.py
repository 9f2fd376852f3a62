"""What the benchmarks measure still is what they say: meshes that publish, with the rules that they claim."""

import re
import sys
from pathlib import Path

import pytest

BENCHMARKS = Path(__file__).resolve().parents[2] / "benchmarks"


@pytest.fixture(autouse=True)
def scripts(monkeypatch: pytest.MonkeyPatch) -> None:
    """The scripts import each other by name."""
    monkeypatch.setattr(sys, "path", [str(BENCHMARKS), *sys.path])


def test_orders_are_published_under_twelve_rules(tmp_path: Path) -> None:
    import orders

    from mesh_core.publishing.publication import publish
    from mesh_core.publishing.services import Services
    from mesh_core.settings import load_settings

    orders.write_mesh(tmp_path, 1_000, ordered=False)
    services = Services(load_settings(tmp_path))
    done = publish(services.mesh.port("shop.orders"), services.mesh.domains["shop"], services, run_id="test")
    services.close()
    assert (done.status, done.rows, len(done.checks)) == ("published", 1_000, 12)
    assert all(check.success for check in done.checks)


def test_many_products_load_with_two_rules_each(tmp_path: Path) -> None:
    from many_products import write_mesh

    from mesh_core.contracts.loading import load_mesh
    from mesh_core.publishing.transformation.binding import bind_domain
    from mesh_core.quality import checks_for
    from mesh_core.settings import load_settings

    write_mesh(tmp_path, 12, 1, two_rules=True)
    settings = load_settings(tmp_path)
    mesh = load_mesh(settings)
    tree = mesh.domains["area_00"]
    assert bind_domain(tree, mesh, settings) == []
    assert [len(checks_for(port.contract)) for port in tree.ports] == [2] * 12


def test_every_script_has_its_place_in_the_document() -> None:
    import run_all

    text = run_all.DOCUMENT.read_text()
    assert re.findall(r"<!-- (\w+): begin -->", text) == sorted(
        run_all.SCRIPTS, key=lambda name: text.index(f"<!-- {name}:")
    )
    assert set(re.findall(r"`benchmarks/(\w+)\.py`", text)) >= set(run_all.SCRIPTS)


def test_a_missed_target_says_so() -> None:
    from report import Target

    assert Target("peak MiB", 600, 610.4).cells() == ["peak MiB", "at most 600", "610", "missed"]
    assert Target("times faster", 5, 9.71, least=True).cells() == ["times faster", "at least 5", "9.71", "met"]
