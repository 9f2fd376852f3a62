"""What a route says of its answers in the OpenAPI document, from the very structs that it answers."""

from typing import Annotated, Any

from fastapi import Depends, Path, Query, Request

from mesh_core.marketplace.conditional import Call
from mesh_core.marketplace.problems import PROBLEM_JSON, Problem
from mesh_core.marketplace.responses import JSON

REFERENCE = "#/components/schemas/{name}"

_TEXTS = {
    304: "Nothing has changed since the state that `If-None-Match` names.",
    400: "The request can't be understood.",
    401: "No token, or not the right one.",
    403: "It is switched off.",
    404: "The catalog does not know it.",
    406: "None of the media types that are asked for can be given.",
    408: "The body came too slowly.",
    412: "The state is not the one that `If-Match` or `If-None-Match` names.",
    413: "The body is too large.",
    415: "The body is of a media type that is not understood.",
    422: "A parameter or the body is not as described.",
    503: "The catalog's database can't be used just now.",
}

shown: dict[str, Any] = {}
"""Types that answers refer to, by the name of their schema."""


def schema_of(kind: Any) -> dict[str, Any]:
    """A reference to the struct's schema, which the document will hold."""
    shown[kind.__name__] = kind
    return {"$ref": REFERENCE.format(name=kind.__name__)}


def answers(
    kind: Any, description: str, *, errors: tuple[int, ...] = (), media: dict[str, Any] | None = None
) -> dict[int | str, dict[str, Any]]:
    """``responses`` of a route: a JSON answer of ``kind`` (or ``media``, type to schema), and its errors."""
    content = {JSON: schema_of(kind)} if kind is not None else {}
    content |= media or {}
    return {
        200: {"description": description, "content": {name: {"schema": schema} for name, schema in content.items()}},
        304: {"description": _TEXTS[304]},
        **failures(*errors, 422, 503),
    }


def failures(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """Errors, all of the one shape."""
    return {
        status: {"description": _TEXTS[status], "content": {PROBLEM_JSON: {"schema": schema_of(Problem)}}}
        for status in statuses
    }


async def call_of(request: Request) -> Call:
    """The request with the service's market; nothing is awaited, but so no thread is asked for it."""
    return Call(request, request.app.state.market)


TheCall = Annotated[Call, Depends(call_of)]

PortAddress = Annotated[
    str,
    Path(
        max_length=200,
        description="A port in SQL's spelling: `domain.port`, from major version 2 on `domain.port_v2`.",
        examples=["fleet.aircraft"],
    ),
]

Limit = Annotated[int, Query(ge=1, le=500, description="Entries of one page at most.")]
Cursor = Annotated[
    str, Query(max_length=400, description="Where the page begins: the value of the last page's `next`, as it is.")
]
