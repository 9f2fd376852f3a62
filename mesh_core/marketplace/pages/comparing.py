"""Ports side by side: their facts, and their columns aligned by name, then by the thing that they identify."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

import msgspec

from mesh_core.contracts.bindings import bindings_in

if TYPE_CHECKING:
    from mesh_core.catalog import Card, CardColumn


class Aligned(msgspec.Struct, frozen=True, kw_only=True):
    """Columns of the ports that belong together, in the order of the ports; none where a port has no such."""

    label: str
    by: str
    """``name``, ``entity``, or '' for a column that stands alone."""
    cells: tuple[tuple[CardColumn, ...], ...]
    verdict: str
    """``same``, what differs, or whose it is alone."""

    @property
    def same(self) -> bool:
        return self.verdict == "same"


def aligned(cards: Sequence[Card]) -> tuple[Aligned, ...]:
    """All columns: those with one name in several ports first, then those of one entity, then the rest."""
    names = [{column.name.lower(): column for column in card.columns} for card in cards]
    order = list(dict.fromkeys(name for each in names for name in each))
    shared = [name for name in order if sum(name in each for each in names) > 1]
    rows = [_row(cards, name, "name", [_one(each.get(name)) for each in names]) for name in shared]
    left = [[column for name, column in each.items() if name not in shared] for each in names]
    for thing in dict.fromkeys(_thing(column) for each in left for column in each if _thing(column)):
        cells = [tuple(column for column in each if _thing(column) == thing) for each in left]
        if sum(bool(cell) for cell in cells) > 1:
            rows.append(_row(cards, thing, "entity", cells))
            left = [[column for column in each if _thing(column) != thing] for each in left]
    for place, each in enumerate(left):
        for column in each:
            cells = [(column,) if number == place else () for number in range(len(cards))]
            rows.append(_row(cards, column.name, "", cells))
    return tuple(rows)


def differing(values: Iterable[object]) -> bool:
    """Whether the values are not all the same."""
    found = list(values)
    return any(value != found[0] for value in found)


def _thing(column: CardColumn) -> str:
    """What its values name: ``airport``, or ``airport/iata`` for codes of another system; '' for nothing shared."""
    binding = next(iter(bindings_in(column.tags)), None)
    if binding is None:
        return column.entity
    return f"{binding.entity}/{binding.code}" if binding.code else binding.entity


def _one(column: CardColumn | None) -> tuple[CardColumn, ...]:
    return (column,) if column is not None else ()


def _row(cards: Sequence[Card], label: str, by: str, cells: Sequence[tuple[CardColumn, ...]]) -> Aligned:
    return Aligned(label=label, by=by, cells=tuple(cells), verdict=_verdict(cards, by, cells))


def _verdict(cards: Sequence[Card], by: str, cells: Sequence[tuple[CardColumn, ...]]) -> str:
    there = [card.address for card, cell in zip(cards, cells, strict=True) if cell]
    if len(there) == 1:
        return f"only in {there[0]}"
    found = [column for cell in cells for column in cell]
    parts = []
    if by == "entity":
        parts.append("other name, same entity")
    for what, values in (
        ("type", {column.physical_type or column.logical_type for column in found}),
        ("classification", {column.classification for column in found}),
        ("nullability", {column.required for column in found}),
        ("entity", {_thing(column) for column in found}),
    ):
        if len(values) > 1:
            parts.append(f"{what} differs")
    gone = [card.address for card, cell in zip(cards, cells, strict=True) if not cell]
    parts += [f"not in {address}" for address in gone]
    return "; ".join(parts) or "same"
