"""What Dagster sees: one step a port, its rules as checks of that step, and everything that its UI shows."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from importlib import import_module
from typing import Any

import dagster as dg
import pytest

from mesh_core.errors import ConfigurationError, InputNotPublishedError, MeshError
from mesh_core.orchestration.instance import open_instance
from mesh_core.orchestration.run import execute, load_definitions, plan_run
from mesh_core.publishing.services import Services
from mesh_core.storage.places import files_below

from .workbench import CONTRACT, ORDERS, REVENUE, Workbench

SHOP, INSIGHT = dg.AssetKey(["shop", "orders"]), dg.AssetKey(["insight", "revenue"])
PLAIN = """\
import dagster as dg

from mesh_core.orchestration import Table, domain_definitions


@dg.asset(key=["shop", "silver", "customers"], ins={"feed": dg.AssetIn(key=["shop", "bronze", "orders_feed"])})
def customers(feed: Table):
    return feed.relation().aggregate("customer, count(*) AS orders").to_arrow_table()


defs = domain_definitions(__file__, assets=[customers])
"""


@pytest.fixture
def instance(bench: Workbench) -> Iterator[dg.DagsterInstance]:
    with open_instance(bench.settings) as opened:
        yield opened


def _execute(bench: Workbench, instance: dg.DagsterInstance, domain: str, *keys: dg.AssetKey, **tags: str) -> Any:
    job = load_definitions(domain, bench.settings).resolve_implicit_global_asset_job_def()
    return job.execute_in_process(
        instance=instance, raise_on_error=False, asset_selection=list(keys) or None, tags=tags
    )


def _materialization(result: Any, key: dg.AssetKey) -> dict[str, Any]:
    [event] = result.asset_materializations_for_node("__".join(key.path))
    return dict(event.metadata)


def test_one_step_a_port_with_its_rules_as_checks(bench: Workbench, instance: dg.DagsterInstance) -> None:
    result = _execute(bench, instance, "shop")
    assert result.success
    steps = {event.step_key for event in result.all_events if event.is_step_success}
    assert steps == {"shop__bronze__orders_feed", "shop__orders"}
    evaluations = {e.check_name: e.passed for e in result.get_asset_check_evaluations()}
    assert len(evaluations) == 8
    assert {"some_orders": True, "modest_orders": True, "amount_range": True}.items() <= evaluations.items()
    assert {event.step_key for event in result.all_events if event.event_type_value == "ASSET_CHECK_EVALUATION"} == {
        "shop__orders"
    }


def test_what_a_materialization_shows(bench: Workbench, instance: dg.DagsterInstance) -> None:
    _execute(bench, instance, "shop")
    shown = _materialization(_execute(bench, instance, "insight"), INSIGHT)
    assert shown["dagster/row_count"].value == 2
    assert shown["mesh/table_version"].value == 0
    assert shown["mesh/inputs"].value == {"shop.orders": 0}
    assert shown["mesh/contract_version"].value == "1.0.0"
    schema = shown["dagster/column_schema"].value
    assert [(c.name, c.type, c.description) for c in schema.columns] == [
        ("day", "DATE", "Day."),
        ("orders", "BIGINT", "Orders of the day."),
        ("revenue", "DOUBLE", "Their sum in euros."),
    ]
    lineage = shown["dagster/column_lineage"].value.deps_by_column
    assert [(dep.asset_key.path, dep.column_name) for dep in lineage["revenue"]] == [(["shop", "orders"], "amount")]
    assert "| 2026-01-01 | 2 | 14.5 |" in shown["mesh/sample"].value


def test_restricted_values_are_shown_nowhere(bench: Workbench, instance: dg.DagsterInstance) -> None:
    bench.tiny.deliver("2026-01-02", ["1,ada@example.com,5000.00,2026-01-01"])
    result = _execute(bench, instance, "shop", SHOP, dg.AssetKey(["shop", "bronze", "orders_feed"]))
    everything = str([event.event_specific_data for event in result.all_events])
    assert "5000" in everything
    assert "ada@example.com" not in everything
    assert "•••" in _materialization(result, SHOP)["mesh/sample"].value


def test_the_data_version_is_the_table_s(bench: Workbench, instance: dg.DagsterInstance) -> None:
    _execute(bench, instance, "shop")
    _execute(bench, instance, "shop", **{"mesh/force": "true"})
    event = instance.get_latest_materialization_event(SHOP)
    assert event is not None
    assert event.asset_materialization is not None
    assert event.asset_materialization.tags is not None
    assert event.asset_materialization.tags["dagster/data_version"] == "1"


def test_a_refused_publication_records_its_checks_and_fails(bench: Workbench, instance: dg.DagsterInstance) -> None:
    bench.tiny.deliver("2026-01-02", ["5,dan@example.com,-1.00,2026-01-03"])
    result = _execute(bench, instance, "shop")
    assert not result.success
    evaluations = {e.check_name: e for e in result.get_asset_check_evaluations()}
    assert len(evaluations) == 8
    failed = evaluations["amount_range"]
    assert (failed.passed, failed.severity, failed.blocking) == (False, dg.AssetCheckSeverity.ERROR, True)
    assert "| 5 | ••• | -1.0 |" in failed.metadata["failing_rows"].value
    assert [key for event in result.get_asset_materialization_events() for key in event.asset_key.path] == [
        "shop",
        "bronze",
        "orders_feed",
    ]
    [failure] = [event for event in result.all_events if event.is_step_failure]
    assert "dan@example.com" not in str(failure)
    told = failure.step_failure_data.user_failure_data
    assert told.description.startswith(str(bench.tiny.file(CONTRACT)))
    assert told.metadata["code"].value == "audit-failed"
    assert bench.version(ORDERS) is None


def test_a_warning_is_a_failed_check_of_a_step_that_succeeds(bench: Workbench, instance: dg.DagsterInstance) -> None:
    bench.tiny.deliver("2026-01-02", ["1,ada@example.com,5000.00,2026-01-01"])
    result = _execute(bench, instance, "shop")
    assert result.success
    [failed] = [e for e in result.get_asset_check_evaluations() if not e.passed]
    assert (failed.check_name, failed.severity, failed.blocking) == (
        "modest_orders",
        dg.AssetCheckSeverity.WARN,
        False,
    )


def test_mesh_run_holds_back_what_reads_a_refused_port(bench: Workbench) -> None:
    bench.run()
    bench.tiny.deliver("2026-01-03", ["5,dan@example.com,-1.00,2026-01-03"])
    services = Services(bench.settings)
    report = execute(plan_run(services, ()), services)
    told = {outcome.name: outcome for outcome in report.ports}
    assert {name: outcome.status for name, outcome in told.items()} == {ORDERS: "failed", REVENUE: "skipped"}
    assert told[REVENUE].error == "shop.orders was not published"
    assert (told[ORDERS].rows, told[ORDERS].table_version) == (3, 0)
    assert (told[ORDERS].checks_passed, told[ORDERS].checks_failed) == (7, 1)
    assert report.failed


def test_attributes_of_a_port(bench: Workbench) -> None:
    graph = load_definitions("shop", bench.settings).resolve_asset_graph()
    node = graph.get(SHOP)
    assert (node.group_name, node.owners, node.code_version) == ("orders", ["team:Shop team"], "1.0.0")
    assert node.kinds == {"sql", "deltalake", "gold"}
    assert (
        node.tags.items()
        >= {
            "domain": "shop",
            "product": "orders",
            "kind": "source-aligned",
            "layer": "gold",
            "sales": "",
        }.items()
    )
    assert node.metadata["link/businessDefinition"].value == "https://mesh.example/orders"
    assert node.metadata["mesh/address"] == "mesh://shop/orders/v1"
    assert "What was ordered" in (node.description or "")
    assert node.freshness_policy is not None
    bronze = graph.get(dg.AssetKey(["shop", "bronze", "orders_feed"]))
    assert (bronze.kinds, bronze.tags["layer"]) == ({"csv", "deltalake", "bronze"}, "bronze")


def test_a_dependency_across_domains_is_a_key(bench: Workbench) -> None:
    graph = load_definitions("insight", bench.settings).resolve_asset_graph()
    assert graph.get(INSIGHT).parent_keys == {SHOP}
    assert not graph.get(SHOP).is_materializable


def test_a_plain_asset_works_beside_the_ports(bench: Workbench, instance: dg.DagsterInstance) -> None:
    bench.tiny.file("domains/shop/definitions.py").write_text(PLAIN)
    result = _execute(bench, instance, "shop")
    assert result.success
    newest = bench.lake.newest(bench.lake.internal(("shop", "silver", "customers")))
    assert newest is not None
    assert newest.rows == 2
    assert newest.facts["runId"] == result.run_id


@pytest.mark.parametrize(
    ("annotation", "kind"),
    [("pandas.DataFrame", "DataFrame"), ("polars.DataFrame", "DataFrame"), ("pyarrow.Table", "Table"), ("", "Table")],
)
def test_a_plain_asset_gets_what_it_is_annotated_with(published: Workbench, annotation: str, kind: str) -> None:
    module, _, name = annotation.partition(".")
    wanted = getattr(import_module(module), name) if annotation else object
    loaded = _load_input(published, ["shop", "orders"], wanted)
    assert (type(loaded).__name__, type(loaded).__module__.partition(".")[0]) == (kind, module or "mesh_core")
    rows = loaded.relation().fetchall() if annotation == "" else loaded
    assert len(rows) == 3


def test_the_io_manager_gives_nothing_of_another_domain(published: Workbench) -> None:
    with pytest.raises(ConfigurationError) as caught:
        _load_input(published, ["insight", "revenue"])
    assert caught.value.what == "insight.revenue belongs to domain 'insight'; 'shop' cannot load it"
    assert caught.value.remedy == "Declare an input port in product.yaml and read that."


def test_the_io_manager_knows_what_was_never_made(published: Workbench) -> None:
    with pytest.raises(InputNotPublishedError, match=r"shop\.silver\.nothing has no table yet"):
        _load_input(published, ["shop", "silver", "nothing"])


def _load_input(bench: Workbench, key: list[str], wanted: Any = object) -> Any:
    manager: Any = (load_definitions("shop", bench.settings).resources or {})["io_manager"]
    kind = dg.DagsterType(lambda _context, _value: True, "wanted", typing_type=wanted)
    return manager.load_input(dg.build_input_context(asset_key=dg.AssetKey(key), dagster_type=kind))


def test_the_schedule_keeps_the_contract_s_frequency(bench: Workbench) -> None:
    bench.tiny.edit(CONTRACT, "{property: frequency, value: 1, unit: d}", "{property: frequency, value: 15, unit: m}")
    [schedule, _] = load_definitions("shop", bench.settings).schedules or ()
    assert isinstance(schedule, dg.ScheduleDefinition)
    assert (schedule.cron_schedule, schedule.execution_timezone) == ("*/15 * * * *", "UTC")
    assert schedule.default_status == dg.DefaultScheduleStatus.RUNNING


def test_the_sensor_asks_for_a_run_when_a_file_arrives(bench: Workbench, instance: dg.DagsterInstance) -> None:
    definitions = load_definitions("shop", bench.settings)
    sensor = definitions.resolve_sensor_def("orders_arrivals")
    assert sensor.default_status == dg.DefaultSensorStatus.RUNNING

    def tick(cursor: str | None) -> Any:
        return sensor(dg.build_sensor_context(instance=instance, cursor=cursor, definitions=definitions))

    first = tick(None)
    [request] = first.run_requests
    assert request.tags["mesh/arrived"] == "2026-01-02.csv"
    assert isinstance(tick(first.cursor), dg.SkipReason)
    bench.tiny.deliver("2026-01-03", [])
    second = tick(first.cursor)
    [again] = second.run_requests
    assert again.run_key != request.run_key
    for file in (bench.tiny.home / "landing" / "orders").iterdir():
        file.unlink()
    assert isinstance(tick(second.cursor), dg.SkipReason)


def test_latency_is_the_freshness_policy(bench: Workbench) -> None:
    node = load_definitions("shop", bench.settings).resolve_asset_graph().get(SHOP)
    day, most = timedelta(days=1), timedelta(hours=18)
    assert node.freshness_policy == dg.FreshnessPolicy.time_window(fail_window=day, warn_window=most)


@pytest.mark.parametrize(
    ("path", "old", "new", "told"),
    [
        (CONTRACT, "dataProduct: orders", "dataProduct: orders\ncolour: red", "unknown key 'colour'"),
        ("domains/shop/orders/orders.sql", "customer, ", "", "does not make column 'customer'"),
        ("domains/shop/orders/orders.sql", "amount", "amount AS sum", "column 'sum' is not in orders.contract.yaml"),
        ("domains/shop/orders/orders.sql", "amount", "amount::VARCHAR AS amount", "column 'amount' is VARCHAR"),
        ("domains/shop/orders/orders.sql", "bronze.orders_feed", "insight.revenue", "no declared input of product"),
    ],
)
def test_a_mistake_is_found_at_load_and_before_any_data_moves(
    bench: Workbench, path: str, old: str, new: str, told: str
) -> None:
    file = bench.tiny.edit(path, old, new)
    with pytest.raises(MeshError) as caught:
        load_definitions("shop", bench.settings)
    assert told in str(caught.value)
    assert file.name in str(caught.value)
    assert load_definitions("insight", bench.settings).resolve_asset_graph().get(INSIGHT).is_materializable
    assert files_below(bench.lake.root) == []
