"""The lineage of a port: which tables and columns it was made from, and what is made of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from mesh_core.marketplace.pages.graphs import draw
from mesh_core.marketplace.pages.paths import both, drawn, lineage_url, steps
from mesh_core.marketplace.pages.rendering import render

if TYPE_CHECKING:
    from mesh_core.catalog.catalog import Direction
    from mesh_core.marketplace.market import Market

router = APIRouter(include_in_schema=False)

DRAWABLE = 150
"""Nodes up to which a graph is drawn without being asked to: more are a thicket, and a list says it better."""

_SIDES: dict[str, tuple[Direction, ...]] = {
    "both": ("upstream", "downstream"),
    "upstream": ("upstream",),
    "downstream": ("downstream",),
}
_SIDE_NAMES = {"both": "both", "upstream": "made from", "downstream": "made of it"}
_DEPTHS = {"1": "one step", "2": "two", "3": "three", "all": "all"}


@router.get("/ports/{address}/lineage", response_class=HTMLResponse)
def lineage(
    request: Request, address: str, column: str = "", direction: str = "both", depth: str = "all", draw_all: str = ""
) -> HTMLResponse:
    """Tables, or with ``column`` its path; ``direction``: both, upstream or downstream; ``depth``: how many steps."""
    market: Market = request.app.state.market
    card = market.card(address)
    direction = direction if direction in _SIDES else "both"
    depth = depth if depth in _DEPTHS else "all"
    limit = None if depth == "all" else int(depth)
    column = column if column in {each.name for each in card.columns} else ""
    graphs = [market.lineage(card.address, side, depth=limit) for side in _SIDES[direction]]
    traces = [market.lineage(card.address, side, column=column, depth=limit) for side in _SIDES[direction] if column]
    found = both(graphs, column, traces)
    drawable = len(found.nodes) <= DRAWABLE or bool(draw_all)
    return render(
        request,
        "lineage.html",
        card=card,
        column=next((each for each in card.columns if each.name == column), None),
        lineage=found,
        drawing=draw(*drawn(found, market.cards)) if drawable else None,
        draw_url=_joined(lineage_url(card.address, column, direction, depth), "draw_all=1"),
        before=steps(found, down=False),
        after=steps(found, down=True),
        choices=_choices(card.address, column, direction, depth),
        columns=[
            (each.name, lineage_url(card.address, each.name, direction, depth), each.name == column)
            for each in card.columns
        ],
        without=lineage_url(card.address, "", direction, depth),
    )


def _choices(address: str, column: str, direction: str, depth: str) -> list[dict[str, Any]]:
    """The two rows of links above the drawing, each with the one that holds."""
    return [
        {
            "name": "Show",
            "links": [
                (text, lineage_url(address, column, name, depth), name == direction)
                for name, text in _SIDE_NAMES.items()
            ],
        },
        {
            "name": "Steps",
            "links": [
                (text, lineage_url(address, column, direction, name), name == depth) for name, text in _DEPTHS.items()
            ],
        },
    ]


def _joined(url: str, parameter: str) -> str:
    return url + ("&" if "?" in url else "?") + parameter
