"""The care of a whole mesh: `mesh maintain`, and the job that Dagster runs at night."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path

import dagster as dg
import pytest

from mesh_core.cli import main
from mesh_core.contracts.graph import ordered
from mesh_core.contracts.tree import Internal
from mesh_core.orchestration.run import load_definitions
from mesh_core.publishing.publication import publish
from mesh_core.publishing.services import Services
from mesh_core.publishing.steps.internals import refresh
from mesh_core.settings import load_settings
from mesh_core.storage import Commit
from mesh_core.testing import TinyMesh, write_tiny_mesh

pytestmark = pytest.mark.folder

PORTS = ["insight.revenue", "shop.orders"]
TABLES = ["insight.revenue", "shop.bronze.orders_feed", "shop.orders"]
Call = Callable[..., tuple[int, str, str]]


@pytest.fixture
def tiny(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> TinyMesh:
    """The tiny mesh, published three times, each time with another order."""
    for name in os.environ:
        if name.startswith("MESH_"):
            monkeypatch.delenv(name)
    tiny = write_tiny_mesh(tmp_path / "mesh")
    for number in range(3):
        tiny.deliver(f"2026-02-0{number + 1}", [f"{number + 10},eve@example.com,1.00,2026-02-0{number + 1}"])
        _publish(tiny)
    return tiny


@pytest.fixture
def mesh(capfd: pytest.CaptureFixture[str], tiny: TinyMesh) -> Call:
    def call(*words: object) -> tuple[int, str, str]:
        capfd.readouterr()
        code = main([*(str(word) for word in words), "--root", str(tiny.root)])
        told = capfd.readouterr()
        return code, told.out, told.err

    return call


def _publish(tiny: TinyMesh) -> None:
    services = Services(load_settings(tiny.root))
    try:
        for tree, node in ordered(services.mesh):
            act = refresh if isinstance(node, Internal) else publish
            act(node, tree, services, run_id="r")  # type: ignore[operator]
    finally:
        services.close()


def test_a_young_mesh_needs_nothing(mesh: Call) -> None:
    code, out, err = mesh("maintain")
    assert (code, err) == (0, "")
    assert out.startswith("3 tables, 0 worked on, 0 B freed in ")


def test_every_table_is_told_of_in_json(mesh: Call) -> None:
    code, out, _ = mesh("maintain", "--json")
    assert code == 0
    told = json.loads(out)
    assert sorted(table["table"] for table in told["tables"]) == TABLES
    assert {table["status"] for table in told["tables"]} == {"unchanged"}
    assert {table["versions_kept"] for table in told["tables"]} == {3}
    assert (told["dry_run"], told["errors"]) == (False, [])


@pytest.mark.parametrize(
    ("selection", "expected"),
    [
        ("shop", ["shop.bronze.orders_feed", "shop.orders"]),
        ("shop.orders", ["shop.bronze.orders_feed", "shop.orders"]),
        ("insight", ["insight.revenue"]),
        ("*", TABLES),
    ],
)
def test_a_selection(mesh: Call, selection: str, expected: list[str]) -> None:
    told = json.loads(mesh("maintain", selection, "--json")[1])
    assert sorted(table["table"] for table in told["tables"]) == expected


def test_an_unknown_selection_is_wrong_use(mesh: Call) -> None:
    code, _, err = mesh("maintain", "nowhere")
    assert code == 2
    assert "nowhere" in err


def test_what_no_version_needs_is_removed_and_the_rows_stay(mesh: Call, tiny: TinyMesh) -> None:
    contract = "domains/shop/orders/orders.contract.yaml"
    tiny.edit(contract, "team:\n", "customProperties:\n  - {property: versionRetention, value: 0}\nteam:\n")
    table = tiny.home / "lake" / "shop" / "orders"
    for file in table.rglob("*"):
        os.utime(file, (1_700_000_000, 1_700_000_000))
    for version in range(3):
        _date(table / "_delta_log" / f"{version:020}.json", f"2023-11-1{version + 1}")
    before = mesh("query", "SELECT * FROM shop.orders ORDER BY 1")[1]
    code, out, _ = mesh("maintain", "--dry-run")
    assert code == 0
    assert "1 with something to do" in out
    assert len(list(table.glob("*.parquet"))) == 3
    code, out, _ = mesh("maintain")
    assert code == 0
    [line] = [line for line in out.splitlines() if line.startswith("shop.orders ")]
    assert line.split()[:3] == ["shop.orders", "done", "1"]
    assert len(list(table.glob("*.parquet"))) == 1
    assert mesh("query", "SELECT * FROM shop.orders ORDER BY 1")[1] == before


CLUSTERED = "customProperties:\n  - {property: clusterBy, value: [customer, amount]}\nteam:\n"


def test_clustered_files_are_the_same_version_to_everybody(mesh: Call, tiny: TinyMesh) -> None:
    """Maintenance makes nothing stale, and what comes after it is published onto it."""
    tiny.edit("domains/shop/orders/orders.contract.yaml", "team:\n", CLUSTERED)
    tiny.renumber("shop.orders", "1.1.0")
    _publish(tiny)
    rows = mesh("query", "SELECT * FROM shop.orders ORDER BY 1")[1]
    before = _states(tiny)
    told = json.loads(mesh("maintain", "shop.orders", "--json")[1])
    assert [table["status"] for table in told["tables"] if table["table"] == "shop.orders"] == ["done"]
    assert mesh("query", "SELECT * FROM shop.orders ORDER BY 1")[1] == rows
    _publish(tiny)
    after = _states(tiny)
    assert {name: commit.version for name, commit in after.items()} == {
        name: commit.version for name, commit in before.items()
    }
    assert after["shop.orders"].head == before["shop.orders"].head + 1
    tiny.deliver("2026-03-01", ["99,zoe@example.com,5.00,2026-03-01"])
    _publish(tiny)
    assert _states(tiny)["shop.orders"].version == after["shop.orders"].head + 1
    assert "zoe@example.com" in mesh("query", "SELECT * FROM shop.orders ORDER BY 1")[1]
    told = json.loads(mesh("maintain", "shop.orders", "--json")[1])
    assert [table["status"] for table in told["tables"] if table["table"] == "shop.orders"] == ["done"]


def _states(tiny: TinyMesh) -> dict[str, Commit]:
    services = Services(load_settings(tiny.root))
    found = {name: services.lake.newest(services.lake.table(name.replace(".", "/"))) for name in PORTS}
    return {name: commit for name, commit in found.items() if commit is not None}


def _date(commit: Path, day: str) -> None:
    """As if the commit had been written on that day."""
    lines = [json.loads(line) for line in commit.read_text().splitlines()]
    for line in lines:
        if "commitInfo" in line:
            line["commitInfo"] |= {"timestamp": 1_699_600_000_000, "mesh.publishedAt": f"{day}T00:00:00.000+00:00"}
    commit.write_text("".join(json.dumps(line) + "\n" for line in lines))
    os.utime(commit, (1_699_600_000, 1_699_600_000))


def test_a_table_that_is_broken_keeps_no_other_from_its_turn(mesh: Call, tiny: TinyMesh) -> None:
    (tiny.home / "lake" / "shop" / "orders" / "_delta_log" / "00000000000000000002.json").write_text("{oops")
    code, out, err = mesh("maintain")
    assert code == 1
    assert "shop.orders" in err
    assert "Traceback" not in err
    assert [line.split()[:2] for line in out.splitlines() if line.startswith("shop.orders ")] == [
        ["shop.orders", "failed"]
    ]
    told = json.loads(mesh("maintain", "--json")[1])
    status = {table["table"]: table["status"] for table in told["tables"]}
    assert status == {"insight.revenue": "unchanged", "shop.bronze.orders_feed": "unchanged", "shop.orders": "failed"}


def test_tables_of_plain_assets_are_cared_for_with_their_domain(mesh: Call, tiny: TinyMesh) -> None:
    services = Services(load_settings(tiny.root))
    place = services.lake.internal(("shop", "models", "forecast"))
    with services.connect() as connection:
        staged = services.lake.stage(connection, "SELECT 1 AS n", place, ("n",))
    services.lake.commit(staged, {"n": ("INTEGER", "")}, onto=None, facts={"runId": "x"})
    told = json.loads(mesh("maintain", "shop", "--json")[1])
    assert "shop.models.forecast" in {table["table"] for table in told["tables"]}


def test_dagster_has_a_job_a_domain_that_runs_at_night(tiny: TinyMesh) -> None:
    definitions = load_definitions("shop", load_settings(tiny.root))
    [schedule] = [each for each in definitions.schedules or () if each.name == "shop_maintenance_schedule"]
    assert isinstance(schedule, dg.ScheduleDefinition)
    assert schedule.job_name == "shop_maintenance"
    assert schedule.default_status == dg.DefaultScheduleStatus.RUNNING
    assert schedule.execution_timezone == "UTC"
    minute, hour = str(schedule.cron_schedule).split()[:2]
    assert hour == "2"
    assert 0 <= int(minute) < 60


def test_the_job_cares_for_the_domain_s_tables_and_says_what_it_did(tiny: TinyMesh) -> None:
    result = _run_job(tiny)
    assert result.success
    [event] = [event for event in result.all_events if event.event_type_value == "STEP_OUTPUT"]
    told = event.step_output_data.metadata
    assert told["mesh/tables"].value == 2
    assert told["mesh/files_before"].value == told["mesh/files_after"].value > 1
    assert told["mesh/failed"].value == 0
    assert {row["table"] for row in told["mesh/by_table"].value} == {"shop.orders", "shop.bronze.orders_feed"}


def test_the_job_fails_after_all_tables_had_their_turn(tiny: TinyMesh) -> None:
    (tiny.home / "lake" / "shop" / "orders" / "_delta_log" / "00000000000000000002.json").write_text("{oops")
    result = _run_job(tiny)
    assert not result.success
    [event] = [event for event in result.all_events if event.event_type_value == "STEP_FAILURE"]
    failure = event.step_failure_data.user_failure_data
    assert failure is not None
    assert "1 of 2 tables could not be maintained" in (failure.description or "")
    assert failure.metadata["mesh/failed"].value == 1


def _run_job(tiny: TinyMesh) -> dg.ExecuteInProcessResult:
    definitions = load_definitions("shop", load_settings(tiny.root))
    with dg.DagsterInstance.ephemeral() as instance:
        job = definitions.resolve_job_def("shop_maintenance")
        return job.execute_in_process(instance=instance, raise_on_error=False)
