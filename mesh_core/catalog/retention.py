"""How long the catalog keeps what happens often. Publications, contracts, decisions and changes stay."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import Connection, delete, func, select

from mesh_core.catalog import schema_happened as happened
from mesh_core.catalog.moments import utc

USE_DAYS = 400
"""A year of uses and a month to compare with."""
MEASUREMENT_DAYS = 100
"""Three windows of a service level."""
CONFIRMATION_DAYS = 100


def forget(connection: Connection, now: datetime) -> int:
    """Drop uses, measurements and confirmations that are older than is promised; how many rows went."""
    gone = 0
    for table, days in (
        (happened.uses, USE_DAYS),
        (happened.measurements, MEASUREMENT_DAYS),
        (happened.confirmations, CONFIRMATION_DAYS),
    ):
        before = utc((now - timedelta(days=days)).isoformat())
        gone += connection.execute(delete(table).where(table.c.at < before)).rowcount
    return gone


def forget_changes(connection: Connection, before: str) -> int:
    """Drop changes from before a moment, for those who say so; the newest stays, so that numbers go on from it."""
    table = happened.changes
    newest = select(func.max(table.c.seq)).scalar_subquery()
    return connection.execute(delete(table).where(table.c.at < utc(before), table.c.seq < newest)).rowcount
