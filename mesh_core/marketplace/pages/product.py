"""The page of a product: its ports, what it is made from, and who answers for it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fastapi import APIRouter, Request, Response

from mesh_core.marketplace.pages.people import people_of
from mesh_core.marketplace.pages.rendering import render

if TYPE_CHECKING:
    from mesh_core.catalog import Card
    from mesh_core.marketplace.market import Market

router = APIRouter()


@router.get("/products/{product_id}")
def product(request: Request, product_id: str) -> Response:
    """One product by its id."""
    market: Market = request.app.state.market
    record = market.product(product_id)
    ports = [card for card in market.cards.values() if card.product_id == record.id]
    domain = ports[0].domain if ports else record.id.partition(".")[0]
    office = next(
        (each.office for each in market.catalog.declared_domains(bare=True) if each.domain.name == domain), None
    )
    document = record.document
    return render(
        request,
        "product.html",
        product=record,
        life=str(document.get("status") or ""),
        tags=[str(tag) for tag in document.get("tags") or () if isinstance(tag, str)],
        description=_described(document.get("description")),
        links=_links(document),
        domain=domain,
        ports=[(card, market.standing(card.address)) for card in ports],
        inputs=_inputs(document, ports, market),
        consumers=sorted({name for card in ports for name in card.consumers if name != record.id}),
        people=people_of({}, document, office, _team(document) or (ports[0].owner if ports else "")),
    )


def _mapping(given: Any) -> dict[str, Any]:
    return given if isinstance(given, dict) else {}


def _described(given: Any) -> dict[str, str]:
    found = _mapping(given)
    return {name: str(found.get(name) or "") for name in ("purpose", "limitations", "usage")}


def _team(document: dict[str, Any]) -> str:
    return str(_mapping(document.get("team")).get("name") or "")


def _links(document: dict[str, Any]) -> list[tuple[str, str]]:
    found = document.get("authoritativeDefinitions")
    entries = found if isinstance(found, list) else []
    return [(str(each.get("type") or ""), str(each.get("url") or "")) for each in entries if isinstance(each, dict)]


def _inputs(document: dict[str, Any], ports: list[Card], market: Market) -> list[tuple[str, str, Card | None]]:
    """Contract id and range of each declared need, with the card of the port that is read for it."""
    read = {name: market.cards[name] for card in ports for name in card.inputs if name in market.cards}
    declared = document.get("inputPorts")
    found = []
    for each in declared if isinstance(declared, list) else ():
        if isinstance(each, dict):
            wanted = str(each.get("contractId") or each.get("name") or "")
            card = next((card for card in read.values() if card.contract_id == wanted), None)
            found.append((wanted, str(each.get("version") or ""), card))
    return found
