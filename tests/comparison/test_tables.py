"""Types, units, limits and statuses in all their pairs; renames and their likes."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from mesh_core.contracts.comparison import compare, sentence
from mesh_core.contracts.comparison.lengths import measured
from mesh_core.contracts.comparison.thresholds import strength
from mesh_core.contracts.comparison.types import format_relation, relation

from .mutating import differing, drop, full, put, told


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("INTEGER", "int", "same"),
        ("VARCHAR", "text", "same"),
        ("DECIMAL", "DECIMAL(18,3)", "same"),
        ("TINYINT", "BIGINT", "wider"),
        ("BIGINT", "TINYINT", "narrower"),
        ("UTINYINT", "SMALLINT", "wider"),
        ("UBIGINT", "BIGINT", "other"),
        ("INTEGER", "UINTEGER", "other"),
        ("INTEGER", "DOUBLE", "other"),
        ("FLOAT", "DOUBLE", "wider"),
        ("DOUBLE", "FLOAT", "other"),
        ("DOUBLE", "DECIMAL(18,3)", "other"),
        ("DECIMAL(10,2)", "DECIMAL(12,2)", "wider"),
        ("DECIMAL(10,2)", "DECIMAL(12,4)", "wider"),
        ("DECIMAL(10,2)", "DECIMAL(10,4)", "narrower"),
        ("DECIMAL(10,2)", "DECIMAL(12,1)", "other"),
        ("VARCHAR(10)", "VARCHAR(20)", "wider"),
        ("VARCHAR(10)", "VARCHAR", "wider"),
        ("VARCHAR(20)", "VARCHAR(10)", "shorter"),
        ("VARCHAR", "INTEGER", "other"),
        ("DATE", "TIMESTAMP", "other"),
        ("TIMESTAMP", "TIMESTAMPTZ", "other"),
        ("TIMESTAMP_MS", "TIMESTAMP", "wider"),
        ("TIMESTAMP", "TIMESTAMP_S", "other"),
        ("timestamp with time zone", "TIMESTAMPTZ", "same"),
        ("INTEGER[]", "BIGINT[]", "wider"),
        ("INTEGER[]", "INTEGER", "other"),
        ("array<int>", "INTEGER[]", "same"),
        ("INTEGER[3]", "INTEGER[4]", "other"),
        ("MAP(VARCHAR, INTEGER)", "MAP(VARCHAR, BIGINT)", "wider"),
        ("MAP(VARCHAR, INTEGER)", "MAP(INTEGER, INTEGER)", "other"),
        ("STRUCT(a INTEGER, b VARCHAR)", "STRUCT(b VARCHAR, a INTEGER)", "same"),
        ("STRUCT(a INTEGER)", "STRUCT(a INTEGER, b DECIMAL(4,2))", "wider"),
        ("STRUCT(a INTEGER, b DECIMAL(4,2))", "STRUCT(a INTEGER)", "other"),
        ("struct<a:int>", "STRUCT(a INTEGER)", "same"),
        ("GEOMETRY", "GEOGRAPHY", "other"),
    ],
)
def test_two_physical_types(old: str, new: str, expected: str) -> None:
    assert relation(old, new) == expected


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("i32", "i64", "wider"),
        ("i64", "i32", "narrower"),
        ("u8", "i16", "wider"),
        ("i8", "u8", "other"),
        ("f32", "f64", "wider"),
        ("f64", "f32", "other"),
        ("i32", "f64", "other"),
    ],
)
def test_two_number_formats(old: str, new: str, expected: str) -> None:
    assert format_relation(old, new) == expected


@pytest.mark.parametrize(
    ("value", "unit", "expected"),
    [
        (1, "d", ("time", 86400.0)),
        (24, "hours", ("time", 86400.0)),
        ("1440", "min", ("time", 86400.0)),
        ("24h", None, ("time", 86400.0)),
        ("P1D", None, ("time", 86400.0)),
        ("PT24H", None, ("time", 86400.0)),
        (7, "days", ("time", 604800.0)),
        (1, "week", ("time", 604800.0)),
        (12, "months", ("time", 31557600.0)),
        (1, "y", ("time", 31557600.0)),
        (500, "ms", ("time", 0.5)),
        (99.9, "%", ("share", 0.999)),
        ("99.9%", None, ("share", 0.999)),
        (0.999, "ratio", ("share", 0.999)),
        ("08:30", None, ("clock", 30600.0)),
        ("2026-01-01", None, ("moment", 1767225600.0)),
        ("2026-01-01T01:00:00+01:00", None, ("moment", 1767225600.0)),
        (10, "MB/s", ("count:MB/s", 10.0)),
        (10, None, ("count:", 10.0)),
        ("soon", None, None),
        ("2026-13-01", None, None),
        (True, None, None),
        ("P", None, None),
    ],
)
def test_a_value_with_its_unit(value: Any, unit: str | None, expected: Any) -> None:
    assert measured(value, unit) == expected


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ({"mustBe": 0}, {"mustBe": 0.0}, "same"),
        ({"mustBe": 0}, {"mustBeLessOrEqualTo": 5}, "weaker"),
        ({"mustBeLessThan": 5}, {"mustBeLessOrEqualTo": 5}, "weaker"),
        ({"mustBeLessOrEqualTo": 5}, {"mustBeLessThan": 5}, "stronger"),
        ({"mustBeGreaterThan": 5}, {"mustBeGreaterOrEqualTo": 6}, "stronger"),
        ({"mustBeBetween": [1, 9]}, {"mustBeBetween": [2, 8]}, "stronger"),
        ({"mustBeBetween": [1, 9]}, {"mustBeBetween": [5, 12]}, "unlike"),
        ({"mustNotBe": 0}, {"mustBeGreaterThan": 0}, "stronger"),
        ({"mustNotBeBetween": [1, 9]}, {"mustNotBeBetween": [4, 5]}, "weaker"),
        ({"mustNotBe": 3}, {"mustNotBe": 4}, "unlike"),
        ({"mustBe": "a"}, {"mustBe": "b"}, "unlike"),
    ],
)
def test_a_weaker_rule_is_told_from_a_stronger_one(old: dict[str, Any], new: dict[str, Any], expected: str) -> None:
    assert strength(old, new) == expected


WORTH = {
    "proposed": {"active": "compatible", "draft": "documentation", "deprecated": "risky", "retired": "breaking"},
    "draft": {"active": "compatible", "proposed": "documentation", "deprecated": "risky", "retired": "breaking"},
    "active": {"draft": "breaking", "proposed": "breaking", "deprecated": "risky", "retired": "breaking"},
    "deprecated": {"draft": "breaking", "proposed": "breaking", "active": "compatible", "retired": "breaking"},
    "retired": {"draft": "breaking", "proposed": "breaking", "active": "compatible", "deprecated": "compatible"},
}


@pytest.mark.parametrize(
    ("old", "new", "impact"), [(old, new, impact) for old, row in WORTH.items() for new, impact in row.items()]
)
def test_every_step_of_a_life(old: str, new: str, impact: str) -> None:
    found = compare({"status": old}, {"status": new})
    assert [change.impact for change in found.changes] == [impact]


def columns(*names_and_facts: tuple[str, dict[str, Any]]) -> dict[str, Any]:
    return {"schema": [{"name": "t", "properties": [{"name": name, **facts} for name, facts in names_and_facts]}]}


TEXT, NUMBER = {"logicalType": "string"}, {"logicalType": "number"}
AROUND = ("before", NUMBER), ("after", NUMBER)


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        # the stable id stayed
        ([("a", {"id": "c1", **TEXT})], [("z", {"id": "c1", **TEXT})], "column-renamed"),
        # the same words, written otherwise
        ([("customerId", TEXT)], [("customer_id", TEXT)], "column-renamed"),
        ([("amount", NUMBER)], [("total_amount", NUMBER)], "column-renamed"),
        # another name, the same description
        ([("amount", {"description": "Gross sum in euros.", **NUMBER})],
         [("price", {"description": "Gross sum in euros.", **NUMBER})], "column-renamed"),
        # the same place, class and type
        ([AROUND[0], ("client", {"classification": "restricted", **TEXT}), AROUND[1]],
         [AROUND[0], ("customer", {"classification": "restricted", **TEXT}), AROUND[1]], "column-renamed"),
        # another type is another column
        ([("amount", NUMBER)], [("amounts", TEXT)], "column-removed"),
        # nothing but the type in common
        ([("colour", TEXT)], [("zip", TEXT)], "column-removed"),
        ([("gate_1", TEXT)], [("gate_2", TEXT)], "column-removed"),
        ([("a", {"description": "Weight of the parcel.", **NUMBER})],
         [("b", {"description": "Number of the day.", **NUMBER})], "column-removed"),
    ],
)  # fmt: skip
def test_a_rename_is_told_from_another_column(old: list[Any], new: list[Any], expected: str) -> None:
    found = compare(columns(*old), columns(*new)).changes
    assert [change.kind for change in found if change.impact == "breaking"] == [expected]


def test_the_likest_pair_is_the_rename() -> None:
    old = columns(("amount", {"description": "Sum.", **NUMBER}), ("weight", {"description": "Kilos.", **NUMBER}))
    new = columns(("weights", {"description": "Kilos.", **NUMBER}), ("amounts", {"description": "Sum.", **NUMBER}))
    renames = {change.old: change.new for change in compare(old, new).changes if change.kind == "column-renamed"}
    assert renames == {"amount": "amounts", "weight": "weights"}


def test_a_change_names_both_sides_and_both_places() -> None:
    found = differing(drop("schema/orders/properties/line"), put("schema/orders/properties/amount/required", False))
    removed, dropped = (
        next(c for c in found.changes if c.kind == kind) for kind in ("column-removed", "required-dropped")
    )
    assert (removed.column, removed.at, removed.near) == (
        "line", ("schema", 0, "properties", 1), ("schema", 0, "properties"),
    )  # fmt: skip
    assert (dropped.column, dropped.old, dropped.new) == ("amount", True, False)
    assert dropped.at == dropped.near == ("schema", 0, "properties", 2, "required")


def test_a_nested_change_hits_the_column_that_holds_it() -> None:
    (change,) = differing(drop("schema/orders/properties/parts/items/properties/pieces")).changes
    assert (change.element, change.column) == ("orders.parts[].pieces", "parts")


def test_a_sentence_says_what_changed() -> None:
    (change,) = differing(put("schema/orders/properties/line/physicalType", "BIGINT")).changes
    assert sentence(change) == "orders.line: type widened from 'integer (INTEGER)' to 'integer (BIGINT)'"
    (change,) = differing(drop("schema/orders/properties/legacy")).changes
    assert sentence(change) == "orders.legacy: column removed"
    (change,) = differing(put("schema/orders/properties/state/name", "phase")).changes
    assert sentence(change) == "orders.state: column renamed to phase"


def test_a_list_of_members_is_a_team_without_name() -> None:
    old, new = full(), full()
    old["team"] = old["team"]["members"]
    assert told(compare(old, new)) == ["documentation team-added team"]


def test_editions_of_the_standard_compare_with_each_other() -> None:
    old = {"apiVersion": "v3.0.2", "kind": "DataContract", "id": "a.b", "version": "1.0.0", "status": "active"}
    new = {**old, "apiVersion": "v3.2.0", "context": "Sums are gross."}
    assert told(compare(old, new)) == [
        "documentation api-version-changed apiVersion",
        "documentation context-added context",
    ]


def test_what_is_left_unsaid_is_the_default() -> None:
    said = columns(("a", {"required": False, "unique": False, "deprecated": False, "tags": [], **TEXT}))
    assert compare(said, columns(("a", TEXT))).changes == ()


def test_numbers_are_equal_however_written_and_true_is_no_number() -> None:
    def custom(value: object) -> dict[str, Any]:
        return {"customProperties": [{"property": "p", "value": value}]}

    assert compare(custom(1), custom(1.0)).changes == ()
    assert told(compare(custom(1), custom(True))) == ["documentation custom-changed p"]


@pytest.mark.parametrize(
    ("old", "new", "bumped", "enough"),
    [
        ("1.0.0", "2.0.0", "major", True),
        ("1.0.0", "1.1.0", "minor", True),
        ("1.0.0", "1.0.1", "patch", False),
        ("1.0.0", "1.0.0", "none", False),
        ("1.1.0", "1.0.0", "none", False),
        ("1.9.0", "1.10.0", "minor", True),
    ],
)
def test_a_version_admits_the_changes_or_not(old: str, new: str, bumped: str, enough: bool) -> None:
    found = compare({"version": old, "tags": []}, {"version": new, "price": {"priceAmount": 3}})
    assert (found.bump, found.bumped, found.enough) == ("minor", bumped, enough)


def test_a_thousand_equal_contracts_take_no_time() -> None:
    from time import process_time

    pairs = [(full(), copy.deepcopy(full())) for _ in range(1000)]
    started = process_time()
    assert not any(compare(old, new).changes for old, new in pairs)
    assert process_time() - started < 0.3
