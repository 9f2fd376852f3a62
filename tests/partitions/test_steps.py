"""A day's run reads the day's file and rows, and writes the day's partition: nothing else is touched."""

from __future__ import annotations

import json
from pathlib import Path

import duckdb
import pytest

from mesh_core.errors import MeshError, SourceError, TransformationError
from mesh_core.publishing.partitions import UnknownPartitionError

from .days import BRONZE, CLEANED, PORT, SILVER, STEPS, Days


def test_each_day_is_a_partition_of_every_step(days: Days) -> None:
    days.run()
    assert {name: sorted(days.files(name)) for name in STEPS} == {
        BRONZE: ["2026-01-01.csv", "2026-01-02.csv"],
        SILVER: ["2026-01-01", "2026-01-02"],
        PORT: ["2026-01-01", "2026-01-02"],
    }
    assert days.orders() == [1, 2, 3]
    for name in STEPS:
        facts = days.commit(name).facts
        assert sorted(json.loads(facts["partitions"])) == ["2026-01-01", "2026-01-02"]
        assert json.loads(facts["partitionsWritten"]) == ["2026-01-01", "2026-01-02"]
        assert (facts["rows"], facts["rowsWritten"]) == ("3", "3")


def test_a_new_day_touches_that_day_alone(days: Days) -> None:
    days.run()
    before = {name: days.files(name) for name in STEPS}
    digests = {name: json.loads(days.commit(name).facts["partitions"]) for name in STEPS}
    days.deliver("2026-01-03", 4)
    days.run()
    for name in STEPS:
        after = days.files(name)
        new = set(after) - set(before[name])
        assert {key.removesuffix(".csv") for key in new} == {"2026-01-03"}
        assert {key: after[key] for key in before[name]} == before[name]
        facts = days.commit(name).facts
        assert (facts["rows"], facts["rowsWritten"]) == ("4", "1")
        assert json.loads(facts["partitionsWritten"]) == ["2026-01-03"]
        assert digests[name].items() < json.loads(facts["partitions"]).items()
    assert days.orders() == [1, 2, 3, 4]


def test_a_day_that_is_delivered_again_replaces_its_rows(days: Days) -> None:
    days.run()
    before = {name: days.files(name) for name in STEPS}
    days.deliver("2026-01-01", 1, 7, 8)
    days.run()
    assert days.orders() == [1, 3, 7, 8]
    for name in STEPS:
        after = days.files(name)
        changed = {key for key in after if after[key] != before[name][key]}
        assert {key.removesuffix(".csv") for key in changed} == {"2026-01-01"}


def test_a_step_reads_no_other_day(days: Days) -> None:
    """The rows of the other days are damaged, all but what says how many and of which types there are."""
    days.run()
    for name in (BRONZE, SILVER):
        for file in days.pinned(name).data:
            content = Path(file.file).read_bytes()
            tail = 8 + int.from_bytes(content[-8:-4], "little")
            Path(file.file).write_bytes(content[:4] + b"?" * (len(content) - tail - 4) + content[-tail:])
        with pytest.raises(duckdb.Error):
            days.orders(name)
    days.deliver("2026-01-03", 4)
    days.run()
    assert days.orders() == [1, 2, 3, 4]


def test_nothing_new_is_unchanged(days: Days) -> None:
    days.run()
    versions = {name: days.commit(name).version for name in STEPS}
    assert {name: days.step(name).status for name in STEPS} == dict.fromkeys(STEPS, "unchanged")
    assert {name: days.commit(name).version for name in STEPS} == versions


def test_exactly_the_asked_days_are_made(days: Days) -> None:
    days.deliver("2026-01-03", 4)
    days.run(partitions=("2026-01-01", "2026-01-03"))
    assert {name: sorted(days.files(name)) for name in STEPS} == {
        BRONZE: ["2026-01-01.csv", "2026-01-03.csv"],
        SILVER: ["2026-01-01", "2026-01-03"],
        PORT: ["2026-01-01", "2026-01-03"],
    }
    days.run()
    assert days.orders() == [1, 2, 3, 4]


def test_an_asked_day_that_is_not_stale_is_unchanged_unless_forced(days: Days) -> None:
    days.run()
    before = days.files(SILVER)
    assert days.step(SILVER, partitions=("2026-01-01",)).status == "unchanged"
    assert days.step(SILVER, partitions=("2026-01-01",), force=True).partitions_written == ("2026-01-01",)
    after = days.files(SILVER)
    assert after["2026-01-01"] != before["2026-01-01"]
    assert after["2026-01-02"] == before["2026-01-02"]


@pytest.mark.parametrize(
    ("name", "told"),
    [
        (BRONZE, "no file was delivered for 2026-01-09"),
        (SILVER, "shop.silver.orders_cleaned has no partition 2026-01-09: nothing that it reads has one"),
        (PORT, "shop.orders has no partition 2026-01-09: nothing that it reads has one"),
    ],
)
def test_a_day_that_nobody_delivered(days: Days, name: str, told: str) -> None:
    days.run()
    with pytest.raises(UnknownPartitionError) as caught:
        days.step(name, partitions=("2026-01-01", "2026-01-09"))
    assert caught.value.what == told


@pytest.mark.parametrize(
    ("file", "told"),
    [
        ("2025-12-31", "'2025-12-31' is outside of the partitions, which go from 2026-01-01 to before 2026-07-01"),
        ("orders", "'orders' is no partition: a key is a date"),
    ],
)
def test_a_file_that_is_no_partition_is_told_and_nothing_is_read(days: Days, file: str, told: str) -> None:
    days.run()
    days.deliver("2026-01-03", 4)
    days.tiny.deliver(file)
    with pytest.raises(SourceError) as caught:
        days.step(BRONZE)
    assert caught.value.what.endswith(told)
    assert days.orders(BRONZE) == [1, 2, 3]


def test_a_change_of_code_makes_every_day_again(days: Days) -> None:
    days.run()
    days.tiny.file(CLEANED).write_text("SELECT * EXCLUDE (_source_file), 1 AS extra FROM bronze.orders_feed\n")
    made = days.step(SILVER)
    assert made.partitions_written == ("2026-01-01", "2026-01-02")
    assert made.columns["extra"] == "INTEGER"


def test_rows_of_other_days_are_an_error(days: Days) -> None:
    days.run()
    cleaned = "SELECT * EXCLUDE (_source_file) REPLACE (DATE '2026-01-02' AS ordered_on) FROM bronze.orders_feed\n"
    days.tiny.file(CLEANED).write_text(cleaned)
    with pytest.raises(TransformationError) as caught:
        days.step(SILVER, partitions=("2026-01-01",))
    assert caught.value.what == "makes rows outside of the partitions that it was asked for: 2026-01-02"
    assert days.orders(SILVER) == [1, 2, 3]
    assert len(list(days.pinned(SILVER).path.rglob("*.parquet"))) == 2


def test_sql_can_ask_which_days_are_meant(days: Days) -> None:
    cleaned = "SELECT * EXCLUDE (_source_file), len(getvariable('partitions')) AS meant FROM bronze.orders_feed\n"
    days.tiny.file(CLEANED).write_text(cleaned)
    days.step(BRONZE)
    days.step(SILVER)
    days.deliver("2026-01-03", 4)
    days.step(BRONZE)
    days.step(SILVER)
    assert days.values(SILVER, "meant") == [1, 2, 2, 2]


def test_a_table_from_before_partitions_is_made_anew(days: Days) -> None:
    """Earlier versions of the mesh wrote one file and recorded no partitions."""
    product = days.tiny.file("domains/shop/orders/product.yaml")
    by_days = product.read_text()
    product.write_text(by_days.partition("customProperties")[0])
    days.step(BRONZE)
    days.step(SILVER)
    assert days.pinned(SILVER).partition_by == ()
    product.write_text(by_days)
    days.deliver("2026-01-03", 4)
    days.run()
    assert sorted(days.files(SILVER)) == ["2026-01-01", "2026-01-02", "2026-01-03"]
    assert days.orders() == [1, 2, 3, 4]


def test_a_day_that_its_files_left_comes_out_empty_by_force(days: Days) -> None:
    days.run()
    (days.tiny.home / "landing" / "orders" / "2026-01-01.csv").unlink()
    days.run()
    assert days.orders() == [1, 2, 3]
    days.run(force=True)
    assert {name: sorted(days.files(name)) for name in STEPS} == {
        BRONZE: ["2026-01-02.csv"],
        SILVER: ["2026-01-02"],
        PORT: ["2026-01-02"],
    }


def test_a_failing_audit_keeps_the_days_that_stand(days: Days) -> None:
    days.run()
    days.deliver("2026-01-03", 3)
    with pytest.raises(MeshError) as caught:
        days.run()
    assert caught.value.code == "audit-failed"
    assert days.orders() == [1, 2, 3]
    days.deliver("2026-01-03", 4)
    days.run()
    assert days.orders() == [1, 2, 3, 4]
