"""Which service levels are measured, and by what; all others are declared only."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from mesh_core.observability.contents import availability, completeness, error_rate, retention
from mesh_core.observability.promises import Promised
from mesh_core.observability.readings import Reading, Seen
from mesh_core.observability.timeliness import frequency, freshness, latency, time_of_availability, time_to_repair

INDICATORS: Mapping[str, Callable[[Promised, Seen], Reading | None]] = {
    "frequency": frequency,
    "freshness": freshness,
    "timeofavailability": time_of_availability,
    "latency": latency,
    "completeness": completeness,
    "errorrate": error_rate,
    "availability": availability,
    "retention": retention,
    "timetorepair": time_to_repair,
}
