"""The search with its facets."""

from typing import Annotated

import msgspec
from fastapi import APIRouter, Depends, Query, Response

from mesh_core.marketplace.api.documented import Cursor, TheCall, answers
from mesh_core.marketplace.conditional import conditional
from mesh_core.marketplace.paging import cursor_at, links, position
from mesh_core.marketplace.responses import json_answer
from mesh_core.search import MAX_PAGE, FacetValue, Hit, Sort
from mesh_core.search import Query as SearchQuery

router = APIRouter(tags=["search"])

Chosen = Annotated[
    list[Annotated[str, Query(max_length=200)]],
    Query(max_length=50, description="Values of this facet; any of them will do."),
]


class SearchPage(msgspec.Struct, frozen=True, kw_only=True):
    """One page of hits, the best first, and how all of them spread over the facets."""

    items: tuple[Hit, ...]
    total: int
    facets: dict[str, tuple[FacetValue, ...]]
    """By name; counted under the choices in all other facets."""
    corrected: str
    """What the words were taken for, '' if they were taken as they are."""
    partial: bool
    """Whether no port has all the words, and these have some of them."""
    next: str = ""
    """The cursor of the next page, '' at the end."""


class About(msgspec.Struct, frozen=True):
    """What the ports are chosen by that say it of their domain or themselves."""

    domain: tuple[str, ...]
    kind: tuple[str, ...]
    owner: tuple[str, ...]
    entity: tuple[str, ...]
    tag: tuple[str, ...]


class Now(msgspec.Struct, frozen=True):
    """What the ports are chosen by that changes with time."""

    status: tuple[str, ...]
    freshness: tuple[str, ...]
    slo: tuple[str, ...]
    classification: tuple[str, ...]


async def _about(
    domain: Chosen = [],  # noqa: B006 - FastAPI copies defaults
    kind: Chosen = [],  # noqa: B006
    owner: Chosen = [],  # noqa: B006
    entity: Chosen = [],  # noqa: B006
    tag: Chosen = [],  # noqa: B006
) -> About:
    return About(tuple(domain), tuple(kind), tuple(owner), tuple(entity), tuple(tag))


async def _now(
    status: Chosen = [],  # noqa: B006
    freshness: Chosen = [],  # noqa: B006
    slo: Chosen = [],  # noqa: B006
    classification: Chosen = [],  # noqa: B006
) -> Now:
    return Now(tuple(status), tuple(freshness), tuple(slo), tuple(classification))


class Wanted(msgspec.Struct, frozen=True):
    """How the hits are ordered and cut into pages."""

    sort: Sort
    limit: int
    cursor: str


async def _wanted(
    sort: Annotated[Sort, Query(description="The order; relevance takes trust and use into account.")] = "relevance",
    limit: Annotated[int, Query(ge=1, le=MAX_PAGE, description="Hits of one page at most.")] = 20,
    cursor: Cursor = "",
) -> Wanted:
    return Wanted(sort, limit, cursor)


@router.get("/search", operation_id="search", responses=answers(SearchPage, "The hits.", errors=(400,)))
@conditional
def search(
    call: TheCall,
    about: Annotated[About, Depends(_about)],
    now: Annotated[Now, Depends(_now)],
    wanted: Annotated[Wanted, Depends(_wanted)],
    q: Annotated[
        str, Query(max_length=10_000, description="Words; a part in double quotes is a phrase.", examples=["delays"])
    ] = "",
) -> Response:
    """Ports by words and facets: typos are forgiven, values of one facet widen, facets narrow."""
    page = position(wanted.cursor, int) if wanted.cursor else 1
    found = call.market.search(
        SearchQuery(
            words=q,
            **msgspec.structs.asdict(about),
            **msgspec.structs.asdict(now),
            page=max(1, min(page, 1_000_000)),
            size=wanted.limit,
            sort=wanted.sort,
        )
    )
    if page == 1:
        call.market.record("search", "", via="api", detail=q)
    following = cursor_at(page + 1) if page * wanted.limit < found.total else ""
    return json_answer(
        SearchPage(
            items=found.hits,
            total=found.total,
            facets=found.facets,
            corrected=found.corrected,
            partial=found.partial,
            next=following,
        ),
        headers=links(call.request, following),
    )
