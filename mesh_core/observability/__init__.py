"""Observability: measured service levels, trust, lead times, and the topology of data flows."""
