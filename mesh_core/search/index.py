"""The search index of one mesh."""

from __future__ import annotations

import time
from collections import Counter
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from mesh_core.search.query import FACETS, FacetValue, Found, Hit, Query

if TYPE_CHECKING:
    from mesh_core.catalog import Card, Catalog


class SearchIndex:
    """Finds ports by what people say of them."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._cards: tuple[Card, ...] = ()

    def refresh(self, catalog: Catalog, now: datetime) -> int:  # noqa: ARG002
        """Take over what changed in the catalog; returns how many ports were indexed anew."""
        self._cards = catalog.cards()
        return len(self._cards)

    def search(self, query: Query) -> Found:
        """The ports that the query is about, best first."""
        begin = time.perf_counter()
        words = query.words.lower().split()
        cards = [card for card in self._cards if _fits(card, query) and all(word in _text(card) for word in words)]
        start = (query.page - 1) * query.size
        hits = tuple(Hit(address=card.address, score=1.0, card=card) for card in cards[start : start + query.size])
        facets = {name: _counted(name, cards, query) for name in FACETS}
        took = time.perf_counter() - begin
        return Found(total=len(cards), hits=hits, facets=facets, page=query.page, size=query.size, seconds=took)


def _text(card: Card) -> str:
    columns = " ".join(f"{column.name} {column.description}" for column in card.columns)
    return f"{card.address} {card.name} {card.purpose} {columns}".lower()


def _values(card: Card, facet: str) -> tuple[str, ...]:
    if facet == "entity":
        return tuple({column.entity for column in card.columns if column.entity})
    if facet == "tag":
        return card.tags
    own = {"domain": card.domain, "kind": card.domain_kind, "status": card.status, "owner": card.owner}
    return (own.get(facet) or getattr(card, facet, "") or "unknown",)


def _fits(card: Card, query: Query) -> bool:
    return all(not query.chosen(name) or set(query.chosen(name)) & set(_values(card, name)) for name in FACETS)


def _counted(facet: str, cards: list[Card], query: Query) -> tuple[FacetValue, ...]:
    counts = Counter(value for card in cards for value in _values(card, facet))
    return tuple(FacetValue(value, number, value in query.chosen(facet)) for value, number in counts.most_common())
