"""How fast products come to be and to use, and what the flows between domains say of how the mesh is cut."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from mesh_core.marketplace.pages.graphs import Drawing, Edge, Node, draw
from mesh_core.marketplace.pages.mesh_map import brief
from mesh_core.marketplace.pages.rendering import render
from mesh_core.marketplace.pages.wording import amount, segment
from mesh_core.observability.kpis import Kpis
from mesh_core.observability.topology import Topology, topology

if TYPE_CHECKING:
    from mesh_core.marketplace.market import Market

router = APIRouter(include_in_schema=False)

SPANS = (7, 30, 90, 365)
_USUAL = 30
_LISTED = 100
_DRAWABLE = 150
_known: WeakKeyDictionary[Market, dict[int, tuple[tuple[int, int], Kpis, Topology]]] = WeakKeyDictionary()


@router.get("/insights", response_class=HTMLResponse)
def insights(request: Request, days: int = _USUAL) -> HTMLResponse:
    """Figures and flows of the last ``days``; a span that is not offered is the usual one."""
    market: Market = request.app.state.market
    days = days if days in SPANS else _USUAL
    figures, flows = _figures(market, days)
    products = sorted(figures.products, key=lambda each: (-each.reads, -each.consumers, -each.views, each.product_id))
    return render(
        request,
        "insights.html",
        kpis=figures,
        kpis_products=products[:_LISTED],
        more=len(products) > _LISTED,
        topology=flows,
        flows=sorted(flows.flows, key=lambda flow: (-flow.rows, flow.upstream, flow.downstream)),
        drawing=_drawing(flows),
        choices=[
            (amount(span, "day"), "/insights" if span == _USUAL else f"/insights?days={span}", span == days)
            for span in SPANS
        ],
    )


def _figures(market: Market, days: int) -> tuple[Kpis, Topology]:
    """The figures of this minute: of ten thousand products they take seconds."""
    known = _known.setdefault(market, {})
    moment = market.moment
    if days not in known or known[days][0] != moment:
        known[days] = (moment, market.kpis(days), topology(market.catalog, market.now(), days=days))
    return known[days][1:]


def _drawing(flows: Topology) -> Drawing | None:
    names = sorted({end for flow in flows.flows for end in (flow.upstream, flow.downstream)})
    if not names or len(names) > _DRAWABLE:
        return None
    kinds = {each.domain: each.kind for each in flows.domains}
    nodes = [
        Node(
            id=name,
            label=name,
            above=kinds.get(name) or "domain",
            href=f"/domains/{segment(name)}",
            kind=f"domain {kinds.get(name, '')}".strip(),
            summary=f"{name}: {kinds.get(name) or 'kind unknown'}",
        )
        for name in names
    ]
    edges = [
        Edge(
            source=flow.upstream,
            target=flow.downstream,
            label="" if flow.declared_only else f"{brief(flow.rows)} rows",
            summary=f"{flow.downstream} took {flow.rows:,} rows from {flow.upstream}",
            width=round(1.2 + math.log10(flow.rows + 1) / 2, 2),
            kind="declared" if flow.declared_only else "",
        )
        for flow in flows.flows
    ]
    return draw(nodes, edges, spread=120)
