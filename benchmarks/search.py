"""A question to the search of 10,000 products, beside SQLite's own full-text search over the same texts."""

from __future__ import annotations

import difflib
import re
import sqlite3
import statistics
import tempfile
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from random import Random

from measure import Sample, timed
from mesh_of import AREAS, ASPECTS, GRAINS, MEASURES, PRODUCTS, QUALIFIERS, SUBJECTS, MeshOf
from report import Report, main

from mesh_core.catalog import Card, Catalog
from mesh_core.search import Query, SearchIndex

ABOUT = (
    "A tenth of the products is published. The questions are names, columns, phrases, whole sentences, half words and "
    "no words, a third of them misspelt, with and without chosen facets, the first page and later ones; an answer has "
    "20 hits with a snippet each and the counts of all facets. SQLite: an FTS5 table of the same texts, words that it "
    "lacks corrected with difflib, the counts by GROUP BY."
)
LIMIT_MS = 30.0
FACETS = ("domain", "domain_kind", "status", "classification", "owner")
COLUMNS = ("address", "name", "purpose", "usage", "limitations", "columns", "descriptions", "tags")


def bench(quick: bool) -> Report:
    products, rounds = (1_000, 2) if quick else (PRODUCTS, 5)
    report = Report(f"Search of {products:,} products", ABOUT, rounds)
    mesh = MeshOf(products)
    with (
        tempfile.TemporaryDirectory(prefix="bench-") as folder,
        Catalog(f"sqlite:///{folder}/catalog.db") as catalog,
    ):
        mesh.declare(catalog)
        mesh.publish(catalog, ports=products // 10)
        mesh.use(catalog, products)
        index = SearchIndex(Path(folder) / "search")
        cards = catalog.cards()
        baseline = FullText(cards)
        _refreshes(report, catalog, index, cards)
        _questions(report, baseline, index, questions(300))
    return report


def questions(number: int) -> list[Query]:
    """What people ask, the same each time."""
    random = Random(7)
    return [_question(random) for _ in range(number)]


def _question(random: Random) -> Query:
    subject, aspect, measure = (random.choice(words) for words in (SUBJECTS, ASPECTS, MEASURES))
    words = random.choice(
        (
            subject,
            f"{subject} {aspect}",
            f"{random.choice(QUALIFIERS)} {measure}",
            f'"{random.choice(QUALIFIERS)} {measure}" {subject}',
            f"{subject}_{aspect}",
            f"which data has the {measure} of a {subject} {random.choice(GRAINS)}",
            subject[: max(2, len(subject) // 2)],
            f"{random.choice(AREAS)} {subject}",
            "",
        )
    )
    words = _misspelt(words, random) if random.random() < 1 / 3 else words
    chosen: dict[str, tuple[str, ...]] = {}
    if random.random() < 0.4:
        chosen["domain"] = tuple(random.sample(AREAS, 3))
    if random.random() < 0.2:
        chosen["classification"] = ("restricted", "confidential")
    if random.random() < 0.2:
        chosen["status"] = ("active",)
    return Query(words=words, page=random.choice((1, 1, 1, 2, 5)), **chosen)


def _misspelt(words: str, random: Random) -> str:
    if len(words) < 6:
        return words
    at = random.randrange(1, len(words) - 2)
    return words[:at] + words[at + 1] + words[at] + words[at + 2 :]


def _refreshes(report: Report, catalog: Catalog, index: SearchIndex, cards: Sequence[Card]) -> None:
    now = datetime.now(UTC)
    found = {
        "all cards out of the catalog": timed(catalog.cards),
        "a new index": timed(partial(index.refresh, catalog, now)),
        "nothing changed": timed(partial(index.refresh, catalog, now)),
    }
    catalog.note_change("slo.changed", cards[0].address, domain=cards[0].domain, at=now.isoformat(), data={})
    found["one port changed"] = timed(partial(index.refresh, catalog, now))
    later = now + timedelta(hours=1)
    found["trust and use of all, an hour later"] = timed(partial(index.refresh, catalog, later))
    report.add("bringing the index up to date", {case: each._replace(peak_mib=None) for case, each in found.items()})


def _questions(report: Report, baseline: FullText, index: SearchIndex, asked: Sequence[Query]) -> None:
    index.search(Query(words="warm"))
    ways: dict[str, Callable[[Query], object]] = {"SQLite FTS5 and difflib": baseline.search, "the index": index.search}
    took: dict[str, list[Sample]] = {way: [] for way in ways}
    for _ in range(report.rounds):
        for way, ask in ways.items():
            took[way] += [timed(partial(ask, query)) for query in asked]
    for name, share in (("median", 50), ("95th percentile", 95), ("99th percentile", 99)):
        report.add(f"a question, {name}", {way: _percentile(samples, share) for way, samples in took.items()})
    report.target("95th percentile of a question in ms", _percentile(took["the index"], 95).wall * 1000, LIMIT_MS)


def _percentile(samples: Iterable[Sample], share: int) -> Sample:
    walls, cpus = zip(*((sample.wall, sample.cpu) for sample in samples), strict=True)
    at = share - 1
    return Sample(statistics.quantiles(walls, n=100)[at], statistics.quantiles(cpus, n=100)[at])


class FullText:
    """What one would write with SQLite alone."""

    def __init__(self, cards: Sequence[Card]) -> None:
        self._database = sqlite3.connect(":memory:")
        names = ", ".join(COLUMNS)
        self._database.execute(f"CREATE VIRTUAL TABLE texts USING fts5({names}, tokenize='porter unicode61')")
        self._database.execute(f"CREATE TABLE facets (port INTEGER PRIMARY KEY, {', '.join(FACETS)})")
        self._database.executemany(
            f"INSERT INTO texts (rowid, {names}) VALUES ({', '.join('?' * (len(COLUMNS) + 1))})",
            [(number, *_texts(card)) for number, card in enumerate(cards)],
        )
        self._database.executemany(
            f"INSERT INTO facets VALUES ({', '.join('?' * (len(FACETS) + 1))})",
            [(number, *(getattr(card, facet) for facet in FACETS)) for number, card in enumerate(cards)],
        )
        self._database.execute("CREATE VIRTUAL TABLE vocabulary USING fts5vocab(texts, row)")
        self._words = [word for (word,) in self._database.execute("SELECT term FROM vocabulary")]
        self._known = set(self._words)

    def search(self, query: Query) -> tuple[list[tuple[object, ...]], dict[str, list[tuple[object, ...]]]]:
        words = [self._near(word) for word in re.findall(r"\w+", query.words.lower())]
        matching = f"texts MATCH '{' '.join(words)}'" if words else "1"
        order = "bm25(texts, 8, 6, 2, 1, 1, 3, 1, 3)" if words else "texts.rowid"
        filters = "".join(
            f" AND {facet} IN ({', '.join(repr(value) for value in query.chosen(facet))})"
            for facet in ("domain", "classification", "status")
            if query.chosen(facet)
        )
        hits = self._database.execute(
            f"SELECT address, snippet(texts, -1, '[', ']', '…', 30) FROM texts JOIN facets ON port = texts.rowid "
            f"WHERE {matching}{filters} ORDER BY {order} LIMIT 20 OFFSET {20 * (query.page - 1)}"
        ).fetchall()
        counts = {
            facet: self._database.execute(
                f"SELECT {facet}, count(*) FROM texts JOIN facets ON port = texts.rowid "
                f"WHERE {matching}{filters} GROUP BY 1"
            ).fetchall()
            for facet in FACETS
        }
        return hits, counts

    def _near(self, word: str) -> str:
        if word in self._known:
            return word
        return next(iter(difflib.get_close_matches(word, self._words, 1, 0.7)), word)


def _texts(card: Card) -> tuple[str, ...]:
    return (
        card.address,
        card.name,
        card.purpose,
        card.usage,
        card.limitations,
        " ".join(column.name for column in card.columns).replace("_", " "),
        " ".join(column.description for column in card.columns),
        " ".join(card.tags),
    )


if __name__ == "__main__":
    main(bench)
