"""The events of a mesh as files of one day each, which are at once the queue of what is to be sent.

Whoever emits appends one line a event in one write, so that processes never mix theirs; that costs well under a
millisecond and no publication waits for a server. Sending is a second thing (``sending``): it reads the files behind
the position that it kept, so what a server did not take is sent again, by the same process or the next.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec

from mesh_core.feeds.openlineage.events import Event

DAYS_KEPT = 30
"""Files older than this go, sent or not: a server that was away for a month is told by rebuilding (`mesh feed`)."""

_PREFIX, _SUFFIX = "events-", ".jsonl"
_POSITION = "sent.json"

_log = logging.getLogger(__name__)


class Position(msgspec.Struct, frozen=True):
    """How far the files were sent: the file's name, and the bytes of it."""

    file: str = ""
    offset: int = 0


class Outbox:
    """One folder of event files."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def put(self, events: Iterable[Event]) -> bool:
        """Append the events; False, and a warning, if that can't be done: it is no reason not to publish."""
        lines = b"".join(msgspec.json.encode(event, enc_hook=str) + b"\n" for event in events)
        if not lines:
            return True
        file = self.folder / f"{_PREFIX}{datetime.now(UTC):%Y-%m-%d}{_SUFFIX}"
        try:
            if not file.exists():
                self._begin(file)
            _append(file, lines)
        except OSError as error:
            _log.warning("OpenLineage events could not be kept in %s: %s", self.folder, error)
            return False
        return True

    def _begin(self, file: Path) -> None:
        """A new day: make the folder, drop what is too old."""
        self.folder.mkdir(parents=True, exist_ok=True)
        oldest = f"{_PREFIX}{datetime.now(UTC) - timedelta(days=DAYS_KEPT):%Y-%m-%d}{_SUFFIX}"
        for old in self.files():
            if old.name < oldest and old != file:
                old.unlink(missing_ok=True)

    def files(self) -> list[Path]:
        """The files that there are, the oldest first."""
        return sorted(self.folder.glob(f"{_PREFIX}*{_SUFFIX}"))

    def pending(self) -> Iterator[tuple[bytes, Position]]:
        """Each event that was not sent, with the position behind it, up to a line that is still being written."""
        sent = self.position()
        for file in self.files():
            if file.name < sent.file:
                continue
            offset = sent.offset if file.name == sent.file else 0
            with file.open("rb") as lines:
                lines.seek(offset)
                for line in lines:
                    if not line.endswith(b"\n"):
                        return
                    offset += len(line)
                    yield line.rstrip(b"\n"), Position(file.name, offset)

    def position(self) -> Position:
        """How far the events were sent."""
        try:
            return msgspec.json.decode((self.folder / _POSITION).read_bytes(), type=Position)
        except (OSError, msgspec.DecodeError):
            return Position()

    def sent(self, position: Position) -> None:
        """Keep that everything before ``position`` was sent."""
        arriving = self.folder / f".{_POSITION}.{os.getpid()}"
        arriving.write_bytes(msgspec.json.encode(position))
        arriving.replace(self.folder / _POSITION)


def _append(file: Path, lines: bytes) -> None:
    """All lines in one write at the end: other processes append to the same file."""
    descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
    try:
        written = os.write(descriptor, lines)
        if written != len(lines):  # the disk is full: end the line, so that the next one is whole
            os.write(descriptor, b"\n")
            message = f"only {written} of {len(lines)} bytes could be written"
            raise OSError(message)
    finally:
        os.close(descriptor)
