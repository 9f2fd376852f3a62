"""Checks over rows, from the contract's door: hand-typed verdicts for dirty, empty and odd data."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import duckdb
import msgspec
import pytest

from mesh_core.errors import CheckCouldNotRunError
from mesh_core.quality import CheckResult, CheckSpec, Comparison, bind, checks_for, evaluate

from .conftest import ContractMaker

Connection = duckdb.DuckDBPyConnection

ROWS = '''
CREATE VIEW staged AS SELECT * FROM (VALUES
    (1, 'UA', 5.0,            DATE '2013-01-01', TIMESTAMPTZ '2013-01-01 05:00:00+00', 1.10, ['a', 'b']),
    (2, 'AA', 'NaN'::DOUBLE,  DATE '2013-01-31', TIMESTAMPTZ '2013-01-31 23:30:00-05', 2.25, ['a', 'a']),
    (2, 'ü',  -3.5,           NULL,              NULL,                              NULL,                []),
    (4, NULL, 'inf'::DOUBLE,  DATE '2013-12-31', TIMESTAMPTZ '2014-01-01 00:00:00+00', 9.99, NULL),
    (5, 'UA', NULL,           DATE '2014-01-01', TIMESTAMPTZ '2012-12-31 23:59:00+00', 0.00, ['c', NULL, NULL])
) AS t(id, "carrier ""code""", delay, day, "at", fare, stops)
'''
CARRIER = 'carrier "code"'


def spec(expectation: str, **kwargs: Any) -> CheckSpec:
    comparison = kwargs.pop("comparison", None)
    return CheckSpec(
        name="check",
        description="",
        kind="custom",
        expectation=f"expect_{expectation}",
        kwargs=kwargs,
        comparison=comparison,
        path=Path("flights.contract.yaml"),
    )


def query(text: str, comparison: Comparison, column: str = "") -> CheckSpec:
    path = Path("flights.contract.yaml")
    return CheckSpec(
        name="rule", description="", kind="sql", query=text, column=column, comparison=comparison, path=path
    )


def run(db: Connection, check: CheckSpec, table: str = "staged", **options: int) -> CheckResult:
    (result,) = evaluate([check], db, table, **options)
    return result


@pytest.fixture
def staged(db: Connection) -> Connection:
    db.execute(ROWS)
    return db


# Expectation, success, rows considered by percent, unexpected rows; NaN counts as null.
ROW_TESTS: list[tuple[CheckSpec, bool, int, float | None]] = [
    (spec("column_values_to_not_be_null", column="delay"), False, 2, 40.0),
    (spec("column_values_to_be_null", column="delay"), False, 3, 60.0),
    (spec("column_values_to_be_unique", column="id"), False, 2, 40.0),
    (spec("column_values_to_be_unique", column="delay"), True, 0, 0.0),
    (spec("column_values_to_be_in_set", column=CARRIER, value_set=["UA", "ü"]), False, 1, 25.0),
    (spec("column_values_to_not_be_in_set", column=CARRIER, value_set=["ü"]), False, 1, 25.0),
    (spec("column_values_to_be_in_set", column="day", value_set=["2013-01-01"]), False, 3, 75.0),
    (spec("column_values_to_be_in_set", column="fare", value_set=[1.1, 2.25, 0]), False, 1, 25.0),
    (spec("column_values_to_be_between", column="delay", max_value=100, mostly=0.6), True, 1, 100 / 3),
    (spec("column_values_to_be_between", column="delay", max_value=100, mostly=0.7), False, 1, 100 / 3),
    (spec("column_values_to_be_between", column="delay", min_value=-3.5, strict_min=True), False, 1, 100 / 3),
    (spec("column_values_to_be_between", column="day", min_value="2013-01-01"), True, 0, 0.0),
    (
        spec("column_values_to_be_between", column="day", max_value="2014-01-01", strict_max=True),
        False,
        1,
        25.0,
    ),
    (
        spec("column_values_to_be_between", column="at", min_value="2013-01-01", max_value="2013-12-31T19:00-05:00"),
        False,
        1,
        25.0,
    ),
    (spec("column_values_to_be_between", column="fare", min_value=1.1), False, 1, 25.0),
    (spec("column_value_lengths_to_equal", column=CARRIER, value=2), False, 1, 25.0),
    (spec("column_values_to_match_regex", column=CARRIER, regex=r"^\w$"), False, 3, 75.0),
    (spec("column_values_to_match_like_pattern", column=CARRIER, like_pattern="_A"), False, 1, 25.0),
    (spec("column_values_to_be_multiple_of", column="fare", divisor=0.05), False, 1, 25.0),
    (spec("column_values_to_be_multiple_of", column="id", divisor=2), False, 2, 40.0),
    (spec("column_values_to_be_multiple_of", column="delay", divisor=0.1), False, 1, 100 / 3),
    (
        spec(
            "column_values_to_not_be_null",
            column=CARRIER,
            row_condition={
                "type": "comparison",
                "column": {"name": "delay"},
                "operator": "NOT_IN",
                "parameter": [5],
            },
        ),
        False,
        1,
        50.0,
    ),
    (spec("column_values_to_not_be_missing", column=CARRIER, missing_values=["ü"]), False, 2, 40.0),
    (
        spec("column_values_to_be_valid", column=CARRIER, value_set=["UA", "ü"], regex="^[A-Z]+$"),
        False,
        2,
        50.0,
    ),
    (spec("column_value_item_counts_to_be_between", column="stops", min_value=1), False, 1, 25.0),
    (spec("column_value_items_to_be_unique", column="stops"), False, 1, 25.0),
    (spec("compound_columns_to_be_unique", column_list=["id", CARRIER]), True, 0, 0.0),
    (
        spec(
            "column_values_to_not_be_null",
            column="day",
            row_condition={"type": "comparison", "column": {"name": "id"}, "operator": "==", "parameter": 2},
        ),
        False,
        1,
        50.0,
    ),
]


@pytest.mark.parametrize(
    ("check", "success", "unexpected", "percent"),
    ROW_TESTS,
    ids=[f"{number}-{check.expectation}" for number, (check, *_) in enumerate(ROW_TESTS)],
)
def test_rows(staged: Connection, check: CheckSpec, success: bool, unexpected: int, percent: float) -> None:
    result = run(staged, check)
    assert (result.success, result.unexpected_count, result.engine) == (success, unexpected, "duckdb")
    assert result.unexpected_percent == pytest.approx(percent)
    assert len(result.sample) == (0 if success else unexpected)
    json.dumps(result.gx(), allow_nan=False)


@pytest.mark.parametrize(
    ("check", "success", "observed"),
    [
        (spec("column_min_to_be_between", column="delay", min_value=-3.5), True, -3.5),
        (spec("column_min_to_be_between", column="delay", min_value=-3.5, strict_min=True), False, -3.5),
        (spec("column_max_to_be_between", column="day", max_value="2013-12-31"), False, "2014-01-01"),
        (
            spec("column_max_to_be_between", column="at", max_value="2014-01-01T00:00Z"),
            True,
            "2014-01-01T00:00:00+00:00",
        ),
        (spec("column_sum_to_be_between", column="fare", min_value=13.34, max_value=13.34), True, 13.34),
        (spec("column_mean_to_be_between", column="id", min_value=2.8, max_value=2.8), True, 2.8),
        (spec("column_median_to_be_between", column="id", max_value=2), True, 2.0),
        (spec("column_unique_value_count_to_be_between", column=CARRIER, min_value=4), False, 3),
        (
            spec("column_proportion_of_non_null_values_to_be_between", column=CARRIER, min_value=0.8),
            True,
            0.8,
        ),
        (spec("table_row_count_to_equal", value=5), True, 5),
        (spec("table_column_count_to_equal", value=6), False, 7),
        (spec("column_to_exist", column="gate"), False, None),
        (spec("column_type_to_be", column="id", type_="INTEGER"), True, "INTEGER"),
    ],
)
def test_numbers(staged: Connection, check: CheckSpec, success: bool, observed: object) -> None:
    result = run(staged, check)
    assert (result.success, result.observed) == (success, observed)


def test_distinct_sets_tell_what_is_missing(staged: Connection) -> None:
    wanted = ["UA", "AA", "DL", 7]
    contains = run(staged, spec("column_distinct_values_to_contain_set", column=CARRIER, value_set=wanted))
    assert (contains.success, contains.details["partial_missing_list"]) == (False, ["DL", 7])
    within = run(staged, spec("column_distinct_values_to_be_in_set", column=CARRIER, value_set=wanted))
    assert (within.success, within.unexpected_count) == (False, 1)
    assert [row[CARRIER] for row in within.sample] == ["ü"]
    equal = spec("column_distinct_values_to_equal_set", column=CARRIER, value_set=["UA", "AA", "ü"])
    assert run(staged, equal).success


@pytest.mark.parametrize("rows", ["WHERE false", ""], ids=["no rows", "only nulls"])
def test_nothing_to_test_is_no_failure_but_no_number_is(db: Connection, rows: str) -> None:
    db.execute(f"CREATE VIEW staged AS SELECT CAST(NULL AS DOUBLE) AS x, CAST(NULL AS VARCHAR) AS s {rows}")
    checks = {
        "between": spec("column_values_to_be_between", column="x", min_value=0),
        "unique": spec("column_values_to_be_unique", column="s"),
        "mean": spec("column_mean_to_be_between", column="x", min_value=0),
        "sum": spec("column_sum_to_be_between", column="x", max_value=0),
        "share": spec("column_proportion_of_unique_values_to_be_between", column="s", max_value=0),
    }
    results = {name: run(db, check) for name, check in checks.items()}
    assert {name: result.success for name, result in results.items()} == {
        "between": True,
        "unique": True,
        "mean": False,
        "sum": True,
        "share": True,
    }
    assert results["between"].unexpected_percent is None


def test_duplicates_are_shown_side_by_side(db: Connection) -> None:
    db.execute("CREATE VIEW staged AS SELECT range % 7 AS a, range % 5 AS b, range AS c FROM range(36)")
    check = spec("compound_columns_to_be_unique", column_list=["a", "b"])
    result = run(db, check, sample_rows=5)
    assert (result.success, result.unexpected_count, result.element_count) == (False, 2, 36)
    assert result.sample == ({"a": 0, "b": 0, "c": 0}, {"a": 0, "b": 0, "c": 35})
    assert result.gx()["result"]["partial_unexpected_list"] == [{"a": 0, "b": 0}, {"a": 0, "b": 0}]


_LARGE = "CREATE VIEW staged AS SELECT i // 50 AS a, i % 50 AS b, {odd} AS odd FROM range(3010) t(i)"


@pytest.mark.parametrize(
    ("odd", "unexpected"),
    [
        ("i", 0),
        ("i - CAST(i = 2700 AS INT)", 2),
        ("CASE WHEN i % 1200 > 0 THEN i END", 0),
        ("CASE WHEN i % 1200 = 0 THEN NULL WHEN i > 2700 THEN i - 1200 ELSE i END", 618),
        ("i % 3000", 20),
        ("-i", 0),
    ],
    ids=["ordered", "one twice", "nulls between", "repeats after a null", "starts again", "descending"],
)
def test_keys_of_a_large_table(db: Connection, monkeypatch: pytest.MonkeyPatch, odd: str, unexpected: int) -> None:
    """Order is tried as a proof first, on the first 2,048 rows, and must never hide a duplicate."""
    monkeypatch.setattr("mesh_core.quality.duckdb_engine._LARGE", 3000)
    db.execute(_LARGE.format(odd=odd))
    checks = [
        spec("column_values_to_be_unique", column="odd"),
        msgspec.structs.replace(spec("compound_columns_to_be_unique", column_list=["a", "b"]), name="pair"),
    ]
    one, pair = evaluate(checks, db, "staged")
    assert (one.success, one.unexpected_count) == (unexpected == 0, unexpected)
    assert (pair.success, pair.unexpected_count, pair.element_count) == (True, 0, 3010)


def test_a_sample_is_bounded_and_json_able(staged: Connection) -> None:
    check = spec("column_values_to_be_between", column="id", min_value=100)
    result = run(staged, check, sample_rows=2)
    assert result.unexpected_count == 5
    assert result.sample == (
        {
            "id": 1,
            CARRIER: "UA",
            "delay": 5.0,
            "day": "2013-01-01",
            "at": "2013-01-01T05:00:00+00:00",
            "fare": "1.10",
            "stops": ["a", "b"],
        },
        {
            "id": 2,
            CARRIER: "AA",
            "delay": "nan",
            "day": "2013-01-31",
            "at": "2013-02-01T04:30:00+00:00",
            "fare": "2.25",
            "stops": ["a", "a"],
        },
    )
    assert run(staged, check, sample_rows=0).sample == ()


@pytest.mark.parametrize(
    ("operator", "limit", "unit", "success"),
    [
        ("==", 1, "rows", True),
        ("!=", 1, "rows", False),
        ("<", 1, "rows", False),
        ("<=", 1, "rows", True),
        (">", 1, "rows", False),
        (">=", 1, "rows", True),
        ("between", (1, 2), "rows", True),
        ("not between", (0, 1), "rows", False),
        ("<", 20, "percent", False),
        ("<=", 20, "percent", True),
    ],
)
def test_library_metrics_compare_the_count_or_the_share_of_all_rows(
    staged: Connection, operator: Any, limit: Any, unit: Any, success: bool
) -> None:
    check = spec("column_values_to_not_be_null", column="day", comparison=Comparison(operator, limit, unit))
    assert run(staged, check).success is success


def test_no_rows_have_no_share_of_bad_ones(db: Connection) -> None:
    check = spec("column_values_to_not_be_null", column="x", comparison=Comparison("<", 5, "percent"))
    assert run(db, check, "(SELECT 1 AS x WHERE false)").success


@pytest.mark.parametrize(
    ("text", "comparison", "success", "observed"),
    [
        ("SELECT count(*) FROM ${object}", Comparison("==", 5), True, 5),
        ("SELECT count(*) FILTER (${column} = 'UA') FROM ${table}", Comparison("==", 2), True, 2),
        ("SELECT sum(fare) FROM ${object}", Comparison("<", 13.34), False, 13.34),
        ("SELECT bool_and(id > 0) FROM ${object}", Comparison("==", True), True, True),
        ("SELECT max(fare) FROM ${object} WHERE false", Comparison("!=", 3), False, None),
        ("SELECT 'nan'::DOUBLE", Comparison("not between", (0, 1)), False, "nan"),
        (
            "WITH known AS (FROM fleet.aircraft) SELECT count(*) FROM ${object} ANTI JOIN known USING (id)",
            Comparison("<=", 1),
            False,
            3,
        ),
    ],
)
def test_sql_rules(staged: Connection, text: str, comparison: Comparison, success: bool, observed: object) -> None:
    staged.execute("CREATE SCHEMA fleet; CREATE VIEW fleet.aircraft AS SELECT 2 AS id")
    result = run(staged, query(text, comparison, CARRIER))
    assert (result.success, result.observed) == (success, observed)


COULD_NOT_RUN = {
    "its query failed": query("SELECT count(*) FROM nowhere", Comparison("==", 0)),
    "no row": query("SELECT id FROM staged WHERE false", Comparison("==", 0)),
    "several rows": query("SELECT id FROM staged", Comparison("==", 0)),
    "one row of 2 columns": query("SELECT 1, 2", Comparison("==", 1)),
    "is not one SELECT": query("DROP VIEW staged", Comparison("==", 0)),
    "does not compare with": query("SELECT 'x'", Comparison("<", 5.0)),
    "has no column gate": spec("column_values_to_not_be_null", column="gate"),
    "Binder Error": spec("column_values_to_match_like_pattern", column="stops", like_pattern="a"),
    "neither DuckDB nor Great Expectations": spec(
        "column_values_to_be_valid", column=CARRIER, value_set=["UA"], regex="(?=U)"
    ),
}


@pytest.mark.parametrize(("why", "check"), COULD_NOT_RUN.items(), ids=COULD_NOT_RUN.keys())
def test_what_cannot_run_is_an_error_never_a_pass(staged: Connection, why: str, check: CheckSpec) -> None:
    with pytest.raises(CheckCouldNotRunError, match=why):
        run(staged, check)


def test_among_many_checks_the_culprit_is_named_with_its_line(staged: Connection, contract: ContractMaker) -> None:
    checks = checks_for(
        contract(
            """
            properties:
              - {name: id, logicalType: integer, required: true}
              - name: day
                logicalType: string
                quality:
                  - type: custom
                    engine: greatExpectations
                    implementation: {type: expect_column_values_to_match_like_pattern, kwargs: {like_pattern: a}}
            """
        )
    )
    with pytest.raises(CheckCouldNotRunError, match="day_values_to_match_like_pattern") as caught:
        evaluate(checks, staged, "staged")
    assert caught.value.line == 16


def test_binding_reads_no_rows_and_finds_what_cannot_run(db: Connection) -> None:
    db.execute("CREATE TABLE empty (id BIGINT, s VARCHAR)")
    good = [
        spec("column_values_to_be_unique", column="id"),
        query("SELECT 1 / count(*) FROM ${object}", Comparison("==", 0)),
    ]
    bind(good, db, "empty")
    for bad in (COULD_NOT_RUN["its query failed"], COULD_NOT_RUN["has no column gate"]):
        with pytest.raises(CheckCouldNotRunError):
            bind([*good, bad], db, "empty")


def test_results_come_in_the_order_of_the_checks(staged: Connection, contract: ContractMaker) -> None:
    checks = checks_for(
        contract(
            """
            properties:
              - {name: id, logicalType: integer, unique: true}
              - {name: day, logicalType: date, required: true}
            quality:
              - {type: sql, name: first, query: 'SELECT 1', mustBe: 1}
              - {metric: rowCount, mustBe: 5}
            """
        )
    )
    results = evaluate(checks, staged, "staged")
    assert [(r.check.name, r.success) for r in results] == [
        ("id_unique", False),
        ("day_required", False),
        ("first", True),
        ("row_count", True),
    ]


def test_the_gx_form(staged: Connection) -> None:
    check = spec("column_values_to_be_in_set", column=CARRIER, value_set=["UA", "AA"])
    assert run(staged, check).gx() == {
        "success": False,
        "expectation_config": {
            "type": "expect_column_values_to_be_in_set",
            "kwargs": {"column": CARRIER, "value_set": ["UA", "AA"]},
            "meta": {"name": "check", "severity": "error", "dimension": ""},
        },
        "result": {
            "element_count": 5,
            "unexpected_count": 1,
            "unexpected_percent": 25.0,
            "partial_unexpected_list": ["ü"],
            "missing_count": 1,
            "missing_percent": 20.0,
            "unexpected_percent_total": 20.0,
        },
        "exception_info": {
            "raised_exception": False,
            "exception_traceback": None,
            "exception_message": None,
        },
        "meta": {"engine": "duckdb"},
    }


def test_a_float_is_a_multiple_where_its_decimal_digits_say_so() -> None:
    """1000::FLOAT as DECIMAL(38, 12) is 999.999986991104 in DuckDB."""
    with duckdb.connect() as connection:
        connection.execute("CREATE TABLE priced AS SELECT unnest([1000, 0.3, 0.7])::FLOAT AS price")
        check = spec("column_values_to_be_multiple_of", column="price", divisor=0.1)
        [result] = evaluate([check], connection, "priced", sample_rows=0)
    assert (result.success, result.unexpected_count) == (True, 0)
