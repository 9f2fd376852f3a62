"""Declarations of the same small mesh as ``records``."""

from __future__ import annotations

from typing import Any

from mesh_core.catalog import ContractRecord, DomainDeclaration, DomainRecord, PortDeclaration, ProductRecord
from mesh_core.governance import Office

OFFICE = Office(team="Ops team", owner="ada@mesh.example", steward="bo@mesh.example")


def document(name: str = "All flights", **changes: Any) -> dict[str, Any]:
    """An ODCS document, as far as cards read it."""
    return {
        "name": name,
        "description": {"purpose": "Who flew when.", "limitations": "One year.", "usage": "Join by flight_id."},
        "tags": ["flight"],
        "team": {"name": "Ops team"},
        "servers": [{"server": "local", "path": "ops/flights", "format": "delta"}],
        "schema": [
            {
                "name": "flights",
                "properties": [
                    {"name": "flight_id", "primaryKey": True, "description": "Number.", "classification": "public"},
                    {"name": "tail_number", "tags": ["pii", "entity:aircraft"], "classification": "restricted"},
                    {"name": "delay", "logicalType": "number", "classification": "internal"},
                ],
            }
        ],
        **changes,
    }


def contract(
    version: str = "1.0.0", status: str = "active", id_: str = "ops.flights", **changes: Any
) -> ContractRecord:
    raw = document(**changes)
    return ContractRecord(id=id_, version=version, status=status, digest=f"{version}{status}{raw}", document=raw)


def product(id_: str = "ops.flights", reads: dict[str, str] | None = None) -> ProductRecord:
    """A product that reads the given ranges of contracts."""
    needs = [
        {"name": contract_id, "contractId": contract_id, "version": versions}
        for contract_id, versions in (reads or {}).items()
    ]
    return ProductRecord(id=id_, name=id_.title(), version="1.0.0", document={"inputPorts": needs})


def port(address: str = "ops.flights", product_id: str = "", **fields: Any) -> PortDeclaration:
    domain, _, table = address.partition(".")
    given = {"contract": contract(id_=address), **fields}
    return PortDeclaration(
        address=address, uri=f"mesh://{domain}/{table}/v1", product_id=product_id or address, engine="sql", **given
    )


def domain(name: str = "ops", *addresses: str, reads: dict[str, str] | None = None, **fields: Any) -> DomainDeclaration:
    """A domain with a product of its own for each port; all products read ``reads``."""
    given: dict[str, Any] = {
        "products": tuple(product(address, reads) for address in addresses),
        "ports": tuple(port(address) for address in addresses),
        **fields,
    }
    record = DomainRecord(name=name, kind="source-aligned", owner="Ops team", description="Flies.")
    return DomainDeclaration(**{"domain": record, "office": OFFICE, **given})
