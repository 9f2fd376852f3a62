"""The glossary: what terms mean, who decides that, and where the mesh uses them."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from mesh_core.marketplace.market import near
from mesh_core.marketplace.pages.addressed import sql_name
from mesh_core.marketplace.pages.rendering import render
from mesh_core.marketplace.pages.terms import HOWS, TermUse, definitions_of, plain, term_called, uses_of
from mesh_core.marketplace.problems import NotFoundError

if TYPE_CHECKING:
    from mesh_core.catalog import Card
    from mesh_core.governance import Term
    from mesh_core.marketplace.market import Market

router = APIRouter(include_in_schema=False)

_LISTED = 200
"""Uses of one term on its page: more are a search."""


@router.get("/glossary", response_class=HTMLResponse)
def glossary(request: Request, q: str = "") -> HTMLResponse:
    """All terms by letter, or those that hold the words ``q``."""
    market: Market = request.app.state.market
    terms = sorted(market.charter().terms, key=lambda term: plain(term.term))
    words = plain(q).split()
    shown = [term for term in terms if all(word in _text(term) for word in words)]
    return render(
        request,
        "glossary.html",
        q=q,
        total=len(terms),
        shown=len(shown),
        letters=[(letter, list(each)) for letter, each in groupby(shown, key=lambda term: plain(term.term)[:1])],
    )


@router.get("/glossary/{name:path}", response_class=HTMLResponse)
def term(request: Request, name: str) -> HTMLResponse:
    """One term, by its name or a synonym."""
    market: Market = request.app.state.market
    terms = market.charter().terms
    found = term_called(name, terms)
    if found is None:
        message = f"the glossary has no term '{name[:200]}'"
        raise NotFoundError(message, remedy=near(name, {each.term: None for each in terms}))
    uses = uses_of(found, market.cards.values(), definitions_of(market))
    return render(
        request,
        "term.html",
        term=found,
        register=_port(market, found),
        uses=_grouped(uses[:_LISTED]),
        count=len(uses),
        listed=_LISTED,
        beside=[each for each in terms if each.owner == found.owner and each.term != found.term],
    )


def _text(term: Term) -> str:
    return plain(" ".join((term.term, term.definition, *term.synonyms)))


def _grouped(uses: list[TermUse]) -> list[tuple[str, list[TermUse]]]:
    """Uses by how the link was found; in words."""
    return [(HOWS[how], list(each)) for how, each in groupby(uses, key=lambda use: use.how)]


def _port(market: Market, term: Term) -> Card | None:
    """The port that keeps the definition, if the catalog knows it."""
    return market.cards.get(sql_name(term.defined_by))
