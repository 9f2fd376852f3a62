"""Authored rules that rows are made to keep, and those that are left alone and named."""

from __future__ import annotations

from typing import Any

from mesh_core.contracts import Contract
from mesh_core.generation import generate

from .contracts import NO_CHARTER, broken_rules, column, contract

AUTHORED = frozenset({"library", "sql", "custom"})
SPAN = [
    {"name": "start", "logicalType": "integer", "required": True, "logicalTypeOptions": {"minimum": 0, "maximum": 50}},
    {"name": "end", "logicalType": "integer", "required": True, "logicalTypeOptions": {"minimum": 0, "maximum": 50}},
]


def made_from(each: Contract, rows: int = 50) -> tuple[list[Any], tuple[str, ...]]:
    """What the audit finds wrong with authored rules, and what generation says it could not solve."""
    made = generate([each], NO_CHARTER, rows=rows)
    return broken_rules([each], made, kinds=AUTHORED), made[each.address].unsolved


def sql(query: str, **more: Any) -> dict[str, Any]:
    return {"type": "sql", "name": "authored", "query": query, "mustBe": 0, **more}


def expectation(name: str, **kwargs: Any) -> dict[str, Any]:
    implementation = {"type": name, "kwargs": kwargs}
    return {"type": "custom", "engine": "greatExpectations", "implementation": implementation}


def test_rows_that_break_a_counting_rule_are_thrown_away() -> None:
    rule = sql('SELECT count(*) FROM ${object} WHERE "end" < start')
    each = contract("shop.spans", SPAN, quality=[rule])
    assert made_from(each) == ([], ())
    assert generate([each], NO_CHARTER, rows=50)[each.address].rows == 50


def test_the_column_that_a_rule_stands_under_is_meant() -> None:
    start = {**SPAN[0], "quality": [sql("SELECT count(*) FROM ${object} WHERE ${column} > 25")]}
    made = generate([contract("shop.spans", [start, SPAN[1]])], NO_CHARTER, rows=50)
    assert max(column(made, "shop.spans.start")) <= 25


def test_a_pair_of_columns_is_put_in_order() -> None:
    name = "expect_column_pair_values_a_to_be_greater_than_b"
    each = contract("shop.spans", SPAN, quality=[expectation(name, column_A="end", column_B="start", or_equal=True)])
    assert made_from(each) == ([], ())


def test_a_rule_that_nothing_fulfils_is_named() -> None:
    each = contract("shop.spans", SPAN, quality=[sql('SELECT count(*) FROM ${object} WHERE start + "end" <> 200')])
    assert made_from(each)[1] == ("authored",)


def test_a_rule_about_other_tables_or_all_rows_is_named() -> None:
    for query in (
        "SELECT count(*) FROM ${object} WHERE start NOT IN (SELECT id FROM shop.known)",
        "SELECT count(*) - count(DISTINCT start) FROM ${object}",
    ):
        each = contract("shop.spans", SPAN, quality=[sql(query)])
        assert generate([each], NO_CHARTER)[each.address].unsolved == ("authored",)


def test_a_warning_is_no_promise() -> None:
    rule = sql("SELECT count(*) FROM ${object} WHERE start > 5", severity="warning")
    made = generate([contract("shop.spans", SPAN, quality=[rule])], NO_CHARTER)
    assert max(column(made, "shop.spans.start")) == 50


def test_values_are_made_as_library_metrics_want_them() -> None:
    def prop(name: str, **rule: Any) -> dict[str, Any]:
        return {"name": name, "logicalType": "string", "quality": [{"type": "library", **rule}]}

    each = contract(
        "shop.things",
        [
            prop("known", metric="nullValues", mustBe=0),
            prop(
                "mostly", metric="missingValues", arguments={"missingValues": ["NA"]}, unit="percent", mustBeLessThan=5
            ),
            prop("listed", metric="invalidValues", arguments={"validValues": ["x", "y"]}, mustBe=0),
            prop("matched", metric="invalidValues", arguments={"pattern": "^[a-c]+$"}, mustBe=0),
            prop("single", metric="duplicateValues", mustBe=0),
        ],
        quality=[
            {
                "type": "library",
                "metric": "duplicateValues",
                "arguments": {"properties": ["listed", "known"]},
                "mustBe": 0,
            }
        ],
    )
    assert made_from(each) == ([], ())


def test_values_are_made_as_expectations_want_them() -> None:
    each = contract(
        "shop.things",
        [{"name": "word"}, {"name": "size", "logicalType": "number"}, {"name": "code"}],
        quality=[
            expectation("expect_column_values_to_not_be_null", column="word"),
            expectation("expect_column_values_to_be_unique", column="word"),
            expectation("expect_column_values_to_be_between", column="size", min_value=2, max_value=3, mostly=0.9),
            expectation("expect_column_values_to_be_in_set", column="code", value_set=["a", "b"]),
            expectation("expect_compound_columns_to_be_unique", column_list=["word", "code"]),
        ],
    )
    assert made_from(each) == ([], ())
