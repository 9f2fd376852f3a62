"""Aggregates and window functions: what they give for rows without a value, and for no rows at all."""

from __future__ import annotations

import msgspec

from mesh_core.checking.nullability.conditions import facts_if_true
from mesh_core.checking.nullability.functions import (
    AGGREGATES,
    ALL_AGGREGATES,
    ALWAYS_RANKED,
    COUNTS,
    LISTS,
    PAIRED,
    SAMPLED,
)
from mesh_core.checking.nullability.nullness import NEVER, UNKNOWN, Nullness, any_null, doubted, maybe, one_of
from mesh_core.checking.nullability.scope import Node, Scope

_HERE = frozenset({"CURRENT_ROW_RANGE", "CURRENT_ROW_ROWS", "CURRENT_ROW_GROUPS"})
_STARTS = _HERE | {"UNBOUNDED_PRECEDING"}
_ENDS = _HERE | {"UNBOUNDED_FOLLOWING"}


def aggregate(node: Node, name: str, scope: Scope) -> Nullness:
    """Of the rows of one group."""
    if name in COUNTS:
        return NEVER
    rows = msgspec.structs.replace(scope, grouping="rows", blanked=frozenset())
    passed = node.get("filter")
    if passed is not None:
        rows = rows.knowing(facts_if_true(passed, rows))
    value = _of_rows(node, name, rows)
    place = scope.context.place(node)
    if passed is not None:
        return any_null([value, maybe(f"no row may pass the FILTER of {name}{place}")])
    if scope.grouping == "whole":
        return any_null([value, maybe(f"{name}{place} gives NULL where there are no rows")])
    return value if scope.grouping == "groups" else doubted(value)


def _of_rows(node: Node, name: str, scope: Scope) -> Nullness:
    """Of one row or more."""
    if name in LISTS:
        return NEVER
    values = [scope.nullness(child) for child in node.get("children", ())]
    if name in AGGREGATES and values:
        return values[0]
    if name in SAMPLED:
        return maybe(f"{name}{scope.context.place(node)} gives NULL for a single row")
    if name in PAIRED and any_null(values[:2]).is_never:
        return NEVER
    return UNKNOWN


def window(node: Node, scope: Scope) -> Nullness:
    """Of the row's frame; frames that may not hold the row itself prove nothing."""
    kind = node["type"]
    name = str(node.get("function_name", "")).lower()
    if kind in ALWAYS_RANKED or (kind == "WINDOW_AGGREGATE" and name in COUNTS):
        return NEVER
    if kind in {"WINDOW_LAG", "WINDOW_LEAD"}:
        return _neighbour(node, name, scope)
    if kind == "WINDOW_NTH_VALUE":
        return maybe(f"{name}{scope.context.place(node)} gives NULL where the frame is too short")
    if kind == "WINDOW_NTILE":
        return any_null(scope.any_row.nullness(child) for child in node["children"])
    value = _of_frame(node, name, scope)
    return value if _holds_the_row(node) else doubted(value)


def _of_frame(node: Node, name: str, scope: Scope) -> Nullness:
    """Of a frame that holds the row itself."""
    if node["type"] == "WINDOW_AGGREGATE":
        return _of_rows(node, name, scope) if name in ALL_AGGREGATES else UNKNOWN
    if node["type"] not in {"WINDOW_FIRST_VALUE", "WINDOW_LAST_VALUE"}:
        return UNKNOWN
    value = scope.any_row.nullness(node["children"][0])
    return UNKNOWN if node.get("ignore_nulls") and value.is_maybe else value


def _neighbour(node: Node, name: str, scope: Scope) -> Nullness:
    value = scope.any_row.nullness(node["children"][0])
    if node.get("default_expr") is not None:
        return one_of([value, scope.nullness(node["default_expr"])])
    where = "before the first" if name == "lag" else "after the last"
    return any_null([value, maybe(f"{name}{scope.context.place(node)} finds no row {where}")])


def _holds_the_row(node: Node) -> bool:
    return (
        node.get("start", "UNBOUNDED_PRECEDING") in _STARTS
        and node.get("end", "CURRENT_ROW_RANGE") in _ENDS
        and not node.get("filter_expr")
        and node.get("exclude_clause", "NO_OTHER") == "NO_OTHER"
    )
