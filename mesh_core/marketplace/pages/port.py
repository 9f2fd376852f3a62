"""The page of one output port: what it is, whether it is good today, who is behind it, and how to use it."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse

from mesh_core.marketplace.market import Market
from mesh_core.marketplace.pages.portraits import portrait_of
from mesh_core.marketplace.pages.rendering import render

router = APIRouter()


@router.get("/ports/{address}")
def port(request: Request, address: str) -> Response:
    """The port in any spelling of its address; the one that SQL has is the page's own."""
    market: Market = request.app.state.market
    card = market.card(address)
    if card.address != address:
        return RedirectResponse(f"/ports/{card.address}", status_code=308)
    if "prefetch" not in request.headers.get("sec-purpose", ""):  # a browser's guess is nobody's look
        market.record("view", card.address, via="web")
    return render(request, "port.html", portrait=portrait_of(market, card))
