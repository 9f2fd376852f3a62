"""What pages and the API stand on: the catalog with all that is known of a port, for any number of threads."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mesh_core.catalog import Catalog, CatalogError, Use
from mesh_core.contracts import Contract, Document, contract_from
from mesh_core.errors import UnknownAddressError
from mesh_core.marketplace.conditional import Tags
from mesh_core.marketplace.joinable import Joinable
from mesh_core.marketplace.kept import Kept
from mesh_core.marketplace.problems import NotFoundError
from mesh_core.marketplace.seen import seen
from mesh_core.marketplace.shelf import Shelf, State
from mesh_core.model import Address

if TYPE_CHECKING:
    from mesh_core.catalog import (
        Card,
        Change,
        CharterDeclaration,
        DomainDeclaration,
        LineageGraph,
        ProductRecord,
        PublicationRecord,
    )
    from mesh_core.catalog.catalog import Direction
    from mesh_core.catalog.events import UseKind
    from mesh_core.catalog.journal import Journal
    from mesh_core.observability import Standing
    from mesh_core.observability.kpis import Kpis
    from mesh_core.search import Found, Query, SearchIndex
    from mesh_core.search.joins import Join
    from mesh_core.settings import Settings

_SQLITE = "sqlite:///"
_MINUTE = 60
_HOUR = 3600
_KEPT = 500
"""Contracts and standings that are kept ready; a contract has some 20 kB."""
_INDEX_SECONDS = 2.0
"""How long a search waits for whoever is writing the index, before it answers from the old one."""


class Market:
    """One a service. Everything comes from the catalog; the tree is not needed.

    Raises CatalogError while the database can't be used, and works again when it can.
    """

    def __init__(self, settings: Settings, *, visitor: str = "") -> None:
        """``visitor`` is who looks at it, where that is one person: a service on this machine alone, an agent's."""
        self.settings = settings
        self._visitor = visitor
        self._begun: tuple[float, dict[str, str]] = (0.0, {})
        self._lock = threading.RLock()
        self._catalog: Catalog | None = None
        self._inode = 0
        self._shelf = Shelf()
        self.tags = Tags()
        self._contracts: Kept[str, Contract] = Kept(_KEPT)
        self._standings: Kept[str, tuple[int, float, Standing]] = Kept(_KEPT)
        self._indexed = -1
        self._indexing = threading.Lock()
        self._joins = Joinable(State())

    def now(self) -> datetime:
        """The time by which freshness, budgets and notice are counted."""
        return datetime.now(UTC)

    @property
    def catalog(self) -> Catalog:
        """The open catalog; a SQLite file that was replaced is opened anew, one that is gone is told."""
        file = _file_of(self.settings.catalog_url)
        with self._lock:
            if self._catalog is not None and file is not None:
                self._look_at(file)
            if self._catalog is None:
                self._catalog = Catalog(self.settings.catalog_url)
                self._inode = file.stat().st_ino if file is not None else 0
            return self._catalog

    def _look_at(self, file: Path) -> None:
        try:
            inode = file.stat().st_ino
        except OSError as error:
            message = f"the catalog {file.name} is gone: {error.strerror}"
            raise CatalogError(message, remedy="Put it back, or start the service again for a new one.") from error
        if inode != self._inode and self._catalog is not None:
            self._catalog.close()
            self._catalog = None
            self._shelf.clear()
            self._contracts.clear()

    @property
    def state(self) -> State:
        """All cards as of the newest change; one request sees one state, which it looks for once."""
        held = seen.get(None)
        if held is not None and held.state is not None:
            return held.state
        state, changes = self._shelf.fresh(self.catalog)
        if changes is None:
            self._contracts.clear()
        for change in changes or ():
            self._forget(change)
        if held is not None:
            held.state = state
        return state

    def renew(self) -> None:
        """Look for a newer state within this request: it has changed the catalog itself."""
        held = seen.get(None)
        if held is not None:
            held.state = None

    def _forget(self, change: Change) -> None:
        whole = "" if change.type.startswith("port.") else f"{change.domain}."
        self._contracts.drop(lambda name: name == change.subject or (bool(whole) and name.startswith(whole)))

    @property
    def moment(self) -> tuple[int, int]:
        """What an answer depends on that is made of the catalog alone: its state, and the minute of now."""
        return self.state.turn, int(self.now().timestamp() // _MINUTE)

    @property
    def cards(self) -> Mapping[str, Card]:
        """The card of every port by address, in order."""
        return self.state.cards

    def card(self, name: str) -> Card:
        """The card of the port that ``name`` spells; UnknownAddressError names near ones."""
        address, cards = Address.parse(name).sql, self.cards
        if address in cards:
            return cards[address]
        raise self.unknown(address)

    def unknown(self, name: str) -> UnknownAddressError:
        """That no port is called ``name``, with what is called nearly so."""
        return UnknownAddressError(f"the catalog knows no port {name[:200]}", remedy=near(name, self.cards))

    def contract(self, address: str) -> Contract:
        """The typed contract of a port, as declared, else as last published."""
        known = self._contracts.get(address)
        if known is None:
            document = Document(Path(f"{address}.contract"), self.document(address), "")
            known = self._contracts.put(address, contract_from(document))
        return known

    def document(self, address: str) -> dict[str, Any]:
        """The port's ODCS document as declared, else as last published."""
        found = self.catalog.document(address)
        if found is None:
            raise self.unknown(address)
        return found

    def publication(self, address: str) -> PublicationRecord | None:
        """The newest publication of a port with columns, sample, checks; None before the first."""
        return self.catalog.publication(address)

    def standing(self, address: str) -> Standing:
        """Service levels, trust and freshness of a port, at most a minute old."""
        from mesh_core.observability import standing_of

        state, now = self.state, self.now()
        known = self._standings.get(address)
        if known and known[0] == state.seq and now.timestamp() - known[1] < _MINUTE:
            return known[2]
        standing = standing_of(self.catalog, self.card(address), self.contract(address), now)
        self._standings.put(address, (state.seq, now.timestamp(), standing))
        return standing

    def lineage(
        self, address: str, direction: Direction = "upstream", *, column: str | None = None, depth: int | None = None
    ) -> LineageGraph:
        """What a port is made from or made into, as recorded; before its first publication as declared."""
        from mesh_core.marketplace.declared_lineage import declared_lineage

        try:
            return self.catalog.lineage(address, direction, column=column, depth=depth)
        except UnknownAddressError:
            if address not in self.cards:
                raise
            return declared_lineage(address, self.cards, down=direction == "downstream", depth=depth)

    def joins(self, address: str) -> tuple[Join, ...]:
        """Ports that this one can be joined with."""
        from mesh_core.search.joins import joins

        state = self.state
        if self._joins.turn != state.turn:
            self._joins = Joinable(state, self.charter().entities, self._joins)
        found = self._joins.found.get(address)
        if found is None:
            found = joins(self.catalog, address, cards=self._joins.offered(self.card(address)))
        return self._joins.found.put(address, found)

    def search(self, query: Query) -> Found:
        """What the search finds; SearchError as long as there is no index, which is then being made."""
        from mesh_core.search.errors import SearchError

        self.refresh_search()
        try:
            return self._index.search(query, now=self.now())
        except SearchError:  # its files are gone or broken: made anew
            self._indexed = -1
            self.refresh_search()
            return self._index.search(query, now=self.now())

    def refresh_search(self, *, again: bool = False) -> None:
        """Bring the search to the newest change; ``again`` also looks at what changes by itself with time.

        One thread does it. The others go on with the index that there is: a first one takes seconds to make, and
        would hold up every thread of the service.
        """
        seq = self.catalog.last_change()
        if not again and self._indexed == seq:
            return
        if not self._indexing.acquire(timeout=_INDEX_SECONDS if self._indexed < 0 else 0):
            return
        try:
            self._index.refresh(self.catalog, self.now(), wait=_INDEX_SECONDS)
            self._indexed = seq
        finally:
            self._indexing.release()

    @cached_property
    def _index(self) -> SearchIndex:
        from mesh_core.search import SearchIndex

        return SearchIndex(self.settings.cache / "search")

    def charter(self) -> CharterDeclaration:
        """Glossary, entities and council."""
        return self.catalog.charter()

    def domains(self) -> tuple[DomainDeclaration, ...]:
        """Every domain that is not withdrawn, by name."""
        return self.catalog.declared_domains()

    def domain(self, name: str) -> DomainDeclaration:
        """One domain; NotFoundError names near ones."""
        found = self.catalog.declared_domain(name)
        if found is None:
            known = {each.domain.name: None for each in self.catalog.declared_domains(bare=True)}
            message = f"the catalog knows no domain '{name[:200]}'"
            raise NotFoundError(message, remedy=near(name, known))
        return found

    def product(self, product_id: str) -> ProductRecord:
        """One product; NotFoundError names near ones."""
        found = self.catalog.product(product_id)
        if found is None:
            known = {card.product_id: None for card in self.cards.values()}
            message = f"the catalog knows no product '{product_id[:200]}'"
            raise NotFoundError(message, remedy=near(product_id, known))
        return found

    def kpis(self, days: int) -> Kpis:
        """Lead times, consumers and reads; from the first commits where the tree is in git."""
        from mesh_core.observability.kpis import kpis

        return kpis(self.catalog, self.now(), days=days, created=self._beginnings())

    def _beginnings(self) -> dict[str, str]:
        """When each product's folder was first committed; looked up once an hour."""
        from mesh_core.observability.beginnings import first_commits

        now = self.now().timestamp()
        if now - self._begun[0] > _HOUR:
            root = self.settings.root
            folders = {
                port.product_id: (root / port.contract_file).parent
                for domain in self.domains()
                for port in domain.ports
                if port.contract_file
            }
            self._begun = (now, first_commits(root, folders))
        return self._begun[1]

    def record(self, kind: UseKind, address: str, *, via: str, detail: str = "", rows: int | None = None) -> None:
        """Note that somebody looked at a port or searched; the background work takes it into the catalog."""
        at = self.now().isoformat()
        use = Use(kind=kind, address=address, at=at, consumer=self._visitor, via=via, detail=detail[:500], rows=rows)
        self.journal.note(use)

    @cached_property
    def journal(self) -> Journal:
        """Where uses are noted, one line each."""
        from mesh_core.catalog.journal import Journal

        return Journal(self.settings.home / "journal")

    def absorb(self) -> None:
        """Take the noted uses and confirmations over into the catalog, and count them on the cards."""
        self.catalog.absorb(self.journal)
        self._shelf.count_uses(self.catalog, self.now(), self.state)

    def observe(self) -> None:
        """Measure service levels, and keep how the ports stand."""
        from mesh_core.observability import observe

        observe(self.catalog, self.settings, self.now())

    def close(self) -> None:
        """Release the database's connections."""
        with self._lock:
            if self._catalog is not None:
                self._catalog.close()
                self._catalog = None


def near(name: str, known: Mapping[str, object]) -> str:
    """A remedy that names what is called nearly like ``name``."""
    import difflib

    found = difflib.get_close_matches(name[:200], list(known), n=3, cutoff=0.5)
    return f"Did you mean {', '.join(found)}?" if found else "The search finds what there is."


def _file_of(url: str) -> Path | None:
    """The file of a SQLite catalog; None for another database."""
    return Path(url.removeprefix(_SQLITE)) if url.startswith(_SQLITE) else None
