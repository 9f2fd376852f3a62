"""Global entities: which ports carry their ids, how well these resolve, and how much of two ports would meet."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

import msgspec

from mesh_core.contracts.bindings import Binding, bindings_in
from mesh_core.marketplace.pages.addressed import sql_name

if TYPE_CHECKING:
    from mesh_core.catalog import Card, CardColumn, KeyMeasurement
    from mesh_core.governance import Entity
    from mesh_core.search.joins import Join


class Bearer(msgspec.Struct, frozen=True, kw_only=True):
    """A column that holds an entity's ids or codes, as promised, and as measured at the newest publication."""

    card: Card
    column: CardColumn
    code: str
    """The code system, '' for global ids."""
    register: bool
    """Whether the column is the one that owns the identity."""
    measured: KeyMeasurement | None = None
    joined: Join | None = None
    """The join with the register, where the register was published only after the ids were counted."""

    @property
    def name(self) -> str:
        return f"{self.card.address}.{self.column.name}"

    @property
    def rate(self) -> float | None:
        """Share of the ids that the register knows; None if that was not measured."""
        if self.register and self.measured is None:
            return 1.0 if self.card.table_version is not None else None
        if self.measured is None or self.measured.resolved is None or not self.measured.keys:
            return None
        return self.measured.resolved / self.measured.keys


class Cell(msgspec.Struct, frozen=True, kw_only=True):
    """How much of one column's ids another has."""

    rate: float | None = None
    exact: bool = True
    common: int | None = None
    margin: float | None = None
    same: bool = False
    """The column with itself."""

    @property
    def tone(self) -> str:
        if self.same:
            return "self"
        if self.rate is None:
            return "unknown"
        return "whole" if self.rate >= 0.995 else "some" if self.rate > 0 else "none"


def bearers(
    entity: Entity, cards: Iterable[Card], measured: Mapping[str, Sequence[KeyMeasurement]]
) -> tuple[Bearer, ...]:
    """The columns that carry the entity: the register's first, then by address."""
    register = sql_name(entity.port)
    found = []
    for card in cards:
        for column in card.columns:
            owns = column.name == entity.id_column and card.address == register
            binding = _binding(column, entity.name) if column.tags or column.entity else None
            if binding is None and not owns:
                continue
            known = next((each for each in measured.get(card.address, ()) if each.column == column.name), None)
            code = binding.code if binding else ""
            found.append(Bearer(card=card, column=column, code=code, register=owns, measured=known))
    return tuple(sorted(found, key=lambda each: (not each.register, each.card.address, each.column.name)))


def completed(carriers: Sequence[Bearer], joins: Mapping[str, Sequence[Join]]) -> tuple[Bearer, ...]:
    """The same, with the join instead of a resolve rate for those whose publication came before the register's."""
    register = next((each for each in carriers if each.register), None)
    if register is None:
        return tuple(carriers)
    ends = (register.card.address, register.column.name)
    return tuple(
        msgspec.structs.replace(each, joined=_joined(each, joins, ends))
        if each.measured is not None and each.measured.resolved is None and not each.code
        else each
        for each in carriers
    )


def compared(
    carriers: Sequence[Bearer], joins: Mapping[str, Sequence[Join]], most: int
) -> tuple[list[Bearer], list[list[Cell]]]:
    """For each of the first ``most`` columns, the share of its ids that each other has, as their ports' joins tell.

    Columns of which nothing is known are left out, and columns of codes come after those of ids.
    """
    told = {
        (address, join.column, join.address, join.other_column): join
        for address, found in joins.items()
        for join in found
    }

    def cell(one: Bearer, other: Bearer) -> Cell:
        if one is other:
            return Cell(same=True)
        return _cell(told.get((one.card.address, one.column.name, other.card.address, other.column.name)))

    rated = [one for one in carriers if any(cell(one, other).rate is not None for other in carriers)]
    shown = sorted(rated, key=lambda each: bool(each.code))[:most]
    return shown, [[cell(one, other) for other in shown] for one in shown]


def _joined(each: Bearer, joins: Mapping[str, Sequence[Join]], ends: tuple[str, str]) -> Join | None:
    return next(
        (
            join
            for join in joins.get(each.card.address, ())
            if join.column == each.column.name
            and (join.address, join.other_column) == ends
            and join.rate is not None
            and join.common is not None
        ),
        None,
    )


def _cell(join: Join | None) -> Cell:
    if join is None:
        return Cell()
    return Cell(rate=join.rate, exact=join.exact, common=join.common, margin=join.margin)


def _binding(column: CardColumn, entity: str) -> Binding | None:
    found = next((each for each in bindings_in(column.tags) if each.entity == entity), None)
    return found or (Binding(entity) if column.entity == entity else None)
