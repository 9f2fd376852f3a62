"""What starts runs of partitions: files that arrive, the clock, and new versions of what is read."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import dagster as dg
import pytest

from mesh_core.orchestration.asset_partitions import definition_of
from mesh_core.orchestration.automation import on_new_inputs
from mesh_core.orchestration.run import load_definitions
from mesh_core.publishing.partitions import covering

from .days import Days

START, END = "dagster/asset_partition_range_start", "dagster/asset_partition_range_end"


class Sensor:
    """The arrival sensor as the daemon evaluates it, with the cursor that it left."""

    def __init__(self, days: Days) -> None:
        repository = load_definitions("shop", days.settings).get_repository_def()
        self._repository, self._sensor = repository, repository.get_sensor_def("orders_arrivals")
        self._cursor: str | None = None

    def tick(self) -> list[str]:
        """The ranges of partitions that are asked for."""
        context = dg.build_sensor_context(repository_def=self._repository, cursor=self._cursor)
        data: Any = self._sensor.evaluate_tick(context)
        self._cursor = data.cursor or self._cursor
        return [_told(request) for request in data.run_requests]


def _told(request: dg.RunRequest) -> str:
    return request.partition_key or f"{request.tags[START]}..{request.tags[END]}"


def test_new_files_are_their_partitions(days: Days) -> None:
    sensor = Sensor(days)
    assert sensor.tick() == ["2026-01-01..2026-01-02"]
    assert sensor.tick() == []
    days.deliver("2026-01-03", 4)
    assert sensor.tick() == ["2026-01-03"]
    days.deliver("2026-01-01", 9)
    days.deliver("2026-01-05", 5)
    assert sensor.tick() == ["2026-01-01", "2026-01-05"]
    days.tiny.deliver("notes")
    assert sensor.tick() == []
    assert sensor.tick() == []


def test_nothing_has_landed(days: Days) -> None:
    for file in (days.settings.landing / "orders").iterdir():
        file.unlink()
    assert Sensor(days).tick() == []


def test_the_schedule_asks_for_what_is_stale(days: Days) -> None:
    repository = load_definitions("shop", days.settings).get_repository_def()
    schedule = repository.get_schedule_def("orders_schedule")

    def tick() -> list[str]:
        moment = datetime(2026, 6, 1, 6, tzinfo=UTC)
        context = dg.build_schedule_context(repository_def=repository, scheduled_execution_time=moment)
        data: Any = schedule.evaluate_tick(context)
        return [_told(request) for request in data.run_requests or ()]

    assert tick() == ["2026-01-01..2026-01-02"]
    days.run()
    assert tick() == []
    days.deliver("2026-01-02", 8)
    assert tick() == ["2026-01-02"]


def test_scattered_partitions_are_few_ranges_without_days_that_never_came(days: Days) -> None:
    partitioning = days.partitioning
    known = [f"2026-01-{day:02}" for day in (1, 2, 3, 4, 5, 7, 8)]
    assert covering(["2026-01-01", "2026-01-04", "2026-01-08"], known, partitioning) == [
        ("2026-01-01", "2026-01-04"),
        ("2026-01-08", "2026-01-08"),
    ]


class World:
    """Assets as a domain and its neighbours have them, without steps: what runs is reported by hand."""

    def __init__(self, days: Days) -> None:
        self.daily = definition_of(days.partitioning)
        assets = [
            self._asset("other/airports"),
            self._asset("own/bronze", by_days=True),
            self._asset("own/silver", "own/bronze", by_days=True),
            self._asset("own/port", "own/silver", "other/airports", by_days=True),
            self._asset("own/reader", "own/port"),
            self._asset("foreign/reader", "own/port"),
        ]
        self.definitions = dg.Definitions(assets=assets)
        self.instance = dg.DagsterInstance.ephemeral()
        self.cursor: Any = None

    def _asset(self, name: str, *deps: str, by_days: bool = False) -> dg.AssetsDefinition:
        domain = name.partition("/")[0]
        foreign = tuple(tuple(dep.split("/")) for dep in deps if dep.partition("/")[0] != domain)

        @dg.asset(
            key=dg.AssetKey(name.split("/")),
            deps=[dg.AssetKey(dep.split("/")) for dep in deps],
            partitions_def=self.daily if by_days else None,
            automation_condition=on_new_inputs(foreign, partitioned=by_days) if deps else None,
        )
        def step() -> None:
            """Never called."""

        return step

    def made(self, name: str, *days: str) -> None:
        for day in days or (None,):
            event = dg.AssetMaterialization(dg.AssetKey(name.split("/")), partition=day)
            self.instance.report_runless_asset_event(event)

    def tick(self) -> dict[str, list[str | None]]:
        done = dg.evaluate_automation_conditions(defs=self.definitions, instance=self.instance, cursor=self.cursor)
        self.cursor = done.cursor
        names = ("own/silver", "own/port", "own/reader", "foreign/reader")
        asked = {name: done.get_requested_partitions(dg.AssetKey(name.split("/"))) for name in names}
        return {name: sorted(keys, key=str) for name, keys in asked.items() if keys}


@pytest.mark.filterwarnings("ignore::dagster.BetaWarning")  # Dagster's evaluation calls its own beta
def test_readers_don_t_wait_for_days_that_never_came(days: Days) -> None:
    one, two, three = (f"2026-01-0{day}" for day in (1, 2, 3))
    world = World(days)
    assert world.tick() == {}
    world.made("other/airports")
    assert world.tick() == {}
    world.made("own/bronze", one, two)
    assert world.tick() == {"own/silver": [one, two]}
    world.made("own/silver", one, two)
    assert world.tick() == {"own/port": [one, two]}
    world.made("own/port", one, two)
    assert world.tick() == {"own/reader": [None], "foreign/reader": [None]}
    world.made("own/reader")
    world.made("foreign/reader")
    assert world.tick() == {}

    # A day that the arrival job made as a whole: its readers run, the day itself not again.
    for name in ("own/bronze", "own/silver", "own/port"):
        world.made(name, three)
    assert world.tick() == {"own/reader": [None], "foreign/reader": [None]}
    world.made("own/reader")
    world.made("foreign/reader")
    assert world.tick() == {}

    # What every day reads has a new version: the days that there are run again, and no others.
    world.made("other/airports")
    assert world.tick() == {"own/port": [one, two, three]}
    world.made("own/port", one, two, three)
    assert world.tick() == {"own/reader": [None], "foreign/reader": [None]}
