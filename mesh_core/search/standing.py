"""How good a port is today, as the search shows and weighs it."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mesh_core.catalog import Catalog

Grade = tuple[int | None, str]
"""Trust, and the worst status of the service levels."""

UNKNOWN: Grade = (None, "unknown")


def grades(catalog: Catalog, now: datetime) -> dict[str, Grade]:
    """The grades of all ports by address; a port without is ``UNKNOWN``."""
    from mesh_core.observability import standings

    found = standings(catalog, now)
    return {address: (standing.trust.score, standing.slo) for address, standing in found.items()}
