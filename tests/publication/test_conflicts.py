"""Who meets another writer: what is right is committed again, what is old is done again, what never ends is refused."""

from __future__ import annotations

import contextlib
import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from orchestration.workbench import ORDERS

from mesh_core.errors import CommitConflictError
from mesh_core.publishing import rebasing
from mesh_core.publishing.audit import AuditFailedError
from mesh_core.publishing.progress import Outcome, Progress, listening
from mesh_core.publishing.publication import publish
from mesh_core.publishing.services import Services
from mesh_core.storage import Change, Staged
from mesh_core.storage.compaction import Sizes
from mesh_core.storage.maintenance import Upkeep, maintain

from .ledger import Ledger, new_ledger
from .test_partitions import ALIKE, FIFTH, PROPERTIES, SEVENTH, SIXTH

WRITER = Path(__file__).with_name("writer.py")
MODES = ("snapshot", "append", "merge", "partitions")


def _write(ledger: Ledger, mode: str, **options: str) -> None:
    partitioned = mode == "partitions"
    ledger.write(
        mode, properties=PROPERTIES if partitioned else None, product=ALIKE if partitioned else None, **options
    )


def _day(ledger: Ledger, day: str, *numbers: int) -> None:
    ledger.deliver(day, [(number, "x", number, 1, day, False) for number in numbers])


@contextlib.contextmanager
def _meeting(stage: str, act: Callable[[], object], *, always: bool = False) -> Iterator[list[str]]:
    """``act`` comes between, when the publication enters ``stage``; yields the stages of that publication."""
    stages: list[str] = []
    busy = False

    def hear(event: Progress | Outcome) -> None:
        nonlocal busy
        if busy or not isinstance(event, Progress) or event.name != ORDERS:
            return
        stages.append(event.stage)
        if event.stage == stage and (always or stages.count(stage) == 1):
            busy = True
            act()
            busy = False

    with listening(hear):
        yield stages


def _publish(ledger: Ledger, *partitions: str) -> object:
    services = Services(ledger.settings)
    try:
        port, tree = services.mesh.port(ORDERS), services.mesh.domains["shop"]
        return publish(port, tree, services, run_id="rival", partitions=partitions or None)
    finally:
        services.close()


def _maintain(ledger: Ledger) -> None:
    """Small files become one."""
    services = Services(ledger.settings)
    table = services.lake.table("shop/orders")
    upkeep = Upkeep(retention=timedelta(days=30), sizes=Sizes(least_files=2))
    done = maintain(services.lake, table, upkeep, services.connect)
    assert done.combined > 1, done


@pytest.mark.parametrize("mode", MODES)
def test_a_publication_that_came_first(ledger: Ledger, mode: str) -> None:
    """What was read is old then: it is read again."""
    _write(ledger, mode)
    _day(ledger, FIFTH, 1)
    ledger.publish()
    _day(ledger, SIXTH, 2)
    ledger.step("shop.bronze.orders_feed")

    def rival() -> None:
        _day(ledger, FIFTH, 1, 5)
        _day(ledger, SEVENTH, 3)
        ledger.publish()

    with _meeting("commit", rival) as stages:
        ledger.step(ORDERS)
    assert [row[0] for row in ledger.shown] == [1, 2, 3, 5]
    assert stages.count("resolve") == 2
    assert ledger.leftovers == set()


@pytest.mark.parametrize("stage", ["transform", "stage", "audit", "commit"])
@pytest.mark.parametrize("mode", ["append", "merge", "partitions"])
def test_whenever_it_comes(ledger: Ledger, mode: str, stage: str) -> None:
    _write(ledger, mode)
    _day(ledger, FIFTH, 1)
    ledger.publish()
    _day(ledger, FIFTH, 1, 2)
    ledger.step("shop.bronze.orders_feed")
    with _meeting(stage, ledger.publish):
        assert ledger.step(ORDERS).status == "unchanged"
    assert [row[0] for row in ledger.shown] == [1, 2]
    assert ledger.leftovers == set()


def test_two_first_publications(ledger: Ledger) -> None:
    _write(ledger, "append")
    _day(ledger, FIFTH, 1)
    ledger.step("shop.bronze.orders_feed")
    with _meeting("commit", ledger.publish):
        assert ledger.step(ORDERS).status == "unchanged"
    assert [row[0] for row in ledger.shown] == [1]


class TestOtherPartitions:
    """They took nothing away from ours, but the rules of sets see them."""

    @pytest.fixture
    def daily(self, ledger: Ledger) -> Ledger:
        _write(ledger, "partitions")
        _day(ledger, FIFTH, 1)
        ledger.publish()
        _day(ledger, SIXTH, 2)
        _day(ledger, SEVENTH, 3)
        ledger.step("shop.bronze.orders_feed")
        return ledger

    def test_the_rows_are_committed_as_they_are(self, daily: Ledger) -> None:
        with _meeting("commit", lambda: _publish(daily, SIXTH)) as stages:
            _publish(daily, SEVENTH)
        assert stages.count("transform") == 1
        assert stages.count("audit") == 2
        assert [row[0] for row in daily.shown] == [1, 2, 3]
        assert daily.version(ORDERS) == 2
        assert list(json.loads(daily.facts["partitions"])) == [FIFTH, SIXTH, SEVENTH]
        assert json.loads(daily.facts["partitionsWritten"]) == [SEVENTH]
        assert daily.facts["rows"] == "3"
        assert daily.publish().status == "unchanged"

    def test_two_rivals_one_after_the_other(self, daily: Ledger) -> None:
        _day(daily, "2026-01-08", 4)
        daily.step("shop.bronze.orders_feed")
        rivals = iter([SIXTH, "2026-01-08"])

        def rival() -> None:
            day = next(rivals, None)
            if day is not None:
                _publish(daily, day)

        with _meeting("commit", rival, always=True) as stages:
            _publish(daily, SEVENTH)
        assert stages.count("transform") == 1
        assert [row[0] for row in daily.shown] == [1, 2, 3, 4]

    def test_a_rule_that_both_break_together_refuses_the_second(self, daily: Ledger) -> None:
        _day(daily, SEVENTH, 2)
        daily.step("shop.bronze.orders_feed")
        with (
            _meeting("commit", lambda: _publish(daily, SIXTH)),
            pytest.raises(AuditFailedError, match="primary_key_unique"),
        ):
            _publish(daily, SEVENTH)
        assert [row[0] for row in daily.shown] == [1, 2]
        assert daily.leftovers == set()

    def test_the_same_partition_is_made_again(self, daily: Ledger) -> None:
        with _meeting("commit", lambda: _publish(daily, SEVENTH)) as stages:
            _publish(daily, SEVENTH)
        assert stages.count("resolve") == 2
        assert [row[0] for row in daily.shown] == [1, 3]


class TestMaintenance:
    """It changes files and no row."""

    @pytest.fixture(params=["snapshot", "append", "merge"])
    def small(self, ledger: Ledger, request: pytest.FixtureRequest) -> Ledger:
        """A table of two small files, or of one in a snapshot, and a row that waits."""
        _write(ledger, "append")
        for day, number in ((FIFTH, 1), (SIXTH, 2)):
            _day(ledger, day, number)
            ledger.publish()
        ledger.tiny.edit("domains/shop/orders/orders.contract.yaml", "value: append", f"value: {request.param}")
        if request.param == "merge":  # the first merge after another mode makes the table anew
            ledger.publish()
            _day(ledger, "2026-01-10", 9)
            ledger.publish()
        return ledger

    def test_the_same_commit_is_made_again(self, small: Ledger) -> None:
        _day(small, SEVENTH, 3)
        small.step("shop.bronze.orders_feed")
        before = len(small.shown)
        with _meeting("commit", lambda: _maintain(small)) as stages:
            done = small.step(ORDERS)
        assert stages.count("transform") == 1
        assert done.table_version == small.version(ORDERS)
        assert len(small.shown) == before + 1
        assert small.facts["rows"] == str(before + 1)

    def test_a_merge_into_files_that_went_is_done_again(self, ledger: Ledger) -> None:
        ledger.write("merge")
        _day(ledger, FIFTH, 1)
        ledger.publish()
        _day(ledger, SIXTH, 2)
        ledger.publish()
        ledger.deliver(FIFTH, [(1, "later", 1, 2, FIFTH, False)])
        ledger.step("shop.bronze.orders_feed")
        with _meeting("commit", lambda: _maintain(ledger)) as stages:
            ledger.step(ORDERS)
        assert stages.count("transform") == 2
        assert [row[:2] for row in ledger.shown] == [(1, "later"), (2, "x")]


def test_a_log_that_never_rests(ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rebasing, "PATIENCE", 0.3)
    _write(ledger, "append")
    _day(ledger, FIFTH, 1)
    ledger.publish()
    _day(ledger, SIXTH, 2)
    ledger.step("shop.bronze.orders_feed")
    columns = {name: (kind, "") for name, kind in ledger.lake.pin(ledger.lake.table("shop/orders")).columns.items()}

    def other() -> None:
        table = ledger.lake.table("shop/orders")
        newest = ledger.commit(ORDERS)
        nothing = Staged(table, (), {name: kind for name, (kind, _) in columns.items()})
        ledger.lake.commit(nothing, columns, onto=newest.head, facts=newest.facts, change=Change(mode="append"))

    with _meeting("commit", other, always=True), pytest.raises(CommitConflictError) as caught:
        ledger.step(ORDERS)
    assert caught.value.what.startswith("shop.orders was not published: other writers committed to")
    assert "mesh history shop.orders" in caught.value.remedy
    assert [row[0] for row in ledger.shown] == [1]
    assert ledger.leftovers == set()


@pytest.mark.parametrize("mode", MODES)
def test_several_writers(tmp_path: Path, mode: str) -> None:
    _race(tmp_path, mode, writers=3, rounds=1)


@pytest.mark.slow
@pytest.mark.parametrize("mode", MODES)
def test_eight_writers(tmp_path: Path, mode: str) -> None:
    _race(tmp_path, mode, writers=8, rounds=3)


def _race(folder: Path, mode: str, *, writers: int, rounds: int) -> None:
    """Each delivers and publishes by itself; afterwards all rows are there, once."""
    ledger = new_ledger(folder / "mesh")
    _write(ledger, mode)
    command = [sys.executable, str(WRITER), str(ledger.tiny.root)]
    running = [subprocess.Popen([*command, str(number), str(rounds)]) for number in range(writers)]
    assert [process.wait(timeout=300) for process in running] == [0] * writers
    assert ledger.publish().status == "unchanged"
    wanted = {1000 + number * 100 + turn for number in range(writers) for turn in range(rounds)}
    wanted |= {turn * 10 + number for number in range(writers) for turn in range(rounds)}
    assert [row[0] for row in ledger.shown] == sorted(wanted)
    assert ledger.facts["rows"] == str(len(wanted))
    assert ledger.leftovers == set()
    with ledger.catalog() as catalog:
        versions = [commit.version for commit in ledger.lake.history(ledger.lake.table("shop/orders"))]
        assert catalog.missing(ORDERS, versions) == ()
