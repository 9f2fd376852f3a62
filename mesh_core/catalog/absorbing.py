"""SQL behind ``Catalog.absorb``: the journal's lines become rows, each once."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import msgspec
from sqlalchemy import Connection

from mesh_core.catalog import happening, retention
from mesh_core.catalog.journal import Journal, Lines

_DAY_SECONDS = 24 * 3600
_logger = logging.getLogger(__name__)

Write = Callable[[Callable[[Connection], Any]], Any]


class Absorbed(msgspec.Struct, frozen=True):
    """What was taken over; lines that were there already, after a crash, are not counted."""

    uses: int = 0
    confirmations: int = 0
    unreadable: int = 0


def absorb(write: Write, journal: Journal) -> Absorbed:
    """Take the journal's files over, one transaction a file.

    A file is removed after its transaction: whoever finds one that was taken over already, because the process
    before it died in between, adds nothing, for every line has an id.
    """
    total = Absorbed()
    with journal.taking() as files:
        for file in files:
            lines = journal.read(file)
            uses, confirmations = write(_taking_over(lines))
            journal.done(file)
            if lines.unreadable:
                _logger.warning("%d lines of %s can't be read; they are kept beside it", lines.unreadable, file.name)
            total = Absorbed(
                total.uses + uses, total.confirmations + confirmations, total.unreadable + lines.unreadable
            )
    _forget_daily(write, journal)
    return total


def _taking_over(lines: Lines) -> Callable[[Connection], tuple[int, int]]:
    def take(connection: Connection) -> tuple[int, int]:
        uses = happening.record_uses(connection, lines.uses)
        return uses, happening.confirm(connection, lines.confirmations)

    return take


def _forget_daily(write: Write, journal: Journal) -> None:
    """Once a day at most: looking for what is old costs more than taking over what is new."""
    marker = journal.folder / ".forgotten"
    if not journal.folder.is_dir() or (marker.exists() and time.time() - marker.stat().st_mtime < _DAY_SECONDS):
        return
    write(lambda connection: retention.forget(connection, datetime.now(UTC)))
    marker.touch()
