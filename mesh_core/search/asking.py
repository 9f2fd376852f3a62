"""A reader's words as a query of the index, and the filters of the chosen facets."""

from __future__ import annotations

import re
from datetime import datetime
from itertools import pairwise
from typing import TYPE_CHECKING

import msgspec

from mesh_core.search import ranking
from mesh_core.search.freshness import CLASSES, bounds
from mesh_core.search.query import FACETS
from mesh_core.search.schema import schema
from mesh_core.search.words import SOFT_WORDS, STOP_WORDS, clean, stems, words

if TYPE_CHECKING:
    import tantivy

    from mesh_core.search.query import Query
    from mesh_core.search.spelling import Vocabulary

_MOST_LETTERS = 1_000
_MOST_WORDS = 16
"""Of a question; what comes after is not looked at."""
_ENOUGH = 0.5
"""The share of the words that a port must have if none has all."""
_SHORT = 4
"""Words of a short question."""
_QUOTED = re.compile(r'"([^"]*)"')


class Wording(msgspec.Struct, frozen=True, kw_only=True):
    """What a reader typed, taken apart."""

    parts: tuple[str, ...] = ()
    """The words to find, corrected, in order."""
    soft: tuple[str, ...] = ()
    """Words that count where they are, and need not be there."""
    every: tuple[str, ...] = ()
    """The same with the stop words: what phrases and names are compared with."""
    phrases: tuple[tuple[str, ...], ...] = ()
    """What stood in double quotes."""
    corrected: str = ""
    """The whole question as it was taken, '' if it was taken as it is."""
    begun: frozenset[str] = frozenset()
    """Those of the words that may go on: the last, as it is typed, and what no port has as a whole word."""


def worded(text: str, vocabulary: Vocabulary, *, shortest: int = 0) -> Wording:
    """The words of a question; those of ``shortest`` letters or more that no port has are corrected."""
    text = text[:_MOST_LETTERS]
    typed = words(text)[:_MOST_WORDS]
    every: list[str] = []
    begun: set[str] = set()
    for word in typed:
        if word in STOP_WORDS or vocabulary.has(word):
            every.append(word)
        elif vocabulary.begins(word):
            every.append(word)
            begun.add(word)
        else:
            every += (len(word) >= shortest and vocabulary.corrected(word)) or (word,)
    if typed and every[-1] == typed[-1] and not text.endswith((" ", '"')):
        begun.add(every[-1])
    phrases = tuple(tuple(words(quoted)) for quoted in _QUOTED.findall(text))
    meaning = [word for word in every if word not in STOP_WORDS]
    parts = [word for word in meaning if word not in SOFT_WORDS] or meaning or every
    return Wording(
        parts=tuple(parts),
        soft=tuple(word for word in meaning if word in SOFT_WORDS and word not in parts),
        every=tuple(every),
        phrases=tuple(phrase for phrase in phrases if len(phrase) > 1),
        corrected=" ".join(every) if every != typed else "",
        begun=frozenset(begun),
    )


def matching(wording: Wording, *, partly: bool = False) -> tantivy.Query:
    """The ports that have the words, all but one of three or more; with ``partly`` at least half of them.

    Every port if there are no words. The scores are nothing to order by: see ``ranked``.
    """
    from tantivy import Occur, Query

    if not wording.parts:
        return Query.const_score_query(Query.all_query(), 1.0)  # alone it counts nothing beside a filter
    clauses = _clauses(wording)
    least = max(1, int(len(clauses) * _ENOUGH)) if partly else len(clauses) - (len(clauses) > 2)
    some = Query.boolean_query([(Occur.Should, clause) for clause in clauses], minimum_number_should_match=least)
    required = [_any_of([some, *_named(wording)]), *(_phrase(phrase) for phrase in wording.phrases)]
    return Query.boolean_query([(Occur.Must, clause) for clause in required])


def ranked(wording: Wording, wanted: tantivy.Query) -> tantivy.Query:
    """The same ports with scores by which the best come first; costs more than to find them."""
    from tantivy import Occur, Query

    if not wording.parts:
        return wanted
    better = [
        Query.const_score_query(has_all(wording), ranking.COMPLETE),
        *(_boosted(_word(word, open_end=False), ranking.SOFT) for word in wording.soft),
        *_neighbours(wording),
    ]
    return Query.boolean_query([(Occur.Must, wanted), *((Occur.Should, clause) for clause in better)])


def has_all(wording: Wording) -> tantivy.Query:
    """The ports that have every word, or are called just so."""
    from tantivy import Occur, Query

    every = Query.boolean_query([(Occur.Must, clause) for clause in _clauses(wording)])
    return _any_of([every, *_named(wording)])


def filters(query: Query, now: datetime, *, but: str = "") -> tantivy.Query | None:
    """What the choices of all facets (but one) leave; None if nothing was chosen."""
    from tantivy import Occur, Query

    chosen = [
        (Occur.Must, _freshness(values, now) if name == "freshness" else _any(f"facet_{name}", values))
        for name in FACETS
        if name != but and (values := query.chosen(name))
    ]
    return Query.const_score_query(Query.boolean_query(chosen), 0.0) if chosen else None


def both(left: tantivy.Query, right: tantivy.Query | None) -> tantivy.Query:
    """What is in both; the scores are those of the first."""
    from tantivy import Occur, Query

    return left if right is None else Query.boolean_query([(Occur.Must, left), (Occur.Must, right)])


def _clauses(wording: Wording) -> list[tantivy.Query]:
    return [_word(word, open_end=word in wording.begun) for word in dict.fromkeys(wording.parts)]


def _word(word: str, *, open_end: bool) -> tantivy.Query:
    from tantivy import Query

    stem = stems([word])[0]
    known = [_boosted(Query.term_query(schema(), field, stem), boost) for field, boost in ranking.BOOSTS.items()]
    if open_end and len(word) > 1:
        begun = Query.fuzzy_term_query(schema(), "word", word, distance=0, prefix=True)
        known.append(_boosted(begun, ranking.PREFIX))
    return Query.disjunction_max_query(known, tie_breaker=0.2)


def _phrase(phrase: tuple[str, ...], slop: int = 0) -> tantivy.Query:
    from tantivy import Query

    parts = stems(list(phrase))
    found = [
        _boosted(Query.phrase_query(schema(), field, list(parts), slop), boost)
        for field, boost in ranking.BOOSTS.items()
    ]
    return Query.disjunction_max_query(found)


def _neighbours(wording: Wording) -> list[tantivy.Query]:
    """A short question as one phrase, and each two words of any: what stands together was meant together.

    Words like "of" and "the" are in nearly every text: their places are looked at in short questions only.
    """
    every = wording.every
    if len(every) < 2:
        return []
    short = len(every) <= _SHORT
    line = every if short else tuple(word for word in every if word not in STOP_WORDS)
    pairs = list(dict.fromkeys(pairwise(line))) if len(line) > 2 or not short else []
    return [*([_phrase(every)] if short else []), *(_boosted(_phrase(pair), 0.5) for pair in pairs)]


def _named(wording: Wording) -> list[tantivy.Query]:
    """The ports whose address or name is the whole question."""
    from tantivy import Query

    name = " ".join(wording.every)
    return [
        Query.const_score_query(Query.term_query(schema(), f"exact_{rank}", name, "basic"), score)
        for rank, score in ranking.EXACT.items()
    ]


def _any_of(queries: list[tantivy.Query]) -> tantivy.Query:
    from tantivy import Occur, Query

    return Query.boolean_query([(Occur.Should, query) for query in queries])


def _any(field: str, values: tuple[str, ...]) -> tantivy.Query:
    from tantivy import Query

    return Query.term_set_query(schema(), field, [clean(value) for value in values])


def _freshness(values: tuple[str, ...], now: datetime) -> tantivy.Query:
    from tantivy import FieldType, Occur, Query

    ranges = []
    for name in values:
        if name in CLASSES:
            low, high = bounds(name, now)
            found = Query.range_query(schema(), "fresh_at", FieldType.Integer, low, high, include_upper=False)
            ranges.append((Occur.Should, found))
    return Query.boolean_query(ranges) if ranges else Query.empty_query()


def _boosted(query: tantivy.Query, boost: float) -> tantivy.Query:
    from tantivy import Query

    return query if boost == 1.0 else Query.boost_query(query, boost)
