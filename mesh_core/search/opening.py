"""The index of a mesh for whoever asks once and goes: brought up to date first if it must be, and no more than that."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from mesh_core.search.index import SearchIndex

if TYPE_CHECKING:
    from mesh_core.settings import Settings

GRADES_HOLD = 3_600.0
"""Seconds for which a single question takes trust and service levels as they were: looking at them again opens the
catalog, which takes longer than the question. What changes in the catalog is always looked at."""

_SQLITE = "sqlite:///"


def ready_index(settings: Settings, now: datetime, *, grades_hold: float = GRADES_HOLD) -> SearchIndex | None:
    """An index that knows the catalog's last change; None if there is no catalog yet."""
    index = SearchIndex(settings.cache / "search")
    known = index.known()
    if known is not None and now.timestamp() - known.graded_at < grades_hold:
        seen = _change_in_file(settings.catalog_url, known.seq)
        if seen is not None and seen == known.change:
            return index
    from mesh_core.catalog import Catalog

    catalog = Catalog.existing(settings.catalog_url)
    if catalog is None:
        return None
    with catalog:
        index.refresh(catalog, now, grades_hold=grades_hold, wait=60.0)
    return index


def _change_in_file(url: str, seq: int) -> str | None:
    """The id of change ``seq`` if it is the newest in a SQLite catalog; None if it is not, or cannot be told.

    Reads the file itself: opening the catalog costs 0.4 s, this less than a millisecond.
    """
    if not url.startswith(_SQLITE):
        return None
    import sqlite3
    from urllib.parse import quote

    try:
        connection = sqlite3.connect(f"file:{quote(url.removeprefix(_SQLITE))}?mode=ro", uri=True, timeout=1.0)
    except sqlite3.Error:
        return None
    try:
        row = connection.execute("SELECT seq, id FROM changes ORDER BY seq DESC LIMIT 1").fetchone()
    except sqlite3.Error:
        return None
    finally:
        connection.close()
    return row[1] if row and row[0] == seq else None
