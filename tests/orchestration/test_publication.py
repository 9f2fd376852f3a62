"""A row's life: what a port's readers see, whatever happens to a publication."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import pytest

from mesh_core.errors import (
    CheckCouldNotRunError,
    InputNotPublishedError,
    MeshError,
    SchemaMismatchError,
    TransformationError,
)
from mesh_core.publishing.audit import AuditFailedError
from mesh_core.publishing.progress import Outcome, Progress, listening

from .workbench import CONTRACT, ORDERS, REVENUE, SQL, Workbench

FIRST = [
    (1, "ada@example.com", 10.5, date(2026, 1, 1)),
    (2, "bob@example.com", 4.0, date(2026, 1, 1)),
    (3, "ada@example.com", 20.0, date(2026, 1, 2)),
]
GOOD = "4,cleo@example.com,7.00,2026-01-03"
NEGATIVE = "5,dan@example.com,-1.00,2026-01-03"


def test_both_ports_are_published(published: Workbench) -> None:
    assert published.rows(ORDERS) == FIRST
    assert published.rows(REVENUE) == [(date(2026, 1, 1), 2, 14.5), (date(2026, 1, 2), 1, 20.0)]
    assert (published.version(ORDERS), published.version(REVENUE)) == (0, 0)


def test_the_steps_come_in_one_order(bench: Workbench) -> None:
    bench.step("shop.bronze.orders_feed")
    heard: list[Progress | Outcome] = []
    with listening(heard.append):
        bench.step(ORDERS)
    *stages, outcome = heard
    assert [(event.name, event.stage) for event in stages] == [
        (ORDERS, "resolve"),
        (ORDERS, "transform"),
        (ORDERS, "stage"),
        (ORDERS, "audit"),
        (ORDERS, "commit"),
        (ORDERS, "register"),
    ]
    assert (outcome.status, outcome.rows, outcome.table_version) == ("published", 3, 0)
    # order_id: required, key; customer, ordered_on: required; amount: required, minimum; two quality rules
    assert (outcome.checks_passed, outcome.checks_failed) == (8, 0)


def test_the_commit_says_what_was_published_from_what(published: Workbench) -> None:
    orders, revenue = published.commit(ORDERS).facts, published.commit(REVENUE).facts
    assert orders["address"] == "mesh://shop/orders/v1"
    assert (orders["contract"], orders["contractVersion"]) == ("shop.orders", "1.0.0")
    assert orders["runId"] == revenue["runId"] == "run-1"
    assert json.loads(orders["inputs"]) == {"bronze.orders_feed": 0}
    assert json.loads(revenue["inputs"]) == {"shop.orders": 0}
    assert (orders["rows"], revenue["rows"]) == ("3", "2")
    assert [(check["name"], check["success"]) for check in json.loads(orders["audit"])][-2:] == [
        ("some_orders", True),
        ("modest_orders", True),
    ]
    lineage = json.loads(revenue["lineage"])
    assert lineage["kind"] == "sql"
    assert {"column": "revenue", "input": "shop.orders", "input_column": "amount"} in lineage["origins"]


def test_the_lake_can_be_read_without_the_mesh(published: Workbench) -> None:
    table = published.delta(REVENUE)
    assert table.metadata().description == "Revenue of each day."
    assert [(field.name, field.type.type) for field in table.schema().fields] == [
        ("day", "date"),
        ("orders", "long"),
        ("revenue", "double"),
    ]
    assert [field.metadata["comment"] for field in table.schema().fields] == [
        "Day.",
        "Orders of the day.",
        "Their sum in euros.",
    ]
    assert table.history()[0]["mesh.runId"] == "run-1"


class TestRefused:
    """A blocking rule fails."""

    @pytest.fixture
    def refused(self, published: Workbench) -> tuple[Workbench, AuditFailedError]:
        published.tiny.deliver("2026-01-03", [GOOD, NEGATIVE])
        published.step("shop.bronze.orders_feed", run_id="run-2")
        with pytest.raises(AuditFailedError) as caught:
            published.step(ORDERS, run_id="run-2")
        return published, caught.value

    def test_the_last_good_version_stays(self, refused: tuple[Workbench, AuditFailedError]) -> None:
        bench, _ = refused
        assert bench.version(ORDERS) == 0
        assert bench.rows(ORDERS) == FIRST

    def test_the_error_says_which_rule_and_how_many_rows(self, refused: tuple[Workbench, AuditFailedError]) -> None:
        bench, error = refused
        assert error.path == bench.tiny.file(CONTRACT)
        assert [(result.check.name, result.unexpected_count) for result in error.failing] == [("amount_range", 1)]
        assert error.what.startswith("shop.orders was not published: rule amount_range failed (1 row)")
        assert '"amount": -1.0' in error.what

    def test_restricted_values_are_told_nowhere(self, refused: tuple[Workbench, AuditFailedError]) -> None:
        bench, error = refused
        assert "dan@example.com" not in str(error)
        with bench.catalog() as catalog:
            [attempt] = [a for a in catalog.publications(ORDERS) if a.status == "failed"]
            assert "dan@example.com" not in attempt.error
            [outcome] = [c for c in catalog.check_results(ORDERS, check="amount_range") if not c.check.success]
            assert [row["customer"] for row in outcome.check.sample] == ["•••"]
            assert [row["order_id"] for row in outcome.check.sample] == [5]

    def test_nothing_of_the_refused_rows_is_left_among_the_tables_files(
        self, refused: tuple[Workbench, AuditFailedError]
    ) -> None:
        bench, error = refused
        assert len(bench.parquet_files(ORDERS)) == 1
        assert error.remedy == (
            "The last good version stays in place. "
            "`mesh quarantine shop.orders --refused` shows what failed, with some of the rows."
        )

    def test_the_attempt_stands_in_the_history(self, refused: tuple[Workbench, AuditFailedError]) -> None:
        bench, _ = refused
        with bench.catalog() as catalog:
            newest, first = catalog.publications(ORDERS)
        assert (newest.status, newest.run_id, newest.table_version) == ("failed", "run-2", None)
        assert (newest.checks_passed, newest.checks_failed) == (7, 1)
        assert (first.status, first.table_version) == ("published", 0)

    def test_mended_data_is_published(self, refused: tuple[Workbench, AuditFailedError]) -> None:
        bench, _ = refused
        bench.tiny.deliver("2026-01-03", [GOOD])
        bench.run(run_id="run-3")
        assert bench.version(ORDERS) == 1
        assert bench.rows(ORDERS) == [*FIRST, (4, "cleo@example.com", 7.0, date(2026, 1, 3))]


def test_a_first_publication_that_is_refused_leaves_no_table(bench: Workbench) -> None:
    bench.tiny.deliver("2026-01-02", [NEGATIVE])
    with pytest.raises(AuditFailedError):
        bench.run()
    assert bench.version(ORDERS) is None
    with pytest.raises(InputNotPublishedError) as caught:
        bench.step(REVENUE)
    assert "shop.orders" in caught.value.what
    assert caught.value.remedy == "Run `mesh run shop.orders` first."


def test_a_warning_publishes_and_is_told(bench: Workbench) -> None:
    bench.tiny.deliver("2026-01-02", ["1,ada@example.com,5000.00,2026-01-01"])
    done = bench.run()[ORDERS]
    assert done.status == "published"
    failed = [result.check.name for result in done.checks if not result.success]
    assert failed == ["modest_orders"]
    assert bench.rows(ORDERS) == [(1, "ada@example.com", 5000.0, date(2026, 1, 1))]


def test_a_rule_that_cannot_run_fails_the_publication(published: Workbench) -> None:
    published.tiny.edit(CONTRACT, "WHERE amount > 1000", "WHERE amuont > 1000")
    published.tiny.renumber(ORDERS, "1.1.0")
    with pytest.raises(CheckCouldNotRunError) as caught:
        published.step(ORDERS)
    assert caught.value.path == published.tiny.file(CONTRACT)
    before, _, _ = published.tiny.file(CONTRACT).read_text().partition("      - name: modest_orders")
    assert caught.value.line == before.count("\n") + 1
    assert published.version(ORDERS) == 0
    assert len(published.parquet_files(ORDERS)) == 1


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("customer, ", "", "column 'customer' is missing"),
        ("customer, ", "customer, 1 AS surprise, ", "column 'surprise' is not in the contract"),
        ("amount", "CAST(amount AS VARCHAR) AS amount", "column 'amount' is VARCHAR, the contract says DOUBLE"),
    ],
)
def test_columns_that_the_contract_does_not_promise(published: Workbench, old: str, new: str, told: str) -> None:
    file = published.tiny.edit(SQL, old, new)
    with pytest.raises(SchemaMismatchError) as caught:
        published.step(ORDERS)
    assert caught.value.what == f"does not make what orders.contract.yaml promises: {told}"
    assert caught.value.path == file
    assert published.rows(ORDERS) == FIRST


def test_a_number_is_never_narrowed_silently(published: Workbench) -> None:
    published.tiny.edit(SQL, "SELECT order_id", "SELECT CAST(order_id AS HUGEINT) AS order_id")
    with pytest.raises(SchemaMismatchError, match="'order_id' is HUGEINT, the contract says BIGINT"):
        published.step(ORDERS)


def test_a_transformation_that_fails_half_way_leaves_nothing(published: Workbench) -> None:
    published.tiny.edit(SQL, "amount,", "CAST(CASE order_id WHEN 3 THEN 'x' ELSE '1' END AS DOUBLE) AS amount,")
    with pytest.raises(TransformationError) as caught:
        published.step(ORDERS)
    assert "Could not convert string 'x' to DOUBLE" in caught.value.what
    assert published.rows(ORDERS) == FIRST
    assert len(published.parquet_files(ORDERS)) == 1
    assert list(published.settings.scratch.glob("shop.orders-*")) == []


def _python(bench: Workbench, body: str) -> Path:
    bench.tiny.file("domains/insight/revenue/revenue.sql").unlink()
    file = bench.tiny.file("domains/insight/revenue/revenue.py")
    file.write_text(body)
    return file


POLARS = """\
import polars as pl


def revenue(orders):
    frame = orders.polars().group_by("ordered_on")
    return frame.agg(pl.len().cast(pl.Int64).alias("orders"), pl.sum("amount").alias("revenue")).rename(
        {"ordered_on": "day"}
    ){lazy}
"""
PANDAS = """\
def revenue(orders):
    grouped = orders.pandas().groupby("ordered_on")["amount"].agg(["count", "sum"]).reset_index()
    grouped["ordered_on"] = grouped["ordered_on"].dt.date
    return grouped.rename(columns={"ordered_on": "day", "count": "orders", "sum": "revenue"})
"""
ARROW = """\
def revenue(orders):
    grouped = orders.arrow().group_by("ordered_on").aggregate([("amount", "count"), ("amount", "sum")])
    return grouped.rename_columns(["day", "orders", "revenue"])
"""
RELATION = """\
def revenue(orders):
    return orders.relation().aggregate("ordered_on AS day, count(*) AS orders, sum(amount) AS revenue")
"""


@pytest.mark.parametrize(
    "body",
    [RELATION, ARROW, POLARS.replace("{lazy}", ""), POLARS.replace("{lazy}", ".lazy()"), PANDAS],
    ids=["relation", "arrow", "polars", "polars lazy", "pandas"],
)
def test_python_may_return_any_frame(bench: Workbench, body: str) -> None:
    _python(bench, body)
    bench.run()
    assert bench.rows(REVENUE) == [(date(2026, 1, 1), 2, 14.5), (date(2026, 1, 2), 1, 20.0)]


def test_python_lineage_is_never_invented(bench: Workbench) -> None:
    _python(bench, RELATION)
    bench.run()
    assert json.loads(bench.commit(REVENUE).facts["lineage"]) == {"kind": "", "origins": []}
    bench.tiny.edit(
        "domains/insight/revenue/revenue.contract.yaml",
        "{name: revenue, logicalType: number, ",
        "{name: revenue, logicalType: number, transformSourceObjects: [shop.orders.amount], ",
    )
    bench.tiny.renumber(REVENUE, "1.0.1")
    bench.run()
    assert json.loads(bench.commit(REVENUE).facts["lineage"]) == {
        "kind": "declared",
        "origins": [{"column": "revenue", "input": "shop.orders", "input_column": "amount"}],
    }


def test_python_that_raises_is_told_with_its_line(published: Workbench) -> None:
    file = _python(published, "def revenue(orders):\n    sums = {}\n    return sums['missing']\n")
    with pytest.raises(TransformationError) as caught:
        published.step(REVENUE)
    assert (caught.value.path, caught.value.line) == (file, 3)
    assert caught.value.what == "revenue raised KeyError: 'missing'"


def test_python_that_returns_no_frame(published: Workbench) -> None:
    _python(published, "def revenue(orders):\n    return [1, 2]\n")
    with pytest.raises(TransformationError) as caught:
        published.step(REVENUE)
    assert caught.value.what == "returned builtins.list"
    assert published.version(REVENUE) == 0


def test_python_that_does_not_import(published: Workbench) -> None:
    file = _python(published, "import nothing_of_that_name\n\n\ndef revenue(orders):\n    return orders.relation()\n")
    with pytest.raises(MeshError) as caught:
        published.step(REVENUE)
    assert (caught.value.path, caught.value.line) == (file, 1)
    assert caught.value.what == "revenue raised ModuleNotFoundError: No module named 'nothing_of_that_name'"
    assert published.version(REVENUE) == 0


class TestUnchanged:
    def test_nothing_changed(self, published: Workbench) -> None:
        done = published.run(run_id="run-2")
        assert {name: (d.status, d.table_version) for name, d in done.items()} == {
            ORDERS: ("unchanged", 0),
            REVENUE: ("unchanged", 0),
        }
        assert published.commit(ORDERS).facts["runId"] == "run-1"

    def test_force_publishes_the_same_again(self, published: Workbench) -> None:
        done = published.run(run_id="run-2", force=True)
        assert {name: (d.status, d.table_version) for name, d in done.items()} == {
            ORDERS: ("published", 1),
            REVENUE: ("published", 1),
        }
        assert published.rows(ORDERS) == FIRST

    @pytest.mark.parametrize(
        ("file", "old", "new", "expected"),
        [
            (SQL, "FROM bronze", "-- looked at\nFROM bronze", {ORDERS: 1, REVENUE: 1}),
            (CONTRACT, "limitations: Cancelled", "limitations: # as ever\n    Cancelled", {ORDERS: 1, REVENUE: 1}),
            (
                "domains/insight/revenue/revenue.sql",
                "GROUP BY ordered_on",
                "GROUP BY ALL",
                {ORDERS: 0, REVENUE: 1},
            ),
            ("domains/insight/domain.yaml", "Explains the shop.", "Explains it.", {ORDERS: 0, REVENUE: 1}),
        ],
        ids=["code", "a comment in the contract", "consumer's code", "domain"],
    )
    def test_an_edit_publishes_what_depends_on_it(
        self, published: Workbench, file: str, old: str, new: str, expected: dict[str, int]
    ) -> None:
        published.tiny.edit(file, old, new)
        published.run(run_id="run-2")
        assert {name: published.version(name) for name in expected} == expected

    def test_a_new_file_publishes(self, published: Workbench) -> None:
        published.tiny.deliver("2026-01-03", [GOOD])
        published.run(run_id="run-2")
        assert (published.version(ORDERS), published.version(REVENUE)) == (1, 1)
        assert json.loads(published.commit(REVENUE).facts["inputs"]) == {"shop.orders": 1}

    def test_an_older_version_still_reads(self, published: Workbench) -> None:
        published.tiny.deliver("2026-01-03", [GOOD])
        published.run(run_id="run-2")
        assert len(published.rows(ORDERS)) == 4
        assert published.rows(ORDERS, version=0) == FIRST


def test_an_input_that_changes_while_a_run_reads_it(published: Workbench) -> None:
    """The run reads the version that it pinned, and says so in its commit."""
    published.tiny.edit("domains/insight/revenue/revenue.sql", "GROUP BY ordered_on", "GROUP BY ALL")

    def meanwhile(event: Progress | Outcome) -> None:
        if isinstance(event, Progress) and (event.name, event.stage) == (REVENUE, "transform"):
            with listening(None):
                published.tiny.deliver("2026-01-03", [GOOD])
                published.step("shop.bronze.orders_feed")
                published.step(ORDERS)

    with listening(meanwhile):
        published.step(REVENUE, run_id="run-2")
    assert published.version(ORDERS) == 1
    assert json.loads(published.commit(REVENUE).facts["inputs"]) == {"shop.orders": 0}
    assert len(published.rows(REVENUE)) == 2
    assert published.step(REVENUE).status == "published"
    assert len(published.rows(REVENUE)) == 3


def test_a_publication_that_was_overtaken_is_done_again(published: Workbench) -> None:
    """Another run commits between our read and our commit: our rows are made anew, not put over the other's."""
    resolved = []

    def meanwhile(event: Progress | Outcome) -> None:
        if not isinstance(event, Progress) or event.name != ORDERS:
            return
        if event.stage == "resolve":
            resolved.append(event)
        if event.stage == "commit" and len(resolved) == 1:
            with listening(None):
                published.tiny.deliver("2026-01-03", [GOOD])
                published.step("shop.bronze.orders_feed")
                published.step(ORDERS, run_id="the other")

    with listening(meanwhile):
        done = published.step(ORDERS, run_id="ours", force=True)
    assert len(resolved) == 2
    assert (done.status, done.table_version, done.rows) == ("published", 2, 4)
    runs = [c.facts["runId"] for c in published.lake.history(published.lake.table("shop/orders"))]
    assert runs == ["ours", "the other", "run-1"]
    with published.catalog() as catalog:
        assert catalog.missing(ORDERS, [0, 1, 2]) == ()
    assert len(published.parquet_files(ORDERS)) == 3


def test_the_catalog_knows_the_publication(published: Workbench) -> None:
    with published.catalog() as catalog:
        orders, revenue = catalog.publication(ORDERS), catalog.publication(REVENUE)
    assert orders is not None
    assert revenue is not None
    assert (orders.rows, orders.table_version, orders.owner, orders.run_id) == (3, 0, "Shop team", "run-1")
    assert [row["customer"] for row in orders.sample] == ["•••"] * 3
    assert {c.name: (c.minimum, c.maximum) for c in orders.columns if c.name in {"customer", "order_id"}} == {
        "customer": (None, None),
        "order_id": ("1", "3"),
    }
    assert revenue.inputs == {"shop.orders": 0}
    assert revenue.domain.owner == "Insight team"
    assert revenue.contract.document["id"] == "insight.revenue"


def test_a_server_outside_the_lake_is_refused(bench: Workbench) -> None:
    bench.tiny.edit(CONTRACT, "path: shop/orders", "path: ../../shop/orders")
    bench.step("shop.bronze.orders_feed")
    with pytest.raises(MeshError, match="leaves the lake"):
        bench.step(ORDERS)
