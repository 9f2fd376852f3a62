"""Values of every type and every constraint, as the audit judges them and as a person expects them."""

from __future__ import annotations

import datetime as dt
import re
from decimal import Decimal
from typing import Any

import pytest

from mesh_core.generation import UnsatisfiableError, generate

from .contracts import NO_CHARTER, broken_rules, column, contract, types

ID = {"name": "id", "logicalType": "integer", "primaryKey": True, "primaryKeyPosition": 1}


def values(prop: dict[str, Any], *, rows: int = 60, nulls: float = 0.1, **options: Any) -> list[Any]:
    """The column's values, after the audit has passed them."""
    each = contract("shop.things", [ID, {"name": "value", **prop}], **options)
    made = generate([each], NO_CHARTER, rows=rows, nulls=nulls)
    assert broken_rules([each], made) == []
    assert types(each, made)["value"] == each.columns[1].physical_type
    return column(made, "shop.things.value")


def known(prop: dict[str, Any], **options: Any) -> list[Any]:
    return [value for value in values(prop, **options) if value is not None]


@pytest.mark.parametrize(
    ("physical", "kind"),
    [
        ("TINYINT", int),
        ("SMALLINT", int),
        ("INTEGER", int),
        ("BIGINT", int),
        ("HUGEINT", int),
        ("UTINYINT", int),
        ("DOUBLE", float),
        ("FLOAT", float),
        ("DECIMAL(10,2)", Decimal),
        ("DECIMAL(38,10)", Decimal),
        ("VARCHAR", str),
        ("BOOLEAN", bool),
        ("DATE", dt.date),
        ("TIME", dt.time),
        ("TIMESTAMP", dt.datetime),
        ("TIMESTAMP_NS", dt.datetime),
        ("TIMESTAMP WITH TIME ZONE", dt.datetime),
        ("UUID", str),
        ("BLOB", bytes),
        ("INTERVAL", str),
        ("ENUM('a', 'b')", str),
        ("BIGINT[]", list),
        ("FLOAT[3]", list),
        ("STRUCT(a BIGINT, b VARCHAR)", dict),
        ("MAP(VARCHAR, BIGINT)", dict),
        ("STRUCT(a BIGINT[], b STRUCT(c DATE))[]", list),
    ],
)
def test_every_type_has_values(physical: str, kind: type) -> None:
    found = known({"logicalType": "string", "physicalType": physical, "required": True})
    assert len(found) == 60
    assert {type(value) for value in found} == {kind}
    assert len({repr(value) for value in found}) > 1


def test_moments_with_a_zone_are_utc_and_others_have_none() -> None:
    assert {value.tzinfo for value in known({"logicalType": "timestamp"})} == {dt.UTC}
    naive = known({"logicalType": "timestamp", "physicalType": "TIMESTAMP"})
    assert {value.tzinfo for value in naive} == {None}


def test_nullable_columns_have_some_nulls_required_ones_none_and_all_when_asked() -> None:
    assert values({"logicalType": "string"}).count(None) == 6
    assert values({"logicalType": "string", "required": True}).count(None) == 0
    assert values({"logicalType": "string"}, nulls=1.0) == [None] * 60
    assert values({"logicalType": "string"}, nulls=0.0).count(None) == 0


@pytest.mark.parametrize("logical", ["integer", "number"])
def test_ranges_reach_their_ends_and_not_past_strict_ones(logical: str) -> None:
    found = known({"logicalType": logical, "logicalTypeOptions": {"minimum": -2, "maximum": 7}})
    assert (min(found), max(found)) == (-2, 7)
    found = known({"logicalType": logical, "logicalTypeOptions": {"exclusiveMinimum": -2, "exclusiveMaximum": 7}})
    assert min(found) > -2
    assert max(found) < 7


def test_a_flag_beside_the_limit_makes_it_strict_as_in_odcs_3_0() -> None:
    found = known(
        {"logicalType": "integer", "logicalTypeOptions": {"minimum": 1, "exclusiveMinimum": True, "maximum": 3}}
    )
    assert set(found) == {2, 3}


def test_multiples_of_decimals_are_exact() -> None:
    found = known(
        {
            "logicalType": "number",
            "physicalType": "DECIMAL(8,2)",
            "logicalTypeOptions": {"multipleOf": 0.25, "maximum": 2},
        }
    )
    assert set(found) <= {Decimal(n) / 4 for n in range(9)}
    assert max(found) == 2


def test_a_whole_number_can_be_a_multiple_of_a_fraction() -> None:
    found = known({"logicalType": "integer", "logicalTypeOptions": {"multipleOf": 1.5, "minimum": 1, "maximum": 9}})
    assert set(found) == {3, 6, 9}


def test_bytes_of_an_integer_format_limit_it() -> None:
    found = known({"logicalType": "integer", "logicalTypeOptions": {"format": "u8", "minimum": 250}})
    assert set(found) == set(range(250, 256))


def test_examples_are_multiples_too() -> None:
    found = known({"logicalType": "integer", "logicalTypeOptions": {"multipleOf": 7}, "examples": [14, 15]})
    assert 14 in found
    assert 15 not in found


def test_zero_is_one_value_whatever_its_sign() -> None:
    prop = {
        "logicalType": "number",
        "required": True,
        "unique": True,
        "logicalTypeOptions": {"maximum": 0, "minimum": 0},
    }
    assert [str(value) for value in values({**prop, "examples": [-0.0, 0.0]})] == ["0.0"]


def test_dates_between_limits() -> None:
    options = {"minimum": "2026-02-27", "exclusiveMaximum": "2026-03-02"}
    found = known({"logicalType": "date", "logicalTypeOptions": options})
    assert set(found) == {dt.date(2026, 2, 27), dt.date(2026, 2, 28), dt.date(2026, 3, 1)}


def test_moments_are_as_round_as_their_examples_and_near_them() -> None:
    found = known({"logicalType": "timestamp", "examples": ["2013-01-01T06:00:00Z"]})
    assert {(value.minute, value.second) for value in found} == {(0, 0)}
    assert {value.year for value in found} == {2012, 2013}


def test_a_range_of_less_than_a_second_has_moments() -> None:
    options = {"minimum": "2026-01-01T00:00:00.1Z", "maximum": "2026-01-01T00:00:00.2Z"}
    assert known({"logicalType": "timestamp", "logicalTypeOptions": options})


def test_lengths_are_kept() -> None:
    found = known({"logicalType": "string", "logicalTypeOptions": {"minLength": 3, "maxLength": 5}})
    assert {len(value) for value in found} == {3, 4, 5}
    assert {len(value) for value in known({"logicalType": "string", "logicalTypeOptions": {"minLength": 70}})} == {70}
    assert set(known({"logicalType": "string", "logicalTypeOptions": {"maxLength": 0}})) == {""}


def test_texts_are_not_ascii_only_where_nothing_forbids_it() -> None:
    found = known({"logicalType": "string"})
    assert any(not value.isascii() and "'" in value for value in found)


@pytest.mark.parametrize(
    "pattern",
    [
        "^[A-Z0-9]{2}$",
        "^mesh://",
        "^.+/(scheduled|departed)$",
        "^[0-9]{4}-[0-9]{2}$",
        r"^\d{3}-\w+$",
        "^[^a-z]+$",
        "(?<letter>[ab])x$",
        "^a?b*c+$",
        "^(?:yes|no)$",
        "[.]csv$",
    ],
)
def test_patterns_match(pattern: str) -> None:
    found = known({"logicalType": "string", "logicalTypeOptions": {"pattern": pattern}})
    python = re.compile(pattern.replace("(?<letter>", "(?P<letter>"))
    assert found
    assert all(python.search(value) for value in found)


def test_a_pattern_with_lengths_keeps_both() -> None:
    options = {"pattern": "^[a-z]*$", "minLength": 40, "maxLength": 41}
    assert {len(value) for value in known({"logicalType": "string", "logicalTypeOptions": options})} <= {40, 41}


def test_a_pattern_that_cannot_be_written_falls_back_to_the_examples() -> None:
    options = {"pattern": "^(?=.*[0-9])(?=.*[A-Z])[A-Z0-9]{1000}$"}
    example = "A1" * 500
    found = known({"logicalType": "string", "logicalTypeOptions": options, "examples": [example, "no"]})
    assert example in found
    assert "no" not in found


@pytest.mark.parametrize(
    ("name", "pattern"),
    [
        ("email", r"[^@\s]+@[^@\s]+\.[a-z]+"),
        ("uuid", r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"),
        ("uri", r"[a-z]+:\S+"),
        ("hostname", r"[a-z0-9-]+(\.[a-z0-9-]+)*"),
        ("ipv4", r"\d{1,3}(\.\d{1,3}){3}"),
        ("byte", r"[A-Za-z0-9+/]+={0,2}"),
        ("date", r"\d{4}-\d{2}-\d{2}"),
        ("date-time", r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}.*"),
    ],
)
def test_formats_are_written_as_such(name: str, pattern: str) -> None:
    found = known({"logicalType": "string", "logicalTypeOptions": {"format": name}, "unique": True})
    assert all(re.fullmatch(pattern, value) for value in found)
    assert len(set(found)) == len(found) >= 50


def test_a_format_fits_between_lengths() -> None:
    options = {"format": "email", "maxLength": 8}
    assert max(len(value) for value in known({"logicalType": "string", "logicalTypeOptions": options})) <= 8


def test_a_date_kept_as_text_is_an_iso_date_between_its_limits() -> None:
    options = {"minimum": "2026-01-30", "maximum": "2026-02-01"}
    found = known({"logicalType": "date", "physicalType": "VARCHAR", "logicalTypeOptions": options})
    assert set(found) == {"2026-01-30", "2026-01-31", "2026-02-01"}


def test_an_enum_is_all_there_is() -> None:
    found = known({"logicalType": "string", "enum": [{"value": "a"}, {"value": "b"}], "examples": ["c"]})
    assert set(found) == {"a", "b"}


def test_examples_occur_unless_they_break_the_contract() -> None:
    found = known({"logicalType": "integer", "logicalTypeOptions": {"maximum": 5}, "examples": [3, 99, "4"]}, rows=200)
    assert 3 in found
    assert 99 not in found


def test_unique_values_occur_once_and_limit_the_rows_if_they_are_required() -> None:
    prop = {"logicalType": "integer", "logicalTypeOptions": {"minimum": 1, "maximum": 7}, "unique": True}
    assert sorted(values({**prop, "required": True})) == [1, 2, 3, 4, 5, 6, 7]
    nullable = values(prop)
    assert sorted(value for value in nullable if value is not None) == [1, 2, 3, 4, 5, 6, 7]
    assert len(nullable) == 60


def test_lists_keep_their_counts_and_their_items_constraints() -> None:
    options = {"minItems": 2, "maxItems": 3, "uniqueItems": True}
    items = {"logicalType": "integer", "logicalTypeOptions": {"minimum": 1, "maximum": 3}}
    found = known({"logicalType": "array", "logicalTypeOptions": options, "items": items})
    assert {len(value) for value in found} == {2, 3}
    assert all(len(set(value)) == len(value) and set(value) <= {1, 2, 3} for value in found)


def test_structs_keep_their_fields_constraints() -> None:
    fields = [
        {"name": "size", "logicalType": "string", "enum": [{"value": "S"}, {"value": "L"}], "required": True},
        {"name": "weight", "logicalType": "number", "logicalTypeOptions": {"minimum": 1, "maximum": 2}},
    ]
    found = known({"logicalType": "object", "properties": fields})
    assert {value["size"] for value in found} == {"S", "L"}
    assert all(value["weight"] is None or 1 <= value["weight"] <= 2 for value in found)


def test_maps_keep_their_keys_and_values() -> None:
    entries = {
        "key": {"logicalType": "string", "enum": [{"value": "de"}, {"value": "fr"}]},
        "value": {"logicalType": "integer", "logicalTypeOptions": {"minimum": 5, "maximum": 6}},
    }
    found = known({"logicalType": "map", "physicalType": "MAP(VARCHAR, BIGINT)", "map": entries})
    assert {key for value in found for key in value} == {"de", "fr"}
    assert {entry for value in found for entry in value.values()} == {5, 6}


@pytest.mark.parametrize(
    "prop",
    [
        {"logicalType": "integer", "logicalTypeOptions": {"minimum": 5, "maximum": 4}},
        {"logicalType": "number", "logicalTypeOptions": {"exclusiveMinimum": 5, "maximum": 5}},
        {"logicalType": "integer", "physicalType": "TINYINT", "logicalTypeOptions": {"minimum": 128}},
        {"logicalType": "string", "logicalTypeOptions": {"minLength": 3, "maxLength": 2}},
        {"logicalType": "string", "logicalTypeOptions": {"pattern": "^a$", "minLength": 2}},
        {"logicalType": "string", "physicalType": "BIT"},
    ],
)
def test_a_required_column_without_any_value_is_a_finding(prop: dict[str, Any]) -> None:
    each = contract("shop.things", [{"name": "value", "required": True, **prop}])
    with pytest.raises(UnsatisfiableError, match="value"):
        generate([each], NO_CHARTER)
    nullable = contract("shop.things", [ID, {"name": "value", **prop}])
    assert column(generate([nullable], NO_CHARTER, rows=3), "shop.things.value") == [None] * 3
