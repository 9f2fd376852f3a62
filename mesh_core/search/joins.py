"""Which ports can be joined with one, and how much of it would meet.

Columns of two ports can be joined where contracts bind them to the same entity. Of one code system they meet as they
are; of two, the entity's register turns one into the other. How many ids would meet is known from publications: each
counted the ids that its registers know, and left a sketch of its ids, from which the overlap with any other column
is told.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

import msgspec

from mesh_core.catalog import Card
from mesh_core.errors import UnknownAddressError
from mesh_core.search.join_pairs import RELATIONS, Pair, Relation, pairs, sql_name, statement

if TYPE_CHECKING:
    from mesh_core.catalog import Catalog, KeyMeasurement
    from mesh_core.contracts.bindings import Binding
    from mesh_core.storage.sketches import Overlap

MOST = 100
"""Other ports that are told of: a sketch has up to 32 kB, and nobody reads more."""
_HIDDEN = frozenset({"restricted", "confidential"})
_Z = 1.96


class Join(msgspec.Struct, frozen=True, kw_only=True):
    """One column of this port and one of another that name the same kind of thing."""

    address: str
    """Of the other port."""
    column: str
    other_column: str
    entity: str
    code: str = ""
    """The code system that both columns are of; '' for global ids, and where they are of two."""
    rate: float | None = None
    """Share of this port's ids that the other has, 0 to 1; None if it can't be told."""
    other_rate: float | None = None
    """Share of the other's ids that this port has."""
    common: int | None = None
    """Ids that both have."""
    exact: bool = False
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
    """The register that turns one code system into the other; '' where both columns hold the same."""
    restricted: bool = False
    """Whether one of the columns is not shown to everyone: the join then goes by tokens."""
    sql: str
    """A statement that makes the join."""
    card: Card


def joins(catalog: Catalog, address: str, *, cards: Iterable[Card] | None = None, most: int = MOST) -> tuple[Join, ...]:
    """The joins of the port, the most useful first; none for a port without ids of entities.

    Of more than ``most`` other ports the most promising are told of, as far as that shows before anything is measured.
    ``cards`` are all cards of the catalog, where the caller has them at hand. UnknownAddressError for a port that the
    catalog does not know.
    """
    known = {card.address: card for card in (catalog.cards() if cards is None else cards)}
    if address not in known:
        message = f"the catalog knows no port '{address}'"
        raise UnknownAddressError(message, remedy="`mesh list` shows all ports; `mesh register` makes one known.")
    own = known.pop(address)
    entities = {entity.name: entity for entity in catalog.charter().entities}
    found = [pair for card in known.values() if _is_offered(card, own) for pair in pairs(own, card, entities)]
    found.sort(key=lambda pair: pair.promise)
    chosen = list(dict.fromkeys(pair.card.address for pair in found))[:most]
    keys = catalog.key_measurements([address, *chosen]) if found else {}
    kept = frozenset(chosen)
    return tuple(sorted((_join(own, pair, keys) for pair in found if pair.card.address in kept), key=_usefulness))


def _is_offered(card: Card, own: Card) -> bool:
    """Whether anybody should join with it: not with what is gone, nor with another version of the same port."""
    return not card.withdrawn_at and card.status != "retired" and card.contract_id != own.contract_id


class _Figures(msgspec.Struct, frozen=True, kw_only=True):
    rate: float | None = None
    other_rate: float | None = None
    common: int | None = None
    exact: bool = False
    margin: float | None = None


def _join(own: Card, pair: Pair, keys: Mapping[str, Sequence[KeyMeasurement]]) -> Join:
    here = _measured(keys.get(own.address, ()), pair.column, pair.binding)
    there = _measured(keys.get(pair.card.address, ()), pair.other_column, pair.other_binding)
    figures = _figures(here, there, pair) if here and there else _Figures()
    hidden = {column.name for column in own.columns if column.classification in _HIDDEN}
    hidden_there = {column.name for column in pair.card.columns if column.classification in _HIDDEN}
    return Join(
        address=pair.card.address,
        column=pair.column,
        other_column=pair.other_column,
        entity=pair.binding.entity,
        code=pair.binding.code if pair.binding == pair.other_binding else "",
        rate=figures.rate,
        other_rate=figures.other_rate,
        common=figures.common,
        exact=figures.exact,
        margin=figures.margin,
        relation=pair.relation,
        also=pair.also,
        through=sql_name(pair.through) if pair.through else "",
        restricted=pair.column in hidden or pair.other_column in hidden_there,
        sql=statement(own, pair),
        card=pair.card,
    )


def _measured(keys: Sequence[KeyMeasurement], column: str, binding: Binding) -> KeyMeasurement | None:
    """None also for a measurement of what the column was bound to before."""
    wanted = (column, binding.entity, binding.code)
    return next((each for each in keys if (each.column, each.entity, each.code) == wanted), None)


def _figures(here: KeyMeasurement, there: KeyMeasurement, pair: Pair) -> _Figures:
    """Counted where one side is the register: the other knows how many of its ids that has. Else from sketches."""
    if pair.owner == "other" and here.register == pair.card.address and here.resolved is not None:
        return _counted(here.resolved, here.keys, there.keys)
    if pair.owner == "this" and there.resolved is not None:
        return _counted(there.resolved, here.keys, there.keys)
    coded = pair.binding.code or pair.other_binding.code
    if coded and (here.resolved is None or there.resolved is None):
        # Codes that no register has turned into ids have other hashes than those that one has.
        return _Figures()
    return _from_sketches(here, there)


def _from_sketches(here: KeyMeasurement, there: KeyMeasurement) -> _Figures:
    from mesh_core.storage.sketches import compare

    overlap = compare((here.sketch, here.keys), (there.sketch, there.keys))
    if overlap is None:
        return _Figures()
    if overlap.exact:
        return _counted(overlap.common, here.keys, there.keys)
    return _Figures(
        rate=_share(overlap.common, overlap.left),
        other_rate=_share(overlap.common, overlap.right),
        common=_common(overlap, here.keys, there.keys),
        margin=_margin(overlap.common, overlap.left),
    )


def _common(overlap: Overlap, here: int, there: int) -> int | None:
    """Both sides tell it, each by its share of what was compared; None if one had nothing to compare."""
    if not (overlap.left and overlap.right):
        return None
    return min(round(overlap.common / (overlap.left + overlap.right) * (here + there)), here, there)


def _counted(common: int, here: int, there: int) -> _Figures:
    # A register that is newer than the count may have fewer ids than were counted.
    common = min(common, here, there)
    return _Figures(rate=_share(common, here), other_rate=_share(common, there), common=common, exact=True, margin=0.0)


def _share(common: int, of: int) -> float | None:
    return common / of if of else None


def _margin(common: int, of: int) -> float | None:
    """Half of Wilson's interval, which is not nothing where all or none of a sample meet."""
    if not of:
        return None
    share, square = common / of, _Z * _Z
    return _Z / (1 + square / of) * math.sqrt(share * (1 - share) / of + square / (4 * of * of))


def _usefulness(join: Join) -> tuple[object, ...]:
    """Sorts what brings most first: something meets, one row for one, much of it."""
    return (
        join.exact and join.rate == 0,
        join.card.status == "deprecated",
        RELATIONS.index(join.relation),
        -(join.rate if join.rate is not None else -1.0),
        bool(join.through),
        bool(join.code),
        join.restricted,
        join.column != join.other_column,
        -join.card.reads,
        join.address,
        join.column,
        join.other_column,
    )
