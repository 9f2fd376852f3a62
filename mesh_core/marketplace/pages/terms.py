"""Business terms and where the mesh speaks of them: told by tags, definitions, names, and descriptions."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal
from urllib.parse import unquote
from weakref import WeakKeyDictionary

import msgspec

if TYPE_CHECKING:
    from mesh_core.catalog import Card, DomainDeclaration
    from mesh_core.governance import Term
    from mesh_core.marketplace.market import Market

How = Literal["tag", "definition", "name", "part of the name", "description"]

HOWS: dict[How, str] = {
    "tag": "tagged with it",
    "definition": "names the glossary as its definition",
    "name": "is called so",
    "part of the name": "has it in its name",
    "description": "speaks of it",
}
"""How a link between a term and a column or port was found, the surest first."""

Definitions = Mapping[str, Sequence[tuple[str, str]]]
"""By address: column (or '' for the port itself) and URL of each authoritative definition."""

_BETWEEN = re.compile(r"[\s_\-/]+")
_DECLARING = ("declared", "withdrawn", "contract.published")
_said: dict[str, tuple[Card, str]] = {}
"""By address: a card and its words."""
_known: WeakKeyDictionary[Market, tuple[int, dict[str, tuple[tuple[str, str], ...]]]] = WeakKeyDictionary()


class TermUse(msgspec.Struct, frozen=True, kw_only=True):
    """A port or one of its columns that a term is about."""

    card: Card
    column: str = ""
    """'' for the port as a whole."""
    how: How
    description: str = ""


def plain(text: str) -> str:
    """A name or term as words: lower case, one blank between."""
    return _BETWEEN.sub(" ", text).strip().lower()


def term_called(name: str, terms: Iterable[Term]) -> Term | None:
    """The term of that name, however it is written, or the one that has it as a synonym."""
    wanted, known = plain(name), tuple(terms)
    for term in known:
        if plain(term.term) == wanted:
            return term
    return next((term for term in known if wanted in map(plain, term.synonyms)), None)


def uses_of(term: Term, cards: Iterable[Card], definitions: Definitions) -> list[TermUse]:
    """Every port and column that has to do with the term, the surest links first, each once."""
    names = tuple(dict.fromkeys(plain(name) for name in (term.term, *term.synonyms)))
    found = [
        use
        for card in cards
        if any(name in _words(card) for name in names)
        or any(_names_term(url, names) for _, url in definitions.get(card.address, ()))
        for use in _in_card(names, card, definitions.get(card.address, ()))
    ]
    order = list(HOWS)
    return sorted(found, key=lambda use: (order.index(use.how), use.card.address, use.column))


def definitions_of(market: Market) -> Definitions:
    """The authoritative definitions of all declared contracts; read anew only after something was declared."""
    seq = market.catalog.last_change()
    known = _known.get(market)
    if known and not any(
        change.type.endswith(_DECLARING) for change in market.catalog.changes(known[0], seq - known[0])
    ):
        _known[market] = (seq, known[1])
        return known[1]
    found = definitions_in(market.domains())
    _known[market] = (seq, found)
    return found


def definitions_in(domains: Iterable[DomainDeclaration]) -> dict[str, tuple[tuple[str, str], ...]]:
    """By address; ports whose contracts name none are left out."""
    found = {port.address: tuple(_definitions(port.contract.document)) for each in domains for port in each.ports}
    return {address: given for address, given in found.items() if given}


def _definitions(document: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    yield from (("", url) for url in _urls(document))
    for table in document.get("schema") or ():
        yield from (("", url) for url in _urls(table))
        for column in table.get("properties") or ():
            yield from ((str(column.get("name")), url) for url in _urls(column))


def _urls(part: Mapping[str, Any]) -> Iterator[str]:
    for entry in part.get("authoritativeDefinitions") or ():
        if isinstance(entry, dict) and entry.get("url"):
            yield str(entry["url"])


def _words(card: Card) -> str:
    """All that a card says: most cards say nothing of a term, and are not looked at closely."""
    known = _said.get(card.address)
    if known is None or known[0] is not card:
        parts = [card.address.partition(".")[2], card.name, card.purpose, card.usage, card.limitations, *card.tags]
        for column in card.columns:
            parts += [column.name, column.description, *column.tags]
        known = _said[card.address] = (card, plain("\n".join(parts)))
    return known[1]


def _in_card(names: Sequence[str], card: Card, definitions: Sequence[tuple[str, str]]) -> Iterator[TermUse]:
    defined = {column for column, url in definitions if _names_term(url, names)}
    title = (card.address.partition(".")[2], card.name)
    how = _how(names, title, card.tags, (card.purpose, card.usage, card.limitations), "" in defined)
    if how:
        yield TermUse(card=card, how=how, description=card.purpose)
    for column in card.columns:
        how = _how(names, (column.name,), column.tags, (column.description,), column.name in defined)
        if how:
            yield TermUse(card=card, column=column.name, how=how, description=column.description)


def _how(
    names: Sequence[str], titles: Sequence[str], tags: Sequence[str], texts: Sequence[str], defined: bool
) -> How | None:
    told = [plain(title) for title in titles]
    if any(plain(tag.removeprefix("term:")) in names for tag in tags):
        return "tag"
    if defined:
        return "definition"
    if any(title in (name, f"{name}s") for title in told for name in names):
        return "name"
    if any(f" {name} " in f" {title} " for title in told for name in names):
        return "part of the name"
    if any(_speaks(name, plain(text)) for text in texts for name in names):
        return "description"
    return None


def _speaks(name: str, text: str) -> bool:
    return name in text and re.search(rf"\b{re.escape(name)}s?\b", text) is not None


def _names_term(url: str, names: Sequence[str]) -> bool:
    """Whether the URL is that of a glossary's entry for one of the names."""
    if "glossary" not in url.lower():
        return False
    folder, _, entry = unquote(url).rstrip("/").replace("#", "/").rpartition("/")
    return "glossary" in folder.lower() and plain(entry) in names
