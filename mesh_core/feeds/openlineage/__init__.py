"""OpenLineage: publications and internal steps as run events, kept in files and sent on."""

from mesh_core.feeds.openlineage.events import Event, Writer
from mesh_core.feeds.openlineage.facts import Failed, Made, Run, Table, Tag, Work
from mesh_core.feeds.openlineage.outbox import Outbox

__all__ = ["Event", "Failed", "Made", "Outbox", "Run", "Table", "Tag", "Work", "Writer"]
