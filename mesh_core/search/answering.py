"""One answer: hits, their explanation, and the counts of the facets."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mesh_core.search import ranking
from mesh_core.search.asking import Wording, both, filters, has_all, matching, ranked, worded
from mesh_core.search.excerpts import Sought, explained
from mesh_core.search.freshness import CLASSES, bounds, freshness
from mesh_core.search.query import FACETS, MAX_PAGE, FacetValue, Found, Hit, Query
from mesh_core.search.schema import ORDERS, STORED_FACETS, entry_in, fresh_moment, schema, seconds
from mesh_core.search.spelling import Vocabulary

if TYPE_CHECKING:
    import tantivy

    from mesh_core.search.standing import Grade

_MOST_VALUES = 200
"""Of one facet that are counted."""
_SURELY_MEANT = 6
"""Letters from which on a word that looks alike is what was meant."""


class Opened:
    """An index at one moment: what is written later does not show."""

    def __init__(self, folder: Path) -> None:
        import tantivy

        self.searcher = tantivy.Index.open(str(folder)).searcher()
        self.ports: int = self.searcher.num_docs

    @cached_property
    def vocabulary(self) -> Vocabulary:
        return Vocabulary(self.searcher.terms_with_prefix("word", ""), self._knows)

    def grades(self, addresses: Collection[str]) -> dict[str, Grade]:
        """Those that the index has of the ports named."""
        from tantivy import Query

        found = self.searcher.search(Query.term_set_query(schema(), "address", list(addresses)), max(1, len(addresses)))
        entries = (entry_in(self.searcher.doc(place)) for _, place in found.hits)
        return {entry.card.address: (entry.trust, entry.slo) for entry in entries}

    def _knows(self, stem: str) -> bool:
        return any(self.searcher.doc_freq(field, stem) for field in ranking.BOOSTS)


def answer(opened: Opened, query: Query, now: datetime) -> Found:
    """The page that was asked for."""
    wording, wanted, partial = _wanted(opened, query.words)
    chosen = filters(query, now)
    size = max(1, min(query.size, MAX_PAGE))
    page = max(1, query.page)
    by_words = query.sort == "relevance"
    ordered = both(ranked(wording, wanted) if by_words else wanted, chosen)
    total, hits = _hits(opened, ordered, query.sort, ((page - 1) * size, size))
    sought = Sought(wording.every, wording.begun)
    return Found(
        total=total,
        hits=tuple(_hit(found, stored, sought, now) for found, stored in hits),
        facets=_facets(opened, wanted, query, now),
        corrected=wording.corrected,
        partial=partial,
        page=page,
        size=size,
    )


def _wanted(opened: Opened, text: str) -> tuple[Wording, tantivy.Query, bool]:
    """The query of the words; if no port has them all, it is told, and half of them are enough."""
    wording = worded(text, opened.vocabulary)
    if len(wording.parts) < 2 or _count(opened, has_all(wording)):
        return wording, matching(wording), False
    # A correction that leads nowhere was none: of short words there is always one that looks alike.
    wording = worded(text, opened.vocabulary, shortest=_SURELY_MEANT)
    wanted = matching(wording)
    wanted = wanted if _count(opened, wanted) else matching(wording, partly=True)
    return wording, wanted, _count(opened, wanted) > 0


def _hits(
    opened: Opened, query: tantivy.Query, sort: str, span: tuple[int, int]
) -> tuple[int, list[tuple[float, tantivy.Document]]]:
    """How many there are, and those of the span with their scores."""
    offset, size = span
    if offset >= opened.ports:  # the collector would make room for all that lies before
        return _count(opened, query), []
    sorted_by, weighed_by = (ORDERS[sort], None) if sort in ORDERS else (None, "weight")
    found = opened.searcher.search(query, size, True, sorted_by, offset, weight_by_field=weighed_by)
    scores = [0.0 if sort in ORDERS else ranking.score(score) for score, _ in found.hits]
    documents = [opened.searcher.doc(place) for _, place in found.hits]
    return _counted_of(found), list(zip(scores, documents, strict=True))


def _count(opened: Opened, query: tantivy.Query) -> int:
    return _counted_of(opened.searcher.search(query, 1))


def _counted_of(found: tantivy.SearchResult) -> int:
    counted: int = found.count  # type: ignore[attr-defined] # its types forget it
    return counted


def _hit(score: float, stored: tantivy.Document, sought: Sought, now: datetime) -> Hit:
    entry = entry_in(stored)
    matched, snippet, marks = explained(entry, sought)
    return Hit(
        address=entry.card.address,
        score=round(score, 4),
        card=entry.card,
        trust=entry.trust,
        slo=entry.slo,
        freshness=freshness(seconds(fresh_moment(entry)), now),
        matched=matched,
        snippet=snippet,
        marks=marks,
    )


def _facets(opened: Opened, wanted: tantivy.Query, query: Query, now: datetime) -> dict[str, tuple[FacetValue, ...]]:
    """Each facet counted under the choices of the others; all that have no choice of their own in one pass."""
    free = [name for name in FACETS if not query.chosen(name)]
    counted = _counted(opened, both(wanted, filters(query, now)), free, now)
    for name in FACETS:
        if query.chosen(name):
            counted |= _counted(opened, both(wanted, filters(query, now, but=name)), [name], now)
    return {name: _values(name, counted.get(name, {}), query.chosen(name)) for name in FACETS}


def _counted(opened: Opened, query: tantivy.Query, names: list[str], now: datetime) -> dict[str, dict[str, int]]:
    wanted: dict[str, Any] = {
        name: {"terms": {"field": f"facet_{name}", "size": _MOST_VALUES}} for name in names if name in STORED_FACETS
    }
    if "freshness" in names:
        ranges = [dict(zip(("from", "to"), bounds(name, now), strict=True), key=name) for name in CLASSES]
        wanted["freshness"] = {"range": {"field": "fresh_at", "ranges": ranges}}
    if not wanted:
        return {}
    told = opened.searcher.aggregate(query, wanted)
    return {
        name: {bucket["key"]: bucket["doc_count"] for bucket in told[name]["buckets"] if bucket["doc_count"]}
        for name in wanted
    }


def _values(name: str, counts: dict[str, int], chosen: tuple[str, ...]) -> tuple[FacetValue, ...]:
    found = {**dict.fromkeys(chosen, 0), **counts}
    if name == "freshness":
        order = [value for value in (*CLASSES, *chosen) if value in found]
        return tuple(FacetValue(value, found[value], value in chosen) for value in dict.fromkeys(order))
    ranked = sorted(found.items(), key=lambda pair: (-pair[1], pair[0]))
    return tuple(FacetValue(value, count, value in chosen) for value, count in ranked)
