"""The punctuality domain as a Dagster code location."""

from mesh_core.orchestration import domain_definitions

defs = domain_definitions(__file__)
