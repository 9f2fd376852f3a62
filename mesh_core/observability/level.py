"""A service level as it is shown: what is promised, what was measured, and how much of the error budget is left."""

from __future__ import annotations

from typing import Literal

import msgspec

from mesh_core.catalog.events import Measurement

Status = Literal["met", "at risk", "breached", "unknown", "declared"]
"""``unknown``: it can be measured and nothing was yet. ``declared``: it cannot be measured; the sentence says why."""

WORST_FIRST: tuple[Status, ...] = ("breached", "at risk", "unknown", "met", "declared")


class ErrorBudget(msgspec.Struct, frozen=True, kw_only=True):
    """How much of the window may be worse than promised, and how much of that was used. All but the first in percent.

    ``allowed_percent`` is of the window; the others are of what is allowed.
    """

    window_days: int
    allowed_percent: float
    used_percent: float
    """Above 100 when more was used than there is."""
    left_percent: float


class ServiceLevel(msgspec.Struct, frozen=True, kw_only=True):
    """One entry of the contract's ``slaProperties``, measured where a mesh can."""

    property: str
    """As the standard spells it: ``frequency``, ``timeOfAvailability``."""
    element: str
    """What of the port it is about, as the contract writes it; '' for all of it."""
    indicator: str
    """Names the measurements: the property and, where there is one, the element."""
    description: str
    objective: str
    """In words."""
    target: float | None
    """In ``unit``; None where the promise is no number."""
    unit: str
    """``minutes`` or ``percent``; of what is declared only, the contract's own."""
    measured: float | None
    """The value now, in ``unit``."""
    status: Status
    sentence: str
    """What was measured, or why nothing is."""
    budget: ErrorBudget | None = None
    points: tuple[Measurement, ...] = ()
    """Values of the window, oldest first."""


def worst(levels: tuple[ServiceLevel, ...]) -> Status:
    """The status of the worst level; ``declared`` if none can be measured."""
    found = {level.status for level in levels}
    return next((status for status in WORST_FIRST if status in found), "declared")


def noted(status: Status, text: str) -> str:
    """The detail of a recorded point: the status that it had stands first, so that the next pass finds it there."""
    return f"{status}: {text}"


def status_in(point: Measurement | None) -> str:
    """The status that a recorded point had; '' without one."""
    return point.detail.partition(":")[0] if point is not None else ""


def told_in(point: Measurement) -> str:
    """What a recorded point says beside its status."""
    return point.detail.partition(": ")[2]
