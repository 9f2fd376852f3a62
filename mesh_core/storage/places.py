"""Where tables and the files beside them are, and the few things that are done to such files.

Everything that storage does to a file that DuckDB or delta-rs does not do goes through these functions, so that a
folder of this machine and an object store are one thing to the rest.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable
from pathlib import Path

import msgspec

from mesh_core.contracts.replacing import replace_file
from mesh_core.errors import ConfigurationError
from mesh_core.settings import REMOTE, StoreAccess
from mesh_core.storage import object_store
from mesh_core.storage.object_store import ObjectPath

Place = Path | ObjectPath
"""The place of a table, or of a file beside it: on this machine, or in an object store."""

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


def place_at(location: str, access: StoreAccess) -> Place:
    """What a folder's path or ``s3://bucket/key`` means."""
    if location.startswith(REMOTE):
        return ObjectPath.parse(location, access)
    if "://" in location:
        message = f"tables can't be kept at {location.partition('://')[0]}://"
        raise ConfigurationError(message, remedy="Use a folder of this machine, or s3://BUCKET/PREFIX.")
    return Path(location)


def storage_options(place: Place) -> dict[str, str] | None:
    """What delta-rs has to be told besides the place."""
    return place.store.options if isinstance(place, ObjectPath) else None


def names_in(folder: Place, after: str = "") -> list[str]:
    """The names of the files in ``folder`` itself, in no order; none if it does not exist.

    In an object store those that do not come after ``after`` cost nothing; elsewhere they may be among the names.
    """
    if isinstance(folder, ObjectPath):
        return object_store.names(folder, after)
    try:
        # Not Path.iterdir: this runs once for each of a mesh's tables at every start.
        return os.listdir(folder)  # noqa: PTH208
    except FileNotFoundError:
        return []


def recent_names_in(folder: Place, start: Callable[[], str]) -> list[str]:
    """As ``names_in``; of a folder whose listing costs more than one request, only what comes after ``start()``."""
    return object_store.recent_names(folder, start) if isinstance(folder, ObjectPath) else names_in(folder)


def files_below(folder: Place) -> list[Found]:
    """Every file in ``folder`` and in the folders below it, in no order; none if it does not exist."""
    if isinstance(folder, ObjectPath):
        return [Found(*entry) for entry in object_store.everything(folder)]
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


def size_of(file: Place | str) -> int | None:
    """The file's bytes; None if there is no such file. A text is a path on this machine."""
    if isinstance(file, ObjectPath):
        return object_store.size(file)
    try:
        return os.stat(file).st_size  # noqa: PTH116 - asked for each file of a version
    except (FileNotFoundError, NotADirectoryError):
        return None


def exists(file: Place) -> bool:
    """Whether there is such a file."""
    return size_of(file) is not None


def read(file: Place) -> bytes:
    """The file's bytes; FileNotFoundError if there is none."""
    if isinstance(file, ObjectPath):
        return object_store.get(file)
    return file.read_bytes()


def write(file: Place, content: bytes) -> None:
    """Put the content there in one step, whatever was there before."""
    if isinstance(file, ObjectPath):
        object_store.put(file, content)
        return
    file.parent.mkdir(parents=True, exist_ok=True)
    replace_file(file, content)


def create(file: Place, content: bytes) -> bool:
    """Put the content there in one step unless a file is there already; False if one is.

    Of any number of writers at once exactly one gets True, and a crash leaves the whole file or none. Where an
    object store answers with an error, ObjectStoreError leaves open whether the file was made: look.
    """
    if isinstance(file, ObjectPath):
        return object_store.put_if_absent(file, content)
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
    if isinstance(file, ObjectPath):
        object_store.delete(file)
        return
    file.unlink(missing_ok=True)


def make_room(table: Place) -> None:
    """Let files be written under ``table``; an object store needs nothing."""
    if isinstance(table, Path):
        table.mkdir(parents=True, exist_ok=True)
