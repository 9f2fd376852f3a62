"""What the index keeps of one port: the texts that are searched, and what a hit shows."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

import msgspec

from mesh_core.catalog import Card
from mesh_core.search.words import plain, stems, words

if TYPE_CHECKING:
    from mesh_core.governance import Term


class AppliedTerm(msgspec.Struct, frozen=True):
    """A term of the glossary that a port speaks of, under whichever of its names."""

    term: str
    also: tuple[str, ...] = ()
    """Its synonyms."""
    defined: bool = False
    """Whether this port keeps the definition."""


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """One port in the index."""

    card: Card
    titles: tuple[str, ...] = ()
    """Business names of the dataset."""
    about: tuple[str, ...] = ()
    """What the dataset is, and what one row of it is."""
    column_titles: tuple[str, ...] = ()
    """Business names of the columns, in the card's order."""
    terms: tuple[AppliedTerm, ...] = ()
    trust: int | None = None
    slo: str = "unknown"


class Text(msgspec.Struct, frozen=True):
    """A text of a port, the field in which it is searched, and how a reader is told of it."""

    field: str
    label: str
    text: str
    telling: bool = False
    """Whether it is prose that a hit can quote."""


def texts(entry: Entry) -> Iterator[Text]:
    """Everything by which a port is found, best first."""
    card = entry.card
    yield Text("name", "name", card.name)
    yield Text("name", "address", card.address)
    yield Text("name", "product", card.product_name)
    for title in entry.titles:
        yield Text("name", "title", title)
    for term in entry.terms:
        field = "defines" if term.defined else "terms"
        yield Text(field, f"term {term.term}", term.term)
        yield from (Text(field, f"term {term.term}", synonym) for synonym in term.also)
    yield from _column_texts(entry)
    yield Text("label", "domain", card.domain)
    yield Text("label", "owner", card.owner)
    yield from (Text("label", f"tag {tag}", tag) for tag in card.tags)
    yield Text("purpose", "purpose", card.purpose, telling=True)
    yield from (Text("purpose", "description", about, telling=True) for about in entry.about)
    yield Text("text", "usage", card.usage, telling=True)
    yield Text("text", "limitations", card.limitations, telling=True)


def _column_texts(entry: Entry) -> Iterator[Text]:
    titles = entry.column_titles or ("",) * len(entry.card.columns)
    for column, title in zip(entry.card.columns, titles, strict=False):
        label = f"column {column.name}"
        yield Text("column", label, column.name)
        yield Text("column", label, title)
        yield Text("text", label, column.description, telling=True)
        yield from (Text("label", label, tag) for tag in dict.fromkeys((column.entity, *column.tags)) if tag)


class Glossary:
    """The terms of the mesh, ready to be found in texts."""

    def __init__(self, terms: Iterable[Term]) -> None:
        self._terms = tuple(terms)
        self._by_stem: dict[str, list[tuple[str, Term]]] = {}
        for term in self._terms:
            for name in (term.term, *synonyms(term)):
                parts = stems(words(name))
                if parts:
                    self._by_stem.setdefault(parts[0], []).append((f" {' '.join(parts)} ", term))

    def applied(self, uri: str, prose: Iterable[str]) -> tuple[AppliedTerm, ...]:
        """The terms that the port at ``uri`` defines, and those that its texts contain word by word."""
        # The full stop is no word: a term can't begin in one text and end in the next.
        text = f" {' . '.join(' '.join(stems(words(part))) for part in prose)} "
        there = set(text.split())
        found = {
            term.term: term
            for stem in self._by_stem.keys() & there
            for spelling, term in self._by_stem[stem]
            if spelling in text
        }
        found |= {term.term: term for term in self._terms if term.defined_by == uri}
        return tuple(
            AppliedTerm(term.term, synonyms(term), term.defined_by == uri) for _, term in sorted(found.items())
        )


def synonyms(term: Term) -> tuple[str, ...]:
    """Other names of the term."""
    found: tuple[str, ...] = tuple(getattr(term, "synonyms", ()))
    return found


def entry_of(card: Card, document: dict[str, Any], glossary: Glossary) -> Entry:
    """A port as the index keeps it; ``document`` is its ODCS contract, {} if nobody has it."""
    table = _table(document, card)
    by_name = {str(raw.get("name")): str(raw.get("businessName") or "") for raw in _dicts(table.get("properties"))}
    bare = Entry(
        card=card,
        titles=_texts(table.get("businessName")),
        about=_texts(table.get("description"), table.get("dataGranularityDescription")),
        column_titles=tuple(by_name.get(column.name, "") for column in card.columns),
    )
    terms = glossary.applied(card.uri, (text.text for text in texts(bare) if text.text))
    return msgspec.structs.replace(bare, terms=terms)


def exact_names(card: Card) -> Iterator[tuple[str, int]]:
    """What somebody may type who knows the port, and its rank: 2 for an address, 1 for a name."""
    port = card.address.partition(".")[2]
    base = card.uri.removeprefix("mesh://").split("/")[1:2]
    yield from ((plain(text), 2) for text in (card.address, card.uri))
    yield from ((plain(text), 1) for text in (port, card.name, card.contract_id, *base))


def _table(document: dict[str, Any], card: Card) -> dict[str, Any]:
    """The schema object that the port is; a contract of ours has one."""
    objects = _dicts(document.get("schema"))
    port = card.address.partition(".")[2]
    return next((one for one in objects if one.get("name") == port), objects[0] if objects else {})


def _dicts(value: Any) -> list[dict[str, Any]]:
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []


def _texts(*values: Any) -> tuple[str, ...]:
    return tuple(value for value in values if isinstance(value, str) and value)
