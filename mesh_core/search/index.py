"""The search index of one mesh."""

from __future__ import annotations

import time
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING

from mesh_core.search import filling
from mesh_core.search.answering import Opened, answer
from mesh_core.search.errors import SearchError
from mesh_core.search.files import IndexFiles, State
from mesh_core.search.query import Found, Query
from mesh_core.search.schema import document
from mesh_core.search.standing import UNKNOWN, grades

if TYPE_CHECKING:
    import tantivy

    from mesh_core.catalog import Catalog
    from mesh_core.search.entries import Entry

GRADES_HOLD = 60.0
"""Seconds after which trust, service levels and use are looked at again, though the catalog tells of no change."""

_WAIT_FOR_FIRST = 60.0
_HEAP = 64_000_000
_BROKEN = (ValueError, OSError, RuntimeError)
"""What tantivy raises when its files are not as it left them."""


class SearchIndex:
    """Finds ports by what is said of them. Any number of processes may use one folder; threads may share an object.

    Derived from the catalog alone: deleting the folder costs a moment, never knowledge.
    """

    def __init__(self, folder: Path) -> None:
        self._files = IndexFiles(folder)
        self._refreshing = Lock()
        self._opening = Lock()
        self._grading_took = 0.0
        self._opened: tuple[tuple[int, int], Opened] | None = None

    def refresh(self, catalog: Catalog, now: datetime, *, grades_hold: float = GRADES_HOLD, wait: float = 0.0) -> int:
        """Take over what changed in the catalog; returns how many ports were written or dropped.

        Trust, service levels and use, of which the catalog tells no change, are looked at again after ``grades_hold``
        seconds. If another process is at it, that one will be done: 0 after ``wait`` seconds.
        """
        with self._refreshing:
            if self._is_current(catalog, now, grades_hold):
                return 0
            first = self._files.state() is None
            with self._files.writing(_WAIT_FOR_FIRST if first else wait) as mine:
                if not mine or (first and self._is_current(catalog, now, grades_hold)):
                    return 0
                begin = time.perf_counter()
                written = self._update(catalog, now, grades_hold)
                self._grading_took = time.perf_counter() - begin
                return written

    def search(self, query: Query, *, now: datetime | None = None) -> Found:
        """The ports that the words are about, best first, and how they spread over the facets.

        Whatever the words: they are never refused. SearchError when there is no index that can be read.
        """
        begin = time.perf_counter()
        opened = self._current()
        try:
            found = answer(opened, query, now or datetime.now(UTC))
        except _BROKEN as error:
            self._files.forget()
            raise _unreadable() from error
        return found.lasting(time.perf_counter() - begin)

    def known(self) -> State | None:
        """What the index was made from; None while there is none that can be read."""
        return self._files.state() if self._usable() else None

    def _is_current(self, catalog: Catalog, now: datetime, grades_hold: float) -> bool:
        state = self.known()
        return (
            state is not None
            and not self._aged(state, now, grades_hold)
            and state.seq == catalog.last_change()
            and _same_catalog(state, catalog)
        )

    def _aged(self, state: State, now: datetime, grades_hold: float) -> bool:
        """Whether trust and the like must be looked at; of a large mesh less often, so that it costs 5 % at most."""
        return now.timestamp() - state.graded_at >= max(grades_hold, 20 * self._grading_took)

    def _update(self, catalog: Catalog, now: datetime, grades_hold: float) -> int:
        """Write what differs; whoever reads sees all of it at once."""
        state = self.known()
        if state is None or not _same_catalog(state, catalog):
            return self._make(catalog, now)
        changes = filling.changed_since(catalog, state.seq)
        if changes is None:
            return self._make(catalog, now)
        told = filling.concerned(changes, state.digests.keys())
        look = None if self._aged(state, now, grades_hold) or len(state.digests) <= filling.FEW else told
        cards = catalog.cards(look)
        graded = grades(catalog, now) if look is None else self._current().grades(look)
        digests = {card.address: filling.digest(card, graded.get(card.address, UNKNOWN)) for card in cards}
        gone = (state.digests.keys() if look is None else look & state.digests.keys()) - digests.keys()
        new = [
            card
            for card in cards
            if told is None or card.address in told or state.digests.get(card.address) != digests[card.address]
        ]
        if new or gone:
            entries = filling.entries(catalog, new, graded)
            _write(self._files.path(state), entries, {*gone, *(card.address for card in new)})
        kept = {address: digest for address, digest in state.digests.items() if address not in gone}
        seq, change = (changes[-1].seq, changes[-1].id) if changes else (state.seq, state.change)
        graded_at = now.timestamp() if look is None else state.graded_at
        self._files.keep(
            State(folder=state.folder, seq=seq, change=change, graded_at=graded_at, digests=kept | digests)
        )
        return len(new) + len(gone)

    def _make(self, catalog: Catalog, now: datetime) -> int:
        """A new index beside the old one, which answers until the new one is there."""
        seq = catalog.last_change()  # before reading: what comes meanwhile is read twice rather than missed
        change = _change_id(catalog, seq)
        graded, cards = grades(catalog, now), catalog.cards()
        digests = {card.address: filling.digest(card, graded.get(card.address, UNKNOWN)) for card in cards}
        folder = self._files.new_folder()
        state = State(folder=folder, seq=seq, change=change, graded_at=now.timestamp(), digests=digests)
        _write(self._files.path(state), filling.entries(catalog, cards, graded), ())
        self._files.keep(state)
        return len(cards)

    def _usable(self) -> bool:
        try:
            self._current()
        except SearchError:
            return False
        return True

    def _current(self) -> Opened:
        """The index as it is on disk now, opened."""
        stamp = self._files.stamp()
        held = self._opened
        if held is not None and held[0] == stamp:
            return held[1]
        with self._opening:
            for _ in range(3):  # the folder may be replaced between reading the state and opening it
                stamp, state = self._files.stamp(), self._files.state()
                if stamp is None or state is None:
                    raise _unreadable()
                try:
                    opened = Opened(self._files.path(state))
                except _BROKEN as error:
                    failure = error
                    continue
                self._opened = (stamp, opened)
                return opened
        raise _unreadable() from failure


def _same_catalog(state: State, catalog: Catalog) -> bool:
    return _change_id(catalog, state.seq) == state.change


def _change_id(catalog: Catalog, seq: int) -> str:
    found = catalog.changes(after=seq - 1, limit=1) if seq else ()
    return found[0].id if found and found[0].seq == seq else ""


def _write(folder: Path, new: Iterable[Entry], replaced: Iterable[str]) -> None:
    index = _index(folder)
    writer = index.writer(_HEAP, 1)
    for address in replaced:
        writer.delete_documents_by_term("address", address)
    for entry in new:
        writer.add_document(document(entry))
    writer.commit()
    writer.wait_merging_threads()


def _index(folder: Path) -> tantivy.Index:
    import tantivy

    from mesh_core.search.schema import TOKENIZER, schema
    from mesh_core.search.words import analyzer

    index = tantivy.Index(schema(), path=str(folder))
    index.register_tokenizer(TOKENIZER, analyzer())
    return index


def _unreadable() -> SearchError:
    message = "there is no search index that can be read"
    return SearchError(message, remedy="It is made anew at the next refresh: try again in a minute.")
