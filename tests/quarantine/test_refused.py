"""A refused publication leaves no files of rows, but a bounded sample of those that broke a rule, and what failed."""

from __future__ import annotations

from typing import Any

import duckdb
import pytest
from orchestration.workbench import CONTRACT, ORDERS, SQL, Workbench

from mesh_core.publishing import refused as module
from mesh_core.publishing.audit import AuditFailedError
from mesh_core.publishing.refused import Refused, refused_attempts
from mesh_core.storage.places import files_below, names_in, write

NEGATIVE = "5,dan@example.com,-1.00,2026-01-03"
MANY = (
    "SELECT range + 10 AS order_id, {customer} AS customer, {amount}::DOUBLE AS amount, "
    "DATE '2026-01-01' AS ordered_on "
)


def refuse(bench: Workbench, run_id: str = "run-1") -> Refused:
    """Run until the orders are refused; what is kept of that."""
    with pytest.raises(AuditFailedError):
        bench.run(run_id=run_id)
    return refused_attempts(bench.lake.table("shop/orders"))[0]


def sample(bench: Workbench, refused: Refused, what: str) -> list[tuple[Any, ...]]:
    file = bench.lake.table("shop/orders") / refused.file
    return duckdb.sql(f"SELECT {what} FROM read_parquet('{file}') ORDER BY ALL").fetchall()


def make(bench: Workbench, rows: int, *, customer: str = "'c'", amount: str = "1.0") -> None:
    """Have the transformation make so many rows, with expressions of ``range``."""
    text = MANY.format(customer=customer, amount=amount)
    bench.tiny.file(SQL).write_text(
        f"{text} FROM range({rows}), bronze.orders_feed WHERE bronze.orders_feed.order_id = 1"
    )


def files(bench: Workbench) -> list[str]:
    return sorted(found.name for found in files_below(bench.lake.table("shop/orders")))


def test_the_failing_rows_with_their_rules(strict: Workbench) -> None:
    strict.tiny.deliver("2026-01-03", [NEGATIVE, "6,,-2.00,2026-01-03"])
    refused = refuse(strict)
    assert sample(strict, refused, "order_id, customer, _rules") == [
        (5, "dan@example.com", ["amount_range"]),
        (6, None, ["customer_required", "amount_range"]),
    ]
    assert (refused.rows, refused.sample_rows, refused.run_id, refused.contract_version) == (5, 2, "run-1", "1.0.0")
    assert [(rule.name, rule.rows) for rule in refused.rules] == [("customer_required", 1), ("amount_range", 2)]


def test_only_the_sample_is_left(strict: Workbench) -> None:
    strict.tiny.deliver("2026-01-03", [NEGATIVE])
    refused = refuse(strict)
    name = refused.file.removesuffix(".parquet")
    assert files(strict) == [f"{name}.json", f"{name}.parquet"]


def test_a_rule_that_names_no_rows(strict: Workbench) -> None:
    strict.tiny.edit(CONTRACT, "mustBeGreaterThan: 0", "mustBeGreaterThan: 100")
    refused = refuse(strict)
    assert (refused.file, refused.sample_rows) == ("", 0)
    assert [(rule.name, rule.rows, rule.observed) for rule in refused.rules] == [("some_orders", None, 3)]
    assert len(files(strict)) == 1


def test_rows_of_one_key(strict: Workbench) -> None:
    strict.tiny.deliver("2026-01-03", ["1,eve@example.com,5.00,2026-01-04"])
    refused = refuse(strict)
    assert sample(strict, refused, "order_id, customer, _rules") == [
        (1, "ada@example.com", ["primary_key_unique"]),
        (1, "eve@example.com", ["primary_key_unique"]),
    ]


def test_at_most_a_thousand_rows(strict: Workbench) -> None:
    make(strict, 5_000, amount="-1.0")
    refused = refuse(strict)
    assert refused.sample_rows == 1_000
    assert [(rule.name, rule.rows) for rule in refused.rules] == [("amount_range", 5_000)]


def test_a_rare_rule_has_its_rows_beside_a_frequent_one(strict: Workbench) -> None:
    """Each row is negative; 150 rows far behind have no customer, of which a hundred are kept."""
    make(strict, 50_000, amount="-1.0", customer="CASE WHEN range < 49850 THEN 'c' END")
    refused = refuse(strict)
    assert refused.sample_rows == 1_000
    counts = sample(strict, refused, "count(*) FILTER ('customer_required' IN _rules), count(DISTINCT order_id)")
    assert counts == [(100, 1_000)]


def test_rows_that_are_there_already_are_not_taken_again(strict: Workbench) -> None:
    """The first 900 rows hold 50 of the rare rule: the next 50 come from behind."""
    make(strict, 50_000, amount="-1.0", customer="CASE WHEN range >= 50 AND range < 49850 THEN 'c' END")
    refused = refuse(strict)
    counts = sample(
        strict, refused, "count(*) FILTER ('customer_required' IN _rules), count(DISTINCT order_id), count(*)"
    )
    assert counts == [(100, 950, 950)]


def test_the_newest_three_are_kept(strict: Workbench) -> None:
    strict.tiny.deliver("2026-01-03", [NEGATIVE])
    for number in range(5):
        refuse(strict, f"run-{number}")
    kept = refused_attempts(strict.lake.table("shop/orders"))
    assert [attempt.run_id for attempt in kept] == ["run-4", "run-3", "run-2"]
    assert len(files(strict)) == 6


def test_the_newest_stays_even_if_the_clock_went_backwards(strict: Workbench) -> None:
    strict.tiny.deliver("2026-01-03", [NEGATIVE])
    folder = strict.lake.table("shop/orders") / "_mesh"
    for year in (2091, 2092, 2093):
        write(folder / f"refused-{year}0101T000000000000Z-run.json", b"{}")
    with pytest.raises(AuditFailedError):
        strict.run(run_id="now")
    assert [attempt.run_id for attempt in refused_attempts(strict.lake.table("shop/orders"))] == ["now"]
    assert sorted(name[:12] for name in names_in(folder) if name.endswith(".json")) == [
        "refused-2026",
        "refused-2092",
        "refused-2093",
    ]


def test_a_later_good_publication_leaves_the_samples(strict: Workbench) -> None:
    strict.tiny.deliver("2026-01-03", [NEGATIVE])
    refuse(strict)
    strict.tiny.deliver("2026-01-03", ["4,cleo@example.com,7.00,2026-01-03"])
    strict.run(run_id="run-2")
    assert len(refused_attempts(strict.lake.table("shop/orders"))) == 1
    assert len(strict.rows(ORDERS)) == 4


def test_a_verdict_counts_more_than_its_sample(strict: Workbench, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    strict.tiny.deliver("2026-01-03", [NEGATIVE])
    monkeypatch.setattr(module, "write", full)
    with pytest.raises(AuditFailedError, match="rule amount_range failed") as caught:
        strict.run()
    assert caught.value.remedy == (
        "The last good version stays in place. No sample of the rows is kept: [Errno 28] No space left on device"
    )
