"""The first page: what this mesh is, how it is today, and where to begin."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import TYPE_CHECKING

import msgspec
from fastapi import APIRouter, Request, Response

from mesh_core.marketplace.pages.happenings import newest, told
from mesh_core.marketplace.pages.rendering import render
from mesh_core.search import Query

if TYPE_CHECKING:
    from mesh_core.catalog import Card, DomainDeclaration
    from mesh_core.governance import Term
    from mesh_core.marketplace.market import Market
    from mesh_core.search import Hit

router = APIRouter()

_LISTED = 5
_CHANGES = 8
_IN_TROUBLE = 6
_DOMAINS = 12
_EXAMPLES = 3


class DomainCard(msgspec.Struct, frozen=True, kw_only=True):
    """A domain as the first page shows it."""

    name: str
    kind: str
    description: str
    team: str
    owner: str
    products: int
    ports: int


class Trouble(msgspec.Struct, frozen=True, kw_only=True):
    """A port that somebody should look at."""

    address: str
    name: str
    tone: str
    word: str
    sentence: str


@router.get("/")
def home(request: Request) -> Response:
    """The mesh at a glance."""
    market: Market = request.app.state.market
    cards = tuple(card for card in market.cards.values() if not card.withdrawn_at)
    used = [hit for hit in _hits(market, sort="use") if hit.card.reads or hit.card.views]
    return render(
        request,
        "home.html",
        cards=cards,
        products=len({card.product_id for card in cards}),
        published=sum(card.table_version is not None for card in cards),
        rows=sum(card.rows or 0 for card in cards),
        domains=_domains(market.catalog.declared_domains(bare=True), cards),
        fresh=_hits(market, sort="newest"),
        used=used,
        troubles=_troubles(market, cards),
        examples=_examples(market.charter().terms),
        shown=_DOMAINS,
        changes=[told(change) for change in newest(market.catalog, size=_CHANGES).changes],
    )


def _hits(market: Market, **asked: object) -> tuple[Hit, ...]:
    query: Query = msgspec.structs.replace(Query(size=_LISTED), **asked)
    return market.search(query).hits


def _domains(declared: Iterable[DomainDeclaration], cards: Iterable[Card]) -> list[DomainCard]:
    """Those that declared themselves, and those that are known by what they published alone."""
    ports = Counter(card.domain for card in cards)
    products = Counter(domain for domain, _ in {(card.domain, card.product_id) for card in cards})
    known = {each.domain.name: each for each in declared}
    kinds = {card.domain: card.domain_kind for card in cards}
    owners = {card.domain: card.owner for card in cards}
    found = []
    for name in sorted({*known, *ports}):
        each = known.get(name)
        found.append(
            DomainCard(
                name=name,
                kind=each.domain.kind if each else kinds[name],
                description=each.domain.description if each else "",
                team=each.office.team if each else owners[name],
                owner=each.office.owner if each else "",
                products=products[name],
                ports=ports[name],
            )
        )
    return found


def _examples(terms: Iterable[Term]) -> list[str]:
    """A few business terms to search for, each of another domain; those of several words find most."""
    found: dict[str, str] = {}
    for term in sorted(terms, key=lambda term: " " not in term.term):
        found.setdefault(term.owner, term.term)
    return list(found.values())[:_EXAMPLES]


def _troubles(market: Market, cards: Iterable[Card]) -> list[Trouble]:
    """Failed attempts, then breached service levels, then those at risk, then ports that end; each port once."""
    found: dict[str, Trouble] = {}
    for card in sorted(cards, key=lambda card: card.failed_at, reverse=True):
        if card.failed_at:
            _add(found, card, "bad", "failed", "Its newest attempt failed; readers get the version before.")
    for status, tone in (("breached", "bad"), ("at risk", "warn")):
        for hit in market.search(Query(slo=(status,), size=_IN_TROUBLE)).hits:
            if hit.address not in found:
                _add(found, hit.card, tone, status, _levels(market, hit.address, status))
    for card in sorted(cards, key=lambda card: card.end_of_support):
        if card.status == "deprecated":
            end = f"Support ends on {card.end_of_support[:10]}." if card.end_of_support else "Its end is announced."
            _add(found, card, "warn", "deprecated", end)
    return list(found.values())[:_IN_TROUBLE]


def _levels(market: Market, address: str, status: str) -> str:
    """Which service levels of the port have the status."""
    names = [level.property for level in market.standing(address).levels if level.status == status]
    return f"Service level: {', '.join(dict.fromkeys(names))}." if names else "One of its service levels."


def _add(found: dict[str, Trouble], card: Card, tone: str, word: str, sentence: str) -> None:
    if card.address not in found:
        found[card.address] = Trouble(
            address=card.address, name=card.name or card.address, tone=tone, word=word, sentence=sentence
        )
