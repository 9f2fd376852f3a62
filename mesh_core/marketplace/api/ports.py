"""Ports: what each promises, how it stands, and what there is to see of it."""

from fastapi import APIRouter, Response

from mesh_core.catalog import Card
from mesh_core.marketplace.api.documented import PortAddress, TheMarket, answers
from mesh_core.marketplace.responses import json_answer

router = APIRouter(tags=["ports"])


@router.get("/ports/{address}", operation_id="getPort", responses=answers(Card, "The port.", errors=(404,)))
def port(address: PortAddress, market: TheMarket) -> Response:
    """One port: its promise, who is behind it, its newest version, and how it is used."""
    return json_answer(market.card(address))
