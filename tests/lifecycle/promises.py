"""Contracts and histories as short as they can be."""

from __future__ import annotations

from pathlib import Path

from mesh_core.contracts import Contract, Document, contract_from
from mesh_core.contracts.lifecycle import Milestone


def contract(version: str, status: str, end: str | None = None, **more: object) -> Contract:
    """``shop.orders`` with one column."""
    raw = {
        "id": "shop.orders",
        "version": version,
        "status": status,
        "domain": "shop",
        "dataProduct": "orders",
        "schema": [{"name": "orders", "properties": [{"name": "id", "logicalType": "integer"}]}],
        "slaProperties": [{"property": "endOfSupport", "value": end}] if end is not None else [],
        **more,
    }
    return contract_from(Document(Path("nowhere/orders.contract.yaml"), raw, version))


def seen(day: str, version: str, status: str, end: str = "") -> Milestone:
    """One line of the catalog's memory."""
    return Milestone(version=version, status=status, seen_at=f"{day}T12:00:00.000000+00:00", end_of_support=end)
