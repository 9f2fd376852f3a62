"""Whether an expression can be null in the rows at hand."""

from __future__ import annotations

from collections.abc import Callable

from mesh_core.checking.nullability.aggregates import aggregate, window
from mesh_core.checking.nullability.conditions import (
    facts_if_true,
    facts_unless_false,
    facts_unless_true,
)
from mesh_core.checking.nullability.functions import (
    ALL_AGGREGATES,
    DIVISIONS,
    FIRST_OF,
    NEVER_NULL,
    STRICT,
)
from mesh_core.checking.nullability.nullness import (
    NEVER,
    UNKNOWN,
    Nullness,
    all_null,
    any_null,
    doubted,
    maybe,
    one_of,
)
from mesh_core.checking.nullability.scope import Column, Facts, Node, Scope

_NULL_TESTS = frozenset({"OPERATOR_IS_NULL", "OPERATOR_IS_NOT_NULL", "GROUPING_FUNCTION", "ARRAY_CONSTRUCTOR"})
_DISTINCT = frozenset({"COMPARE_DISTINCT_FROM", "COMPARE_NOT_DISTINCT_FROM"})


def nullness(node: Node, scope: Scope) -> Nullness:
    """The nullness of one expression; what it does not know is unknown."""
    if scope.heads and scope.holds(node):
        return NEVER
    read = _BY_CLASS.get(node["class"])
    return read(node, scope) if read else UNKNOWN


def _constant(node: Node, scope: Scope) -> Nullness:
    return maybe(f"NULL stands{scope.context.place(node) or ' there'}") if node["value"].get("is_null") else NEVER


def _column(node: Node, scope: Scope) -> Nullness:
    found, within = scope.meaning(node["column_names"])
    if isinstance(found, Column):
        return scope.value(found)
    return nullness(found, within) if found else UNKNOWN


def _cast(node: Node, scope: Scope) -> Nullness:
    child = nullness(node["child"], scope)
    if not node.get("try_cast") or node["cast_type"].get("id") == "VARCHAR":
        return child
    return any_null([child, maybe(f"TRY_CAST{scope.context.place(node)} gives NULL for what it cannot cast")])


def _comparison(node: Node, scope: Scope) -> Nullness:
    if node["type"] in _DISTINCT:
        return NEVER
    return any_null([nullness(node["left"], scope), nullness(node["right"], scope)])


def _between(node: Node, scope: Scope) -> Nullness:
    return any_null(nullness(node[part], scope) for part in ("input", "lower", "upper"))


def _conjunction(node: Node, scope: Scope) -> Nullness:
    """Null where no part decides the outcome and one is null: the others are then known not to decide."""
    undecided = facts_unless_false if node["type"] == "CONJUNCTION_AND" else facts_unless_true
    children = node["children"]
    facts = [undecided(child, scope) for child in children]
    values = []
    for number, child in enumerate(children):
        others: Facts = frozenset().union(*(each for at, each in enumerate(facts) if at != number))
        values.append(nullness(child, scope.knowing(others)))
    return any_null(values)


def _operator(node: Node, scope: Scope) -> Nullness:
    kind = node["type"]
    if kind in _NULL_TESTS:
        return NEVER
    if kind == "OPERATOR_COALESCE":
        return all_null([nullness(child, scope) for child in node["children"]])
    if kind == "OPERATOR_NOT":
        return nullness(node["children"][0], scope)
    if kind in {"COMPARE_IN", "COMPARE_NOT_IN"}:
        found = nullness(node["children"][0], scope)
        listed = any_null(nullness(child, scope) for child in node["children"][1:])
        return found if found.is_maybe or listed.is_never else UNKNOWN
    return UNKNOWN


def _case(node: Node, scope: Scope) -> Nullness:
    """Each branch in the rows that come to it."""
    known, values = scope, []
    for check in node["case_checks"]:
        condition = check["when_expr"]
        values.append(nullness(check["then_expr"], known.knowing(facts_if_true(condition, known))))
        known = known.knowing(facts_unless_true(condition, known))
    last = node.get("else_expr")
    if last is None or (last["class"] == "CONSTANT" and last["value"].get("is_null")):
        values.append(maybe(f"CASE{scope.context.place(node)} gives no value where no WHEN holds"))
    else:
        values.append(nullness(last, known))
    return one_of(values)


def _subquery(node: Node, scope: Scope) -> Nullness:
    kind = node.get("subquery_type")
    if kind in {"EXISTS", "NOT_EXISTS"}:
        return NEVER
    found = scope.context.query(node["subquery"]["node"], scope)
    first = found.values[0] if found.values and not found.is_open else UNKNOWN
    if kind == "ANY":
        return NEVER if first.is_never and nullness(node["child"], scope).is_never else UNKNOWN
    if kind != "SCALAR":
        return UNKNOWN
    if found.is_one_row:
        return first
    return any_null([first, maybe(f"the subquery{scope.context.place(node)} may find no row")])


def _function(node: Node, scope: Scope) -> Nullness:
    name = str(node.get("function_name", "")).lower()
    if name in ALL_AGGREGATES:
        return aggregate(node, name, scope)
    if name in NEVER_NULL:
        return NEVER
    values = [nullness(child, scope) for child in node.get("children", ())]
    return _called(node, name, values, scope) if values else UNKNOWN


def _called(node: Node, name: str, values: list[Nullness], scope: Scope) -> Nullness:
    """Of a function by the nullness of its arguments."""
    if name == "nullif":
        return any_null([values[0], maybe(f"nullif{scope.context.place(node)} gives NULL")])
    if name == "concat_ws":
        return values[0]
    if name in FIRST_OF:
        return all_null(values)
    if name in DIVISIONS:
        return _division(node, values, scope)
    return any_null(values) if name in STRICT else UNKNOWN


def _division(node: Node, values: list[Nullness], scope: Scope) -> Nullness:
    divisor = node["children"][-1]
    if divisor["class"] != "CONSTANT":
        return doubted(any_null(values))
    if divisor["value"].get("value") == 0:
        return maybe(f"the division by zero{scope.context.place(node)} gives NULL")
    return any_null(values)


def _collate(node: Node, scope: Scope) -> Nullness:
    return nullness(node["child"], scope)


_BY_CLASS: dict[str, Callable[[Node, Scope], Nullness]] = {
    "CONSTANT": _constant,
    "COLUMN_REF": _column,
    "CAST": _cast,
    "COMPARISON": _comparison,
    "BETWEEN": _between,
    "CONJUNCTION": _conjunction,
    "OPERATOR": _operator,
    "CASE": _case,
    "SUBQUERY": _subquery,
    "FUNCTION": _function,
    "WINDOW": window,
    "COLLATE": _collate,
}
