"""Whole queries: SELECT, set operations and CTEs, from their tables to their columns."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

import msgspec

from mesh_core.checking.nullability.conditions import facts_if_present, facts_if_true
from mesh_core.checking.nullability.expressions import nullness
from mesh_core.checking.nullability.functions import ALL_AGGREGATES
from mesh_core.checking.nullability.nullness import NEVER, UNKNOWN, Nullness, doubted, maybe, one_of
from mesh_core.checking.nullability.scope import Column, Context, Node, Relation, Scope
from mesh_core.checking.nullability.sources import with_source
from mesh_core.contracts.syntax import name_of

Output = tuple[str, Node | Column]
"""A column of the result: its name, and the expression or column that it is made from."""


class Columns(msgspec.Struct, frozen=True):
    """A table's or query's columns in order; '' names one that DuckDB names."""

    names: tuple[str, ...]
    values: tuple[Nullness, ...]
    is_open: bool = False
    """Whether there are columns that nobody knows; positions then say nothing."""
    is_one_row: bool = False
    """Whether there is always exactly one row."""
    implies: Callable[[int, bool], frozenset[int]] | None = None
    """The columns that are not null where the one at a position is not; or, given True, where it is true."""

    def get(self, name: str) -> Nullness:
        """Of the column by name, whatever its case."""
        wanted = name.lower()
        return next((v for n, v in zip(self.names, self.values, strict=True) if n.lower() == wanted), UNKNOWN)


_OPEN = Columns((), (), is_open=True)


def infer(tree: Node, sql: str, tables: Mapping[str, Columns]) -> Columns:
    """The columns of the query whose syntax tree is given, over tables named ``schema.table`` in lower case."""
    context = Context(sql, _query, nullness)
    return _query(tree, Scope(context=context, tables=tables))


def _query(node: Node, outer: Scope) -> Columns:
    """A query inside the scope ``outer``, whose tables and columns it may name."""
    scope = Scope(context=outer.context, tables=outer.tables, outer=outer if outer.relations or outer.outer else None)
    for entry in (node.get("cte_map") or {}).get("map") or ():
        found = _renamed(_query(entry["value"]["query"]["node"], scope), entry["value"].get("aliases"))
        scope = msgspec.structs.replace(scope, tables={**scope.tables, entry["key"].lower(): found})
    if node["type"] == "SELECT_NODE":
        return _select(node, scope)
    if node["type"] == "SET_OPERATION_NODE":
        return _set_operation(node, scope)
    if node["type"] == "RECURSIVE_CTE_NODE":
        return _recursive(node, scope)
    return _OPEN


def _renamed(columns: Columns, names: Any) -> Columns:
    if not names or columns.is_open:
        return columns
    return msgspec.structs.replace(columns, names=(*names, *columns.names[len(names) :]))


def _set_operation(node: Node, scope: Scope) -> Columns:
    left, right = _query(node["left"], scope), _query(node["right"], scope)
    kind = node["setop_type"]
    if kind == "UNION_BY_NAME":
        return _by_name(left, right)
    if left.is_open or right.is_open or len(left.values) != len(right.values):
        return _OPEN
    if kind == "UNION":
        values = tuple(one_of(pair) for pair in zip(left.values, right.values, strict=True))
        return Columns(left.names, values, implies=_both_imply(left, right))
    if kind == "INTERSECT":
        pairs = zip(left.values, right.values, strict=True)
        return Columns(left.names, tuple(NEVER if one.is_never or other.is_never else one for one, other in pairs))
    return Columns(left.names, left.values)


def _both_imply(left: Columns, right: Columns) -> Callable[[int, bool], frozenset[int]] | None:
    one, other = left.implies, right.implies
    return (lambda at, is_true: one(at, is_true) & other(at, is_true)) if one and other else None


def _by_name(left: Columns, right: Columns) -> Columns:
    known = {name.lower(): name for name in (*right.names, *left.names)}
    values = [one_of(_filled(columns, name) for columns in (left, right)) for name in known]
    return Columns(tuple(known.values()), tuple(values), is_open=left.is_open or right.is_open)


def _filled(columns: Columns, name: str) -> Nullness:
    if name in {known.lower() for known in columns.names} or columns.is_open:
        return columns.get(name)
    return maybe(f"UNION BY NAME fills '{name}' with NULL where a query lacks it")


def _recursive(node: Node, scope: Scope) -> Columns:
    start = _query(node["left"], scope)
    assumed = msgspec.structs.replace(start, values=tuple(doubted(value) for value in start.values))
    within = {**scope.tables, str(node["cte_name"]).lower(): assumed}
    step = _query(node["right"], msgspec.structs.replace(scope, tables=within))
    if start.is_open or step.is_open or len(start.values) != len(step.values):
        return _OPEN
    values = tuple(one_of(pair) for pair in zip(start.values, step.values, strict=True))
    return Columns(start.names, values)


def _select(node: Node, scope: Scope) -> Columns:
    items = node["select_list"]
    scope = with_source(node.get("from_table"), scope)
    aliases = {str(item["alias"]).lower(): item for item in items if item.get("alias")}
    scope = msgspec.structs.replace(scope, aliases=aliases)
    if node.get("where_clause"):
        scope = scope.knowing(facts_if_true(node["where_clause"], scope))
    scope = _grouped(node, scope)
    if node.get("having"):
        scope = _passed(node["having"], scope)
    scope = msgspec.structs.replace(scope, settled=scope.facts)
    if node.get("qualify"):
        scope = _passed(node["qualify"], scope)
    return _selected(node, items, scope)


def _passed(condition: Node, scope: Scope) -> Scope:
    """What a condition on groups proves; a column that it finds is there even where grouping sets leave it out."""
    facts = facts_if_true(condition, scope)
    return msgspec.structs.replace(scope.knowing(facts), blanked=scope.blanked - facts)


def _grouped(node: Node, scope: Scope) -> Scope:
    """How the rows are grouped, and which columns some grouping sets leave out."""
    sets = node.get("group_sets") or []
    if node.get("aggregate_handling") == "FORCE_AGGREGATES":
        return msgspec.structs.replace(scope, grouping=_group_by_all(node["select_list"]))
    if not sets:
        whole = any(_aggregates(item) for item in node["select_list"]) or _aggregates(node.get("having"))
        return msgspec.structs.replace(scope, grouping="whole" if whole or "group_sets" in node else "rows")
    everything = "whole" if len(sets) == 1 else "unclear"
    grouping = "groups" if all(sets) else everything
    blanked = _left_out(node, sets, scope)
    # What WHERE proves of an expression does not hold where a column of it is left out.
    heads = frozenset() if blanked else scope.heads
    return msgspec.structs.replace(scope, grouping=grouping, blanked=blanked, heads=heads)


def _left_out(node: Node, sets: list[list[int]], scope: Scope) -> frozenset[str]:
    everywhere = set(sets[0]).intersection(*sets)
    blanked: set[str] = set()
    for at, expression in enumerate(node.get("group_expressions") or ()):
        if at in everywhere:
            continue
        found = scope.meaning(expression["column_names"])[0] if expression["class"] == "COLUMN_REF" else None
        blanked.add(found.fact if isinstance(found, Column) else _ALL)
    return frozenset(blanked)


_ALL = "*"
"""Stands among the blanked for an expression that is no column: nothing can be told then."""


def _group_by_all(items: list[Node]) -> str:
    """By every item without an aggregate; there is one row, perhaps of no rows, if all have one."""
    plain = [item for item in items if not _aggregates(item)]
    if _holds(plain, _names_columns):
        return "groups"
    return "unclear" if plain else "whole"


def _aggregates(node: Any) -> bool:
    """Whether the expression holds an aggregate of this SELECT."""
    return _holds(node, _is_aggregate, closed=frozenset({"SUBQUERY", "WINDOW"}))


def _is_aggregate(node: Node) -> bool:
    return node.get("class") == "FUNCTION" and str(node.get("function_name", "")).lower() in ALL_AGGREGATES


def _is_star(node: Node) -> bool:
    return node.get("class") == "STAR"


def _names_columns(node: Node) -> bool:
    return node.get("class") in {"COLUMN_REF", "STAR"}


def _holds(node: Any, test: Callable[[Node], bool], *, closed: frozenset[str] = frozenset()) -> bool:
    """Whether some node of the tree passes the test; nobody looks inside nodes of the ``closed`` classes."""
    if isinstance(node, list):
        return any(_holds(item, test, closed=closed) for item in node)
    if not isinstance(node, dict) or node.get("class") in closed:
        return False
    if test(node):
        return True
    return any(_holds(value, test, closed=closed) for value in node.values() if isinstance(value, dict | list))


def _selected(node: Node, items: list[Node], scope: Scope) -> Columns:
    outputs: list[Output] = []
    is_open = False
    for item in items:
        if item["class"] == "STAR" and not item.get("columns") and not item.get("expr"):
            starred, more = _star(item, scope)
            outputs += starred
            is_open = is_open or more
        elif _holds(item, _is_star, closed=frozenset({"SUBQUERY"})):
            is_open = True
        else:
            outputs.append((name_of(item), item))
    return Columns(
        tuple(name for name, _ in outputs),
        tuple(_value(output, scope) for _, output in outputs),
        is_open,
        is_one_row=_is_one_row(node, scope),
        implies=None if is_open else _implications(outputs, scope),
    )


def _value(output: Node | Column, scope: Scope) -> Nullness:
    if isinstance(output, Column):
        return UNKNOWN if _ALL in scope.blanked else scope.value(output)
    return UNKNOWN if _ALL in scope.blanked and not _aggregates(output) else nullness(output, scope)


def _implications(outputs: list[Output], scope: Scope) -> Callable[[int, bool], frozenset[int]]:
    """Worked out only when a condition asks: most columns are never looked at in this way."""

    @cache
    def implied(at: int, is_true: bool) -> frozenset[int]:
        output = outputs[at][1]
        if isinstance(output, Column):
            facts = output.facts(is_true=is_true)
        else:
            facts = facts_if_true(output, scope) if is_true else facts_if_present(output, scope)
        known = scope.knowing(facts)
        return frozenset(
            other for other, (_, each) in enumerate(outputs) if other != at and _value(each, known).is_never
        )

    return implied


def _is_one_row(node: Node, scope: Scope) -> bool:
    """Whether the query gives one row, whatever its tables hold."""
    if any(node.get(clause) for clause in ("having", "qualify")):
        return False
    if any(each.get("type", "").startswith("LIMIT") for each in node.get("modifiers") or ()):
        return False
    nothing_read = (node.get("from_table") or {}).get("type") == "EMPTY" and not node.get("where_clause")
    return nothing_read or scope.grouping == "whole"


def _star(item: Node, scope: Scope) -> tuple[list[Output], bool]:
    """What ``*`` or ``table.*`` stands for, and whether more; a column that USING merged stands once."""
    only = str(item.get("relation_name") or "").lower()
    relations = [each for each in scope.relations if not only or only in each.names]
    left_out = {str(name).lower() for name in item.get("exclude_list") or ()}
    replaced = {str(each["key"]).lower(): each["value"] for each in item.get("replace_list") or ()}
    renamed = {str(each["key"]["column"]).lower(): str(each["value"]) for each in item.get("rename_list") or ()}
    outputs: list[Output] = []
    for column in _each_once(relations, {} if only else scope.merged):
        key = column.name.lower()
        if key not in left_out:
            outputs.append((renamed.get(key, column.name), replaced.get(key, column)))
    untold = bool(item.get("qualified_exclude_list")) or not relations
    return outputs, untold or any(each.is_open for each in relations)


def _each_once(relations: list[Relation], merged: Mapping[str, Column]) -> list[Column]:
    found: list[Column] = []
    told: set[str] = set()
    for relation in relations:
        for column in relation.columns:
            key = column.name.lower()
            if key in merged:
                if key in told:
                    continue
                told.add(key)
                column = merged[key]  # noqa: PLW2901 - the merged one stands in its place
            found.append(column)
    return found
