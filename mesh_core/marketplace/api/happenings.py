"""What changed, what flows, and the catalog as other tools read it."""

from typing import Annotated, Literal

import msgspec
from fastapi import APIRouter, Query, Response

from mesh_core.catalog import Change
from mesh_core.feeds import cloudevents, dcat
from mesh_core.marketplace.api.documented import TheCall, answers
from mesh_core.marketplace.conditional import conditional
from mesh_core.marketplace.paging import links
from mesh_core.marketplace.responses import json_answer
from mesh_core.observability.kpis import Kpis
from mesh_core.observability.topology import Topology, topology

router = APIRouter(tags=["mesh"])

_EVENT = {
    "type": "object",
    "required": ["specversion", "id", "source", "type"],
    "properties": {name: {"type": "string"} for name in ("specversion", "id", "source", "type", "subject", "time")},
}
Days = Annotated[int, Query(ge=1, le=366, description="The span that is counted, until now.")]


class Changes(msgspec.Struct, frozen=True, kw_only=True):
    """Changes of the catalog, oldest first."""

    items: tuple[Change, ...]
    last: int
    """Ask for what is `after` this next time; it grows also when there was nothing."""
    more: bool
    """Whether there is more now."""


@router.get(
    "/changes",
    operation_id="listChanges",
    responses=answers(Changes, "The changes.", media={cloudevents.BATCH: {"type": "array", "items": _EVENT}}),
)
@conditional
def changes(
    call: TheCall,
    *,
    after: Annotated[int, Query(ge=0, le=2**53, description="The `last` of the page before; 0 for all.")] = 0,
    limit: Annotated[int, Query(ge=1, le=1000, description="Changes of one page at most.")] = 100,
    format: Annotated[  # noqa: A002
        Literal["json", "cloudevents"] | None, Query(description="Goes before `Accept`.")
    ] = None,
) -> Response:
    """The feed of changes: as our own JSON or, by `Accept` or `format`, as a batch of CloudEvents 1.0."""
    found = call.market.catalog.changes(after, limit + 1)
    shown, more = found[:limit], len(found) > limit
    last = shown[-1].seq if shown else max(after, call.market.catalog.last_change())
    headers = links(call.request, str(last) if more else "", name="after")
    batch = format == "cloudevents" or (format is None and "cloudevents" in call.request.headers.get("accept", ""))
    if batch:
        source = f"{str(call.request.base_url).rstrip('/')}/api/v1"
        events = cloudevents.cloud_events(shown, source)
        return json_answer(events, headers=headers, media_type=cloudevents.BATCH)
    return json_answer(Changes(items=shown, last=last, more=more), headers=headers)


@router.get(
    "/dcat",
    operation_id="getDcat",
    responses=answers(None, "The catalog as JSON-LD.", errors=(404,), media={dcat.MEDIA_TYPE: {"type": "object"}}),
)
@conditional
def dcat_document(
    call: TheCall,
    address: Annotated[str, Query(max_length=200, description="Only this port, as SQL spells it.")] = "",
) -> Response:
    """All products and ports as DCAT 3 and DPROD."""
    base, catalog = str(call.request.base_url).rstrip("/"), call.market.catalog
    if address:
        document = dcat.dataset(catalog, call.market.card(address).address, base)
    else:
        document = dcat.catalog(catalog, base)
    return json_answer(document, media_type=dcat.MEDIA_TYPE)


@router.get("/kpis", operation_id="getKpis", responses=answers(Kpis, "The indicators."))
def mesh_kpis(call: TheCall, days: Days = 30) -> Response:
    """Lead times, consumers and reads, from recorded events only."""
    return json_answer(call.market.kpis(days))


@router.get("/topology", operation_id="getTopology", responses=answers(Topology, "The flows."))
def mesh_topology(call: TheCall, days: Days = 30) -> Response:
    """What flows between domains, and what that says of how the mesh is cut."""
    return json_answer(topology(call.market.catalog, call.market.now(), days=days))
