"""Service levels of one port from its contract and its history: pure, so that the same facts give the same answer."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from mesh_core.observability.history import History
from mesh_core.observability.level import ServiceLevel

if TYPE_CHECKING:
    from mesh_core.catalog import Card
    from mesh_core.contracts import Contract


def service_levels(card: Card, contract: Contract, history: History, now: datetime) -> tuple[ServiceLevel, ...]:
    """Every entry of the contract's ``slaProperties``, in its order."""
    del card, history, now
    return tuple(
        ServiceLevel(
            property=sla.property,
            element=sla.element,
            indicator=f"{sla.property}:{sla.element}" if sla.element else sla.property,
            description=sla.description,
            objective=f"{sla.property} {sla.value} {sla.unit}".strip(),
            target=None,
            unit=sla.unit,
            measured=None,
            status="unknown",
            sentence="Nothing was measured yet.",
        )
        for sla in contract.slas
    )
