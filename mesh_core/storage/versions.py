"""Finding one version of a table: the newest, one by its number, or the one that was current at a time.

Versions are those of publications. Maintenance puts a publication's rows into other files under a later version of
Delta Lake's; whoever asks for the publication gets the files that its rows were last in, which are kept longest.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path

from mesh_core.errors import MeshError
from mesh_core.storage.log import commit_at, commit_file, commits_of, log_folder, newest_commit, versions_in
from mesh_core.storage.pinned import DataFile, Pinned
from mesh_core.storage.places import Place, files_below, size_of
from mesh_core.storage.tables import EVOLVED, data_files, open_table
from mesh_core.storage.types import duckdb_columns

_TOLD = 10
"""Versions that an error names at most."""

_LOOKED_AT = 50
"""Versions that are tried for that."""

_REMEMBERED = 256
"""Versions that a process keeps open: a list of files each; opening one costs 3 ms."""


def pin_newest(table: Place) -> Pinned | None:
    """The last publication in the files of the table's head; None before the first."""
    newest = newest_commit(table)
    if newest is None:
        return None
    pinned = _open(table, newest.version, newest.head)
    wrong = ""
    # In an object store that is a request for each file, and reading them tells as well.
    if isinstance(table, Path) and any(size_of(file.file) != file.bytes for file in pinned.data):
        wrong = _damage(pinned, _sizes(table))
    if wrong:
        older = [version for version in readable_versions(table) if version < newest.version]
        told = f"An older one can be restored (`mesh restore`): {_listed(older)}. " if older else ""
        message = f"version {newest.version} is damaged: {wrong}"
        remedy = f"{told}Or publish it again: `mesh run --force`."
        raise MeshError(message, path=table, remedy=remedy, code="table-damaged")
    return pinned


def pin_version(table: Place, version: int) -> Pinned:
    """The publication ``version``; a version of maintenance stands for the publication before it.

    MeshError (version-gone) if the log or the files no longer hold it.
    """
    versions = versions_in(table)
    if version not in versions:
        written = versions and 0 <= version <= versions[0]
        raise _gone(table, version, "is not in the log any more" if written else "was never written")
    published = _published(table, version, versions)
    pinned = _open(table, published, _last_maintained(table, version, versions[0]))
    wrong = _damage(pinned, _sizes(table))
    if wrong:
        raise _gone(table, version, f"can no longer be read: {wrong}")
    return pinned


def version_at(table: Place, at: datetime) -> int:
    """The publication that was current at ``at``; a time without zone is UTC.

    The log's order decides: a publication whose clock was behind counts as made when the one before it was.
    """
    moment = at if at.tzinfo else at.replace(tzinfo=UTC)
    found, latest, oldest = None, datetime.min.replace(tzinfo=UTC), None
    for commit in reversed([commit for commit in commits_of(table) if commit.kind == "publication"]):
        latest = max(latest, commit.published_at)
        oldest = oldest or commit
        if latest <= moment:
            found = commit.version
    if found is not None:
        return found
    if oldest is None or oldest.version > 0:
        raise _gone(table, None, f"of {moment.isoformat()} is not in the log any more")
    first = oldest.published_at.isoformat()
    message = f"nothing was published yet at {moment.isoformat()}: the first version is of {first}"
    raise MeshError(message, path=table, remedy="Ask for a later time.", code="version-gone")


def readable_versions(table: Place, *, at_most: int = _TOLD) -> list[int]:
    """The newest publications whose rows can be read, newest first."""
    return [version for version, _ in zip(_readable(table), range(at_most), strict=False)]


def _readable(table: Place) -> Iterator[int]:
    versions, sizes = versions_in(table)[:_LOOKED_AT], _sizes(table)
    physical = versions[0] if versions else -1
    for version in versions:
        try:
            if commit_at(table, version).kind == "maintenance":
                continue
            if not _damage(_open(table, version, physical), sizes):
                yield version
        except MeshError:
            pass
        physical = version - 1


def _published(table: Place, version: int, versions: list[int]) -> int:
    for candidate in (each for each in versions if each <= version):
        if commit_at(table, candidate).kind == "publication":
            return candidate
    return version


def _last_maintained(table: Place, version: int, head: int) -> int:
    """The Delta version whose files the rows of ``version`` were last in."""
    with contextlib.suppress(MeshError):  # what cannot be read is not of this version
        while version < head and commit_at(table, version + 1).kind == "maintenance":
            version += 1
    return version


def _open(table: Place, version: int, physical: int) -> Pinned:
    """The version, which never changes: a process that reads many ports, or one often, opens it once."""
    if isinstance(table, Path):
        with contextlib.suppress(FileNotFoundError):
            stat = Path(str(commit_file(table, physical))).stat()
            return _remembered(table, version, physical, (stat.st_ino, stat.st_mtime_ns, stat.st_size))
    return _opened(table, version, physical)


@lru_cache(maxsize=_REMEMBERED)
def _remembered(table: Place, version: int, physical: int, _written: tuple[int, int, int]) -> Pinned:
    """By the commit's file as well: a table may be removed and made again with the same versions."""
    return _opened(table, version, physical)


def _opened(table: Place, version: int, physical: int) -> Pinned:
    delta = open_table(table, physical)
    metadata = delta.metadata()
    return Pinned(
        path=table,
        version=version,
        physical=physical,
        data=data_files(delta, table),
        columns=duckdb_columns(delta.schema().to_json()),
        partition_by=tuple(metadata.partition_columns),
        evolved=metadata.configuration.get(EVOLVED) == "true",
    )


def _sizes(table: Place) -> dict[str, int]:
    return {found.name: found.bytes for found in files_below(table)}


def _damage(pinned: Pinned, sizes: Mapping[str, int]) -> str:
    """What is wrong with the files, in words; '' if each is there and as long as the log says."""
    wrong = [file for file in pinned.data if sizes.get(_name(pinned, file)) != file.bytes]
    if not wrong:
        return ""
    size = sizes.get(_name(pinned, wrong[0]))
    told = "is missing" if size is None else f"has {size:,} bytes instead of {wrong[0].bytes:,}"
    return f"{len(wrong)} of {len(pinned.data)} files, first: {wrong[0].file} {told}"


def _name(pinned: Pinned, file: DataFile) -> str:
    return file.file.removeprefix(f"{pinned.path}/")


def _gone(table: Place, version: int | None, told: str) -> MeshError:
    readable = readable_versions(table)
    what = "the version" if version is None else f"version {version}"
    remedy = f"These versions can be read: {_listed(readable)}." if readable else "No version can be read."
    return MeshError(f"{what} {told}", path=log_folder(table).parent, remedy=remedy, code="version-gone")


def _listed(versions: list[int]) -> str:
    told = ", ".join(str(version) for version in versions)
    return f"{told} and older" if len(versions) == _TOLD else told
