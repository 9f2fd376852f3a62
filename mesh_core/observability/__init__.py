"""Observability: measured service levels, trust, lead times, and the topology of data flows."""

from mesh_core.observability.history import History
from mesh_core.observability.level import ErrorBudget, ServiceLevel, worst
from mesh_core.observability.measuring import service_levels
from mesh_core.observability.observing import Flip, Observation, observe
from mesh_core.observability.scoring import Trust, TrustPart, trust
from mesh_core.observability.standing import Standing, freshness_of, standing_of, standings

__all__ = [
    "ErrorBudget",
    "Flip",
    "History",
    "Observation",
    "ServiceLevel",
    "Standing",
    "Trust",
    "TrustPart",
    "freshness_of",
    "observe",
    "service_levels",
    "standing_of",
    "standings",
    "trust",
    "worst",
]
