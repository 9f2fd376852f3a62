"""One domain's mistakes are its own: each kind of file broken in a copy of the reference mesh."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from mesh_core.checking import check_mesh
from mesh_core.contracts.loading import load_mesh
from mesh_core.settings import load_settings

from .conftest import ROOT, Reference, call

OTHERS = {"airports", "fleet", "network_planning", "punctuality", "weather"}


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """The tree without its data."""
    root = tmp_path / "mesh"
    for folder in ("domains", "dbt_projects", "governance"):
        shutil.copytree(ROOT / folder, root / folder, ignore=shutil.ignore_patterns("__pycache__", "target", "logs"))
    for file in ("workspace.yaml", "dagster.yaml"):
        shutil.copyfile(ROOT / file, root / file)
    return root


def _edited(old: str, new: str) -> Callable[[Path], None]:
    def edit(file: Path) -> None:
        text = file.read_text()
        assert old in text
        file.write_text(text.replace(old, new, 1))

    return edit


FLIGHTS = "domains/flight_operations/flights"
BREAKAGES = {
    "domain.yaml": ("domains/flight_operations/domain.yaml", _edited("kind:", "knd:")),
    "no domain.yaml": ("domains/flight_operations/domain.yaml", Path.unlink),
    "product.yaml": (f"{FLIGHTS}/product.yaml", _edited("outputPorts:", "outports:")),
    "contract": (f"{FLIGHTS}/flights.contract.yaml", _edited("dataProduct:", "dataproduct:")),
    "contract is no YAML": (f"{FLIGHTS}/flights.contract.yaml", _edited("schema:", "schema: [")),
    "sources.yaml": (f"{FLIGHTS}/sources.yaml", _edited("columns:", "colums:")),
    "sql": (f"{FLIGHTS}/flights.sql", _edited("FROM", "FORM")),
    "no sql": (f"{FLIGHTS}/flights.sql", Path.unlink),
    "silver": (f"{FLIGHTS}/silver/flights_cleaned.sql", _edited("FROM", "FORM")),
    "undeclared input": (f"{FLIGHTS}/flights.sql", _edited("airports.airports", "fleet.aircraft")),
}


@pytest.mark.parametrize("name", BREAKAGES)
def test_findings_are_the_domain_s_own(copy: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, name: str) -> None:
    monkeypatch.setenv("MESH_HOME", str(tmp_path / "home"))
    path, break_it = BREAKAGES[name]
    file = copy / path
    break_it(file)
    settings = load_settings(copy)
    mesh = load_mesh(settings)
    assert set(mesh.broken) <= {"flight_operations"}
    assert set(mesh.domains) >= OTHERS
    findings = check_mesh(mesh, settings, domains=["flight_operations"]).findings
    assert findings
    assert {str(error.path).startswith(str(copy / "domains" / "flight_operations")) for error in findings} == {True}
    assert any(error.path == file or file.name in str(error) or not file.exists() for error in findings)
    cheap = tuple(OTHERS - {"punctuality"})  # binding dbt costs five seconds; it runs below
    elsewhere = [error.code for error in check_mesh(mesh, settings, domains=cheap).findings]
    assert elsewhere == ["input-deprecated"]  # delay_risk reads version 1 of the weather


@pytest.mark.mesh
def test_the_other_five_run_while_one_is_broken(reference: Reference, copy: Path, tmp_path: Path) -> None:
    """The most depended on domain breaks; its consumers read what it published last."""
    home = tmp_path / "home"
    shutil.copytree(reference.home, home, ignore=shutil.ignore_patterns("dagster"))
    contract = copy / FLIGHTS / "flights.contract.yaml"
    _edited("dataProduct:", "dataproduct:")(contract)

    done = call(home, "run", "--force", "--json", root=copy)

    assert done.returncode == 2, done.stderr  # broken configuration
    answer = json.loads(done.stdout)
    status = {port["address"]: port["status"] for port in answer["ports"]}
    assert {name for name, told in status.items() if told == "published"} == {
        "airports.airports",
        "fleet.aircraft",
        "fleet.carriers",
        "network_planning.aircraft_utilisation",
        "network_planning.delay_risk",
        "network_planning.route_utilisation",
        "punctuality.delay_causes",
        "punctuality.on_time_performance",
        "weather.observations",
        "weather.observations_v2",
    }
    assert {name for name, told in status.items() if told == "failed"} == {
        "flight_operations.flight_events",
        "flight_operations.flights",
        "flight_operations.flights_history",
    }
    assert any(str(contract) in str(error) for error in answer["errors"])
