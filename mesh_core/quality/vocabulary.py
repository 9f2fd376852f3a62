"""Great Expectations' expectations by type: their arguments, known without importing the library."""

from __future__ import annotations

from typing import Any

import msgspec

from mesh_core.quality import conditions

_INTERVAL = "min_value max_value strict_min strict_max"
_MAP = "mostly row_condition condition_parser"
_AGGREGATE = "row_condition condition_parser"
_PAIR = f"{_MAP} ignore_row_if"
_ANNOTATIONS = frozenset({"description", "notes", "severity"})


class Expectation(msgspec.Struct, frozen=True):
    """The arguments of one expectation type."""

    required: frozenset[str]
    optional: frozenset[str]
    one_of: frozenset[str] = frozenset()
    """Arguments of which at least one has to be given: without them the expectation can't fail."""


def _of(required: str, optional: str = "", one_of: str = "") -> Expectation:
    names = frozenset(optional.split()) | frozenset(one_of.split())
    return Expectation(frozenset(required.split()), names, frozenset(one_of.split()))


def _bounded(required: str, optional: str) -> Expectation:
    return _of(required, f"{_INTERVAL} {optional}", one_of="min_value max_value")


EXPECTATIONS = {
    **{
        f"expect_column_{name}_to_be_between": _bounded("column", _AGGREGATE)
        for name in [
            "max",
            "mean",
            "median",
            "min",
            "stdev",
            "sum",
            "unique_value_count",
            "proportion_of_unique_values",
            "proportion_of_non_null_values",
        ]
    },
    **{
        f"expect_column_distinct_values_to_{name}_set": _of("column value_set", _AGGREGATE)
        for name in ("be_in", "contain", "equal")
    },
    "expect_column_kl_divergence_to_be_less_than": _of(
        "column partition_object threshold",
        f"{_AGGREGATE} internal_weight_holdout tail_weight_holdout bucketize_data min_value max_value",
    ),
    "expect_column_most_common_value_to_be_in_set": _of("column value_set", f"{_AGGREGATE} ties_okay"),
    "expect_column_quantile_values_to_be_between": _of("column quantile_ranges", f"{_AGGREGATE} allow_relative_error"),
    "expect_column_to_exist": _of("column", "column_index"),
    "expect_column_type_to_be": _of("column type_"),
    "expect_column_value_lengths_to_be_between": _bounded("column", _MAP),
    "expect_column_value_lengths_to_equal": _of("column value", _MAP),
    "expect_column_value_z_scores_to_be_less_than": _of("column threshold double_sided", _MAP),
    "expect_column_values_to_be_between": _bounded("column", _MAP),
    "expect_column_values_to_be_dateutil_parseable": _of("column", _MAP),
    "expect_column_values_to_be_decreasing": _of("column", f"{_MAP} strictly"),
    "expect_column_values_to_be_in_set": _of("column value_set", _MAP),
    "expect_column_values_to_be_in_type_list": _of("column type_list", _MAP),
    "expect_column_values_to_be_increasing": _of("column", f"{_MAP} strictly"),
    "expect_column_values_to_be_json_parseable": _of("column", _MAP),
    "expect_column_values_to_be_null": _of("column", _MAP),
    "expect_column_values_to_be_of_type": _of("column type_", _MAP),
    "expect_column_values_to_be_unique": _of("column", _MAP),
    "expect_column_values_to_match_json_schema": _of("column json_schema", _MAP),
    "expect_column_values_to_match_like_pattern": _of("column like_pattern", f"{_MAP} escape"),
    "expect_column_values_to_match_like_pattern_list": _of("column like_pattern_list", f"{_MAP} match_on escape"),
    "expect_column_values_to_match_regex": _of("column regex", _MAP),
    "expect_column_values_to_match_regex_list": _of("column regex_list", f"{_MAP} match_on"),
    "expect_column_values_to_match_strftime_format": _of("column strftime_format", _MAP),
    "expect_column_values_to_not_be_in_set": _of("column value_set", _MAP),
    "expect_column_values_to_not_be_null": _of("column", _MAP),
    "expect_column_values_to_not_be_outliers": _of("column", f"{_MAP} method multiplier"),
    "expect_column_values_to_not_match_like_pattern": _of("column like_pattern", f"{_MAP} escape"),
    "expect_column_values_to_not_match_like_pattern_list": _of("column like_pattern_list", f"{_MAP} escape"),
    "expect_column_values_to_not_match_regex": _of("column regex", _MAP),
    "expect_column_values_to_not_match_regex_list": _of("column regex_list", _MAP),
    "expect_column_pair_values_a_to_be_greater_than_b": _of("column_A column_B", f"{_PAIR} or_equal"),
    "expect_column_pair_values_to_be_equal": _of("column_A column_B", _PAIR),
    "expect_column_pair_values_to_be_in_set": _of("column_A column_B value_pairs_set", _PAIR),
    "expect_compound_columns_to_be_unique": _of("column_list", _PAIR),
    "expect_multicolumn_sum_to_equal": _of("column_list sum_total", _PAIR),
    "expect_multicolumn_values_to_be_equal": _of("column_list", _PAIR),
    "expect_select_column_values_to_be_unique_within_record": _of("column_list", _PAIR),
    "expect_table_column_count_to_be_between": _of("", one_of="min_value max_value"),
    "expect_table_column_count_to_equal": _of("value"),
    "expect_table_columns_to_match_ordered_list": _of("column_list"),
    "expect_table_columns_to_match_set": _of("column_set", "exact_match"),
    "expect_table_row_count_to_be_between": _bounded("", _AGGREGATE),
    "expect_table_row_count_to_equal": _of("value", _AGGREGATE),
}
"""All of GX 1.24 but those that query other data sources: ODCS ``type: sql`` says those better."""

_COLUMN_ARGUMENTS = ("column", "column_A", "column_B")
_ABOUT_COLUMNS = {"expect_column_to_exist", "expect_table_columns_to_match_ordered_list"}


def columns_of(expectation: str, kwargs: dict[str, Any]) -> set[str]:
    """The columns that the expectation reads; none for those that ask which columns there are."""
    if expectation in _ABOUT_COLUMNS:
        return set()
    named = [kwargs.get(name) for name in _COLUMN_ARGUMENTS] + list(kwargs.get("column_list") or ())
    of_condition = conditions.columns_of(kwargs.get("row_condition"))
    return of_condition | {name for name in named if isinstance(name, str)}


def fault_of(expectation: str, kwargs: dict[str, Any]) -> str:
    """What is wrong with the arguments' names, '' if nothing."""
    known = EXPECTATIONS[expectation]
    if missing := sorted(known.required - {name for name, value in kwargs.items() if value is not None}):
        return f"needs {', '.join(missing)}"
    if unknown := sorted(kwargs.keys() - known.required - known.optional - _ANNOTATIONS):
        return f"has no argument {', '.join(unknown)}"
    if known.one_of and all(kwargs.get(name) is None for name in known.one_of):
        return f"can't fail without {' or '.join(sorted(known.one_of))}"
    return ""
