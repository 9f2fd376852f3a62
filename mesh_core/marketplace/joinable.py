"""Which cards can be joined at all, so that nobody looks through ten thousand for the joins of one port."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from mesh_core.contracts.bindings import bindings_in
from mesh_core.marketplace.kept import Kept

if TYPE_CHECKING:
    from mesh_core.catalog import Card
    from mesh_core.governance import Entity
    from mesh_core.marketplace.shelf import State
    from mesh_core.search.joins import Join

Entities = frozenset[str]

_KEPT = 500
"""Ports whose joins are kept ready."""


class Joinable:
    """The cards of one state by the entities whose ids they hold; what the last state knew of a card still holds."""

    def __init__(self, state: State, entities: Iterable[Entity] = (), before: Joinable | None = None) -> None:
        self.turn = state.turn
        self.found: Kept[str, tuple[Join, ...]] = Kept(_KEPT)
        self._registers: dict[str, set[str]] = {}
        for entity in entities:
            self._registers.setdefault(entity.port, set()).add(entity.name)
        known = before._known if before is not None and before._registers == self._registers else {}
        self._known: dict[str, tuple[Card, Entities]] = {}
        self._by_entity: dict[str, list[Card]] = {}
        for address, card in state.cards.items():
            entry = known.get(address)
            if entry is None or entry[0] is not card:
                entry = (card, self._entities(card))
            self._known[address] = entry
            for name in entry[1]:
                self._by_entity.setdefault(name, []).append(card)

    def offered(self, card: Card) -> list[Card]:
        """The port's own card, and every card with ids of one of its entities."""
        names = sorted(self._entities(card))
        cards = {each.address: each for name in names for each in self._by_entity.get(name, ())}
        return [*{**cards, card.address: card}.values()]

    def _entities(self, card: Card) -> Entities:
        """By the tags of its columns, and by the entities whose register it is."""
        bound = (binding.entity for column in card.columns for binding in bindings_in(column.tags))
        return frozenset(bound) | frozenset(self._registers.get(card.uri, ()))
