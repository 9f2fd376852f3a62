"""The service itself: is it well, and what does it understand."""

from functools import lru_cache
from typing import Any

import msgspec
from fastapi import APIRouter, FastAPI, Request, Response

from mesh_core import __version__
from mesh_core.marketplace.api.documented import TheCall, failures, schema_of
from mesh_core.marketplace.openapi import document_of
from mesh_core.marketplace.pages.rendering import render
from mesh_core.marketplace.responses import JSON, json_answer

router = APIRouter(tags=["service"])


class Health(msgspec.Struct, frozen=True, kw_only=True):
    """The service answers and its catalog too."""

    status: str
    version: str
    change: int
    """Number of the catalog's newest change."""
    ports: int


@router.get(
    "/healthz",
    operation_id="health",
    responses={
        200: {"description": "All is well.", "content": {JSON: {"schema": schema_of(Health)}}},
        **failures(503),
    },
)
def health(call: TheCall) -> Response:
    """Whether the service can answer: it looks into the catalog."""
    state = call.market.state
    return json_answer(
        Health(status="ok", version=__version__, change=state.seq, ports=len(state.cards)),
        headers={"Cache-Control": "no-store"},
    )


@router.get("/openapi.json", include_in_schema=False)
def openapi(request: Request) -> Response:
    """The OpenAPI document."""
    return Response(_encoded(request.app), media_type=JSON, headers={"Cache-Control": "max-age=300"})


@router.get("/docs", include_in_schema=False)
def docs(request: Request) -> Response:
    """The OpenAPI document for people: one page, nothing from another host."""
    return render(request, "docs.html", document=openapi_of(request.app))


@lru_cache(maxsize=4)
def openapi_of(app: FastAPI) -> dict[str, Any]:
    """The service's own OpenAPI document, made once."""
    return document_of(app)


@lru_cache(maxsize=4)
def _encoded(app: FastAPI) -> bytes:
    return msgspec.json.encode(openapi_of(app))
