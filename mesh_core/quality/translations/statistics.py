"""Expectations on one number about a column (GX: column aggregate)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from mesh_core.quality.measurements import Bounds, DistinctSet, Measurement, Statistic, Values
from mesh_core.quality.table import Kwargs, Table

Translation = Callable[[Kwargs, Table], Measurement | None]


def bounds_of(kwargs: Kwargs) -> Bounds:
    return Bounds(
        kwargs.get("min_value"),
        kwargs.get("max_value"),
        strict_low=bool(kwargs.get("strict_min")),
        strict_high=bool(kwargs.get("strict_max")),
    )


def _comparable(kwargs: Kwargs, table: Table) -> bool:
    ends = [kwargs.get("min_value"), kwargs.get("max_value")]
    return all(end is None or table.literal(end, kwargs["column"]) is not None for end in ends)


def _extreme(call: str) -> Translation:
    def translation(kwargs: Kwargs, table: Table) -> Measurement | None:
        if not _comparable(kwargs, table):
            return None
        value = table.value(kwargs["column"])
        return Statistic(parts={"value": f"{call}({value})"}, bounds=bounds_of(kwargs))

    return translation


def _numeric(call: str, empty: int | None = None) -> Translation:
    """An aggregate of numbers; ``empty`` is its value where there are none."""

    def combine(values: Values) -> Any:
        return empty if values["value"] is None else values["value"]

    def translation(kwargs: Kwargs, table: Table) -> Measurement | None:
        column = kwargs["column"]
        if table.family(column) not in {"number", "float"}:
            return None
        parts = {"value": f"{call}({table.value(column)})"}
        return Statistic(parts=parts, bounds=bounds_of(kwargs), combine=combine)

    return translation


def _share(part: str, whole: str) -> Callable[[Values], Any]:
    def combine(values: Values) -> Any:
        return values[part] / values[whole] if values[whole] else 0

    return combine


def unique_count(kwargs: Kwargs, table: Table) -> Measurement:
    value = table.value(kwargs["column"])
    return Statistic(parts={"value": f"count(DISTINCT {value})"}, bounds=bounds_of(kwargs))


def unique_proportion(kwargs: Kwargs, table: Table) -> Measurement:
    value = table.value(kwargs["column"])
    parts = {"distinct": f"count(DISTINCT {value})", "all": f"count({value})"}
    return Statistic(parts=parts, bounds=bounds_of(kwargs), combine=_share("distinct", "all"))


def non_null_proportion(kwargs: Kwargs, table: Table) -> Measurement:
    parts = {"present": f"count({table.value(kwargs['column'])})", "all": "count(*)"}
    return Statistic(parts=parts, bounds=bounds_of(kwargs), combine=_share("present", "all"))


def _distinct(*, forbids_others: bool, requires_all: bool) -> Translation:
    def translation(kwargs: Kwargs, table: Table) -> Measurement | None:
        column = kwargs["column"]
        if table.family(column) == "other":
            return None
        return DistinctSet(
            value=table.value(column),
            members=table.literals(kwargs["value_set"], column),
            absent=tuple(v for v in kwargs["value_set"] if table.literal(v, column) is None),
            forbids_others=forbids_others,
            requires_all=requires_all,
        )

    return translation


TRANSLATIONS: dict[str, Translation] = {
    "expect_column_min_to_be_between": _extreme("min"),
    "expect_column_max_to_be_between": _extreme("max"),
    "expect_column_mean_to_be_between": _numeric("avg"),
    "expect_column_median_to_be_between": _numeric("median"),
    "expect_column_stdev_to_be_between": _numeric("stddev_samp"),
    "expect_column_sum_to_be_between": _numeric("sum", empty=0),
    "expect_column_unique_value_count_to_be_between": unique_count,
    "expect_column_proportion_of_unique_values_to_be_between": unique_proportion,
    "expect_column_proportion_of_non_null_values_to_be_between": non_null_proportion,
    "expect_column_distinct_values_to_be_in_set": _distinct(forbids_others=True, requires_all=False),
    "expect_column_distinct_values_to_contain_set": _distinct(forbids_others=False, requires_all=True),
    "expect_column_distinct_values_to_equal_set": _distinct(forbids_others=True, requires_all=True),
}
