"""Which ports can be joined with one, and how much of it would meet."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import msgspec

from mesh_core.catalog import Card

if TYPE_CHECKING:
    from mesh_core.catalog import Catalog

Relation = Literal["key", "partial", "shared"]


class Join(msgspec.Struct, frozen=True, kw_only=True):
    """One column of this port and one of another that name the same kind of thing."""

    address: str
    """Of the other port."""
    column: str
    other_column: str
    entity: str
    rate: float | None
    """Share of this port's ids that the other has, 0 to 1; None if it can't be told."""
    other_rate: float | None
    """Share of the other's ids that this port has."""
    common: int | None
    """Ids that both have."""
    exact: bool
    """Whether the figures were counted; else they are estimated from sketches."""
    margin: float | None = None
    """How far ``rate`` may be off in 95 of 100 cases; 0 where it was counted."""
    relation: Relation
    """``key``: at most one row of the other for each row of this. ``partial``: its key needs further columns.

    ``shared``: the other may have many rows of one id.
    """
    also: tuple[str, ...] = ()
    """Of a ``partial`` join, the columns that the other's key has beside."""
    through: str = ""
    """The port that turns one code system into the other; '' where both columns hold the same."""
    restricted: bool = False
    """Whether one of the columns is not shown to everyone: the join then goes by tokens."""
    sql: str
    """A statement that makes the join."""
    card: Card


def joins(catalog: Catalog, address: str) -> tuple[Join, ...]:
    """The joins of the port, the most useful first; none for a port without ids of entities."""
    del catalog, address
    return ()
