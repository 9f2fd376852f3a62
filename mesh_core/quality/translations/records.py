"""Expectations on several columns of one row (GX: column pair map and multicolumn map)."""

from __future__ import annotations

from itertools import combinations

from mesh_core.quality import sql
from mesh_core.quality.measurements import KeyTest, Measurement, RowTest
from mesh_core.quality.table import Kwargs, Table


def _considered(kwargs: Kwargs, values: list[str]) -> str:
    """The rows that ``ignore_row_if`` leaves."""
    match kwargs.get("ignore_row_if"):
        case "either_value_is_missing" | "any_value_is_missing":
            return " AND ".join(f"{value} IS NOT NULL" for value in values)
        case "neither" | "never":
            return ""
        case _:
            return " OR ".join(f"{value} IS NOT NULL" for value in values)


def _pair(kwargs: Kwargs, table: Table) -> list[str]:
    return [table.value(kwargs["column_A"]), table.value(kwargs["column_B"])]


def _comparable(names: list[str], table: Table) -> bool:
    """Whether DuckDB compares these columns without a cast that Python would not make."""
    kinds = {"number" if (f := table.family(name)) == "float" else f for name in names}
    return len(kinds) == 1 and "other" not in kinds


def _test(kwargs: Kwargs, values: list[str], passes: str) -> RowTest:
    return RowTest(considered=_considered(kwargs, values), fails=f"({passes}) IS NOT TRUE")


def a_greater_than_b(kwargs: Kwargs, table: Table) -> Measurement | None:
    if not _comparable([kwargs["column_A"], kwargs["column_B"]], table):
        return None
    a, b = values = _pair(kwargs, table)
    return _test(kwargs, values, f"{a} {'>=' if kwargs.get('or_equal') else '>'} {b}")


def pair_equal(kwargs: Kwargs, table: Table) -> Measurement | None:
    if not _comparable([kwargs["column_A"], kwargs["column_B"]], table):
        return None
    a, b = values = _pair(kwargs, table)
    return _test(kwargs, values, f"{a} = {b}")


def pair_in_set(kwargs: Kwargs, table: Table) -> Measurement:
    """A null in a pair of the set stands for a missing value."""
    values = _pair(kwargs, table)
    columns = (kwargs["column_A"], kwargs["column_B"])
    allowed = []
    for pair in kwargs["value_pairs_set"]:
        literals = [
            "NULL" if end is None else table.literal(end, name) for end, name in zip(pair, columns, strict=True)
        ]
        if None not in literals:
            ends = zip(values, literals, strict=True)
            allowed.append(" AND ".join(f"{value} IS NOT DISTINCT FROM {end}" for value, end in ends))
    return _test(kwargs, values, " OR ".join(f"({pair})" for pair in allowed) or "FALSE")


def _list(kwargs: Kwargs, table: Table) -> list[str]:
    return [table.value(name) for name in kwargs["column_list"]]


def compound_unique(kwargs: Kwargs, table: Table) -> Measurement:
    values = _list(kwargs, table)
    return KeyTest(keys=tuple(values), considered=_considered(kwargs, values))


def unique_within_record(kwargs: Kwargs, table: Table) -> Measurement | None:
    """Two missing values count as equal, as they do in pandas."""
    if not _comparable(kwargs["column_list"], table):
        return None
    values = _list(kwargs, table)
    differ = (f"{a} IS DISTINCT FROM {b}" for a, b in combinations(values, 2))
    return _test(kwargs, values, " AND ".join(differ))


def all_equal(kwargs: Kwargs, table: Table) -> Measurement | None:
    if not _comparable(kwargs["column_list"], table):
        return None
    first, *others = values = _list(kwargs, table)
    return _test(kwargs, values, " AND ".join(f"{first} IS NOT DISTINCT FROM {other}" for other in others))


def sum_equals(kwargs: Kwargs, table: Table) -> Measurement | None:
    """A row with a missing summand has no sum and fails."""
    values = _list(kwargs, table)
    if any(table.family(name) not in {"number", "float"} for name in kwargs["column_list"]):
        return None
    total = sql.literal(kwargs["sum_total"], "DOUBLE")
    return _test(kwargs, values, f"{' + '.join(values)} = {total}") if total else None


TRANSLATIONS = {
    "expect_column_pair_values_a_to_be_greater_than_b": a_greater_than_b,
    "expect_column_pair_values_to_be_equal": pair_equal,
    "expect_column_pair_values_to_be_in_set": pair_in_set,
    "expect_compound_columns_to_be_unique": compound_unique,
    "expect_select_column_values_to_be_unique_within_record": unique_within_record,
    "expect_multicolumn_values_to_be_equal": all_equal,
    "expect_multicolumn_sum_to_equal": sum_equals,
}
