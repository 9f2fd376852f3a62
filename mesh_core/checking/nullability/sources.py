"""The FROM clause: relations, what joins leave empty, and what their conditions prove."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING

import msgspec

from mesh_core.checking.nullability.conditions import facts_if_true, is_true
from mesh_core.checking.nullability.nullness import Nullness, Side, doubted, one_of
from mesh_core.checking.nullability.scope import (
    NOTHING,
    Column,
    Facts,
    Node,
    Relation,
    Scope,
    fresh,
    unknown_relation,
)

if TYPE_CHECKING:
    from mesh_core.checking.nullability.queries import Columns


def with_source(node: Node | None, scope: Scope) -> Scope:
    """The scope with the relations of the FROM clause, and what is known of its rows."""
    if node is None or node["type"] == "EMPTY":
        return scope
    return _SOURCES.get(node["type"], _unknown)(node, scope)


def _named(node: Node, default: str = "") -> str:
    return str(node.get("alias") or default).lower()


def _unknown(node: Node, scope: Scope) -> Scope:
    return msgspec.structs.replace(scope, relations=(unknown_relation({_named(node)}),))


def _table(node: Node, scope: Scope) -> Scope:
    schema, table = str(node.get("schema_name", "")).lower(), str(node["table_name"]).lower()
    found = scope.tables.get(f"{schema}.{table}" if schema else table)
    names = {_named(node)} if node.get("alias") else {table, f"{schema}.{table}"}
    if found is None:
        return msgspec.structs.replace(scope, relations=(unknown_relation(names),))
    return _with_columns(found, names, node, scope)


def _with_columns(found: Columns, names: Iterable[str], node: Node, scope: Scope) -> Scope:
    """The scope with one relation of columns that a query made, and with what they say of each other."""
    made = _with_relation(found.names, found.values, names, node, scope, is_open=found.is_open)
    implies = found.implies
    if implies is None:
        return made
    columns = made.relations[0].columns

    def implied(at: int) -> Callable[[bool], Facts]:
        return lambda is_true: frozenset(columns[other].fact for other in implies(at, is_true))

    told = tuple(msgspec.structs.replace(column, implied=implied(at)) for at, column in enumerate(columns))
    relation = msgspec.structs.replace(made.relations[0], columns=told)
    return msgspec.structs.replace(made, relations=(relation,))


def _with_relation(
    columns: Iterable[str],
    values: Iterable[Nullness],
    names: Iterable[str],
    node: Node,
    scope: Scope,
    *,
    is_open: bool = False,
) -> Scope:
    """The scope with one relation; the node may name its columns anew."""
    renamed = dict(enumerate(node.get("column_name_alias") or ()))
    made = tuple(
        Column(fresh(), renamed.get(at, name), value)
        for at, (name, value) in enumerate(zip(columns, values, strict=True))
    )
    return msgspec.structs.replace(scope, relations=(Relation(frozenset(names), made, is_open=is_open),))


def _subquery(node: Node, scope: Scope) -> Scope:
    return _with_columns(scope.context.query(node["subquery"]["node"], scope), {_named(node)}, node, scope)


def _values(node: Node, scope: Scope) -> Scope:
    columns = list(zip(*node["values"], strict=True))
    values = [one_of(scope.nullness(item) for item in column) for column in columns]
    names = [f"col{at}" for at in range(len(columns))]
    return _with_relation(names, values, {_named(node)}, node, scope)


def _join(node: Node, scope: Scope) -> Scope:
    left = with_source(node["left"], msgspec.structs.replace(scope, relations=(), merged={}))
    beside = msgspec.structs.replace(scope, relations=(), merged={}, outer=_lateral(left, scope))
    right = msgspec.structs.replace(with_source(node["right"], beside), outer=scope.outer)
    if node.get("ref_type") == "POSITIONAL":
        left, right = _doubted(left), _doubted(right)
    both = msgspec.structs.replace(left, relations=left.relations + right.relations)
    using = _shared(node, left, right)
    condition = node.get("condition")
    proven = facts_if_true(condition, both) if condition else NOTHING
    for name in using:
        proven |= _facts_of(left, name) | _facts_of(right, name)
    if condition and is_true(condition) and node["join_type"] != "INNER":
        # Only an empty table makes such a join miss: no evidence, and no proof.
        left, right = _doubted(left), _doubted(right)
        return _joined(left, right, NOTHING, left.merged)
    return _JOINS.get(node["join_type"], _other_join)(node, left, right, proven, using)


def _lateral(left: Scope, scope: Scope) -> Scope:
    """What a subquery on the right may name: columns of the left, then those around."""
    return msgspec.structs.replace(left, outer=scope.outer)


def _shared(node: Node, left: Scope, right: Scope) -> list[str]:
    if node.get("ref_type") == "NATURAL":
        names = {column.name.lower() for relation in left.relations for column in relation.columns}
        return [c.name.lower() for relation in right.relations for c in relation.columns if c.name.lower() in names]
    return [name.lower() for name in node.get("using_columns") or ()]


def _facts_of(scope: Scope, name: str) -> Facts:
    column = _own(scope, name)
    return column.facts() if column else NOTHING


def _own(scope: Scope, name: str) -> Column | None:
    if name in scope.merged:
        return scope.merged[name]
    return next((found for relation in scope.relations if (found := relation.column(name))), None)


def _joined(left: Scope, right: Scope, facts: Facts, merged: Mapping[str, Column]) -> Scope:
    return msgspec.structs.replace(left.knowing(facts), relations=left.relations + right.relations, merged=merged)


def _inner(node: Node, left: Scope, right: Scope, proven: Facts, using: list[str]) -> Scope:  # noqa: ARG001
    merged = {**right.merged, **left.merged, **_first(left, using)}
    return _joined(left, right, right.facts | proven, merged)


def _left(node: Node, left: Scope, right: Scope, proven: Facts, using: list[str]) -> Scope:
    right = _optional(right, _side(node, "right", left), right.facts | proven)
    return _joined(left, right, NOTHING, {**right.merged, **left.merged, **_first(left, using)})


def _right(node: Node, left: Scope, right: Scope, proven: Facts, using: list[str]) -> Scope:
    left = _optional(left, _side(node, "left", left), left.facts | proven)
    left = msgspec.structs.replace(left, facts=right.facts, heads=right.heads)
    return _joined(left, right, NOTHING, {**left.merged, **right.merged, **_first(right, using)})


def _full(node: Node, left: Scope, right: Scope, proven: Facts, using: list[str]) -> Scope:  # noqa: ARG001
    join = fresh()
    firsts, seconds = _first(left, using), _first(right, using)
    merged = {
        # Of the two one has a row: together they are null only where that one's own value is.
        name: Column(fresh(), name, one_of([firsts[name].nullness(left.facts), seconds[name].nullness(right.facts)]))
        for name in using
        if name in firsts and name in seconds
    }
    # A side that has a row need not have found a partner: the condition proves nothing of it.
    left = _optional(left, _side(node, "left", left, join), left.facts)
    right = _optional(right, _side(node, "right", left, join), right.facts)
    left = msgspec.structs.replace(left, facts=NOTHING)
    return _joined(left, right, NOTHING, {**right.merged, **left.merged, **merged})


def _semi(node: Node, left: Scope, right: Scope, proven: Facts, using: list[str]) -> Scope:  # noqa: ARG001
    return left.knowing(proven)


def _anti(node: Node, left: Scope, right: Scope, proven: Facts, using: list[str]) -> Scope:  # noqa: ARG001
    return left


def _other_join(node: Node, left: Scope, right: Scope, proven: Facts, using: list[str]) -> Scope:  # noqa: ARG001
    left, right = _doubted(left), _doubted(right)
    return _joined(left, right, NOTHING, {})


def _first(scope: Scope, using: list[str]) -> dict[str, Column]:
    return {name: column for name in using if (column := _own(scope, name))}


def _side(node: Node, half: str, scope: Scope, join: int | None = None) -> Side:
    other = node["right"] if half == "right" else node["left"]
    table = ".".join(part for part in (other.get("schema_name"), other.get("table_name")) if part) or other.get("alias")
    of = f" of {table}" if table else ""
    reason = f"the {node['join_type']} JOIN{scope.context.place(node)} may find no row{of}"
    return Side(join or fresh(), "right" if half == "right" else "left", reason)


def _optional(scope: Scope, side: Side, facts: Facts) -> Scope:
    """The relations on a side that may be missing; what its own rows prove stays true of them."""

    def moved(column: Column) -> Column:
        return column.on(side, facts)

    return _changed(scope, moved)


def _doubted(scope: Scope) -> Scope:
    def moved(column: Column) -> Column:
        return msgspec.structs.replace(column, own=doubted(column.nullness(scope.facts)), optional=frozenset())

    return msgspec.structs.replace(_changed(scope, moved), facts=NOTHING)


def _changed(scope: Scope, moved: Callable[[Column], Column]) -> Scope:
    relations = tuple(
        msgspec.structs.replace(relation, columns=tuple(moved(column) for column in relation.columns))
        for relation in scope.relations
    )
    merged = {name: moved(column) for name, column in scope.merged.items()}
    return msgspec.structs.replace(scope, relations=relations, merged=merged)


_JOINS: Mapping[str, Callable[[Node, Scope, Scope, Facts, list[str]], Scope]] = {
    "INNER": _inner,
    "LEFT": _left,
    "RIGHT": _right,
    "FULL": _full,
    "OUTER": _full,
    "SEMI": _semi,
    "ANTI": _anti,
}
_SOURCES: Mapping[str, Callable[[Node, Scope], Scope]] = {
    "BASE_TABLE": _table,
    "SUBQUERY": _subquery,
    "EXPRESSION_LIST": _values,
    "JOIN": _join,
}
