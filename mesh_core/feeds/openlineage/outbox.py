"""The events of a mesh as files by day, which are at once the queue of what is to be sent.

Whoever emits appends one line a event in one write, so that processes never mix theirs; that costs well under a
millisecond and no publication waits for a server. Sending is a second thing (``sending``): it reads each file behind
the position that it kept, so what a server did not take is sent again, by the same process or the next.
"""

from __future__ import annotations

import contextlib
import logging
import os
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec

from mesh_core.feeds.openlineage.events import Event

DAYS_KEPT = 30
"""Files older than this go, sent or not: a server that was away for a month is told by rebuilding (`mesh feed`)."""

BYTES_KEPT = 256_000_000
"""So do the oldest above this: a publication is some 40 kB, a large mesh makes hundreds of megabytes a day."""

BYTES_A_FILE = 16_000_000
"""From here on a day has another file."""

_PREFIX, _SUFFIX = "events-", ".jsonl"
_POSITIONS = "sent.json"

_log = logging.getLogger(__name__)


class Position(msgspec.Struct, frozen=True):
    """How far one file was sent."""

    file: str
    offset: int


class Outbox:
    """One folder of event files."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def put(self, events: Iterable[Event]) -> bool:
        """Append the events; False, and a warning, if that can't be done: it is no reason not to publish."""
        lines = b"".join(msgspec.json.encode(event, enc_hook=str) + b"\n" for event in events)
        if not lines:
            return True
        try:
            _append(self._current(), lines)
        except OSError as error:
            _log.warning("OpenLineage events could not be kept in %s: %s", self.folder, error)
            return False
        return True

    def _current(self) -> Path:
        """The file of today that is not full yet."""
        today = f"{_PREFIX}{datetime.now(UTC):%Y-%m-%d}-"
        self.folder.mkdir(parents=True, exist_ok=True)
        numbers = [name.removeprefix(today).removesuffix(_SUFFIX) for name in os.listdir(self.folder)]  # noqa: PTH208
        last = max((int(number) for number in numbers if number.isdecimal()), default=0)
        file = self.folder / f"{today}{last:04d}{_SUFFIX}"
        if last and file.stat().st_size < BYTES_A_FILE:
            return file
        self._drop_old()
        return self.folder / f"{today}{last + 1:04d}{_SUFFIX}"

    def _drop_old(self) -> None:
        """Before a file is begun: those too old go, and the oldest of too many."""
        oldest = f"{_PREFIX}{datetime.now(UTC) - timedelta(days=DAYS_KEPT):%Y-%m-%d}"
        room = BYTES_KEPT
        for file in reversed(self.files()):
            with contextlib.suppress(FileNotFoundError):  # another process drops, too
                room -= file.stat().st_size
                if file.name < oldest or room < 0:
                    file.unlink()

    def files(self) -> list[Path]:
        """The files that there are, the oldest first."""
        return sorted(self.folder.glob(f"{_PREFIX}*{_SUFFIX}"))

    def pending(self) -> Iterator[tuple[bytes, Position]]:
        """Each event that was not sent, with the position behind it, up to a line that is still being written.

        Positions are kept of every file: whoever was slow may still append to one that has a successor.
        """
        sent = self._sent()
        for file in self.files():
            offset = sent.get(file.name, 0)
            with file.open("rb") as lines:
                lines.seek(offset)
                for line in lines:
                    if not line.endswith(b"\n"):
                        break
                    offset += len(line)
                    yield line.rstrip(b"\n"), Position(file.name, offset)

    def _sent(self) -> dict[str, int]:
        """How far each file was sent."""
        try:
            return msgspec.json.decode((self.folder / _POSITIONS).read_bytes(), type=dict[str, int])
        except (OSError, msgspec.DecodeError):
            return {}

    def sent(self, position: Position) -> None:
        """Keep that everything before ``position`` in its file was sent."""
        there = {file.name for file in self.files()}
        positions = {name: offset for name, offset in self._sent().items() if name in there}
        arriving = self.folder / f".{_POSITIONS}.{os.getpid()}"
        arriving.write_bytes(msgspec.json.encode({**positions, position.file: position.offset}))
        arriving.replace(self.folder / _POSITIONS)


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
