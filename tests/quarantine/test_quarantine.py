"""Rows that break a rule of single rows go beside the table, with what they broke, and the others are published."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from typing import Any

import duckdb
import pytest
from orchestration.workbench import CONTRACT, ORDERS, SQL, Workbench

from mesh_core.publishing import quarantine as module
from mesh_core.publishing.audit import AuditFailedError
from mesh_core.publishing.outcomes import quarantine_in
from mesh_core.publishing.progress import Outcome, Progress, listening
from mesh_core.storage import Lake
from mesh_core.storage.places import names_in

from .conftest import properties

FIRST = [
    (1, "ada@example.com", 10.5, date(2026, 1, 1)),
    (2, "bob@example.com", 4.0, date(2026, 1, 1)),
    (3, "ada@example.com", 20.0, date(2026, 1, 2)),
]
GOOD = "4,cleo@example.com,7.00,2026-01-03"
NEGATIVE = "5,dan@example.com,-1.00,2026-01-03"
NAMELESS = "6,,3.00,2026-01-03"
BOTH = "7,,-3.00,2026-01-03"
AGAIN = "1,eve@example.com,5.00,2026-01-04"


def deliver(bench: Workbench, *rows: str) -> None:
    bench.tiny.deliver("2026-01-03", rows)


def aside(bench: Workbench, version: int | None = None) -> list[tuple[Any, ...]]:
    """Number, amount and rules of the rows that the newest version put aside."""
    found = quarantine_in(bench.commit(ORDERS))
    assert found is not None
    file = bench.lake.table("shop/orders") / found.file
    rows = duckdb.sql(f"SELECT order_id, amount, _rules FROM read_parquet('{file}') ORDER BY 1").fetchall()
    assert len(rows) == found.rows
    return rows


def private_files(bench: Workbench, prefix: str = "") -> list[str]:
    folder = bench.lake.table("shop/orders") / "_mesh"
    return sorted(name for name in names_in(folder) if name.startswith(prefix))


def test_bad_rows_are_put_aside_and_the_others_published(bench: Workbench) -> None:
    deliver(bench, GOOD, NEGATIVE, NAMELESS, BOTH)
    done = bench.run()[ORDERS]
    assert bench.rows(ORDERS) == [*FIRST, (4, "cleo@example.com", 7.0, date(2026, 1, 3))]
    assert aside(bench) == [
        (5, -1.0, ["amount_range"]),
        (6, 3.0, ["customer_required"]),
        (7, -3.0, ["customer_required", "amount_range"]),
    ]
    assert (done.rows, bench.commit(ORDERS).rows) == (4, 4)
    assert json.loads(done.facts["quarantine"])["rules"] == {"customer_required": 2, "amount_range": 2}


def test_the_file_says_when(bench: Workbench) -> None:
    deliver(bench, GOOD, NEGATIVE)
    before = datetime.now(UTC)
    bench.run()
    found = quarantine_in(bench.commit(ORDERS))
    assert found is not None
    described = duckdb.sql(f"DESCRIBE FROM '{bench.lake.table('shop/orders') / found.file}'").fetchall()
    assert [(row[0], row[1]) for row in described] == [
        ("order_id", "BIGINT"),
        ("customer", "VARCHAR"),
        ("amount", "DOUBLE"),
        ("ordered_on", "DATE"),
        ("_rules", "VARCHAR[]"),
        ("_quarantined_at", "TIMESTAMP WITH TIME ZONE"),
    ]
    [(at,)] = duckdb.sql(
        f"SELECT epoch(_quarantined_at) FROM '{bench.lake.table('shop/orders') / found.file}'"
    ).fetchall()
    assert before.timestamp() - 1 <= at <= datetime.now(UTC).timestamp()


def test_nothing_but_the_good_rows_is_left_among_the_tables_files(bench: Workbench) -> None:
    deliver(bench, GOOD, NEGATIVE)
    bench.run()
    assert len(bench.parquet_files(ORDERS)) == 1
    assert len(private_files(bench)) == 1


def test_the_rule_holds_and_says_how_many_rows_it_took_out(bench: Workbench) -> None:
    deliver(bench, GOOD, NEGATIVE, BOTH)
    done = bench.run()[ORDERS]
    by_name = {result.check.name: result for result in done.checks}
    assert all(result.success for result in done.checks)
    assert by_name["amount_range"].quarantined == 2
    assert by_name["amount_range"].unexpected_count == 0
    assert by_name["amount_range"].element_count == 4
    assert sorted(row["order_id"] for row in by_name["amount_range"].sample) == [5, 7]
    assert by_name["customer_required"].quarantined == 1
    assert by_name["order_id_required"].quarantined == 0
    with bench.catalog() as catalog:
        record = catalog.publication(ORDERS)
        assert record is not None
        [check] = [check for check in record.checks if check.name == "amount_range"]
    assert (check.success, check.quarantined) == (True, 2)
    assert {row["customer"] for row in check.sample} <= {"•••", None}


def test_without_bad_rows_there_is_no_quarantine(bench: Workbench) -> None:
    deliver(bench, GOOD)
    bench.run()
    assert "quarantine" not in bench.commit(ORDERS).facts
    assert private_files(bench) == []


def test_the_next_version_starts_anew(bench: Workbench) -> None:
    deliver(bench, GOOD, NEGATIVE)
    bench.run()
    deliver(bench, GOOD)
    bench.run(run_id="run-2")
    assert quarantine_in(bench.commit(ORDERS)) is None
    assert len(private_files(bench, "quarantine-")) == 1  # of version 0, which can still be read


def test_what_only_warns_takes_no_row_out(bench: Workbench) -> None:
    deliver(bench, "4,cleo@example.com,2000.00,2026-01-03", NEGATIVE)
    bench.tiny.edit(CONTRACT, "logicalTypeOptions: {minimum: 0}", WARNING)
    done = bench.run()[ORDERS]
    assert {result.check.name for result in done.checks if not result.success} == {"positive", "modest_orders"}
    assert done.rows == 5
    assert private_files(bench) == []


WARNING = """\
quality:
          - name: positive
            type: custom
            engine: greatExpectations
            severity: warning
            implementation: {type: expect_column_values_to_be_between, kwargs: {column: amount, min_value: 0}}"""


class TestRefusedAfterAll:
    def test_too_many_bad_rows(self, bench: Workbench) -> None:
        properties(bench, badRows="quarantine", quarantineLimit=20)
        deliver(bench, NEGATIVE, NAMELESS)
        with pytest.raises(AuditFailedError) as caught:
            bench.run()
        assert caught.value.what.startswith(
            "shop.orders was not published: 2 of 5 rows are bad (40.0%), more than the quarantineLimit of 20 %: "
            "rule customer_required failed (1 row)"
        )
        assert bench.version(ORDERS) is None
        assert private_files(bench, "quarantine-") == []

    def test_exactly_the_limit_is_not_too_many(self, bench: Workbench) -> None:
        properties(bench, badRows="quarantine", quarantineLimit=40)
        deliver(bench, NEGATIVE, NAMELESS)
        bench.run()
        assert len(aside(bench)) == 2

    def test_a_rule_of_the_set_that_fails_on_what_remains(self, bench: Workbench) -> None:
        bench.tiny.edit(CONTRACT, "mustBeGreaterThan: 0", "mustBeGreaterThan: 4")
        deliver(bench, GOOD, NEGATIVE)
        with pytest.raises(AuditFailedError) as caught:
            bench.run()
        assert caught.value.what == (
            "shop.orders was not published: 1 bad row would have been put aside, but what remains fails, too: "
            "rule some_orders failed, found 4"
        )
        assert bench.version(ORDERS) is None
        assert private_files(bench, "quarantine-") == []
        assert bench.parquet_files(ORDERS) == set()

    def test_a_rule_of_the_set_that_only_bad_rows_break(self, bench: Workbench) -> None:
        """Two rows of one key, of which one is bad by itself: what remains keeps the promise."""
        deliver(bench, "1,eve@example.com,-5.00,2026-01-04")
        bench.run()
        assert bench.rows(ORDERS) == FIRST
        assert aside(bench) == [(1, -5.0, ["amount_range"])]

    def test_two_rows_of_one_key_are_refused(self, bench: Workbench) -> None:
        deliver(bench, AGAIN)
        with pytest.raises(AuditFailedError, match=r"rule primary_key_unique failed \(2 rows\)"):
            bench.run()

    def test_a_contract_that_does_not_ask_for_it(self, strict: Workbench) -> None:
        deliver(strict, GOOD, NEGATIVE)
        with pytest.raises(AuditFailedError):
            strict.run()


def test_all_rows_may_be_bad(bench: Workbench) -> None:
    properties(bench, badRows="quarantine", quarantineLimit=100)
    bench.tiny.edit(CONTRACT, "metric: rowCount", "metric: rowCount\n        severity: warning")
    bench.tiny.edit(SQL, "SELECT order_id, customer, amount,", "SELECT order_id, customer, -amount AS amount,")
    bench.run()
    assert bench.rows(ORDERS) == []
    assert [number for number, _, _ in aside(bench)] == [1, 2, 3]


def test_a_failed_split_leaves_nothing(bench: Workbench, monkeypatch: pytest.MonkeyPatch) -> None:
    deliver(bench, GOOD, NEGATIVE)
    monkeypatch.setattr(module, "_counted", lambda *_: (0, {}))
    with pytest.raises(module.MeshError, match="1 bad rows were found and 0 put aside"):
        bench.run()
    assert bench.version(ORDERS) is None
    assert private_files(bench, "quarantine-") == []
    assert bench.parquet_files(ORDERS) == set()


def test_a_commit_that_fails_leaves_nothing(bench: Workbench, monkeypatch: pytest.MonkeyPatch) -> None:
    """The good rows and the bad ones wait for one commit: without it neither is there."""

    def fail(*_: object, **__: object) -> int:
        message = "no space"
        raise module.MeshError(message)

    deliver(bench, GOOD, NEGATIVE)
    bench.step("shop.bronze.orders_feed")
    with monkeypatch.context() as patch:
        patch.setattr(Lake, "commit", fail)
        with pytest.raises(module.MeshError, match="no space"):
            bench.step(ORDERS)
    assert private_files(bench) == []
    assert bench.parquet_files(ORDERS) == set()
    bench.run(run_id="run-2")
    assert aside(bench) == [(5, -1.0, ["amount_range"])]


def test_dagster_is_told(bench: Workbench) -> None:
    from mesh_core.orchestration.metadata import check_result, quarantine_metadata
    from mesh_core.publishing.register import checks_in

    deliver(bench, GOOD, NEGATIVE, BOTH)
    bench.run()
    commit = bench.commit(ORDERS)
    assert quarantine_metadata(commit, ORDERS)["mesh/quarantined_rows"] == 2
    [check] = [check for check in checks_in(commit) if check.name == "amount_range"]
    told = check_result(check, ["shop", "orders"])
    assert told.passed
    assert told.metadata["quarantined_rows"].value == 2
    assert "dan@example.com" not in str(told.metadata)


def test_the_outcome_tells_it(bench: Workbench) -> None:
    deliver(bench, GOOD, NEGATIVE)
    heard: list[Progress | Outcome] = []
    with listening(heard.append):
        bench.run()
        bench.run(run_id="run-2")
    outcomes = [event for event in heard if isinstance(event, Outcome)]
    assert [(each.status, each.quarantined) for each in outcomes] == [("published", 1), ("unchanged", 1)]
