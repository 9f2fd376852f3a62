"""A port's card, as far as its contract tells it: derived when it is registered, kept, read by thousands."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from mesh_core.catalog.cards import Card, CardColumn
from mesh_core.catalog.records import ContractRecord, DomainRecord, ProductRecord
from mesh_core.contracts.lifecycle import end_written
from mesh_core.contracts.odcs import physical_type

CLASSIFICATIONS = ("public", "internal", "confidential", "restricted")
"""From open to strict."""

_ENTITY = "entity:"

Where = tuple[str, str]
"""Endpoint and format."""


def card_of(
    address: str, uri: str, contract: ContractRecord, product: ProductRecord, domain: DomainRecord, *, owner: str = ""
) -> Card:
    """The card of a port by its documents alone; ``owner`` is for documents that name none.

    Documents come from anywhere: what is missing or of another shape is left out.
    """
    raw = contract.document
    described = _mapping(raw.get("description"))
    columns = tuple(_columns(raw))
    found = {column.classification for column in columns}
    server = next((entry for entry in _mappings(raw.get("servers"))), {})
    return Card(
        address=address,
        uri=uri,
        domain=domain.name,
        domain_kind=domain.kind,
        product_id=product.id,
        product_name=product.name,
        contract_id=contract.id,
        version=contract.version,
        status=contract.status,
        name=_text(raw.get("name")) or address.rpartition(".")[2],
        purpose=_text(described.get("purpose")) or _text(_mapping(product.document.get("description")).get("purpose")),
        limitations=_text(described.get("limitations")),
        usage=_text(described.get("usage")),
        owner=_team(raw) or _team(product.document) or owner or domain.owner,
        tags=_texts(raw.get("tags")),
        columns=columns,
        classification=next((name for name in reversed(CLASSIFICATIONS) if name in found), ""),
        endpoint=_text(server.get("location")) or _text(server.get("path")),
        format=_text(server.get("format")),
        end_of_support=end_written({"slaProperties": list(_mappings(raw.get("slaProperties")))}),
    )


def needs_of(product: ProductRecord) -> set[tuple[str, str]]:
    """Contract id and range of versions of every input port of the product."""
    ports = _mappings(product.document.get("inputPorts"))
    named = ((_text(port.get("contractId")), str(port.get("version") or "")) for port in ports)
    return {(contract, versions) for contract, versions in named if contract and versions}


def _columns(raw: Mapping[str, Any]) -> Iterable[CardColumn]:
    for schema in _mappings(raw.get("schema")):
        for prop in _mappings(schema.get("properties")):
            tags = _texts(prop.get("tags"))
            yield CardColumn(
                name=_text(prop.get("name")),
                logical_type=_text(prop.get("logicalType")) or "string",
                physical_type=physical_type(dict(prop)),
                description=_text(prop.get("description")),
                classification=_text(prop.get("classification")),
                required=bool(prop.get("required")) or bool(prop.get("primaryKey")),
                key=bool(prop.get("primaryKey")),
                entity=next((tag.removeprefix(_ENTITY) for tag in tags if tag.startswith(_ENTITY)), ""),
                tags=tags,
            )


def _team(raw: Mapping[str, Any]) -> str:
    """The team that a document names as accountable."""
    return _text(_mapping(raw.get("team")).get("name"))


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""


def _texts(value: Any) -> tuple[str, ...]:
    return tuple(entry for entry in value if isinstance(entry, str)) if isinstance(value, list | tuple) else ()


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _mappings(value: Any) -> Iterable[Mapping[str, Any]]:
    entries = value if isinstance(value, list | tuple) else ()
    return (entry for entry in entries if isinstance(entry, Mapping))
