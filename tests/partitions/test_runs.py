"""Partitions as Dagster and `mesh run` ask for them: one, a range in one run, a backfill, those that are stale."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import dagster as dg
import pytest

from mesh_core.orchestration.instance import open_instance
from mesh_core.orchestration.run import RunReport, execute, load_definitions, plan_run
from mesh_core.publishing.partitions import UnknownPartitionError
from mesh_core.publishing.progress import Outcome, Progress
from mesh_core.publishing.services import Services

from .days import BRONZE, PORT, REVENUE, SILVER, STEPS, Days

KEYS = {name: dg.AssetKey(name.split(".")) for name in STEPS}
FIVE = [f"2026-01-0{day}" for day in range(1, 6)]


@pytest.fixture
def week(days: Days) -> Days:
    """Five days delivered."""
    for number, day in enumerate(FIVE[2:], 4):
        days.deliver(day, number)
    return days


@pytest.fixture
def instance(week: Days) -> Iterator[dg.DagsterInstance]:
    with open_instance(week.settings) as opened:
        yield opened


def _job(days: Days, instance: dg.DagsterInstance, **tags: str) -> Any:
    job = load_definitions("shop", days.settings).resolve_job_def("orders_job")
    return job.execute_in_process(instance=instance, raise_on_error=False, tags={tag: tags[tag] for tag in tags})


def _range(first: str, last: str) -> dict[str, str]:
    return {"dagster/asset_partition_range_start": first, "dagster/asset_partition_range_end": last}


def test_a_single_partition(week: Days, instance: dg.DagsterInstance) -> None:
    result = _job(week, instance, **{"dagster/partition": "2026-01-02"})
    assert result.success
    assert week.orders() == [3]
    assert {name: list(week.files(name)) for name in (SILVER, PORT)} == {SILVER: ["2026-01-02"], PORT: ["2026-01-02"]}
    for key in KEYS.values():
        [event] = result.asset_materializations_for_node("__".join(key.path))
        assert event.partition == "2026-01-02"
        assert event.metadata["dagster/partition_row_count"].value == 1
        assert instance.get_materialized_partitions(key) == {"2026-01-02"}
    assert all(evaluation.passed for evaluation in result.get_asset_check_evaluations())


def test_a_range_is_one_run_and_one_commit(week: Days, instance: dg.DagsterInstance) -> None:
    result = _job(week, instance, **_range("2026-01-02", "2026-01-04"))
    assert result.success
    for name in STEPS:
        assert week.commit(name).version == 0
        assert instance.get_materialized_partitions(KEYS[name]) == set(FIVE[1:4])
    assert week.orders() == [3, 4, 5]
    assert len({e.check_name for e in result.get_asset_check_evaluations()}) == len(
        result.get_asset_check_evaluations()
    )


def test_only_the_partitions_of_the_run_are_written(week: Days, instance: dg.DagsterInstance) -> None:
    _job(week, instance, **_range(FIVE[0], FIVE[-1]))
    before = {name: week.files(name) for name in STEPS}
    result = _job(week, instance, **{"dagster/partition": "2026-01-03", "mesh/force": "true"})
    assert result.success
    for name in STEPS:
        after = week.files(name)
        assert {key.removesuffix(".csv") for key in after if after[key] != before[name][key]} == {"2026-01-03"}


def test_a_partition_that_was_never_delivered_fails_and_says_so(week: Days, instance: dg.DagsterInstance) -> None:
    result = _job(week, instance, **_range("2026-01-05", "2026-01-06"))
    assert not result.success
    [failed] = [e for e in result.all_events if e.is_step_failure]
    assert failed.step_failure_data.user_failure_data.description.startswith("no file was delivered for 2026-01-06")
    assert instance.get_materialized_partitions(KEYS[BRONZE]) == set()


def test_an_unchanged_partition_is_no_news(week: Days, instance: dg.DagsterInstance) -> None:
    versions = []
    for _ in range(2):
        result = _job(week, instance, **{"dagster/partition": "2026-01-02"})
        [event] = result.asset_materializations_for_node("shop__orders")
        versions.append(event.tags["dagster/data_version"])
    assert versions[0] == versions[1]
    week.deliver("2026-01-02", 3, 30)
    [event] = _job(week, instance, **{"dagster/partition": "2026-01-02"}).asset_materializations_for_node(
        "shop__orders"
    )
    assert event.tags["dagster/data_version"] != versions[0]


def test_many_partitions_show_the_heavy_things_once(week: Days, instance: dg.DagsterInstance) -> None:
    result = _job(week, instance, **_range(FIVE[0], FIVE[-1]))
    events = result.asset_materializations_for_node("shop__orders")
    assert [event.partition for event in events if "mesh/sample" in event.metadata] == [FIVE[-1]]
    assert all(event.metadata["dagster/row_count"].value == 6 for event in events)


def test_no_check_stays_planned(week: Days, instance: dg.DagsterInstance) -> None:
    """Dagster plans a check for every partition of a run, and no result would ever complete those."""
    _job(week, instance, **_range(FIVE[0], FIVE[-1]))
    check = dg.AssetCheckKey(KEYS[PORT], "some_orders")
    history = instance.event_log_storage.get_asset_check_execution_history(check, limit=10)
    assert [record.status.value for record in history] == ["SUCCEEDED"]


def test_the_definitions(week: Days) -> None:
    graph = load_definitions("shop", week.settings).resolve_asset_graph()
    for key in KEYS.values():
        found = graph.get(key)
        assert found.partitions_def is not None
        assert len(found.partitions_def.get_partition_keys()) == 181
        assert found.backfill_policy == dg.BackfillPolicy.single_run()


def _run(days: Days, *patterns: str, force: bool = False, partitions: tuple[str, ...] = ()) -> RunReport:
    services = Services(days.settings)
    try:
        plan = plan_run(services, patterns, force=force, partitions=partitions)
        return execute(plan, services, force=force)
    finally:
        services.close()


def _made(report: RunReport) -> dict[str, tuple[str, int | None]]:
    return {outcome.name: (outcome.status, outcome.partitions) for outcome in report.ports}


def test_mesh_run_makes_what_is_stale(week: Days) -> None:
    assert _made(_run(week)) == {PORT: ("published", 5), REVENUE: ("published", None)}
    assert _made(_run(week)) == {PORT: ("unchanged", 0), REVENUE: ("unchanged", None)}
    week.deliver("2026-01-01", 1)
    week.deliver("2026-01-05", 6, 7)
    assert _made(_run(week)) == {PORT: ("published", 2), REVENUE: ("published", None)}
    assert week.orders() == [1, 3, 4, 5, 6, 7]


def test_mesh_run_tells_dagster_of_the_partitions_that_there_are(week: Days) -> None:
    week.deliver("2026-03-01", 50)  # far from the others, so that Dagster needs a second run
    report = _run(week, PORT)
    assert _made(report) == {PORT: ("published", 6)}
    assert week.commit(PORT).version == 0
    with open_instance(week.settings) as instance:
        for key in KEYS.values():
            assert instance.get_materialized_partitions(key) == {*FIVE, "2026-03-01"}
        assert instance.get_runs_count() == 2


def test_mesh_run_of_named_partitions(week: Days) -> None:
    _run(week)
    before = {name: week.files(name) for name in STEPS}
    report = _run(week, PORT, partitions=("2026-01-02..2026-01-03", "2026-01-05"))
    assert _made(report)[PORT][0] == "published"
    for name in STEPS:
        after = week.files(name)
        changed = {key.removesuffix(".csv") for key in after if after[key] != before[name][key]}
        assert changed == {"2026-01-02", "2026-01-03", "2026-01-05"}


@pytest.mark.parametrize(
    ("selection", "key", "told"),
    [
        (PORT, "2026-01-06", "shop.orders has no partition 2026-01-06"),
        (PORT, "2026-01-04..2026-01-07", "shop.orders has no partition 2026-01-06, 2026-01-07"),
        (PORT, "2026-01-04..2026-01-02", "the range 2026-01-04..2026-01-02 ends before it begins"),
        (PORT, "yesterday", "'yesterday' is no partition: a key is a date"),
        (REVENUE, "2026-01-01", "insight.revenue is not made by partitions"),
    ],
)
def test_partitions_that_are_not_there(week: Days, selection: str, key: str, told: str) -> None:
    with pytest.raises(UnknownPartitionError) as caught:
        _run(week, selection, partitions=(key,))
    assert caught.value.what == told


def test_force_makes_all_again(week: Days) -> None:
    _run(week)
    before = week.files(PORT)
    assert _made(_run(week, PORT, force=True)) == {PORT: ("published", 5)}
    assert week.commit(PORT).version == 1
    assert all(week.files(PORT)[key] != before[key] for key in before)


def test_a_listener_hears_each_port_once(week: Days) -> None:
    week.deliver("2026-03-01", 50)
    heard: list[Progress | Outcome] = []
    services = Services(week.settings)
    execute(plan_run(services, (PORT,)), services, listener=heard.append)
    services.close()
    assert [(one.name, one.status) for one in heard if isinstance(one, Outcome)] == [(PORT, "published")]
