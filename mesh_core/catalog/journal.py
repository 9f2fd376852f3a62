"""A file beside the catalog for what happens often: a use or a confirmation costs its writer one line.

Opening the catalog costs half a second, a line 0.05 ms. Whoever has the catalog open for long takes the lines over
(``Catalog.absorb``): a service each minute, ``mesh run`` and ``mesh observe`` at their end.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import uuid
from collections.abc import Iterator
from pathlib import Path

import msgspec

from mesh_core.catalog.events import Confirmation, Use
from mesh_core.catalog.storable import json_bytes

LIMIT = 16 * 2**20
"""Bytes at which a journal is put aside, and what was aside before is lost: nobody took it over for long."""

_LONGEST = 16 * 2**10
"""Bytes of a line."""
_WRITTEN = "events.jsonl"
_ASIDE = "events-before.jsonl"
_TAKEN = "taken-*.jsonl"

Event = Use | Confirmation


class Lines(msgspec.Struct, frozen=True):
    """What one taken file holds."""

    uses: tuple[Use, ...]
    confirmations: tuple[Confirmation, ...]
    unreadable: int


class Journal:
    """The events noted below ``folder`` by any number of processes."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def note(self, event: Event) -> bool:
        """Keep the event; False if that can't be done: a full disk must not fail the reading that it tells of."""
        try:
            self._append(_line(event))
        except OSError:
            return False
        return True

    def _append(self, line: bytes) -> None:
        """Write the line whole and after all others, into a file that nobody has taken yet."""
        path = self.folder / _WRITTEN
        while True:
            try:
                file = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)
            except FileNotFoundError:
                self.folder.mkdir(parents=True, exist_ok=True)
                continue
            try:
                # Who takes the file renames it first and then waits for this lock. So a file that still has its
                # name now is read only after the line is in it; in one that was renamed the line could be lost.
                fcntl.flock(file, fcntl.LOCK_SH)
                if not _is_at(file, path):
                    continue
                os.write(file, line)
                if os.fstat(file).st_size > LIMIT:
                    with contextlib.suppress(FileNotFoundError):  # another writer was quicker
                        path.replace(self.folder / _ASIDE)
            finally:
                os.close(file)
            return

    @contextlib.contextmanager
    def taking(self) -> Iterator[list[Path]]:
        """The files whose lines are to be taken over now; none while another process takes them.

        A file stays until ``done`` is called with it, so that a process that dies leaves it to the next one.
        """
        if not self.folder.is_dir():
            yield []
            return
        with (self.folder / ".taking").open("w") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                yield []
                return
            for name in (_ASIDE, _WRITTEN):
                with contextlib.suppress(FileNotFoundError):
                    (self.folder / name).rename(self.folder / _TAKEN.replace("*", uuid.uuid4().hex))
            yield sorted(self.folder.glob(_TAKEN))

    def read(self, taken: Path) -> Lines:
        """The events of a taken file; lines that can't be read are counted and kept in ``unreadable.jsonl``."""
        with taken.open("rb") as file:
            fcntl.flock(file, fcntl.LOCK_EX)  # until all who were writing into it have written
            lines = file.read().splitlines()
        uses: list[Use] = []
        confirmations: list[Confirmation] = []
        broken: list[bytes] = []
        for line in lines:
            event = _event(line)
            if isinstance(event, Use):
                uses.append(event)
            elif event is not None:
                confirmations.append(event)
            elif line:
                broken.append(line)
        if broken:
            (self.folder / "unreadable.jsonl").write_bytes(b"\n".join(broken)[:LIMIT] + b"\n")
        return Lines(tuple(uses), tuple(confirmations), len(broken))

    def done(self, taken: Path) -> None:
        """Let go of a file whose lines are in the catalog."""
        taken.unlink()


def _is_at(file: int, path: Path) -> bool:
    try:
        found = path.stat()
    except FileNotFoundError:
        return False
    own = os.fstat(file)
    return (found.st_ino, found.st_dev) == (own.st_ino, own.st_dev)


def _line(event: Event) -> bytes:
    """The event in one line, with an id that makes taking it over twice the same as once."""
    if isinstance(event, Use):
        kind = "use"
        event = msgspec.structs.replace(event, id=event.id or uuid.uuid4().hex)
    else:
        kind = "confirmation"
    line = json_bytes((kind, event)) + b"\n"
    if len(line) > _LONGEST and isinstance(event, Use):
        return json_bytes((kind, _shortened(event))) + b"\n"
    return line


def _shortened(use: Use) -> Use:
    return msgspec.structs.replace(
        use, detail=use.detail[:500], consumer=use.consumer[:200], domain=use.domain[:200], address=use.address[:500]
    )


def _event(line: bytes) -> Event | None:
    """The event of a line; None if it is torn or of a mesh that knows more kinds."""
    try:
        kind, raw = msgspec.json.decode(line, type=tuple[str, msgspec.Raw])
        if kind == "use":
            use = msgspec.json.decode(raw, type=Use)
            return use if use.id and _is_time(use.at) else None
        if kind == "confirmation":
            confirmation = msgspec.json.decode(raw, type=Confirmation)
            return confirmation if _is_time(confirmation.at) else None
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None
    return None


def _is_time(text: str) -> bool:
    from datetime import datetime

    try:
        datetime.fromisoformat(text)
    except ValueError:
        return False
    return True
