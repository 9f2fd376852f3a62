"""A restored version in Dagster: consumers that it automates run again, and the port itself does not."""

from __future__ import annotations

from typing import TYPE_CHECKING

import dagster as dg
import pytest
from cli.calling import mesh_process
from orchestration.workbench import ORDERS, Workbench

from mesh_core.orchestration.instance import open_instance
from mesh_core.orchestration.run import load_definitions

if TYPE_CHECKING:
    from publication.ledger import Ledger

KEY = dg.AssetKey(["shop", "orders"])


@pytest.fixture
def twice(bench: Workbench) -> Workbench:
    """Both ports in two versions that Dagster runs made."""
    for name, rows in (("2026-01-02", None), ("2026-01-03", ["4,cleo@example.com,7.00,2026-01-03"])):
        if rows:
            bench.tiny.deliver(name, rows)
        assert mesh_process("run", "--root", bench.tiny.root).code == 0
    return bench


def test_dagster_hears_of_it(twice: Workbench) -> None:
    answer = mesh_process("restore", ORDERS, 0, "--root", twice.tiny.root)
    assert answer.code == 0, answer.err
    assert answer.out == "✓ restored  shop.orders  version 0 as version 2: 3 rows\n"
    with open_instance(twice.settings) as instance:
        event = instance.get_latest_materialization_event(KEY)
        assert event is not None
        assert event.asset_materialization is not None
        assert (event.asset_materialization.tags or {})["dagster/data_version"] == "2"
        assert event.asset_materialization.metadata["mesh/restored_from"].value == 0
        checks = instance.event_log_storage.get_latest_asset_check_execution_by_key(
            [dg.AssetCheckKey(KEY, "some_orders")]
        )
        assert [record.status.value for record in checks.values()] == ["SUCCEEDED"]


@pytest.mark.filterwarnings("ignore:Parameter `include_sources`")
def test_consumers_run_again_and_the_port_does_not(twice: Workbench) -> None:
    resources = load_definitions("shop", twice.settings).resources
    definitions = dg.Definitions([*_assets(twice, "shop"), *_assets(twice, "insight")], resources=resources)
    with open_instance(twice.settings) as instance:
        first = dg.evaluate_automation_conditions(defs=definitions, instance=instance)
    assert mesh_process("restore", ORDERS, 0, "--root", twice.tiny.root).code == 0
    with open_instance(twice.settings) as instance:
        second = dg.evaluate_automation_conditions(defs=definitions, instance=instance, cursor=first.cursor)
        assert second.get_num_requested(dg.AssetKey(["insight", "revenue"])) == 1
        assert second.get_num_requested(KEY) == 0


def _assets(bench: Workbench, domain: str) -> list[dg.AssetsDefinition]:
    return [asset for asset in load_definitions(domain, bench.settings).assets or [] if _belongs(asset, domain)]


def _belongs(asset: object, domain: str) -> bool:
    return isinstance(asset, dg.AssetsDefinition) and {key.path[0] for key in asset.keys} == {domain}


def test_only_the_restored_partitions_are_news(ledger: Ledger) -> None:
    ledger.write(
        "partitions",
        properties={"partitionStart": '"2026-01-01"'},
        product={"partitioned": "{bronze.orders_feed: _source_file}"},
        key="",
    )
    ledger.deliver("2026-01-05", [(1, "ada", 1, 1, "2026-01-05", False)])
    ledger.deliver("2026-01-06", [(2, "bob", 2, 1, "2026-01-06", False)])
    assert mesh_process("run", "--root", ledger.tiny.root).code == 0
    ledger.deliver("2026-01-05", [(1, "ada", 9, 1, "2026-01-05", False)])
    assert mesh_process("run", "--root", ledger.tiny.root).code == 0
    answer = mesh_process("restore", ORDERS, 0, "--root", ledger.tiny.root)
    assert answer.code == 0, answer.err
    with open_instance(ledger.settings) as instance:
        newest = instance.fetch_materializations(KEY, limit=1).records[0].asset_materialization
        assert newest is not None
        assert (newest.partition, "~" in (newest.tags or {})["dagster/data_version"]) == ("2026-01-05", True)
        assert instance.get_materialized_partitions(KEY) == {"2026-01-05", "2026-01-06"}
