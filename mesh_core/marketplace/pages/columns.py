"""The columns of a port as its page shows them: what is promised, what they hold, and where they come from."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from mesh_core.contracts.bindings import Binding, bindings_in

if TYPE_CHECKING:
    from mesh_core.catalog import Card, ColumnRecord, KeyMeasurement, PublicationRecord
    from mesh_core.contracts import Column, Contract

_HIDDEN = frozenset({"restricted", "confidential"})


class ColumnLine(msgspec.Struct, frozen=True, kw_only=True):
    """A column as promised, with what is known of its values and where they come from."""

    promise: Column
    binding: Binding | None
    """The entity whose ids or codes it holds."""
    keys: KeyMeasurement | None
    """How those of the newest version meet the entity's register."""
    limits: str
    """What its values may be, in words."""
    sources: tuple[tuple[str, str], ...]
    """Address and column of what it is computed from."""
    profile: ColumnRecord | None
    hidden: bool
    """Whether its values are not shown to everyone."""

    @property
    def distinct(self) -> int | None:
        """How many different values it has: as the profile estimates, or as the ids of an entity were counted."""
        estimated = self.profile.distinct if self.profile else None
        return self.keys.keys if estimated is None and self.keys else estimated


def columns_of(card: Card, contract: Contract, publication: PublicationRecord | None) -> tuple[ColumnLine, ...]:
    """Every column of the contract, with what its newest version was found to hold."""
    profiles = {column.name: column for column in publication.columns} if publication else {}
    sources: dict[str, list[tuple[str, str]]] = {}
    for edge in publication.lineage if publication else ():
        sources.setdefault(edge.column, []).append((edge.input, edge.input_column))
    entities = {column.name: column.entity for column in card.columns if column.entity}
    keys = {each.column: each for each in publication.keys} if publication else {}
    return tuple(
        ColumnLine(
            promise=column,
            binding=_binding(column, entities.get(column.name, "")),
            keys=keys.get(column.name),
            limits=limits_of(column),
            sources=tuple(sorted(set(sources.get(column.name, ())))),
            profile=profiles.get(column.name),
            hidden=column.classification in _HIDDEN,
        )
        for column in contract.columns
    )


def _binding(column: Column, entity: str) -> Binding | None:
    return next(iter(bindings_in(column.tags)), Binding(entity) if entity else None)


def limits_of(column: Column) -> str:
    """What the column's values may be: ``from 1 to 9999``, ``one of EWR, JFK, LGA``, ``like ^[A-Z]{3}$``."""
    options, parts = column.options, []
    if column.enum:
        shown = ", ".join(str(value) for value in column.enum[:6])
        parts.append(f"one of {shown}" + (" …" if len(column.enum) > 6 else ""))
    for low, high, what in (("minimum", "maximum", ""), ("minLength", "maxLength", " characters")):
        parts.append(_between(options.get(low), options.get(high), what))
    if options.get("pattern"):
        parts.append(f"like {options['pattern']}")
    if column.unique and not column.primary_key:
        parts.append("each value once")
    return "; ".join(part for part in parts if part)


def _between(low: Any, high: Any, what: str) -> str:
    if low is not None and high is not None:
        return f"{low}{what}" if low == high else f"from {low} to {high}{what}"
    if low is not None:
        return f"at least {low}{what}"
    return "" if high is None else f"at most {high}{what}"
