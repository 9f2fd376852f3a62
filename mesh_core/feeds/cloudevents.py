"""Changes of the catalog as CloudEvents 1.0, for whoever reacts to them: one by one, or as a batch.

An event says what changed and where to look, not what the thing is like now: its ``subject`` is the address that the
catalog answers for. Its id is the change's own, so an event that is told twice is the same event.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from mesh_core.catalog import Change
from mesh_core.errors import UnknownAddressError
from mesh_core.model import Address

STRUCTURED = "application/cloudevents+json"
"""The media type of one event in structured mode."""

BATCH = "application/cloudevents-batch+json"
"""The media type of a list of events."""

TYPES = "mesh."
"""What the type of every event begins with: ``mesh.port.published``."""

SOURCE = "urn:mesh:catalog"
"""Who tells an event if no service does: whoever reads the database."""

DATA_VERSION = 1
"""Of the shape of ``data``: grows when a consumer of some type would no longer understand it."""


def cloud_event(change: Change, source: str) -> dict[str, Any]:
    """The change as one event in structured JSON; ``source`` is a URI of the catalog that tells it."""
    event: dict[str, Any] = {
        "specversion": "1.0",
        "id": change.id,
        "source": source,
        "type": f"{TYPES}{change.type}",
        "time": change.at,
        "datacontenttype": "application/json",
        "dataschema": f"urn:mesh:schema:{change.type}:{DATA_VERSION}",
        "sequence": f"{change.seq:020d}",
    }
    if change.subject:
        event["subject"] = subject_of(change)
    if change.domain:
        event["meshdomain"] = change.domain
    return {**event, "data": change.data}


def cloud_events(changes: Iterable[Change], source: str) -> list[dict[str, Any]]:
    """The changes as a batch, in their order."""
    return [cloud_event(change, source) for change in changes]


def subject_of(change: Change) -> str:
    """The port's global address; of a product or a domain its id."""
    kind = change.type.partition(".")[0]
    if kind not in {"port", "slo"}:
        return change.subject
    try:
        return Address.parse(change.subject).uri
    except UnknownAddressError:
        return change.subject
