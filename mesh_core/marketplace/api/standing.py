"""How a port stands: service levels, trust, joins, and where a name leads."""

from typing import Annotated

import msgspec
from fastapi import APIRouter, Query, Response

from mesh_core.marketplace.api.documented import PortAddress, TheCall, answers
from mesh_core.marketplace.conditional import conditional
from mesh_core.marketplace.resolving import resolved
from mesh_core.marketplace.responses import json_answer
from mesh_core.observability import ServiceLevel, Trust
from mesh_core.search.joins import Join
from mesh_core.serving.resolution import Resolution

router = APIRouter(tags=["standing"])


class ServiceLevels(msgspec.Struct, frozen=True, kw_only=True):
    """Every service level of the contract with what was measured."""

    address: str
    freshness: str
    levels: tuple[ServiceLevel, ...]


class Trusted(msgspec.Struct, frozen=True, kw_only=True):
    """The score of a port, which is the sum of its parts."""

    address: str
    trust: Trust | None
    """None before the first publication: there is nothing to trust yet."""


class Joins(msgspec.Struct, frozen=True, kw_only=True):
    """What a port can be joined with, the most useful first."""

    address: str
    joins: tuple[Join, ...]


@router.get(
    "/ports/{address}/service-levels",
    operation_id="getServiceLevels",
    responses=answers(ServiceLevels, "The service levels.", errors=(404,)),
)
def service_levels(call: TheCall, address: PortAddress) -> Response:
    """Objective, measured value, error budget and history of every service level, at most a minute old."""
    card = call.market.card(address)
    standing = call.market.standing(card.address)
    return json_answer(ServiceLevels(address=card.address, freshness=standing.freshness, levels=standing.levels))


@router.get("/ports/{address}/trust", operation_id="getTrust", responses=answers(Trusted, "The score.", errors=(404,)))
def trust(call: TheCall, address: PortAddress) -> Response:
    """The trust score with the facts that it is computed from."""
    card = call.market.card(address)
    return json_answer(Trusted(address=card.address, trust=call.market.standing(card.address).trust))


@router.get("/ports/{address}/joins", operation_id="getJoins", responses=answers(Joins, "The joins.", errors=(404,)))
@conditional
def joins(call: TheCall, address: PortAddress) -> Response:
    """Ports with ids of the same things, with the share of ids that would meet."""
    card = call.market.card(address)
    return json_answer(Joins(address=card.address, joins=call.market.joins(card.address)))


@router.get("/resolve", operation_id="resolve", responses=answers(Resolution, "The port.", errors=(400, 404)))
@conditional
def resolve(
    call: TheCall,
    target: Annotated[
        str,
        Query(
            min_length=1,
            max_length=300,
            description="A contract id or any spelling of an address, with or without `@RANGE`.",
            examples=["fleet.aircraft", "mesh://fleet/aircraft/v1", "fleet.aircraft@>=1.1,<2"],
        ),
    ],
    version: Annotated[str, Query(max_length=100, description="A range: `1`, `1.x`, `1.2.0`, `>=1.1,<2`.")] = "",
) -> Response:
    """From a contract id or an address, and a range of versions, to the one port that is meant."""
    return json_answer(resolved(call.market, target, version))
