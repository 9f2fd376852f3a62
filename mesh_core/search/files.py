"""The index on disk: which folder is the present one, what it knows of the catalog, and who may write.

``<folder>/v<version>/state`` names the folder of the present index. Whoever makes the index anew writes a new folder
and then the state; readers follow the state, so they never see half an index. One process writes at a time.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

import msgspec

from mesh_core.search.schema import VERSION


class State(msgspec.Struct, frozen=True, kw_only=True):
    """What the index was made from."""

    folder: str
    """Name of the folder that holds it."""
    seq: int = 0
    """The newest change of the catalog that it has."""
    change: str = ""
    """Id of that change: another catalog, or one made anew, has another."""
    graded_at: float = 0.0
    """When trust and service levels were last looked at, in seconds since 1970."""
    digests: dict[str, bytes] = {}
    """Of every port's card and grade, by address: a port whose digest is equal is not written again."""


_decoder = msgspec.msgpack.Decoder(State)


class IndexFiles:
    """The files of one index."""

    def __init__(self, folder: Path) -> None:
        self._top = folder
        self._base = folder / f"v{VERSION}"
        self._state = self._base / "state"

    def stamp(self) -> tuple[int, int] | None:
        """Changes whenever the index does; None if there is none."""
        try:
            found = self._state.stat()
        except FileNotFoundError:
            return None
        return found.st_mtime_ns, found.st_ino

    def state(self) -> State | None:
        """What is known of the present index; None if there is none that can be read."""
        try:
            return _decoder.decode(self._state.read_bytes())
        except (FileNotFoundError, msgspec.MsgspecError):
            return None

    def path(self, state: State) -> Path:
        return self._base / state.folder

    def new_folder(self) -> str:
        """The name of a folder that is there, and empty."""
        name = uuid4().hex
        (self._base / name).mkdir(parents=True)
        return name

    def keep(self, state: State) -> None:
        """Make ``state`` the present one, at once and whole, and drop the folders that it replaces."""
        beside = self._state.with_name(f"state.{os.getpid()}")
        beside.write_bytes(msgspec.msgpack.encode(state))
        beside.replace(self._state)
        for other in self._base.iterdir():
            if other.is_dir() and other.name != state.folder:
                shutil.rmtree(other, ignore_errors=True)
        for other in self._top.iterdir():
            if other.is_dir() and other != self._base:
                shutil.rmtree(other, ignore_errors=True)

    def forget(self) -> None:
        """The index can't be used: the next refresh makes a new one."""
        self._state.unlink(missing_ok=True)

    @contextmanager
    def writing(self, wait: float) -> Iterator[bool]:
        """Hold the right to write; False if another process has it still after ``wait`` seconds."""
        self._base.mkdir(parents=True, exist_ok=True)
        until = time.monotonic() + wait
        with (self._base / "lock").open("w") as lock:
            while not (held := _locked(lock.fileno())) and time.monotonic() < until:
                time.sleep(0.02)
            yield held  # closing the file lets go, as does the end of the process


def _locked(file: int) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
