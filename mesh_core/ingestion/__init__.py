"""Sources: files of outside systems, opened by configuration and never trusted to have the right shape."""

from mesh_core.ingestion.replay import Replay
from mesh_core.ingestion.sources import deliveries, open_source, source_error, source_fingerprint

__all__ = ["Replay", "deliveries", "open_source", "source_error", "source_fingerprint"]
