"""Expectations on the values of one column (GX: column map)."""

from __future__ import annotations

from mesh_core.quality import sql
from mesh_core.quality.measurements import Fact, KeyTest, Measurement, RowTest
from mesh_core.quality.regex import to_re2
from mesh_core.quality.table import Kwargs, Table


def _test(value: str, passes: str) -> RowTest:
    """A test of the values that are not null; a comparison that yields NULL fails, as in pandas."""
    return RowTest(considered=f"{value} IS NOT NULL", fails=f"({passes}) IS NOT TRUE")


def not_null(kwargs: Kwargs, table: Table) -> Measurement:
    return RowTest(fails=f"{table.value(kwargs['column'])} IS NULL", skips=False)


def null(kwargs: Kwargs, table: Table) -> Measurement:
    return RowTest(fails=f"{table.value(kwargs['column'])} IS NOT NULL", skips=False)


def unique(kwargs: Kwargs, table: Table) -> Measurement:
    value = table.value(kwargs["column"])
    return KeyTest(keys=(value,), considered=f"{value} IS NOT NULL")


def in_set(kwargs: Kwargs, table: Table) -> RowTest | None:
    if table.family(kwargs["column"]) == "other":
        return None
    value = table.value(kwargs["column"])
    members = ", ".join(table.literals(kwargs["value_set"], kwargs["column"]))
    return _test(value, f"{value} IN ({members})" if members else "FALSE")


def not_in_set(kwargs: Kwargs, table: Table) -> RowTest | None:
    if table.family(kwargs["column"]) == "other":
        return None
    value = table.value(kwargs["column"])
    members = ", ".join(table.literals(kwargs["value_set"], kwargs["column"]))
    return _test(value, f"{value} NOT IN ({members})" if members else "TRUE")


def interval(value: str, ends: tuple[str, str], kwargs: Kwargs) -> str:
    """``value`` within the literals (low, high), '' being open, strict as the arguments say."""
    low, high = ends
    above = f"{value} {'>' if kwargs.get('strict_min') else '>='} {low}" if low else ""
    below = f"{value} {'<' if kwargs.get('strict_max') else '<='} {high}" if high else ""
    return " AND ".join(part for part in (above, below) if part)


def between(kwargs: Kwargs, table: Table) -> Measurement | None:
    column = kwargs["column"]
    ends = [kwargs.get("min_value"), kwargs.get("max_value")]
    low, high = ("" if end is None else table.literal(end, column) for end in ends)
    if low is None or high is None or not (low or high):
        return None
    value = table.value(column)
    return _test(value, interval(value, (low, high), kwargs))


def lengths_between(kwargs: Kwargs, table: Table) -> Measurement | None:
    column = kwargs["column"]
    low, high = ("" if kwargs.get(end) is None else str(kwargs[end]) for end in ("min_value", "max_value"))
    if table.family(column) != "text":
        return None
    value = table.value(column)
    return _test(value, interval(f"length({value})", (low, high), kwargs))


def length_equals(kwargs: Kwargs, table: Table) -> Measurement | None:
    if table.family(kwargs["column"]) != "text":
        return None
    value = table.value(kwargs["column"])
    return _test(value, f"length({value}) = {kwargs['value']}")


def _matches(kwargs: Kwargs, table: Table, patterns: list[str]) -> tuple[str, list[str]] | None:
    """The column's value and one predicate a regex; None if DuckDB's engine would see it differently."""
    column = kwargs["column"]
    if table.family(column) != "text" and not sql.is_integer(table.columns[column]):
        return None
    translated = [to_re2(pattern) for pattern in patterns]
    value = table.value(column)
    known = [f"regexp_matches(CAST({value} AS VARCHAR), {sql.text(re2)})" for re2 in translated if re2]
    return (value, known) if len(known) == len(patterns) else None


def matches_regex(kwargs: Kwargs, table: Table) -> RowTest | None:
    found = _matches(kwargs, table, [kwargs["regex"]])
    return _test(found[0], found[1][0]) if found else None


def not_matches_regex(kwargs: Kwargs, table: Table) -> Measurement | None:
    found = _matches(kwargs, table, [kwargs["regex"]])
    return _test(found[0], f"NOT {found[1][0]}") if found else None


def matches_regex_list(kwargs: Kwargs, table: Table) -> Measurement | None:
    found = _matches(kwargs, table, kwargs["regex_list"])
    word = " AND " if kwargs.get("match_on") == "all" else " OR "
    return _test(found[0], word.join(found[1])) if found else None


def not_matches_regex_list(kwargs: Kwargs, table: Table) -> Measurement | None:
    found = _matches(kwargs, table, kwargs["regex_list"])
    return _test(found[0], f"NOT ({' OR '.join(found[1])})") if found else None


def _likes(kwargs: Kwargs, table: Table, patterns: list[str], word: str) -> str:
    escape = f" ESCAPE {sql.text(kwargs['escape'])}" if kwargs.get("escape") else ""
    value = table.value(kwargs["column"])
    return f" {word} ".join(f"{value} LIKE {sql.text(pattern)}{escape}" for pattern in patterns)


def like(kwargs: Kwargs, table: Table) -> Measurement:
    return _test(table.value(kwargs["column"]), _likes(kwargs, table, [kwargs["like_pattern"]], "OR"))


def not_like(kwargs: Kwargs, table: Table) -> Measurement:
    likes = _likes(kwargs, table, [kwargs["like_pattern"]], "OR")
    return _test(table.value(kwargs["column"]), f"NOT ({likes})")


def like_list(kwargs: Kwargs, table: Table) -> Measurement:
    word = "AND" if kwargs.get("match_on") == "all" else "OR"
    return _test(table.value(kwargs["column"]), _likes(kwargs, table, kwargs["like_pattern_list"], word))


def not_like_list(kwargs: Kwargs, table: Table) -> Measurement:
    likes = _likes(kwargs, table, kwargs["like_pattern_list"], "OR")
    return _test(table.value(kwargs["column"]), f"NOT ({likes})")


def of_type(kwargs: Kwargs, table: Table) -> Measurement | None:
    """DuckDB type names only, as GX does on SQL backends; names of Python types are GX's own business."""
    actual = table.columns[kwargs["column"]]
    wanted = kwargs.get("type_list") or [kwargs.get("type_")]
    if not all(isinstance(name, str) and name == name.upper() for name in wanted):
        return None
    return Fact(success=actual in wanted, observed=actual)


def multiple_of(kwargs: Kwargs, table: Table) -> Measurement:
    """ODCS ``multipleOf``. Floats are compared as decimals: 0.3 is a multiple of 0.1."""
    column, divisor = kwargs["column"], kwargs["divisor"]
    value = table.value(column)
    if table.family(column) == "number" and isinstance(divisor, int):
        return _test(value, f"{value} % {divisor} = 0")
    # By way of text: DuckDB casts 1000::FLOAT to 999.999986991104 as DECIMAL(38, 12).
    exact = f"CAST({value} AS VARCHAR)" if table.columns[column] == "FLOAT" else value
    return _test(value, f"TRY_CAST({exact} AS DECIMAL(38, 12)) % CAST({divisor} AS DECIMAL(38, 12)) = 0")


def not_missing(kwargs: Kwargs, table: Table) -> Measurement:
    """ODCS ``missingValues``: neither null nor one of the values that stand for nothing."""
    value = table.value(kwargs["column"])
    members = ", ".join(table.literals(kwargs["missing_values"], kwargs["column"]))
    present = f"{value} IS NOT NULL"
    passes = f"{present} AND {value} NOT IN ({members})" if members else present
    return RowTest(fails=f"NOT ({passes})", skips=False)


def valid(kwargs: Kwargs, table: Table) -> Measurement | None:
    """ODCS ``invalidValues`` with both arguments: in the set and matching the pattern."""
    member, match = in_set(kwargs, table), matches_regex(kwargs, table)
    if member is None or match is None:
        return None
    return RowTest(considered=member.considered, fails=f"{member.fails} OR {match.fails}")


def item_counts_between(kwargs: Kwargs, table: Table) -> Measurement:
    """ODCS ``minItems`` and ``maxItems`` of an array."""
    low, high = ("" if kwargs.get(end) is None else str(kwargs[end]) for end in ("min_value", "max_value"))
    value = table.value(kwargs["column"])
    return _test(value, interval(f"len({value})", (low, high), kwargs))


def items_unique(kwargs: Kwargs, table: Table) -> Measurement:
    """ODCS ``uniqueItems`` of an array; nulls in it are not values."""
    value = table.value(kwargs["column"])
    return _test(value, f"list_unique({value}) = list_count({value})")


TRANSLATIONS = {
    "expect_column_values_to_not_be_null": not_null,
    "expect_column_values_to_be_null": null,
    "expect_column_values_to_be_unique": unique,
    "expect_column_values_to_be_in_set": in_set,
    "expect_column_values_to_not_be_in_set": not_in_set,
    "expect_column_values_to_be_between": between,
    "expect_column_value_lengths_to_be_between": lengths_between,
    "expect_column_value_lengths_to_equal": length_equals,
    "expect_column_values_to_match_regex": matches_regex,
    "expect_column_values_to_not_match_regex": not_matches_regex,
    "expect_column_values_to_match_regex_list": matches_regex_list,
    "expect_column_values_to_not_match_regex_list": not_matches_regex_list,
    "expect_column_values_to_match_like_pattern": like,
    "expect_column_values_to_not_match_like_pattern": not_like,
    "expect_column_values_to_match_like_pattern_list": like_list,
    "expect_column_values_to_not_match_like_pattern_list": not_like_list,
    "expect_column_values_to_be_of_type": of_type,
    "expect_column_values_to_be_in_type_list": of_type,
    "expect_column_type_to_be": of_type,
    # The mesh's own, for what ODCS says and GX has no word for.
    "expect_column_values_to_be_multiple_of": multiple_of,
    "expect_column_values_to_not_be_missing": not_missing,
    "expect_column_values_to_be_valid": valid,
    "expect_column_value_item_counts_to_be_between": item_counts_between,
    "expect_column_value_items_to_be_unique": items_unique,
}
