"""The compiled checks against Great Expectations itself: same verdict, counts and percentages."""

from __future__ import annotations

import json
import socket
from pathlib import Path
from typing import Any

import duckdb
import pytest

from mesh_core.errors import CheckCouldNotRunError
from mesh_core.quality import CheckResult, CheckSpec, evaluate, gx_engine
from mesh_core.quality.engine import _describe
from mesh_core.quality.table import Staged
from mesh_core.quality.translations import TRANSLATIONS, translate
from mesh_core.quality.vocabulary import EXPECTATIONS

# Every kind of dirt twice over: nulls, NaN, infinities, empty and odd text, duplicates, ties, equal pairs.
ROWS = """
CREATE VIEW dirty AS SELECT * FROM (VALUES
    (1,  10,   1.5,           2.5,          'UA',    'x',   TRUE,  DATE '2013-01-01', TIMESTAMPTZ '2013-01-01 05:00:00+00', 1.10),
    (2,  10,   'NaN'::DOUBLE, 'NaN'::DOUBLE, 'AA',   'AA',  FALSE, DATE '2013-01-31', TIMESTAMPTZ '2013-06-30 23:30:00+00', 2.25),
    (3,  NULL, -3.5,          NULL,         '',      NULL,  NULL,  NULL,              NULL,                                 NULL),
    (4,  20,   NULL,          -3.5,         NULL,    'y9',  TRUE,  DATE '2013-12-31', TIMESTAMPTZ '2013-12-31 23:59:59+00', -7.00),
    (5,  30,   1.5,           1.5,          'ü',     'ü',   FALSE, DATE '2014-01-01', TIMESTAMPTZ '2014-01-01 00:00:00+00', 0.00),
    (6,  30,   99.25,         0.0,          E'UA\n', E'a\nb', TRUE, DATE '2013-01-01', TIMESTAMPTZ '2013-01-01 05:00:00+00', 1.10),
    (7,  30,   -0.0,          0.0,          'ua ٣',  'zz',  NULL,  NULL,              TIMESTAMPTZ '2012-02-29 12:00:00+00', 5.00),
    (8,  NULL, NULL,          NULL,         NULL,    NULL,  NULL,  NULL,              NULL,                                 NULL)
) AS t(id, n, x, y, s, u, b, d, ts, money)
"""  # noqa: E501
EMPTY = "CREATE VIEW dirty AS SELECT * FROM (SELECT 1::INT AS id, 1::INT AS n, 1.0::DOUBLE AS x, 'a' AS s) WHERE false"


def col(name: str, column: str, **kwargs: Any) -> tuple[str, dict[str, Any]]:
    return f"expect_column_{name}", {"column": column, **kwargs}


def pair(name: str, a: str, b: str, **kwargs: Any) -> tuple[str, dict[str, Any]]:
    return f"expect_column_pair_values_{name}", {"column_A": a, "column_B": b, **kwargs}


def multi(name: str, *columns: str, **kwargs: Any) -> tuple[str, dict[str, Any]]:
    return f"expect_{name}", {"column_list": list(columns), **kwargs}


def when(column: str, operator: str, parameter: Any) -> dict[str, Any]:
    where = {"type": "comparison", "column": {"name": column}, "operator": operator, "parameter": parameter}
    return {"row_condition": where}


_NOT_NULL = {"row_condition": {"type": "nullity", "column": {"name": "n"}, "is_null": False}}
_BOTH = {
    "row_condition": {
        "type": "and",
        "conditions": [_NOT_NULL["row_condition"], when("x", "<", 50)["row_condition"]],
    }
}

CASES = [
    col("values_to_not_be_null", "x"),
    col("values_to_not_be_null", "s", mostly=0.75),
    col("values_to_not_be_null", "s", mostly=0.76),
    col("values_to_not_be_null", "id", **when("n", "!=", 10)),
    col("values_to_not_be_null", "x", **_NOT_NULL),
    col("values_to_be_null", "y", mostly=0.3),
    col("values_to_be_null", "d"),
    col("values_to_be_unique", "id"),
    col("values_to_be_unique", "n"),
    col("values_to_be_unique", "x"),
    col("values_to_be_unique", "s"),
    col("values_to_be_unique", "ts", mostly=0.5),
    col("values_to_be_unique", "money"),
    col("values_to_be_unique", "n", **when("id", "<=", 4)),
    col("values_to_be_in_set", "s", value_set=["UA", "AA", "ü"]),
    col("values_to_be_in_set", "n", value_set=[10, 20.0, 7], mostly=0.5),
    col("values_to_be_in_set", "x", value_set=[1.5, 0]),
    col("values_to_be_in_set", "s", value_set=["UA"], **when("n", "IN", [10, 20])),
    col("values_to_be_in_set", "b", value_set=[True]),
    col("values_to_not_be_in_set", "s", value_set=["", "zz"]),
    col("values_to_not_be_in_set", "n", value_set=[30]),
    col("values_to_be_between", "n", min_value=10, max_value=20),
    col("values_to_be_between", "n", min_value=10, max_value=30, strict_min=True),
    col("values_to_be_between", "x", min_value=-3.5, strict_min=True, strict_max=True, max_value=99.25),
    col("values_to_be_between", "x", max_value=1.5, mostly=0.8),
    col("values_to_be_between", "x", max_value=1.5, strict_max=True, **_BOTH),
    col("values_to_be_between", "d", min_value="2013-01-31T00:00:00", max_value="2013-12-31T00:00:00"),
    col("values_to_be_between", "ts", min_value="2013-01-01T05:00:00+00:00", strict_min=True),
    col("values_to_be_between", "money", min_value=0, max_value=3),
    col("value_lengths_to_be_between", "s", min_value=2, max_value=2),
    col("value_lengths_to_be_between", "s", min_value=1, strict_min=True),
    col("value_lengths_to_equal", "u", value=1),
    col("values_to_match_regex", "s", regex=r"^[A-Z]{2}$"),
    col("values_to_match_regex", "s", regex=r"\w\s\d"),
    col("values_to_match_regex", "u", regex=r"a.b|^\W|[^\d]$"),
    col("values_to_match_regex", "n", regex="^1"),
    col("values_to_not_match_regex", "s", regex=r"^\w{2}\Z"),
    col("values_to_match_regex_list", "s", regex_list=["^U", "^A"]),
    col("values_to_match_regex_list", "s", regex_list=["U", "A"], match_on="all"),
    col("values_to_not_match_regex_list", "s", regex_list=["U", "^$"], mostly=0.4),
    col("min_to_be_between", "x", min_value=-3.5, max_value=0),
    col("max_to_be_between", "x", max_value=99),
    col("max_to_be_between", "d", max_value="2014-01-01T00:00:00"),
    col("max_to_be_between", "ts", max_value="2014-01-01T00:00:00+00:00", strict_max=True),
    col("mean_to_be_between", "x", min_value=19, max_value=20),
    col("mean_to_be_between", "n", max_value=22, **when("n", "NOT_IN", [20])),
    col("mean_to_be_between", "money", max_value=0.1),
    col("median_to_be_between", "x", min_value=1.5, max_value=1.5),
    col("stdev_to_be_between", "n", min_value=9, max_value=9.5),
    col("sum_to_be_between", "n", min_value=130, max_value=130),
    col("sum_to_be_between", "x", max_value=0),
    col("unique_value_count_to_be_between", "s", min_value=5, max_value=5),
    col("unique_value_count_to_be_between", "x", max_value=3),
    col("proportion_of_unique_values_to_be_between", "n", min_value=0.5, max_value=0.5, strict_max=True),
    col("proportion_of_non_null_values_to_be_between", "x", min_value=0.7),
    col("distinct_values_to_be_in_set", "s", value_set=["UA", "AA"]),
    col("distinct_values_to_contain_set", "n", value_set=[10, 20, 40]),
    col("distinct_values_to_equal_set", "n", value_set=[10, 20, 30]),
    pair("a_to_be_greater_than_b", "x", "y"),
    pair("a_to_be_greater_than_b", "x", "y", or_equal=True, ignore_row_if="either_value_is_missing"),
    pair("a_to_be_greater_than_b", "id", "n", ignore_row_if="neither", mostly=0.1),
    pair("to_be_equal", "s", "u"),
    pair("to_be_equal", "x", "y", ignore_row_if="neither"),
    pair("to_be_equal", "n", "x", ignore_row_if="either_value_is_missing", **when("id", ">", 1)),
    pair("to_be_in_set", "n", "s", value_pairs_set=[[10, "UA"], [10, "AA"], [None, ""]]),
    multi("compound_columns_to_be_unique", "n", "x"),
    multi("compound_columns_to_be_unique", "n", "d", ignore_row_if="any_value_is_missing"),
    multi("compound_columns_to_be_unique", "b", "u", ignore_row_if="never"),
    multi("select_column_values_to_be_unique_within_record", "x", "y"),
    multi("select_column_values_to_be_unique_within_record", "s", "u", ignore_row_if="never", mostly=0.5),
    multi("multicolumn_values_to_be_equal", "x", "y"),
    multi("multicolumn_values_to_be_equal", "s", "u", ignore_row_if="any_value_is_missing"),
    multi("multicolumn_sum_to_equal", "id", "n", sum_total=12),
    multi("multicolumn_sum_to_equal", "x", "y", sum_total=4.0, ignore_row_if="any_value_is_missing"),
    ("expect_table_row_count_to_be_between", {"min_value": 8, "max_value": 8}),
    ("expect_table_row_count_to_be_between", {"max_value": 5, **when("x", ">=", 0)}),
    ("expect_table_row_count_to_equal", {"value": 7}),
    ("expect_table_column_count_to_be_between", {"min_value": 3}),
    ("expect_table_column_count_to_equal", {"value": 10}),
    ("expect_column_to_exist", {"column": "gate"}),
    ("expect_column_to_exist", {"column": "n", "column_index": 1}),
    ("expect_table_columns_to_match_ordered_list", {"column_list": ["id", "n"]}),
    ("expect_table_columns_to_match_set", {"column_set": ["n", "id"], "exact_match": False}),
]
EMPTY_CASES = [
    col("values_to_not_be_null", "x"),
    col("values_to_be_unique", "s"),
    col("values_to_be_between", "x", min_value=0),
    col("max_to_be_between", "x", min_value=0),
    col("mean_to_be_between", "x", min_value=0),
    col("sum_to_be_between", "x", max_value=0),
    col("unique_value_count_to_be_between", "s", max_value=0),
    col("proportion_of_unique_values_to_be_between", "s", max_value=0),
    col("distinct_values_to_be_in_set", "s", value_set=["a"]),
    multi("compound_columns_to_be_unique", "id", "s"),
    ("expect_table_row_count_to_be_between", {"min_value": 0}),
]


def spec(expectation: str, kwargs: dict[str, Any]) -> CheckSpec:
    path = Path("dirty.contract.yaml")
    return CheckSpec(name="c", description="", kind="custom", expectation=expectation, kwargs=kwargs, path=path)


def by_gx(check: CheckSpec, db: duckdb.DuckDBPyConnection) -> CheckResult:
    (result,) = gx_engine.run([check], Staged(db, _describe(check, db, "dirty"), 10))
    return result


def facts(result: CheckResult) -> dict[str, Any]:
    percent = result.unexpected_percent
    return {
        "success": result.success,
        "element_count": result.element_count,
        "unexpected_count": result.unexpected_count,
        "unexpected_percent": percent if percent is None else pytest.approx(percent),
        "missing_count": result.details.get("missing_count"),
    }


@pytest.fixture(scope="module")
def dirty() -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect()
    connection.execute(ROWS)
    return connection


def named(cases: list[tuple[str, dict[str, Any]]]) -> list[str]:
    return [f"{number}-{name.removeprefix('expect_')}" for number, (name, _) in enumerate(cases)]


def compare(check: CheckSpec, db: duckdb.DuckDBPyConnection) -> None:
    (ours,) = evaluate([check], db, "dirty")
    theirs = by_gx(check, db)
    assert (ours.engine, theirs.engine) == ("duckdb", "great_expectations")
    assert facts(ours) == facts(theirs)
    if theirs.unexpected_count is None and isinstance(theirs.observed, int | float):
        assert float(ours.observed or 0) == pytest.approx(float(theirs.observed))


@pytest.mark.parametrize(("expectation", "kwargs"), CASES, ids=named(CASES))
def test_same_as_gx(dirty: duckdb.DuckDBPyConnection, expectation: str, kwargs: dict[str, Any]) -> None:
    compare(spec(expectation, kwargs), dirty)


@pytest.mark.parametrize(("expectation", "kwargs"), EMPTY_CASES, ids=named(EMPTY_CASES))
def test_same_as_gx_on_no_rows(db: duckdb.DuckDBPyConnection, expectation: str, kwargs: dict[str, Any]) -> None:
    db.execute(EMPTY)
    compare(spec(expectation, kwargs), db)


def test_every_translation_that_pandas_knows_is_compared() -> None:
    beyond_pandas = {name for name in EXPECTATIONS if "like_pattern" in name or "type" in name}
    assert {name for name, _ in CASES} == (TRANSLATIONS.keys() & EXPECTATIONS.keys()) - beyond_pandas


FALLBACK = [
    (col("values_to_be_increasing", "id"), True, 0),
    (col("values_to_be_json_parseable", "s"), False, 6),
    (col("values_to_match_regex", "s", regex="(?i)^(?=u)"), False, 3),
    (col("value_lengths_to_equal", "n", value=2), True, 0),
    (
        col("quantile_values_to_be_between", "n", quantile_ranges={"quantiles": [0.5], "value_ranges": [[20, 20]]}),
        True,
        None,
    ),
    (col("value_z_scores_to_be_less_than", "x", threshold=1.5, double_sided=True), False, 1),
    (col("values_to_not_be_null", "x", row_condition="n == 30", condition_parser="pandas"), True, 0),
]


@pytest.mark.parametrize(("case", "success", "unexpected"), FALLBACK, ids=named([case for case, *_ in FALLBACK]))
def test_gx_runs_what_has_no_translation(
    dirty: duckdb.DuckDBPyConnection, case: tuple[str, dict[str, Any]], success: bool, unexpected: int | None
) -> None:
    (result,) = evaluate([spec(*case)], dirty, "dirty")
    assert (result.engine, result.success) == ("great_expectations", success)
    assert result.unexpected_count == unexpected
    json.dumps(result.gx(), allow_nan=False)
    assert len(result.sample) == (0 if success else unexpected)


@pytest.mark.parametrize(
    ("case", "why"),
    [
        (col("values_to_be_between", "s", min_value=1), "same type"),
        (col("values_to_be_increasing", "s", strictly="maybe"), "strictly"),
        (col("mean_to_be_between", "s", min_value=0), "Great Expectations"),
    ],
)
def test_what_gx_cannot_run_is_an_error(
    dirty: duckdb.DuckDBPyConnection, case: tuple[str, dict[str, Any]], why: str
) -> None:
    with pytest.raises(CheckCouldNotRunError, match=why):
        evaluate([spec(*case)], dirty, "dirty")


def test_gx_opens_no_connection(dirty: duckdb.DuckDBPyConnection, monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[object] = []
    monkeypatch.setattr(socket.socket, "connect", lambda *address: opened.append(address))
    monkeypatch.setattr(socket, "getaddrinfo", lambda *address: opened.append(address))
    by_gx(spec(*col("values_to_not_be_null", "id")), dirty)
    assert opened == []


def test_the_vocabulary_is_gx_s_own() -> None:
    """Arguments as the installed GX declares them, but for what the mesh refuses or insists on."""
    from great_expectations.expectations.registry import (
        get_expectation_impl,
        list_registered_expectation_implementations,
    )

    refused = {
        "expect_query_results_to_match_comparison",
        "expect_table_row_count_to_equal_other_table",
        "unexpected_rows_expectation",
    }
    assert EXPECTATIONS.keys() == set(list_registered_expectation_implementations()) - refused
    for name, known in EXPECTATIONS.items():
        fields = get_expectation_impl(name).__fields__
        required = {field for field, declared in fields.items() if declared.required}
        assert required <= known.required, name
        assert known.required | known.optional <= fields.keys(), name


def test_every_translation_is_known_to_gx_or_is_ours() -> None:
    ours = {
        "expect_column_values_to_be_multiple_of",
        "expect_column_values_to_not_be_missing",
        "expect_column_values_to_be_valid",
        "expect_column_value_item_counts_to_be_between",
        "expect_column_value_items_to_be_unique",
    }
    assert TRANSLATIONS.keys() - EXPECTATIONS.keys() == ours
    assert translate("expect_column_values_to_be_json_parseable", {"column": "s"}, None) is None  # type: ignore[arg-type]
