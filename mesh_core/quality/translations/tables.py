"""Expectations on the table itself: its columns, its row count, rows that must not exist."""

from __future__ import annotations

from mesh_core.quality.measurements import Bounds, Fact, Measurement, Statistic
from mesh_core.quality.table import Kwargs, Table
from mesh_core.quality.translations.statistics import bounds_of


def row_count_between(kwargs: Kwargs, _table: Table) -> Measurement:
    return Statistic(parts={"value": "count(*)"}, bounds=bounds_of(kwargs))


def row_count_equals(kwargs: Kwargs, _table: Table) -> Measurement:
    return Statistic(parts={"value": "count(*)"}, bounds=Bounds(kwargs["value"], kwargs["value"]))


def column_count_between(kwargs: Kwargs, table: Table) -> Measurement:
    return Fact(success=bounds_of(kwargs).hold(len(table.columns)), observed=len(table.columns))


def column_count_equals(kwargs: Kwargs, table: Table) -> Measurement:
    return Fact(success=len(table.columns) == kwargs["value"], observed=len(table.columns))


def column_exists(kwargs: Kwargs, table: Table) -> Measurement:
    names = list(table.columns)
    position = names.index(kwargs["column"]) if kwargs["column"] in table.columns else None
    wanted = kwargs.get("column_index")
    success = position is not None and (wanted is None or position == wanted)
    return Fact(success=success, observed=position)


def columns_match_list(kwargs: Kwargs, table: Table) -> Measurement:
    names = list(table.columns)
    return Fact(success=names == list(kwargs["column_list"]), observed=", ".join(names))


def columns_match_set(kwargs: Kwargs, table: Table) -> Measurement:
    names, wanted = set(table.columns), set(kwargs["column_set"])
    success = names == wanted if kwargs.get("exact_match", True) else names >= wanted
    return Fact(success=success, observed=", ".join(sorted(names)))


TRANSLATIONS = {
    "expect_table_row_count_to_be_between": row_count_between,
    "expect_table_row_count_to_equal": row_count_equals,
    "expect_table_column_count_to_be_between": column_count_between,
    "expect_table_column_count_to_equal": column_count_equals,
    "expect_column_to_exist": column_exists,
    "expect_table_columns_to_match_ordered_list": columns_match_list,
    "expect_table_columns_to_match_set": columns_match_set,
}
