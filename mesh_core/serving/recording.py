"""Telling the catalog who read what: one line a port in the journal, without opening the catalog."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime

from mesh_core.catalog.events import Use
from mesh_core.catalog.journal import Journal
from mesh_core.settings import Settings


def note_reads(settings: Settings, addresses: Iterable[str], *, via: str, rows: int | None = None) -> None:
    """Keep that the principal of ``settings`` read the ports; ``rows`` is what it got in all.

    A journal that can't be written fails no reading.
    """
    journal = Journal(settings.home / "journal")
    at = datetime.now(UTC).isoformat()
    for address in addresses:
        journal.note(Use(kind="read", address=address, at=at, consumer=settings.principal, via=via, rows=rows))
