"""Where tables and the files beside them are, and the few things that are done to such files.

Everything that storage does to a file that DuckDB or delta-rs does not do goes through these functions, so that a
folder of this machine and an object store are one thing to the rest.
"""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

import msgspec

from mesh_core.contracts.replacing import replace_file

Place = Path
"""The place of a table, or of a file beside it."""

PRIVATE = "_mesh"
"""The folder inside a table's own for what the mesh keeps beside it: quarantined and refused rows, deleted keys.

Delta Lake takes names that begin with an underscore for hidden: no reader scans it, no vacuum removes it.
"""


class Found(msgspec.Struct, frozen=True):
    """One file below a folder, as a listing tells of it."""

    name: str
    """Its path relative to the folder, with ``/`` between the parts."""
    bytes: int
    modified: float
    """Seconds since 1970, by the clock of whoever keeps the file."""


def names_in(folder: Place) -> list[str]:
    """The names of the files in ``folder`` itself; none if it does not exist."""
    try:
        # Not Path.iterdir: this runs once for each of a mesh's tables at every start.
        return os.listdir(folder)  # noqa: PTH208
    except FileNotFoundError:
        return []


def files_below(folder: Place) -> list[Found]:
    """Every file in ``folder`` and in the folders below it, in no order; none if it does not exist."""
    found: list[Found] = []
    waiting = [("", str(folder))]
    while waiting:
        within, path = waiting.pop()
        try:
            with os.scandir(path) as entries:
                for entry in entries:
                    if entry.is_dir(follow_symlinks=False):
                        waiting.append((f"{within}{entry.name}/", entry.path))
                        continue
                    with contextlib.suppress(FileNotFoundError):  # it went meanwhile
                        state = entry.stat(follow_symlinks=False)
                        found.append(Found(within + entry.name, state.st_size, state.st_mtime))
        except FileNotFoundError:
            continue
    return found


def read(file: Place) -> bytes:
    """The file's bytes; FileNotFoundError if there is none."""
    return file.read_bytes()


def write(file: Place, content: bytes) -> None:
    """Put the content there in one step, whatever was there before."""
    file.parent.mkdir(parents=True, exist_ok=True)
    replace_file(file, content)


def create(file: Place, content: bytes) -> bool:
    """Put the content there in one step unless a file is there already; False if one is.

    Of any number of writers at once exactly one gets True, and a crash leaves the whole file or none.
    """
    file.parent.mkdir(parents=True, exist_ok=True)
    arriving = file.with_name(f".{file.name}.{os.getpid()}.{os.urandom(4).hex()}")
    try:
        with arriving.open("wb") as stream:
            stream.write(content)
            stream.flush()
            os.fsync(stream.fileno())
        os.link(arriving, file)
    except FileExistsError:
        return False
    finally:
        arriving.unlink(missing_ok=True)
    return True


def remove(file: Place) -> None:
    """Take the file away, if it is there."""
    file.unlink(missing_ok=True)


def make_room(table: Place) -> None:
    """Let files be written under ``table``; an object store needs nothing."""
    table.mkdir(parents=True, exist_ok=True)
