"""What a Python step returns is held against its contract, over inputs that keep theirs."""

from __future__ import annotations

from .conftest import REVENUE, Workshop

CONTRACT = "domains/insight/revenue/revenue.contract.yaml"


def test_a_right_function_has_no_findings(workshop: Workshop) -> None:
    assert workshop.findings() == []


def test_a_missing_an_extra_and_a_wrong_column_are_three_findings(workshop: Workshop) -> None:
    workshop.returning("SELECT ordered_on AS day, '3' AS orders, 1 AS profit FROM shop.orders GROUP BY ALL")
    findings = workshop.findings()
    assert sorted(error.code for error in findings) == ["column-extra", "column-missing", "type-mismatch"]
    assert {error.severity for error in findings} == {"error"}
    wrong = next(error for error in findings if error.code == "type-mismatch")
    assert (wrong.path, wrong.line) == (workshop.tiny.file(REVENUE), 1)
    assert "column 'orders' is VARCHAR, the contract says BIGINT" in wrong.what


def test_a_null_in_a_required_column(workshop: Workshop) -> None:
    workshop.returning(
        "SELECT ordered_on AS day, nullif(count(*), 4) AS orders, sum(amount) AS revenue FROM shop.orders GROUP BY ALL"
    )
    (finding,) = workshop.findings()
    assert (finding.severity, finding.code) == ("error", "python-result")
    assert "rule orders_required fails over generated inputs (usual rows)" in finding.what
    assert '"orders": null' in finding.what
    assert (finding.path, finding.line) == (workshop.tiny.file(REVENUE), 1)


def test_keys_that_occur_twice(workshop: Workshop) -> None:
    workshop.returning("SELECT ordered_on AS day, 1::BIGINT AS orders, amount AS revenue FROM shop.orders")
    (finding,) = workshop.findings()
    assert (finding.severity, finding.code) == ("error", "python-result")
    assert "rule primary_key_unique" in finding.what


def test_values_outside_an_enum_a_range_and_a_pattern(workshop: Workshop) -> None:
    workshop.tiny.edit(
        CONTRACT,
        "{name: revenue, logicalType: number, description: Their sum in euros., required: true, "
        "classification: internal}",
        """{name: revenue, logicalType: number, required: true, logicalTypeOptions: {maximum: 10}}
      - {name: size, logicalType: string, enum: [{value: S}, {value: L}]}
      - {name: label, logicalType: string, logicalTypeOptions: {pattern: "^[a-z]+$"}}""",
    )
    workshop.returning(
        "SELECT ordered_on AS day, count(*) AS orders, sum(amount) + 11 AS revenue, 'M' AS size, 'ABC' AS label "
        "FROM shop.orders GROUP BY ALL"
    )
    rules = [error.what.partition("rule ")[2].partition(" fails")[0] for error in workshop.findings()]
    assert rules == ["revenue_range", "size_enum", "label_pattern"]


def test_a_rule_that_only_nulls_break_names_the_data_set(workshop: Workshop) -> None:
    """An optional amount: its sum over nothing but nulls is null, and revenue is required."""
    old = "required: true\n        classification: internal\n        logicalTypeOptions: {minimum: 0}"
    orders = "domains/shop/orders/orders.contract.yaml"
    workshop.tiny.edit(orders, old, "classification: internal\n        logicalTypeOptions: {minimum: 0}")
    (finding,) = workshop.findings()
    assert (finding.severity, finding.code) == ("error", "python-result")
    assert "rule revenue_required" in finding.what
    workshop.write(
        """
        def revenue(orders):
            if orders.relation().aggregate("count(amount)").fetchone() == (0,):
                raise ValueError("nothing known")
            return orders.query(
                "SELECT ordered_on AS day, count(*) AS orders, coalesce(sum(amount), 0) AS revenue "
                "FROM shop.orders GROUP BY ALL"
            )
        """
    )
    (finding,) = workshop.findings()
    assert (finding.severity, finding.code) == ("error", "python-raises")
    assert "ValueError: nothing known, over generated inputs (every nullable column null)" in finding.what


def test_an_authored_rule_must_run_and_its_verdict_on_all_rows_is_not_judged(workshop: Workshop) -> None:
    workshop.tiny.edit(
        CONTRACT,
        "servers:",
        """    quality:
      - {name: broken, type: sql, query: "SELECT max(colour) FROM ${object}", mustBe: 0}
      - {name: many, type: library, metric: rowCount, mustBeGreaterThan: 100000}
      - {name: rich, type: sql, query: "SELECT sum(revenue) FROM ${object}", mustBeGreaterThan: 1000000000}
servers:""",
    )
    (finding,) = workshop.findings()
    assert finding.code == "check-could-not-run"
    assert "check 'broken' could not run" in finding.what
    assert (finding.path, finding.severity) == (workshop.tiny.file(CONTRACT), "error")


def test_an_authored_rule_about_single_rows_that_fails_is_a_warning(workshop: Workshop) -> None:
    workshop.tiny.edit(
        CONTRACT,
        "servers:",
        """    quality:
      - {name: sane, type: sql, query: "SELECT count(*) FROM ${object} WHERE revenue >= 0", mustBe: 0}
servers:""",
    )
    assert workshop.codes() == [("warning", "python-result")]


def test_an_internal_step_only_has_to_return_a_table(workshop: Workshop) -> None:
    workshop.write("def cleaned(orders_feed):\n    return 7\n", "domains/shop/orders/silver/cleaned.py")
    ((severity, code, what),) = workshop.told("shop")
    assert (code, what) == ("python-result", "returned builtins.int, over generated inputs (usual rows)")
    assert severity == "warning"
    workshop.write(
        "def cleaned(orders_feed):\n    return orders_feed.arrow()\n", "domains/shop/orders/silver/cleaned.py"
    )
    assert workshop.findings("shop") == []


def test_pandas_polars_and_arrow_results_are_understood(workshop: Workshop) -> None:
    for method in ("df()", "pl()", "pl().lazy()", "to_arrow_table()"):
        workshop.write(
            f"""
            def revenue(orders):
                return orders.query(
                    "SELECT ordered_on AS day, count(*) AS orders, sum(amount) AS revenue FROM shop.orders GROUP BY ALL"
                ).{method}
            """
        )
        codes = workshop.codes()
        expected = [("error", "type-mismatch")] if method == "df()" else []  # datetime64 is no DATE
        assert codes == expected, method
