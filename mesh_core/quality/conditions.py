"""GX row conditions (the structured form) as SQL predicates.

A row whose value is missing meets no comparison, `!=` and NOT IN included. That is GX on SQL; its pandas
engine lets such rows in or not, by the column's dtype.
"""

from __future__ import annotations

from typing import Any

from mesh_core.quality.table import Kwargs, Table

_OPERATORS = {"==": "=", "!=": "<>", "<": "<", "<=": "<=", ">": ">", ">=": ">="}


def condition_sql(kwargs: Kwargs, table: Table) -> str | None:
    """The rows that the expectation speaks about; '' for all, None if only GX understands the condition."""
    condition = kwargs.get("row_condition")
    if not condition:
        return ""
    return _predicate(condition, table) if isinstance(condition, dict) else None


def _predicate(condition: dict[str, Any], table: Table) -> str | None:
    match condition.get("type"):
        case "and" | "or" as word:
            parts = [_predicate(part, table) for part in condition["conditions"]]
            known = [f"({part})" for part in parts if part is not None]
            return f" {word.upper()} ".join(known) if known and len(known) == len(parts) else None
        case "nullity":
            value = table.value(condition["column"]["name"])
            return f"{value} IS {'' if condition['is_null'] else 'NOT '}NULL"
        case "comparison":
            return _comparison(condition, table)
        case _:
            return None


def _comparison(condition: dict[str, Any], table: Table) -> str | None:
    column, operator, parameter = condition["column"]["name"], condition["operator"], condition["parameter"]
    value = table.value(column)
    if operator in {"IN", "NOT_IN"}:
        members = ", ".join(table.literals(parameter, column)) or "NULL"
        inside = f"({value} IN ({members})) IS TRUE"
        return inside if operator == "IN" else f"{value} IS NOT NULL AND NOT ({inside})"
    literal = table.literal(parameter, column)
    if literal is None or operator not in _OPERATORS:
        return None
    return f"({value} {_OPERATORS[operator]} {literal}) IS TRUE"


def columns_of(condition: Any) -> set[str]:
    """The columns that a structured condition names."""
    if not isinstance(condition, dict):
        return set()
    names = {condition["column"]["name"]} if isinstance(condition.get("column"), dict) else set()
    return names.union(*(columns_of(part) for part in condition.get("conditions") or ()))
