"""Bad rows in every write mode: they are rows of the batch, and what the table has stays as it is."""

from __future__ import annotations

from datetime import date
from typing import Any

import duckdb
import pytest
from orchestration.workbench import CONTRACT, ORDERS, Workbench

from mesh_core.publishing.audit import AuditFailedError
from mesh_core.publishing.outcomes import quarantine_in
from mesh_core.publishing.publication import Publication
from mesh_core.storage.places import files_below

from .conftest import properties

FIRST = [
    (1, "ada@example.com", 10.5, date(2026, 1, 1)),
    (2, "bob@example.com", 4.0, date(2026, 1, 1)),
    (3, "ada@example.com", 20.0, date(2026, 1, 2)),
]
CLEO = (4, "cleo@example.com", 7.0, date(2026, 1, 3))
GOOD = "4,cleo@example.com,7.00,2026-01-03"
NEGATIVE = "5,dan@example.com,-1.00,2026-01-03"


@pytest.fixture(params=["append", "merge"])
def growing(strict: Workbench, request: pytest.FixtureRequest) -> Workbench:
    """A table that grows, with its first three rows; up to half of a batch may be bad."""
    properties(strict, writeMode=request.param, badRows="quarantine", quarantineLimit=50)
    strict.run()
    return strict


def deliver(bench: Workbench, name: str, *rows: str) -> Publication:
    bench.tiny.deliver(name, rows)
    return bench.run(run_id=name)[ORDERS]


def aside(bench: Workbench) -> list[tuple[Any, ...]]:
    """Number and rules of the rows that the newest version put aside."""
    found = quarantine_in(bench.commit(ORDERS))
    if found is None:
        return []
    file = bench.lake.table("shop/orders") / found.file
    return duckdb.sql(f"SELECT order_id, _rules FROM read_parquet('{file}') ORDER BY 1").fetchall()


def days(bench: Workbench) -> list[str]:
    """The folders of the partitions that have a file."""
    names = (found.name for found in files_below(bench.lake.table("shop/orders")))
    return sorted({name.partition("/")[0] for name in names if "=" in name})


def test_the_new_rows_without_the_bad_ones(growing: Workbench) -> None:
    deliver(growing, "2026-01-03", GOOD, NEGATIVE)
    assert growing.rows(ORDERS) == [*FIRST, CLEO]
    assert aside(growing) == [(5, ["amount_range"])]
    assert growing.commit(ORDERS).rows == 4


def test_rules_of_rows_look_at_the_new_ones_and_rules_of_the_set_at_all(growing: Workbench) -> None:
    done = deliver(growing, "2026-01-03", GOOD, NEGATIVE)
    looked_at = {result.check.name: result.element_count for result in done.checks}
    assert (looked_at["amount_range"], looked_at["primary_key_unique"]) == (1, 4)
    assert {r.check.name: r.observed for r in done.checks}["some_orders"] == 4


def test_a_mended_row_comes_in_later(growing: Workbench) -> None:
    deliver(growing, "2026-01-03", GOOD, NEGATIVE)
    deliver(growing, "2026-01-03", GOOD, "5,dan@example.com,1.00,2026-01-03")
    assert growing.rows(ORDERS) == [*FIRST, CLEO, (5, "dan@example.com", 1.0, date(2026, 1, 3))]
    assert aside(growing) == []


def test_the_limit_is_of_the_new_rows(growing: Workbench) -> None:
    with pytest.raises(AuditFailedError, match=r"2 of 3 rows are bad \(66.7%\)"):
        deliver(growing, "2026-01-03", GOOD, NEGATIVE, "6,,1.00,2026-01-03")
    assert growing.rows(ORDERS) == FIRST


def test_only_bad_rows(growing: Workbench) -> None:
    properties(growing, **_mode(growing), badRows="quarantine", quarantineLimit=100)
    growing.tiny.renumber(ORDERS, "1.1.0")
    deliver(growing, "2026-01-03", NEGATIVE)
    assert growing.rows(ORDERS) == FIRST
    assert aside(growing) == [(5, ["amount_range"])]


def _mode(bench: Workbench) -> dict[str, object]:
    return {"writeMode": bench.commit(ORDERS).facts["writeMode"]}


def test_published_rows_must_keep_a_new_rule_too(growing: Workbench) -> None:
    """Rules of rows look at new rows alone only as long as the others were published under the same contract."""
    growing.tiny.edit(CONTRACT, "{minimum: 0}", "{minimum: 5}")
    growing.tiny.renumber(ORDERS, "1.1.0")
    with pytest.raises(AuditFailedError, match=r"rule amount_range failed \(1 row\), first: .*\"amount\": 4.0"):
        deliver(growing, "2026-01-03", GOOD)
    assert growing.rows(ORDERS) == FIRST


class TestMerge:
    @pytest.fixture
    def merged(self, strict: Workbench) -> Workbench:
        properties(strict, writeMode="merge", badRows="quarantine", quarantineLimit=50)
        strict.run()
        return strict

    def test_a_key_keeps_the_row_that_it_has(self, merged: Workbench) -> None:
        deliver(merged, "2026-01-02", "1,ada@example.com,-5.00,2026-01-01", "2,bob@example.com,6.00,2026-01-01")
        assert merged.rows(ORDERS) == [FIRST[0], (2, "bob@example.com", 6.0, date(2026, 1, 1)), FIRST[2]]
        assert aside(merged) == [(1, ["amount_range"])]


class TestPartitions:
    @pytest.fixture
    def daily(self, strict: Workbench) -> Workbench:
        strict.tiny.edit(
            CONTRACT,
            "description: Day of the order., required: true",
            "description: Day of the order., required: true, partitioned: true, partitionKeyPosition: 1",
        )
        properties(
            strict, writeMode="partitions", partitionStart="'2026-01-01'", badRows="quarantine", quarantineLimit=60
        )
        return strict

    def test_bad_rows_of_several_partitions(self, daily: Workbench) -> None:
        daily.tiny.deliver("2026-01-03", [GOOD, NEGATIVE, "6,eve@example.com,-2.00,2026-01-02"])
        daily.run()
        assert daily.rows(ORDERS) == [*FIRST, CLEO]
        assert aside(daily) == [(5, ["amount_range"]), (6, ["amount_range"])]
        assert days(daily) == ["ordered_on=2026-01-01", "ordered_on=2026-01-02", "ordered_on=2026-01-03"]

    def test_a_partition_of_bad_rows_alone_is_empty(self, daily: Workbench) -> None:
        daily.tiny.deliver("2026-01-03", [NEGATIVE])
        daily.run()
        assert daily.rows(ORDERS) == FIRST
        assert aside(daily) == [(5, ["amount_range"])]
        assert days(daily) == ["ordered_on=2026-01-01", "ordered_on=2026-01-02"]

    def test_a_row_without_a_partition(self, daily: Workbench) -> None:
        daily.tiny.deliver("2026-01-03", [GOOD, "7,fay@example.com,1.00,"])
        daily.run()
        assert daily.rows(ORDERS) == [*FIRST, CLEO]
        assert aside(daily) == [(7, ["ordered_on_required"])]
