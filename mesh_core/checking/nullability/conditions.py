"""What a condition's outcome says about its parts: rows that pass ``x > 5`` have an ``x``."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import reduce

from mesh_core.checking.nullability.functions import DIVISIONS, STRICT
from mesh_core.checking.nullability.scope import NOTHING, Column, Facts, Node, Scope

_COMPARISONS = frozenset(
    {
        "COMPARE_EQUAL",
        "COMPARE_NOTEQUAL",
        "COMPARE_LESSTHAN",
        "COMPARE_GREATERTHAN",
        "COMPARE_LESSTHANOREQUALTO",
        "COMPARE_GREATERTHANOREQUALTO",
    }
)


def facts_if_true(node: Node, scope: Scope) -> Facts:
    """What cannot be null where the condition is true."""
    read = _IF_TRUE.get(node["type"])
    return read(node, scope) if read else facts_if_present(node, scope)


def facts_if_false(node: Node, scope: Scope) -> Facts:
    """What cannot be null where the condition is false."""
    read = _IF_FALSE.get(node["type"])
    return read(node, scope) if read else facts_if_present(node, scope)


def facts_unless_true(node: Node, scope: Scope) -> Facts:
    """What cannot be null where the condition is false or null."""
    kind = node["type"]
    if kind == "CONJUNCTION_AND":
        return _common(facts_unless_true(child, scope) for child in node["children"])
    if kind == "CONJUNCTION_OR":
        return _union(facts_unless_true(child, scope) for child in node["children"])
    if kind == "OPERATOR_NOT":
        return facts_unless_false(node["children"][0], scope)
    return facts_if_false(node, scope) if scope.nullness(node).is_never else NOTHING


def facts_unless_false(node: Node, scope: Scope) -> Facts:
    """What cannot be null where the condition is true or null."""
    kind = node["type"]
    if kind == "CONJUNCTION_AND":
        return _union(facts_unless_false(child, scope) for child in node["children"])
    if kind == "CONJUNCTION_OR":
        return _common(facts_unless_false(child, scope) for child in node["children"])
    if kind == "OPERATOR_NOT":
        return facts_unless_true(node["children"][0], scope)
    return facts_if_true(node, scope) if scope.nullness(node).is_never else NOTHING


def facts_if_present(node: Node, scope: Scope) -> Facts:
    """What cannot be null where the expression is not: itself, and all that would have made it null."""
    if node["class"] == "COLUMN_REF":
        found, within = scope.meaning(node["column_names"])
        if isinstance(found, Column):
            return found.facts()
        return facts_if_present(found, within) if found else NOTHING
    key = scope.key(node)
    return _union(facts_if_present(part, scope) for part in needed_by(node)) | (
        frozenset({key}) if key is not None else NOTHING
    )


def needed_by(node: Node) -> list[Node]:
    """The parts each of which makes the whole null by being null."""
    kind = node["class"]
    name = str(node.get("function_name", "")).lower()
    parts: list[Node] = []
    if kind == "FUNCTION" and name in STRICT | DIVISIONS:
        parts = node["children"]
    elif kind == "FUNCTION" and name == "nullif":
        parts = node["children"][:1]
    elif kind in {"CAST", "COLLATE"}:
        parts = [node["child"]]
    elif kind == "COMPARISON" and node["type"] in _COMPARISONS:
        parts = [node["left"], node["right"]]
    elif kind == "BETWEEN":
        parts = [node["input"]]  # x BETWEEN 1 AND NULL is false for an x below 1
    elif node["type"] == "OPERATOR_NOT":
        parts = node["children"]
    elif node["type"] in {"COMPARE_IN", "COMPARE_NOT_IN"}:
        parts = node["children"][:1]
    return parts


def _true_column(node: Node, scope: Scope) -> Facts:
    found, within = scope.meaning(node["column_names"])
    if isinstance(found, Column):
        return found.facts(is_true=True)
    return facts_if_true(found, within) if found else NOTHING


def _each_true(node: Node, scope: Scope) -> Facts:
    return _union(facts_if_true(child, scope) for child in node["children"])


def _some_true(node: Node, scope: Scope) -> Facts:
    return _common(facts_if_true(child, scope) for child in node["children"])


def _each_false(node: Node, scope: Scope) -> Facts:
    return _union(facts_if_false(child, scope) for child in node["children"])


def _some_false(node: Node, scope: Scope) -> Facts:
    return _common(facts_if_false(child, scope) for child in node["children"])


def _not_true(node: Node, scope: Scope) -> Facts:
    return facts_if_false(node["children"][0], scope)


def _not_false(node: Node, scope: Scope) -> Facts:
    return facts_if_true(node["children"][0], scope)


def _first_present(node: Node, scope: Scope) -> Facts:
    return facts_if_present(node["children"][0], scope)


def _all_present(node: Node, scope: Scope) -> Facts:
    return _union(facts_if_present(child, scope) for child in node["children"])


def _between(node: Node, scope: Scope) -> Facts:
    return _union(facts_if_present(node[part], scope) for part in ("input", "lower", "upper"))


def _differing(node: Node, scope: Scope) -> Facts:
    """``x IS DISTINCT FROM NULL`` is a way of saying IS NOT NULL."""
    sides = (("left", "right"), ("right", "left"))
    return _union(facts_if_present(node[side], scope) for side, other in sides if _is_null(node[other]))


def _found(node: Node, scope: Scope) -> Facts:
    """``x IN (SELECT ...)``; EXISTS says nothing of values."""
    return facts_if_present(node["child"], scope) if node.get("subquery_type") == "ANY" else NOTHING


def _missed(_node: Node, _scope: Scope) -> Facts:
    """``x IN (no rows)`` is false for a null ``x``, too."""
    return NOTHING


def _defaulted(node: Node, scope: Scope) -> Facts:
    """``coalesce(x > 5, false)`` is true only where ``x > 5`` is."""
    first, *others = node["children"]
    if all(_constant(child) is False for child in others):
        return facts_if_true(first, scope)
    return facts_if_present(node, scope)


def _of_equals(node: Node, scope: Scope) -> Facts:
    """``a IS NOT DISTINCT FROM b`` where one side is never null; ``a IS TRUE`` is written so."""
    found = NOTHING
    for side, other in (("left", "right"), ("right", "left")):
        if _constant(node[other]) is True:
            found |= facts_if_true(node[side], scope)
        elif scope.nullness(node[other]).is_never:
            found |= facts_if_present(node[side], scope)
    return found


def _constant(node: Node) -> object:
    """The value of a constant; true and false are texts that are cast."""
    if node["type"] == "OPERATOR_CAST" and node["cast_type"].get("id") == "BOOLEAN":
        value = _constant(node["child"])
        return {"t": True, "f": False}.get(value, value) if isinstance(value, str) else value
    return node["value"].get("value") if node["class"] == "CONSTANT" else None


def is_true(node: Node) -> bool:
    """Whether the condition is a plain ``true``."""
    return _constant(node) is True


def _is_null(node: Node) -> bool:
    return node["class"] == "CONSTANT" and bool(node["value"].get("is_null"))


def _union(several: Iterable[Facts]) -> Facts:
    return NOTHING.union(*several)


def _common(several: Iterable[Facts]) -> Facts:
    return reduce(frozenset.intersection, several)


_IF_TRUE: Mapping[str, Callable[[Node, Scope], Facts]] = {
    "COLUMN_REF": _true_column,
    "CONJUNCTION_AND": _each_true,
    "CONJUNCTION_OR": _some_true,
    "OPERATOR_NOT": _not_true,
    "OPERATOR_IS_NOT_NULL": _first_present,
    "OPERATOR_COALESCE": _defaulted,
    "COMPARE_IN": _first_present,
    "COMPARE_NOT_IN": _all_present,
    "COMPARE_BETWEEN": _between,
    "COMPARE_DISTINCT_FROM": _differing,
    "COMPARE_NOT_DISTINCT_FROM": _of_equals,
    "SUBQUERY": _found,
}
_IF_FALSE: Mapping[str, Callable[[Node, Scope], Facts]] = {
    "CONJUNCTION_AND": _some_false,
    "CONJUNCTION_OR": _each_false,
    "OPERATOR_NOT": _not_false,
    "OPERATOR_IS_NULL": _first_present,
    "COMPARE_IN": _all_present,
    "SUBQUERY": _missed,
}
