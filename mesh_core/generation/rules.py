"""What the rules that authors wrote under ``quality`` add to the schema, as far as rows can be made to keep it.

Rules about values become constraints: no nulls, listed values, patterns, ranges, keys. Rules about single rows
become predicates by which made rows are thrown away: SQL that counts rows of the table with a condition and wants
none, and pairs of columns of which one is greater. Everything else (sums, counts, shares, other tables) cannot be
solved in general and is left alone. Rules below severity ``error`` are no promise.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import msgspec

from mesh_core.generation.coerce import coerced
from mesh_core.generation.fields import Field, Limits

if TYPE_CHECKING:
    from mesh_core.contracts import Contract, QualityRule

_COUNTING = re.compile(
    r"\s*SELECT\s+count\(\s*\*\s*\)\s+FROM\s+\$\{(?:object|table)\}\s+WHERE\s+(?P<condition>.+?)\s*;?\s*",
    flags=re.IGNORECASE | re.DOTALL,
)
_COLUMN = re.compile(r"\$\{(?:property|column)\}")


class RowRule(msgspec.Struct, frozen=True):
    """A rule that each row keeps or breaks by itself; ``breaks`` is true of rows that break it."""

    name: str
    breaks: str


class Extras(msgspec.Struct):
    """All that the rules of one contract add."""

    changes: dict[str, dict[str, Any]] = {}
    """New values of a field's attributes, by column."""
    keys: list[tuple[str, ...]] = []
    rows: list[RowRule] = []
    unsolvable: list[str] = []
    """Names of rules of SQL that rows can't be made for."""


def with_rules(fields: tuple[Field, ...], contract: Contract) -> tuple[tuple[Field, ...], Extras]:
    """The fields as the rules narrow them, and what concerns several columns."""
    by_name, extras = {field.name: field for field in fields}, Extras()
    for rule in contract.rules:
        if rule.severity != "error":
            continue
        if rule.type == "library":
            _add_library(rule, by_name, extras)
        elif rule.type == "sql":
            _add_sql(rule, extras)
        elif rule.type == "custom" and isinstance(rule.implementation, dict):
            _add_expectation(rule, by_name, extras)
        for name, changes in extras.changes.items():
            by_name[name] = msgspec.structs.replace(by_name[name], **changes)
        extras.changes.clear()
    return tuple(by_name[field.name] for field in fields), extras


def _wants_few(rule: QualityRule) -> bool:
    """Whether the rule's count has an upper end: none at all keeps it."""
    return rule.must_be == 0 or any(
        limit is not None for limit in (rule.must_be_less_than, rule.must_be_less_or_equal_to)
    )


def _add_library(rule: QualityRule, fields: dict[str, Field], extras: Extras) -> None:
    field, metric = fields.get(rule.column), rule.metric or rule.rule
    if not _wants_few(rule):
        return
    if metric == "duplicateValues":
        _add_key(tuple(rule.arguments.get("properties") or ([rule.column] if rule.column else ())), fields, extras)
    if field is None:
        return
    if metric in {"nullValues", "missingValues"}:
        missing = [coerced(value, field.type) for value in rule.arguments.get("missingValues") or ("",)]
        forbidden = tuple(value for value in missing if value is not None) if metric == "missingValues" else ()
        extras.changes[field.name] = {"nullable": False, "forbidden": (*field.forbidden, *forbidden)}
    if metric == "invalidValues":
        changes: dict[str, Any] = {}
        if rule.arguments.get("validValues"):
            changes["allowed"] = _listed(rule.arguments["validValues"], field)
        if rule.arguments.get("pattern"):
            changes["patterns"] = (*field.patterns, rule.arguments["pattern"])
        extras.changes[field.name] = changes


def _listed(values: list[Any], field: Field) -> tuple[Any, ...]:
    found = [value for value in (coerced(entry, field.type) for entry in values) if value is not None]
    return tuple(value for value in found if field.allowed is None or value in field.allowed)


def _add_key(columns: tuple[str, ...], fields: dict[str, Field], extras: Extras) -> None:
    if len(columns) == 1 and columns[0] in fields:
        extras.changes[columns[0]] = {"unique": True}
    elif columns and set(columns) <= fields.keys():
        extras.keys.append(columns)


def _add_sql(rule: QualityRule, extras: Extras) -> None:
    condition = counted_condition(rule)
    if condition is not None and rule.must_be == 0:
        extras.rows.append(RowRule(rule.name or "sql", condition))
    else:
        extras.unsolvable.append(rule.name or "sql")


def counted_condition(rule: QualityRule) -> str | None:
    """The condition of a rule that counts rows of its own table; None for every other query."""
    found = _COUNTING.fullmatch(rule.query or "")
    if found is None:
        return None
    condition = _COLUMN.sub(_quoted(rule.column), found["condition"])
    return None if "${" in condition or re.search(r"\bFROM\b|\bOVER\b", condition, re.IGNORECASE) else condition


def _add_expectation(rule: QualityRule, fields: dict[str, Field], extras: Extras) -> None:
    raw = rule.implementation
    expectation = str(raw.get("type") or raw.get("expectation_type") or "")
    kwargs = {**({"column": rule.column} if rule.column else {}), **(raw.get("kwargs") or {})}
    if kwargs.get("row_condition"):
        return
    if expectation == "expect_column_pair_values_a_to_be_greater_than_b":
        sign = ">=" if kwargs.get("or_equal") else ">"
        first, second = (_quoted(str(kwargs.get(f"column_{end}"))) for end in "AB")
        extras.rows.append(RowRule(rule.name or expectation, f"NOT {first} {sign} {second}"))
    if expectation == "expect_compound_columns_to_be_unique":
        _add_key(tuple(kwargs.get("column_list") or ()), fields, extras)
    field = fields.get(str(kwargs.get("column")))
    if field is not None:
        _add_about_values(expectation, kwargs, field, extras)


def _add_about_values(expectation: str, kwargs: dict[str, Any], field: Field, extras: Extras) -> None:
    """Expectations on each value; ``mostly`` is met by all of them."""
    changes: dict[str, Any] = {}
    match expectation:
        case "expect_column_values_to_not_be_null":
            changes = {"nullable": False}
        case "expect_column_values_to_be_unique":
            changes = {"unique": True}
        case "expect_column_values_to_be_in_set":
            changes = {"allowed": _listed(kwargs.get("value_set") or [], field)}
        case "expect_column_values_to_match_regex":
            changes = {"patterns": (*field.patterns, str(kwargs.get("regex")))}
        case "expect_column_values_to_be_between" if field.type.kind in {"integer", "decimal", "float"}:
            low, high = (kwargs.get(end) for end in ("min_value", "max_value"))
            strict = {f"strict_{end}": bool(kwargs.get(f"strict_{word}")) for end, word in _ENDS}
            changes = {"limits": (*field.limits, Limits(low=_number(low, field), high=_number(high, field), **strict))}
    if changes:
        extras.changes[field.name] = changes


_ENDS = (("low", "min"), ("high", "max"))


def _number(value: Any, field: Field) -> Any:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    from decimal import Decimal

    return float(value) if field.type.kind == "float" else Decimal(str(value))


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
