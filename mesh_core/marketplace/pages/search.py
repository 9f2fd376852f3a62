"""Search: words and facets in, ports out; the URL is the whole state."""

from __future__ import annotations

from typing import Any, get_args
from urllib.parse import urlencode

import msgspec
from fastapi import APIRouter, Request, Response

from mesh_core.marketplace.market import Market
from mesh_core.marketplace.pages.rendering import render
from mesh_core.search import FACETS, Found, Query
from mesh_core.search.query import Sort

router = APIRouter()

SIZE = 20
_LONGEST = 300
"""Characters of the words that are looked at; nobody types more."""
_SHOWN = 7
"""Values of a facet that are shown at once."""
_TITLES = {
    "domain": "Domain",
    "kind": "Kind of domain",
    "status": "Status",
    "freshness": "Published or confirmed",
    "slo": "Service levels",
    "classification": "Strictest classification",
    "owner": "Owner",
    "entity": "Has ids of",
    "tag": "Tag",
}
_WORDS = {("slo", "unknown"): "not measured", ("slo", "declared"): "declared only", ("freshness", "never"): "never"}
_SORTS = {"relevance": "best match", "trust": "most trusted", "use": "most used", "newest": "newest", "name": "name"}


class Choice(msgspec.Struct, frozen=True, kw_only=True):
    """One value of a facet, or one order, as a link."""

    text: str
    url: str
    count: int = 0
    chosen: bool = False


class Facet(msgspec.Struct, frozen=True, kw_only=True):
    """A facet with its values: those that are shown, and the rest."""

    name: str
    title: str
    shown: tuple[Choice, ...]
    more: tuple[Choice, ...]


class Chip(msgspec.Struct, frozen=True):
    """A chosen value, with the URL of the search without it."""

    title: str
    text: str
    url: str


class Pages(msgspec.Struct, frozen=True, kw_only=True):
    """Where in the result one is."""

    page: int
    last: int
    before: str
    after: str


@router.get("/search")
def search(request: Request) -> Response:
    """Ports by words and facets; unknown parameters and odd values mean what they would without them."""
    market: Market = request.app.state.market
    query = query_of(request.query_params)
    found = market.search(query)
    # What a program asks for while somebody types is not a search of theirs yet.
    if query.words and query.page == 1 and request.headers.get("sec-fetch-dest", "document") == "document":
        market.record("search", "", via="web", detail=query.words)
    return render(
        request,
        "search.html",
        query=query,
        found=found,
        facets=facets_of(query, found),
        chips=chips_of(query),
        orders=_orders(query),
        pages=_pages(query, found),
        known=len(market.cards) if not found.total else 0,
    )


def query_of(given: Any) -> Query:
    """The query of a URL's parameters."""
    page = str(given.get("page", "1"))
    sort = str(given.get("sort", "relevance"))
    chosen: dict[str, Any] = {
        facet: tuple(dict.fromkeys(value[:_LONGEST] for value in given.getlist(facet) if value)) for facet in FACETS
    }
    return Query(
        words=" ".join(str(given.get("q", ""))[:_LONGEST].split()),
        page=int(page) if page.isascii() and page.isdigit() and int(page[:6]) > 0 else 1,
        size=SIZE,
        sort=sort if sort in get_args(Sort) else "relevance",  # type: ignore[arg-type]
        **chosen,
    )


def search_url(query: Query, **changes: Any) -> str:
    """The page of the query with some of its parts changed; from the first result on, unless ``page`` is given."""
    made = msgspec.structs.replace(query, **{"page": 1, **changes})
    pairs = [("q", made.words)] if made.words else []
    pairs += [(facet, value) for facet in FACETS for value in made.chosen(facet)]
    pairs += [("sort", made.sort)] if made.sort != "relevance" else []
    pairs += [("page", str(made.page))] if made.page > 1 else []
    return "/search" + (f"?{urlencode(pairs)}" if pairs else "")


def facets_of(query: Query, found: Found) -> tuple[Facet, ...]:
    """The facets that tell hits apart, chosen values first."""
    made = []
    for name in FACETS:
        values = sorted(found.facets.get(name, ()), key=lambda value: not value.chosen)
        choices = tuple(
            Choice(
                text=_WORDS.get((name, value.value), value.value or "none"),
                url=search_url(query, **{name: _toggled(query.chosen(name), value.value)}),
                count=value.count,
                chosen=value.chosen,
            )
            for value in values
        )
        if len(choices) > 1 or any(choice.chosen for choice in choices):
            shown = max(_SHOWN, sum(choice.chosen for choice in choices))
            made.append(Facet(name=name, title=_TITLES.get(name, name), shown=choices[:shown], more=choices[shown:]))
    return tuple(made)


def chips_of(query: Query) -> tuple[Chip, ...]:
    """What was chosen, each to be taken away."""
    return tuple(
        Chip(
            _TITLES.get(name, name),
            _WORDS.get((name, value), value),
            search_url(query, **{name: _toggled(query.chosen(name), value)}),
        )
        for name in FACETS
        for value in query.chosen(name)
    )


def _toggled(chosen: tuple[str, ...], value: str) -> tuple[str, ...]:
    return tuple(each for each in chosen if each != value) if value in chosen else (*chosen, value)


def _orders(query: Query) -> tuple[Choice, ...]:
    return tuple(
        Choice(text=_SORTS.get(sort, sort), url=search_url(query, sort=sort), chosen=sort == query.sort)
        for sort in get_args(Sort)
    )


def _pages(query: Query, found: Found) -> Pages:
    last = max(1, -(-found.total // query.size))
    return Pages(
        page=query.page,
        last=last,
        before=search_url(query, page=min(query.page - 1, last)) if query.page > 1 else "",
        after=search_url(query, page=query.page + 1) if query.page < last else "",
    )
