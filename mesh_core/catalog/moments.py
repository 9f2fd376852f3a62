"""Times as the catalog keeps them."""

from __future__ import annotations

from datetime import UTC, datetime


def utc(moment: str) -> str:
    """``moment`` in the one spelling whose text sorts by time; a moment without zone is taken as UTC."""
    parsed = datetime.fromisoformat(moment)
    aware = parsed.replace(tzinfo=UTC) if parsed.tzinfo is None else parsed.astimezone(UTC)
    return aware.isoformat(timespec="microseconds")
