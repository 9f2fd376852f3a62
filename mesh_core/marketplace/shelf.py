"""Every port's card in memory, brought up to date by the catalog's changes."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from mesh_core.catalog import Card, Catalog, Change

USE_DAYS = 30
"""The span over which a card counts views, reads and readers."""
_MANY = 1000
"""Changes: from here on all cards are read anew, in a handful of queries."""


class State(msgspec.Struct, frozen=True):
    """The cards as of one change; never altered, replaced by the next."""

    seq: int = -1
    cards: Mapping[str, Card] = MappingProxyType({})
    turn: int = 0
    """Grows with every new state, also when only uses were counted."""


class Shelf:
    """One state for all threads. Reading it takes no lock; a newer one is made by one thread at a time."""

    def __init__(self) -> None:
        self.state = State()
        self._lock = threading.Lock()

    def clear(self) -> None:
        """Forget all: another database stands behind the catalog now."""
        with self._lock:
            self.state = State(turn=self.state.turn + 1)

    def fresh(self, catalog: Catalog) -> tuple[State, tuple[Change, ...] | None]:
        """The state of now and the changes since the last one; None for them when everything was read anew."""
        if catalog.last_change() == self.state.seq:
            return self.state, ()
        with self._lock:
            return self._fresh(catalog)

    def _fresh(self, catalog: Catalog) -> tuple[State, tuple[Change, ...] | None]:
        before = self.state
        # Read before the cards: what is changed in between is read again, never missed.
        seq = catalog.last_change()
        if seq == before.seq:
            return before, ()
        changes = catalog.changes(before.seq, _MANY) if 0 <= before.seq < seq else ()
        if not changes or len(changes) == _MANY or any("domain." in change.type for change in changes):
            cards = {card.address: card for card in catalog.cards()}
            told = None
        else:
            cards = dict(sorted({**before.cards, **_renewed(catalog, changes, before)}.items()))
            told = changes
        self.state = State(seq, MappingProxyType(cards), before.turn + 1)
        return self.state, told

    def count_uses(self, catalog: Catalog, now: datetime, state: State) -> None:
        """Bring views, reads and readers up to date: they change without being changes of the catalog."""
        since = (now - timedelta(days=USE_DAYS)).isoformat()
        counts = catalog.use_counts(since)
        with self._lock:
            before = self.state
            if before is not state:
                return  # cards were read anew meanwhile, with their uses
            cards = dict(before.cards)
            for address, card in before.cards.items():
                count = counts.get(address)
                new = (count.views, count.reads, count.readers) if count else (0, 0, 0)
                if new != (card.views, card.reads, card.readers):
                    cards[address] = msgspec.structs.replace(card, views=new[0], reads=new[1], readers=new[2])
            if any(cards[address] is not card for address, card in before.cards.items()):
                self.state = State(before.seq, MappingProxyType(cards), before.turn + 1)


def _renewed(catalog: Catalog, changes: tuple[Change, ...], before: State) -> dict[str, Card]:
    """The cards that may differ: the subjects, the ports of a product, and what they read or have read."""
    subjects = {change.subject for change in changes}
    touched = subjects | {card.address for card in before.cards.values() if card.product_id in subjects}
    found = {card.address: card for card in catalog.cards(touched)}
    known = [*found.values(), *(before.cards[address] for address in touched if address in before.cards)]
    read = {address for card in known for address in card.inputs} - found.keys()
    return found | {card.address: card for card in (catalog.cards(read) if read else ())}
