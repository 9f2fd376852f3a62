"""The weather domain as a Dagster code location."""

from domains.weather.station_coverage import station_coverage
from mesh_core.orchestration import domain_definitions

defs = domain_definitions(__file__, assets=[station_coverage])
