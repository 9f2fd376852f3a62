"""One atomic step from staged files to the next version of a table: a commit file that is put where none is yet.

The file's name is the version after the one that the writer saw, so the put compares and swaps: of all who saw the
same version one wins. delta-rs's own retries would let a stale overwrite keep rows it never read, and its overwrite
cannot take single files away or add columns in the same step (measured with 1.6.3): hence a writer of our own, which
knows the few actions that the mesh needs and refuses every table that asks for more.
"""

from __future__ import annotations

import contextlib
import json
import re
import time
import uuid
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Literal
from urllib.parse import quote

import msgspec

from mesh_core.errors import CommitConflictError, MeshError
from mesh_core.storage.log import PREFIX, commit_file, head_of
from mesh_core.storage.pinned import DataFile
from mesh_core.storage.places import PRIVATE, Place, create, read
from mesh_core.storage.staging import Staged, StagedFile
from mesh_core.storage.statistics import delta_statistics
from mesh_core.storage.tables import data_files, open_table
from mesh_core.storage.types import delta_schema
from mesh_core.storage.upgrading import check_writable, created, upgraded

Columns = Mapping[str, tuple[str, str]]
"""Name to DuckDB type and description."""

_BESIDE = re.compile(re.escape(PRIVATE) + r"/[\w.-]+")

CHECKPOINT_EVERY = 20
"""Versions: a reader then opens one checkpoint and at most that many commits, each of which carries a contract."""


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """What a commit does to the rows that the table has, beside adding the staged ones."""

    mode: Literal["replace", "append", "partitions", "files"] = "replace"
    """replace: all of them go. append: all stay. partitions: those of ``partitions`` go. files: those of ``files``."""
    partitions: tuple[str, ...] = ()
    """Values of the one partition column, as Delta Lake writes them."""
    files: tuple[str, ...] = ()
    """Files of the pinned version, as ``Pinned.files`` names them."""
    operation: str = ""
    """Delta Lake's word for it where that is not WRITE or MERGE."""
    data_change: bool = True
    """False for maintenance: the same rows in other files."""


class CommitUnknownError(MeshError):
    """The commit was sent and nobody said whether it arrived: its files must stay where they are."""

    code = "commit-unknown"


def commit_staged(
    staged: Staged,
    columns: Columns,
    change: Change,
    *,
    onto: int | None,
    facts: Mapping[str, str],
    description: str,
) -> int:
    """Put the commit there; returns its version. CommitConflictError if one is there already."""
    schema = delta_schema(columns).to_json()
    kinds = {name: kind for name, (kind, _) in columns.items()}
    if onto is None:
        actions = created(staged, schema, description)
    else:
        seen = head_of(staged.path)
        if seen != onto:
            raise _conflict(staged.path, onto, seen)
        delta = open_table(staged.path, onto)
        gone = _gone(data_files(delta, staged.path), change, staged, onto)
        check_writable(delta, staged.path, removing=bool(gone))
        actions = []
        if change.data_change:  # maintenance knows the columns from the table itself, without what describes them
            actions = upgraded(delta, schema, staged, description, rewriting=change.mode == "replace")
        actions += [_remove(file, change) for file in gone]
    actions += [_add(file, staged, kinds, change) for file in _kept(staged, change, first=onto is None)]
    version = 0 if onto is None else onto + 1
    _put(staged.path, version, [_commit_info(change, facts, onto), *actions])
    if version and version % CHECKPOINT_EVERY == 0:
        _checkpoint(staged.path, version)
    return version


def named_by(staged: Staged, change: Change, facts: Mapping[str, str], *, first: bool) -> frozenset[str]:
    """The files that such a commit names: those with its rows, and those beside the table that its facts tell of."""
    kept = _kept(staged, change, first=first)
    beside = (name for value in facts.values() for name in _BESIDE.findall(value))
    return frozenset([*(str(file.file) for file in kept), *(f"{staged.path}/{name}" for name in beside)])


def _kept(staged: Staged, change: Change, *, first: bool) -> list[StagedFile]:
    """Files without rows add nothing; but a table of no rows has one file, so that plain readers see its columns."""
    alone = len(staged.files) == 1 and (first or change.mode == "replace")
    return [file for file in staged.files if file.rows or alone]


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _conflict(table: Place, onto: int | None, seen: int | None) -> CommitConflictError:
    message = f"{table} is at version {seen}, the writer saw {onto}"
    return CommitConflictError(message, remedy="The publication is done again.")


def _put(table: Place, version: int, actions: Iterable[dict[str, Any]]) -> None:
    """Compare and swap. If the store fails while it answers, the log tells whether the commit is in it."""
    content = "".join(f"{_json(action)}\n" for action in actions).encode()
    file = commit_file(table, version)
    try:
        won = create(file, content)
    except OSError as error:
        won = _is_there(file, content, error)
    if not won:
        raise _conflict(table, version - 1 if version else None, head_of(table))


def _is_there(file: Place, content: bytes, error: OSError) -> bool:
    """Whether a commit that ended in ``error`` is in the log all the same; False if another one is."""
    try:
        return read(file) == content
    except FileNotFoundError:
        if isinstance(file, Path):
            raise _not_written(file, error) from error
        reason = "it may still arrive"  # what was sent to an object store can be under way
    except OSError as unknown:
        reason = str(unknown)
    message = f"whether version {int(file.stem)} was committed is not known: {error}; {reason}"
    remedy = "The staged files stay. Look at `mesh history` once the lake answers, then run again."
    raise CommitUnknownError(message, path=file, remedy=remedy) from error


def _not_written(file: Place, error: OSError) -> MeshError:
    message = f"the commit could not be written: {getattr(error, 'strerror', None) or error}"
    remedy = "Nothing was published. Make room or give write access, then run again."
    return MeshError(message, path=file, remedy=remedy, code="commit-failed")


def _commit_info(change: Change, facts: Mapping[str, str], onto: int | None) -> dict[str, Any]:
    modes = {"replace": "Overwrite", "append": "Append", "partitions": "Overwrite", "files": "Merge"}
    operation = change.operation or ("MERGE" if change.mode == "files" else "WRITE")
    info: dict[str, Any] = {
        "timestamp": int(time.time() * 1000),
        "operation": operation,
        "operationParameters": {"mode": modes[change.mode]},
        "engineInfo": "data-mesh",
        # Two writers may have the same facts to tell; a commit must still be known as one's own.
        "txnId": str(uuid.uuid4()),
    }
    if onto is not None:
        info["readVersion"] = onto
    return {"commitInfo": info | {f"{PREFIX}{key}": value for key, value in facts.items()}}


def _gone(files: tuple[DataFile, ...], change: Change, staged: Staged, onto: int) -> list[DataFile]:
    """The files of the version that the commit takes away."""
    if change.mode == "replace":
        return list(files)
    if change.mode == "append":
        return []
    if change.mode == "files":
        wanted = set(change.files)
        gone = [file for file in files if file.file in wanted]
        if len(gone) < len(wanted):
            message = (
                f"{len(wanted) - len(gone)} of the files to replace are no longer in version {onto} of {staged.path}"
            )
            raise CommitConflictError(message, remedy="The publication is done again.")
        return gone
    stray = [value for value in staged.partitions if value not in change.partitions]
    if stray:
        told = ", ".join(str(value) for value in stray[:5])
        message = f"rows were made for partitions that were not asked for: {told}"
        raise MeshError(message, remedy="Make rows of the asked partitions only.", code="partition-not-asked")
    return [file for file in files if set(file.partition.values()) <= set(change.partitions)]


def _remove(file: DataFile, change: Change) -> dict[str, Any]:
    action = {
        "path": file.entry,
        "deletionTimestamp": int(time.time() * 1000),
        "dataChange": change.data_change,
        "extendedFileMetadata": True,
        "partitionValues": file.partition,
        "size": file.bytes,
    }
    return {"remove": action}


def _add(file: StagedFile, staged: Staged, kinds: Mapping[str, str], change: Change) -> dict[str, Any]:
    inside = str(file.file).removeprefix(f"{staged.path}/")
    known = {name: found for name, found in file.statistics.items() if name not in file.partition}
    action = {
        "path": quote(inside, safe="/=-_.~"),
        "partitionValues": dict(file.partition),
        "size": file.bytes,
        "modificationTime": int(time.time() * 1000),
        "dataChange": change.data_change,
        "stats": _json(delta_statistics(file.rows, known, kinds)),
    }
    return {"add": action}


def _checkpoint(table: Place, version: int) -> None:
    """Spare readers the long log; the commit stands, whether this works or not."""
    from deltalake.exceptions import DeltaError

    with contextlib.suppress(DeltaError, MeshError, OSError):
        open_table(table, version).create_checkpoint()
