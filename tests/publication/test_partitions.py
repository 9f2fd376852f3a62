"""Partitions: only those that changed are read and replaced, and a commit knows what each was made from."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import pytest
from orchestration.workbench import ORDERS

from mesh_core.errors import TransformationError
from mesh_core.publishing.attempt import resolve
from mesh_core.publishing.audit import AuditFailedError
from mesh_core.publishing.partitions import UnknownPartitionError
from mesh_core.publishing.publication import Publication, publish
from mesh_core.publishing.services import Services

from .ledger import COLUMNS, SQL, Ledger

PROPERTIES = {"partitionStart": '"2026-01-01"', "partitionEnd": '"2026-02-01"'}
ALIKE = {"partitioned": "{bronze.orders_feed: _source_file}"}
FIFTH, SIXTH, SEVENTH = "2026-01-05", "2026-01-06", "2026-01-07"


@pytest.fixture
def daily(ledger: Ledger) -> Ledger:
    """Two days, each a file, published."""
    ledger.write("partitions", properties=PROPERTIES, product=ALIKE)
    _day(ledger, FIFTH, 1, 2)
    _day(ledger, SIXTH, 3)
    ledger.publish()
    return ledger


def _day(ledger: Ledger, day: str, *numbers: int, name: str = "x") -> None:
    ledger.deliver(day, [(number, name, number, 1, day, False) for number in numbers])


def _publish(ledger: Ledger, partitions: Sequence[str] | None, *, force: bool = False) -> Publication:
    services = Services(ledger.settings)
    port = services.mesh.port(ORDERS)
    tree = services.mesh.domains["shop"]
    try:
        return publish(port, tree, services, run_id="run-2", force=force, partitions=partitions)
    finally:
        services.close()


def _files(ledger: Ledger) -> dict[str, set[str]]:
    """File names by partition."""
    found: dict[str, set[str]] = {}
    for file in ledger.files:
        found.setdefault(Path(file).parent.name.partition("=")[2], set()).add(file)
    return found


def test_each_day_is_a_partition(daily: Ledger) -> None:
    assert [row[0] for row in daily.shown] == [1, 2, 3]
    assert set(_files(daily)) == {FIFTH, SIXTH}
    assert list(json.loads(daily.facts["partitions"])) == [FIFTH, SIXTH]
    assert json.loads(daily.facts["partitionsWritten"]) == [FIFTH, SIXTH]


def test_a_new_day_leaves_the_others_alone(daily: Ledger) -> None:
    before, digests = _files(daily), json.loads(daily.facts["partitions"])
    _day(daily, SEVENTH, 4)
    done = daily.publish()
    assert [row[0] for row in daily.shown] == [1, 2, 3, 4]
    now = _files(daily)
    assert (now[FIFTH], now[SIXTH]) == (before[FIFTH], before[SIXTH])
    assert (done.rows, daily.facts["rowsWritten"]) == (4, "1")
    assert json.loads(daily.facts["partitionsWritten"]) == [SEVENTH]
    assert json.loads(daily.facts["partitions"]) == {**digests, SEVENTH: json.loads(daily.facts["partitions"])[SEVENTH]}


def test_a_day_that_is_delivered_again_is_replaced(daily: Ledger) -> None:
    before = _files(daily)
    _day(daily, FIFTH, 1, 5, name="y")
    daily.publish()
    assert [row[:2] for row in daily.shown] == [(1, "y"), (3, "x"), (5, "y")]
    assert _files(daily)[SIXTH] == before[SIXTH]
    assert not _files(daily)[FIFTH] & before[FIFTH]
    assert daily.leftovers == set()
    assert int(daily.facts["bytes"]) == daily.bytes


def test_nothing_new_is_unchanged(daily: Ledger) -> None:
    assert daily.publish().status == "unchanged"


def test_only_the_asked_days_are_read_and_made(daily: Ledger) -> None:
    _day(daily, FIFTH, 1, name="y")
    _day(daily, SIXTH, 3, name="y")
    daily.step("shop.bronze.orders_feed")
    services = Services(daily.settings)
    port, tree = services.mesh.port(ORDERS), services.mesh.domains["shop"]
    attempt = resolve(port, tree, services, "look", partitions=[SIXTH])
    assert [row[:2] for row in attempt.connection.execute("SELECT id, name FROM bronze.orders_feed").fetchall()] == [
        (3, "y")
    ]
    assert attempt.connection.execute("SELECT getvariable('partitions')::VARCHAR").fetchone() == ("[2026-01-06]",)
    attempt.see_whole_inputs()
    assert len(attempt.connection.execute("SELECT id, name FROM bronze.orders_feed").fetchall()) == 2
    attempt.close()
    assert _publish(daily, [SIXTH]).status == "published"
    assert [row[:2] for row in daily.shown] == [(1, "x"), (2, "x"), (3, "y")]
    assert _publish(daily, [SIXTH]).status == "unchanged"
    assert json.loads(_publish(daily, None).facts["partitionsWritten"]) == [FIFTH]
    assert [row[:2] for row in daily.shown] == [(1, "y"), (3, "y")]


def test_force_makes_an_unchanged_day_again(daily: Ledger) -> None:
    assert json.loads(_publish(daily, [FIFTH], force=True).facts["partitionsWritten"]) == [FIFTH]
    assert json.loads(_publish(daily, None, force=True).facts["partitionsWritten"]) == [FIFTH, SIXTH]


def test_a_day_that_nobody_delivered(daily: Ledger) -> None:
    with pytest.raises(UnknownPartitionError, match=f"no partition {SEVENTH}"):
        _publish(daily, [SEVENTH])


def test_another_mode_has_no_partitions_to_ask_for(ledger: Ledger) -> None:
    ledger.write("snapshot")
    _day(ledger, FIFTH, 1)
    ledger.publish()
    with pytest.raises(UnknownPartitionError, match="not written by partitions"):
        _publish(ledger, [FIFTH])


def test_a_change_of_code_makes_every_day_again(daily: Ledger) -> None:
    daily.put(SQL, f"SELECT {COLUMNS.replace('name', 'upper(name) AS name')} FROM bronze.orders_feed")
    daily.publish()
    assert [row[:2] for row in daily.shown] == [(1, "X"), (2, "X"), (3, "X")]


def test_a_day_that_the_input_has_no_more_comes_out_empty(daily: Ledger) -> None:
    daily.withdraw(SIXTH)
    daily.step("shop.bronze.orders_feed", force=True)
    daily.step(ORDERS)
    assert [row[0] for row in daily.shown] == [1, 2]
    assert list(json.loads(daily.facts["partitions"])) == [FIFTH]
    assert daily.publish().status == "unchanged"


def test_a_day_without_rows_is_known_to_be_made(daily: Ledger) -> None:
    _day(daily, SEVENTH)
    daily.publish()
    assert SEVENTH in json.loads(daily.facts["partitions"])
    assert daily.publish().status == "unchanged"
    _day(daily, SIXTH)
    daily.publish()
    assert [row[0] for row in daily.shown] == [1, 2]


def test_rows_of_other_days_are_an_error_that_names_them(daily: Ledger) -> None:
    daily.deliver(SEVENTH, [(7, "x", 7, 1, FIFTH, False), (8, "x", 8, 1, SEVENTH, False)])
    with pytest.raises(TransformationError) as caught:
        daily.publish()
    assert caught.value.what == f"makes rows outside of the partitions that were asked for: {FIFTH}"
    assert [row[0] for row in daily.shown] == [1, 2, 3]
    assert daily.leftovers == set()


def test_rows_outside_of_the_contracts_partitions(ledger: Ledger) -> None:
    ledger.write("partitions", properties=PROPERTIES)
    _day(ledger, "2025-12-31", 1)
    with pytest.raises(TransformationError, match="from 2026-01-01 to before 2026-02-01: 2025-12-31"):
        ledger.publish()


def test_rules_of_sets_see_all_days(daily: Ledger) -> None:
    _day(daily, SEVENTH, 3)
    with pytest.raises(AuditFailedError, match="primary_key_unique"):
        daily.publish()
    assert [row[0] for row in daily.shown] == [1, 2, 3]
    assert daily.leftovers == set()


class TestOfWholeInputs:
    """No input has partitions: they come out of the rows."""

    @pytest.fixture
    def whole(self, ledger: Ledger) -> Ledger:
        days = "(getvariable('partitions') IS NULL OR list_contains(getvariable('partitions'), day))"
        ledger.write(
            "partitions",
            properties=PROPERTIES,
            sql=f"SELECT {COLUMNS} FROM bronze.orders_feed WHERE {days}",
        )
        ledger.deliver("all", [(1, "x", 1, 1, FIFTH, False), (2, "x", 1, 1, SIXTH, False)])
        ledger.publish()
        return ledger

    def test_all_are_made_of_what_changed(self, whole: Ledger) -> None:
        assert set(_files(whole)) == {FIFTH, SIXTH}
        assert whole.publish().status == "unchanged"
        whole.deliver("all", [(2, "y", 1, 1, SIXTH, False), (3, "y", 1, 1, SEVENTH, False)])
        whole.publish()
        assert [row[:2] for row in whole.shown] == [(2, "y"), (3, "y")]
        assert set(json.loads(whole.facts["partitions"])) == {SIXTH, SEVENTH}

    def test_one_alone_can_be_asked_for(self, whole: Ledger) -> None:
        whole.deliver("all", [(1, "y", 1, 1, FIFTH, False), (2, "y", 1, 1, SIXTH, False)])
        whole.step("shop.bronze.orders_feed")
        _publish(whole, [FIFTH])
        assert [row[:2] for row in whole.shown] == [(1, "y"), (2, "x")]
        _publish(whole, None)
        assert [row[:2] for row in whole.shown] == [(1, "y"), (2, "y")]
        assert _publish(whole, None).status == "unchanged"


def test_from_snapshot_to_partitions_and_back(ledger: Ledger) -> None:
    ledger.write("snapshot")
    _day(ledger, FIFTH, 1, 2)
    ledger.publish()
    ledger.write("partitions", properties=PROPERTIES, product=ALIKE)
    _day(ledger, SIXTH, 3)
    ledger.publish()
    assert set(_files(ledger)) == {FIFTH, SIXTH}
    ledger.write("snapshot")
    ledger.publish()
    assert len(ledger.files) == 1
    assert [row[0] for row in ledger.shown] == [1, 2, 3]


def test_weeks(ledger: Ledger) -> None:
    properties = {**PROPERTIES, "partitionGrain": "week"}
    columns = COLUMNS.replace("day", "date_trunc('week', day)::DATE AS day")
    ledger.write("partitions", properties=properties, sql=f"SELECT {columns} FROM bronze.orders_feed")
    ledger.deliver("all", [(1, "x", 1, 1, FIFTH, False), (2, "x", 1, 1, SEVENTH, False)])
    ledger.publish()
    assert set(_files(ledger)) == {FIFTH}
    ledger.write("partitions", properties=properties)
    with pytest.raises(TransformationError, match="each the first day of a week"):
        ledger.publish()
