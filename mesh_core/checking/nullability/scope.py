"""What names mean inside one SELECT, and what is known of its rows so far."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from itertools import count
from typing import TYPE_CHECKING, Any

import msgspec

from mesh_core.checking.nullability.functions import VOLATILE
from mesh_core.checking.nullability.nullness import NEVER, Nullness, Side, maybe, missing
from mesh_core.contracts.syntax import line_at

if TYPE_CHECKING:
    from mesh_core.checking.nullability.queries import Columns

Node = dict[str, Any]
Facts = frozenset[str]
"""What cannot be null in the rows at hand: columns, sides of outer joins, whole expressions."""

NOTHING: Facts = frozenset()
_numbers = count(1)
_UNTOLD = frozenset({"query_location", "alias"})
_UNKEYED = frozenset({"SUBQUERY", "WINDOW", "LAMBDA", "STAR", "PARAMETER", "POSITIONAL_REFERENCE"})
_WHOLE, _END = "=", "|"


def fresh() -> int:
    """A number that no other column or join has."""
    return next(_numbers)


class Column(msgspec.Struct, frozen=True):
    """A column of a relation; ``own`` is its nullness where the relation has a row."""

    number: int
    name: str
    own: Nullness
    optional: frozenset[Side] = frozenset()
    """The sides of outer joins that it stands on."""
    implied: Callable[[bool], Facts] | None = None
    """For a column of a subquery: what else is there where it is true, or just where it is not null."""

    @property
    def fact(self) -> str:
        return f"#{self.number}"

    def facts(self, *, is_true: bool = False) -> Facts:
        """What follows from its not being null, or from its being true: its sides have rows."""
        own = frozenset({self.fact, *(side.fact for side in self.optional)})
        return own | self.implied(is_true) if self.implied else own

    def nullness(self, facts: Facts) -> Nullness:
        """Its nullness in rows of which ``facts`` hold."""
        if self.fact in facts:
            return NEVER
        if self.own.is_maybe:
            return self.own
        left = frozenset(side for side in self.optional if side.fact not in facts)
        return missing(left) if left else self.own

    def on(self, side: Side, facts: Facts) -> Column:
        """The same column on a side of an outer join, of whose rows ``facts`` hold."""
        own = NEVER if self.fact in facts else self.own
        kept = frozenset(other for other in self.optional if other.fact not in facts)
        return msgspec.structs.replace(self, own=own, optional=kept | {side})


class Relation(msgspec.Struct, frozen=True):
    """A table, view or subquery under its name."""

    names: frozenset[str]
    """As it can be called: alias, or ``table`` and ``schema.table``."""
    columns: tuple[Column, ...]
    is_open: bool = False
    """Whether it has columns that nobody knows."""

    def column(self, name: str) -> Column | None:
        return next((column for column in self.columns if column.name.lower() == name), None)


class Context(msgspec.Struct, frozen=True):
    """What holds for the whole statement."""

    sql: str
    query: Callable[[Node, Scope], Columns]
    nullness: Callable[[Node, Scope], Nullness]

    def place(self, node: Node) -> str:
        """`` in line N``, if the node knows where it stands."""
        position = node.get("query_location")
        return f" in line {line_at(self.sql, position)}" if isinstance(position, int) else ""


class Scope(msgspec.Struct, frozen=True, kw_only=True):
    """One SELECT as its expressions see it."""

    context: Context
    tables: Mapping[str, Columns]
    """CTEs by name, other tables as ``schema.table``, in lower case."""
    relations: tuple[Relation, ...] = ()
    merged: Mapping[str, Column] = {}
    """Columns that USING made one of two."""
    facts: Facts = NOTHING
    heads: frozenset[str] = frozenset()
    """How expressions begin that are among the facts: others need not be written out to be looked up."""
    settled: Facts = NOTHING
    """Those that hold of every row that window functions see, not only of the row at hand."""
    aliases: Mapping[str, Node] = {}
    outer: Scope | None = None
    grouping: str = "rows"
    """``groups`` of at least one row, ``whole`` (perhaps of none), ``unclear``; ``rows`` where nothing is grouped."""
    blanked: frozenset[str] = frozenset()
    """Facts of columns that some grouping sets leave out."""

    def nullness(self, node: Node) -> Nullness:
        return self.context.nullness(node, self)

    def knowing(self, facts: Facts) -> Scope:
        """The same where these facts hold as well."""
        if facts <= self.facts:
            return self
        heads = frozenset(fact[1:].partition(_END)[0] for fact in facts if fact[0] == _WHOLE)
        return msgspec.structs.replace(self, facts=self.facts | facts, heads=self.heads | heads)

    def meaning(self, names: Iterable[str]) -> tuple[Column | Node | None, Scope]:
        """The column that a reference means, or the expression of the alias, with the scope to read that in.

        None if it can't be told.
        """
        parts = [name.lower() for name in names]
        if column := self.column(parts):
            return column, self
        name = parts[0]
        if len(parts) > 1 or name not in self.aliases or any(relation.is_open for relation in self.relations):
            return None, self
        # Without the alias itself: in `SELECT x AS x` the inner name is another's.
        others = {alias: node for alias, node in self.aliases.items() if alias != name}
        return self.aliases[name], msgspec.structs.replace(self, aliases=others)

    def column(self, parts: list[str]) -> Column | None:
        """The column of the lower-case name: of this SELECT, else of one around it."""
        if len(parts) > 1:
            return self._qualified(parts)
        if parts[0] in self.merged:
            return self.merged[parts[0]]
        for relation in self.relations:
            if column := relation.column(parts[0]):
                return column
        if self.outer is None or parts[0] in self.aliases or any(relation.is_open for relation in self.relations):
            return None
        return self.outer.column(parts)

    def _qualified(self, parts: list[str]) -> Column | None:
        """``table.column`` or ``schema.table.column``; a struct's field is not known."""
        for relation in self.relations:
            if ".".join(parts[:-1]) in relation.names:
                return relation.column(parts[-1])
        if self.outer is None or any(relation.column(parts[0]) for relation in self.relations):
            return None
        return self.outer.column(parts)

    @property
    def any_row(self) -> Scope:
        """The same for whichever row a window function takes a value from."""
        return msgspec.structs.replace(self, facts=self.settled)

    def value(self, column: Column) -> Nullness:
        """The column's nullness in the rows at hand."""
        if column.fact in self.blanked:
            return maybe(f"the grouping sets leave '{column.name}' out of some rows")
        return column.nullness(self.all_facts)

    @property
    def all_facts(self) -> Facts:
        """Facts of this SELECT and of those around it."""
        return self.facts | self.outer.all_facts if self.outer else self.facts

    def key(self, node: Node) -> str | None:
        """The expression's text, the same wherever it means the same; None if it can't be told or may vary."""
        found = _keyed(node, self)
        return None if found is None else f"{_WHOLE}{head_of(node)}{_END}{found}"

    def holds(self, node: Node) -> bool:
        """Whether the facts say that the whole expression is there."""
        return head_of(node) in self.heads and self.key(node) in self.facts


def head_of(node: Node) -> str:
    """How the expression's key begins."""
    return str(node.get("function_name") or node["type"])


def _keyed(node: Any, scope: Scope) -> Any:
    if isinstance(node, list):
        parts = [_keyed(item, scope) for item in node]
        return None if None in parts else parts
    if not isinstance(node, dict):
        return node if node is not None else ""
    kind = node.get("class")
    if kind in _UNKEYED or str(node.get("function_name", "")).lower() in VOLATILE:
        return None
    if kind == "COLUMN_REF":
        found, within = scope.meaning(node["column_names"])
        return found.fact if isinstance(found, Column) else _keyed(found, within) if found else None
    parts = [_keyed(value, scope) for name, value in node.items() if name not in _UNTOLD]
    return None if None in parts else parts


def unknown_relation(names: Iterable[str] = ()) -> Relation:
    """A relation of which nothing is known but its name."""
    return Relation(frozenset(names), (), is_open=True)
