"""Ports: what each promises, in the standard's own words and in ours."""

from importlib import import_module
from typing import Annotated, Literal

import msgspec
from fastapi import APIRouter, Query, Response

from mesh_core.catalog import Card, CardColumn
from mesh_core.contracts import Contract
from mesh_core.marketplace.api.documented import Cursor, Limit, PortAddress, TheCall, answers
from mesh_core.marketplace.conditional import conditional
from mesh_core.marketplace.paging import links, only, page_of
from mesh_core.marketplace.responses import JSON, YAML, json_answer, text_answer, yaml_answer, yaml_wanted

router = APIRouter(tags=["ports"])

_TEXT = {"type": "string"}
_OBJECT = {"type": "object"}

SchemaFormat = Literal["json", "json-schema", "avro", "sql", "dbt-sources", "dbt-model"]
_SCHEMA_TYPES = {
    "json-schema": "application/schema+json",
    "avro": "application/vnd.apache.avro+json",
    "sql": "application/sql",
    "dbt-sources": YAML,
    "dbt-model": YAML,
}
_WRITERS = {
    "json-schema": ("json_schema", "to_json_schema"),
    "avro": ("avro", "to_avro"),
    "sql": ("ddl", "to_sql"),
    "dbt-sources": ("dbt", "to_dbt_sources"),
    "dbt-model": ("dbt", "to_dbt_model"),
}
"""Module and function of each; loaded with the first use."""


class Ports(msgspec.Struct, frozen=True, kw_only=True):
    """One page of ports, by address."""

    items: tuple[Card, ...]
    total: int
    next: str = ""
    """The cursor of the next page, '' at the end."""


class PortSchema(msgspec.Struct, frozen=True, kw_only=True):
    """The columns of a port as its contract promises them."""

    address: str
    version: str
    granularity: str
    """What one row is."""
    columns: tuple[CardColumn, ...]


@router.get("/ports", operation_id="listPorts", responses=answers(Ports, "The ports, by address.", errors=(400,)))
@conditional
def ports(
    call: TheCall,
    *,
    domain: Annotated[str, Query(max_length=200, description="Only of this domain.")] = "",
    product_id: Annotated[str, Query(max_length=200, alias="product", description="Only of this product.")] = "",
    status: Annotated[str, Query(max_length=50, description="Only contracts of this status.")] = "",
    limit: Limit = 100,
    cursor: Cursor = "",
) -> Response:
    """Every port that is declared or published, also those that were withdrawn."""
    found = only(list(call.market.cards.values()), domain=domain, product_id=product_id, status=status)
    items, following = page_of(found, [card.address for card in found], limit, cursor)
    return json_answer(Ports(items=items, total=len(found), next=following), headers=links(call.request, following))


@router.get("/ports/{address}", operation_id="getPort", responses=answers(Card, "The port.", errors=(404,)))
@conditional
def port(call: TheCall, address: PortAddress) -> Response:
    """One port: its promise, who is behind it, its newest version, and how it is used."""
    card = call.market.card(address)
    call.market.record("view", card.address, via="api")
    return json_answer(card)


@router.get(
    "/ports/{address}/contract",
    operation_id="getContract",
    responses=answers(None, "The contract as ODCS.", errors=(404,), media={JSON: _OBJECT, YAML: _OBJECT}),
)
@conditional
def contract(
    call: TheCall,
    address: PortAddress,
    format: Annotated[Literal["json", "yaml"] | None, Query(description="Goes before `Accept`.")] = None,  # noqa: A002
) -> Response:
    """The whole contract as its domain declared it, as JSON or, by `Accept` or `format`, as YAML."""
    card = call.market.card(address)
    document = call.market.document(card.address)
    return yaml_answer(document) if yaml_wanted(call.request, format) else json_answer(document)


@router.get(
    "/ports/{address}/schema",
    operation_id="getSchema",
    responses=answers(
        PortSchema,
        "The columns.",
        errors=(404,),
        media={kind: _TEXT if kind == "application/sql" else _OBJECT for kind in _SCHEMA_TYPES.values()},
    ),
)
@conditional
def schema(
    call: TheCall,
    address: PortAddress,
    format: Annotated[SchemaFormat, Query(description="As our own JSON, or in another tool's format.")] = "json",  # noqa: A002
) -> Response:
    """The columns that the contract promises, also as JSON Schema, Avro, SQL or for dbt."""
    card = call.market.card(address)
    promised = call.market.contract(card.address)
    if format != "json":
        return text_answer(_exported(promised, format), _SCHEMA_TYPES[format])
    return json_answer(
        PortSchema(address=card.address, version=card.version, granularity=promised.granularity, columns=card.columns)
    )


def _exported(promised: Contract, target: str) -> str:
    from mesh_core.exchange.table import table_of

    module, writer = _WRITERS[target]
    text: str = getattr(import_module(f"mesh_core.exchange.{module}"), writer)(table_of(promised))
    return text
