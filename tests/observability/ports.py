"""Contracts, cards and histories as small as a test needs them, on a clock that stands still."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from mesh_core.catalog import Card
from mesh_core.contracts import Contract, Document, contract_from
from mesh_core.observability import History, ServiceLevel, service_levels
from mesh_core.observability.history import Version

NOTHING = History()
NOW = datetime(2026, 11, 30, tzinfo=UTC)
"""The window of 30 days begins with 31 October."""


def ago(*, days: float = 0, hours: float = 0, minutes: float = 0) -> datetime:
    return NOW - timedelta(days=days, hours=hours, minutes=minutes)


def contract(*levels: dict[str, Any], columns: list[dict[str, Any]] | None = None, **more: Any) -> Contract:
    """Of the port ``shop.orders``: a day column and a required number, unless ``columns`` says otherwise."""
    raw = {
        "id": "shop.orders",
        "version": "1.0.0",
        "status": "active",
        "domain": "shop",
        "dataProduct": "orders",
        "schema": [{"name": "orders", "properties": columns or COLUMNS}],
        "slaProperties": list(levels),
        **more,
    }
    return contract_from(Document(Path("orders.contract.yaml"), raw, "digest"))


COLUMNS: list[dict[str, Any]] = [
    {"name": "order_id", "logicalType": "integer", "required": True},
    {"name": "ordered_on", "logicalType": "date"},
]


def card(**more: Any) -> Card:
    """Of a published port that is used by nobody."""
    given = {
        "address": "shop.orders",
        "uri": "mesh://shop/orders/v1",
        "domain": "shop",
        "domain_kind": "source-aligned",
        "product_id": "shop.orders",
        "product_name": "Orders",
        "contract_id": "shop.orders",
        "version": "1.0.0",
        "status": "active",
        "name": "Orders",
        "purpose": "What was ordered.",
        "table_version": 0,
    }
    return Card(**{**given, **more})


def version(at: datetime, number: int = 0, **more: Any) -> Version:
    return Version(at=at, table_version=number, **{"rows": 100, **more})


def level(sla: dict[str, Any], history: History = NOTHING, **more: Any) -> ServiceLevel:
    """The one service level of a contract that has no other."""
    [found] = service_levels(card(), contract(sla, **more), history, NOW)
    return found
