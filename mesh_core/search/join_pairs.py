"""Which columns of two ports name the same kind of thing, and the statement that joins them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Literal

import msgspec

from mesh_core.contracts.bindings import Binding, bindings_in

if TYPE_CHECKING:
    from mesh_core.catalog import Card
    from mesh_core.governance import Entity

Relation = Literal["key", "partial", "shared"]
RELATIONS = ("key", "partial", "shared")
"""The most useful first."""

_Place = tuple["Card", str, Binding]


class Pair(msgspec.Struct, frozen=True, kw_only=True):
    """A column of this port and one of another, before anything is measured."""

    card: Card
    column: str
    binding: Binding
    other_column: str
    other_binding: Binding
    relation: Relation
    also: tuple[str, ...]
    through: Entity | None = None
    owner: Literal["", "this", "other"] = ""
    """Which of the two columns is the register's own."""

    @property
    def promise(self) -> tuple[object, ...]:
        """Sorts what can be told without measuring: a lookup by id before all else."""
        return (
            self.card.status == "deprecated",
            RELATIONS.index(self.relation),
            bool(self.through),
            bool(self.binding.code),
            self.column != self.other_column,
            -self.card.reads,
            self.card.address,
        )


def pairs(own: Card, other: Card, entities: Mapping[str, Entity]) -> Iterator[Pair]:
    """Columns of the same system; by way of the register only for an entity that has no others."""
    mine, theirs = _bound(own, entities), _bound(other, entities)
    for entity in {binding.entity for binding in mine.values()}:
        left = {name: binding for name, binding in mine.items() if binding.entity == entity}
        right = {name: binding for name, binding in theirs.items() if binding.entity == entity}
        owner = entities.get(entity)
        same = bool(set(left.values()) & set(right.values()))
        for column, binding in left.items():
            for other_column, other_binding in right.items():
                if binding != other_binding and (same or not _leads(owner, binding, other_binding)):
                    continue
                relation, also = _relation(other, other_column, owner)
                yield Pair(
                    card=other,
                    column=column,
                    binding=binding,
                    other_column=other_column,
                    other_binding=other_binding,
                    relation=relation,
                    also=also,
                    through=owner if binding != other_binding else None,
                    owner=_owner(owner, (own, column, binding), (other, other_column, other_binding)),
                )


def _bound(card: Card, entities: Mapping[str, Entity]) -> dict[str, Binding]:
    """The bound columns: by their tags, in a register also by what the entity says of its codes."""
    owned = [entity for entity in entities.values() if entity.port == card.uri]
    own = {name: binding for entity in owned for binding, name in _columns_of(entity)}
    found = {}
    for column in card.columns:
        binding = next(iter(bindings_in(column.tags)), own.get(column.name))
        if binding is not None:
            found[column.name] = binding
    return found


def _columns_of(entity: Entity) -> Iterator[tuple[Binding, str]]:
    yield Binding(entity.name), entity.id_column
    for code, name in entity.codes.items():
        yield Binding(entity.name, code), name


def _leads(register: Entity | None, *bindings: Binding) -> bool:
    """Whether the register has a column for each of the systems."""
    return register is not None and all(not each.code or each.code in register.codes for each in bindings)


def _owner(entity: Entity | None, this: _Place, other: _Place) -> Literal["", "this", "other"]:
    """Which of the two columns is the register's own of its ids or codes."""
    if entity is not None and _is_own(entity, this):
        return "this"
    return "other" if entity is not None and _is_own(entity, other) else ""


def _is_own(entity: Entity, place: _Place) -> bool:
    card, column, binding = place
    return entity.port == card.uri and (binding, column) in set(_columns_of(entity))


def _relation(card: Card, column: str, owner: Entity | None) -> tuple[Relation, tuple[str, ...]]:
    key = tuple(each.name for each in card.columns if each.key)
    if key == (column,) or (owner is not None and owner.port == card.uri and column in owner.codes.values()):
        return "key", ()
    if column in key:
        return "partial", tuple(name for name in key if name != column)
    return "shared", ()


def statement(own: Card, pair: Pair) -> str:
    """Every row of this port, where the other adds at most one to each; else the rows that meet."""
    how = "LEFT JOIN" if pair.relation == "key" else "JOIN"
    here, there = f"a.{_quoted(pair.column)}", f"b.{_quoted(pair.other_column)}"
    lines = ["SELECT a.*, b.*", f"FROM {own.address} AS a"]
    if pair.through is not None:
        between = f"register.{_quoted(_column_of(pair.through, pair.binding))}"
        beyond = f"register.{_quoted(_column_of(pair.through, pair.other_binding))}"
        lines.append(f"{how} {sql_name(pair.through)} AS register ON {between} = {here}")
        here = beyond
    lines.append(f"{how} {pair.card.address} AS b ON {there} = {here}")
    if pair.also:
        lines.append(f"-- one row of b needs more: its key also has {', '.join(pair.also)}")
    return "\n".join([*lines, "LIMIT 100"])


def _column_of(entity: Entity, binding: Binding) -> str:
    return entity.codes[binding.code] if binding.code else entity.id_column


def sql_name(entity: Entity) -> str:
    from mesh_core.model import Address

    return Address.parse(entity.port).sql


def _quoted(name: str) -> str:
    """As SQL reads it after a table's alias, where no word is reserved."""
    plain = name.isascii() and name.replace("_", "a").isalnum() and name.islower() and not name[0].isdigit()
    return name if plain else '"' + name.replace('"', '""') + '"'
