"""What loading the six code locations gives, costs and does."""

from __future__ import annotations

import json
import re
from collections import Counter
from pathlib import Path
from typing import Any

import yaml

from mesh_core.contracts.graph import inputs_of, key_of
from mesh_core.contracts.loading import load_mesh
from mesh_core.settings import load_settings

ROOT = Path(__file__).parents[2]
GOLDEN = Path(__file__).with_name("asset_specs.json")

HEAVY = {
    "great_expectations",
    "pandas",
    "polars",
    "pyarrow",
    "sqlalchemy",
    "deltalake",
    "dbt",
    "dagster_dbt",
    "sqlglot",
    "numpy",
    "jsonschema_rs",
    "yaml",
    "rich",
    "requests",
}


def test_nothing_heavy_is_imported(locations: dict[str, Any]) -> None:
    assert set(locations["imported"]) & HEAVY == set()


def test_no_connection_no_process_nothing_written(locations: dict[str, Any]) -> None:
    assert (locations["did"], locations["wrote"]) == ([], [])


def test_a_first_load_writes_the_cache_alone(first_load: dict[str, Any], home: Path) -> None:
    outside = [path for path in first_load["wrote"] if not Path(path).is_relative_to(home / "cache")]
    assert [path for path in outside if path not in {"/dev/null", str(home)} and Path(path).is_relative_to(ROOT)] == []
    assert [event for event in first_load["did"] if event.startswith("socket.connect")] == []


def test_the_golden_asset_specs(locations: dict[str, Any]) -> None:
    """A change of any asset shows here. Write the file anew with: python tests/architecture/golden.py"""
    assert locations["assets"] == json.loads(GOLDEN.read_text())


def test_counts(locations: dict[str, Any]) -> None:
    assets = locations["assets"]
    layers = Counter(spec["tags"].get("layer", "plain") for [spec] in assets.values())
    assert layers == {"gold": 13, "bronze": 7, "silver": 5, "plain": 1}
    assert sum(spec["checks"] for [spec] in assets.values()) == 327


def test_no_key_has_two_owners(locations: dict[str, Any]) -> None:
    """`dagster definitions validate` does not notice."""
    assert {key: len(specs) for key, specs in locations["assets"].items() if len(specs) != 1} == {}
    assert [key for key, [spec] in locations["assets"].items() if key.partition("/")[0] != spec["location"]] == []


def test_ports_and_assets_are_one_to_one(locations: dict[str, Any]) -> None:
    mesh = load_mesh(load_settings(ROOT))
    made = {key for key, [spec] in locations["assets"].items() if spec["tags"].get("layer") == "gold"}
    assert made == {"/".join(address.asset_key) for address in mesh.ports}


def test_every_dependency_across_domains_is_a_declared_input_port(locations: dict[str, Any]) -> None:
    mesh = load_mesh(load_settings(ROOT))
    declared: dict[str, set[str]] = {}
    for tree in mesh.domains.values():
        for product in tree.products:
            needs = {f"{need.contract_id.replace('.', '/')}{_suffix(need.version)}" for need in product.inputs}
            declared.setdefault(tree.domain.name, set()).update(needs)
    crossing = {
        (spec["location"], dep)
        for [spec] in locations["assets"].values()
        for dep in spec["deps"]
        if dep.partition("/")[0] != spec["location"]
    }
    assert len(crossing) > 5
    assert [(domain, dep) for domain, dep in crossing if dep not in declared[domain]] == []
    assert [dep for _, dep in crossing if dep.count("/") != 1] == [], "another domain's internal asset"


def _suffix(version: str) -> str:
    """What a range of the reference mesh adds to the key: ``>=2.0.0,<3`` is ``_v2``."""
    major = version.removeprefix(">=").partition(".")[0]
    return "" if major == "1" else f"_v{major}"


def test_every_port_names_its_own_inputs(locations: dict[str, Any]) -> None:
    mesh = load_mesh(load_settings(ROOT))
    for tree in mesh.domains.values():
        for node in (*tree.internals, *tree.ports):
            if node.engine == "dbt":
                continue
            [spec] = locations["assets"]["/".join(key_of(node))]
            read = {"/".join(getattr(g, "key", None) or g.address.asset_key) for g in inputs_of(node, tree)}
            assert set(spec["deps"]) == read, node


def test_schedules_are_the_contracts_frequency(locations: dict[str, Any]) -> None:
    schedules = {name: dict(trigger["schedules"]) for name, trigger in locations["triggers"].items()}
    nightly = {name: schedules[name].pop(f"{name}_maintenance_schedule") for name in schedules}
    assert all(re.fullmatch(r"[0-5]?\d 2 \* \* \*", cron) for cron in nightly.values())
    assert schedules == {
        "airports": {"airports_schedule": "0 6 * * 1"},
        "fleet": {"aircraft_schedule": "0 6 * * 1", "carriers_schedule": "0 6 * * 1"},
        "flight_operations": {
            "flight_events_schedule": "0 6 * * *",
            "flights_schedule": "0 6 * * *",
            "flights_history_schedule": "0 6 * * *",
        },
        "weather": {"observations_schedule": "0 * * * *", "observations_v2_schedule": "0 * * * *"},
        "punctuality": {},
        "network_planning": {},
    }


def test_every_location_runs_in_process_with_the_shared_resources(locations: dict[str, Any]) -> None:
    for trigger in locations["triggers"].values():
        assert trigger["executor"] == "in_process"
        assert trigger["resources"] == ["catalog", "io_manager", "quality", "storage"]
        assert "automation" in trigger["sensors"]
    assert "flights_arrivals" in locations["triggers"]["flight_operations"]["sensors"]


def test_ports_with_a_latency_have_a_freshness_policy(locations: dict[str, Any]) -> None:
    mesh = load_mesh(load_settings(ROOT))
    promised = {"/".join(port.address.asset_key) for port in mesh.ports.values() if port.contract.sla("latency")}
    assert {key for key, [spec] in locations["assets"].items() if spec["freshness"]} == promised
    assert len(promised) == 13


def test_what_reads_runs_on_new_inputs_and_what_reads_nothing_once(locations: dict[str, Any]) -> None:
    own = {key: spec for key, [spec] in locations["assets"].items() if "layer" in spec["tags"]}
    expected = {key: "new audited input versions" if spec["deps"] else "never run" for key, spec in own.items()}
    expected["flight_operations/bronze/flights_feed"] = None  # by partitions: its sensor asks for those that arrived
    assert {key: spec["automation"] for key, spec in own.items()} == expected


def test_the_workspace_lists_every_domain_once() -> None:
    listed = [
        entry["python_module"]["module_name"]
        for entry in yaml.safe_load((ROOT / "workspace.yaml").read_text())["load_from"]
    ]
    folders = sorted(file.parent.name for file in (ROOT / "domains").glob("*/domain.yaml"))
    assert sorted(listed) == [f"domains.{name}.definitions" for name in folders]
    assert len(folders) == 6


def test_a_definitions_file_is_a_handful_of_lines() -> None:
    for file in (ROOT / "domains").glob("*/definitions.py"):
        assert len(file.read_text().splitlines()) <= 10, file
