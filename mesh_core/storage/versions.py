"""Finding one version of a table: the newest, one by its number, or the one that was current at a time.

Versions are those of publications. Maintenance puts a publication's rows into other files under a later version of
Delta Lake's; whoever asks for the publication gets the files that its rows were last in, which are kept longest.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from mesh_core.errors import MeshError
from mesh_core.storage.log import commit_at, commits_of, log_folder, newest_commit, versions_in
from mesh_core.storage.pinned import DataFile, Pinned
from mesh_core.storage.places import Place, size_of
from mesh_core.storage.tables import EVOLVED, data_files, open_table
from mesh_core.storage.types import duckdb_columns

_TOLD = 10
"""Versions that an error names at most."""


def pin_newest(table: Place) -> Pinned | None:
    """The last publication in the files of the table's head; None before the first."""
    newest = newest_commit(table)
    if newest is None:
        return None
    pinned = _open(table, newest.version, newest.head)
    wrong = _damage(pinned) if isinstance(table, Path) else ""
    if wrong:
        older = [version for version in readable_versions(table) if version < newest.version]
        told = f"An older one can be restored (`mesh restore`): {_listed(older)}. " if older else ""
        message = f"version {newest.version} is damaged: {wrong}"
        remedy = f"{told}Or publish it again: `mesh run --force`."
        raise MeshError(message, path=Path(str(table)), remedy=remedy, code="table-damaged")
    return pinned


def pin_version(table: Place, version: int) -> Pinned:
    """The publication ``version``; a version of maintenance stands for the publication before it.

    MeshError (version-gone) if the log or the files no longer hold it.
    """
    versions = versions_in(table)
    if version not in versions:
        told = (
            "was never written"
            if not versions or version > versions[0] or version < 0
            else "is not in the log any more"
        )
        raise _gone(table, version, told)
    published = _published(table, version, versions)
    physical = version
    while physical < versions[0] and commit_at(table, physical + 1).kind == "maintenance":
        physical += 1
    pinned = _open(table, published, physical)
    wrong = _damage(pinned)
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
    message = (
        f"nothing was published at {moment.isoformat()}: the first version is of {oldest.published_at.isoformat()}"
    )
    raise MeshError(message, path=Path(str(table)), remedy="Ask for a later time.", code="version-gone")


def readable_versions(table: Place, *, at_most: int = _TOLD) -> list[int]:
    """The newest publications whose rows can be read, newest first."""
    return [version for version, _ in zip(_readable(table), range(at_most), strict=False)]


def _readable(table: Place) -> Iterator[int]:
    versions = versions_in(table)
    physical = versions[0] if versions else -1
    for version in versions:
        try:
            if commit_at(table, version).kind == "maintenance":
                continue
            if not _damage(_open(table, version, physical)):
                yield version
        except MeshError:
            pass
        physical = version - 1


def _published(table: Place, version: int, versions: list[int]) -> int:
    for candidate in (each for each in versions if each <= version):
        if commit_at(table, candidate).kind == "publication":
            return candidate
    return version


def _open(table: Place, version: int, physical: int) -> Pinned:
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


def _damage(pinned: Pinned) -> str:
    """What is wrong with the files, in words; '' if each is there and as long as the log says."""
    wrong = [(file, size) for file in pinned.data if (size := _size(pinned, file)) != file.bytes]
    if not wrong:
        return ""
    file, size = wrong[0]
    told = "is missing" if size is None else f"has {size:,} bytes instead of {file.bytes:,}"
    return f"{len(wrong)} of {len(pinned.data)} files, first: {file.file} {told}"


def _size(pinned: Pinned, file: DataFile) -> int | None:
    return size_of(pinned.path / file.file.removeprefix(f"{pinned.path}/"))


def _gone(table: Place, version: int | None, told: str) -> MeshError:
    readable = readable_versions(table)
    what = "the version" if version is None else f"version {version}"
    remedy = f"These versions can be read: {_listed(readable)}." if readable else "No version can be read."
    return MeshError(f"{what} {told}", path=log_folder(table).parent, remedy=remedy, code="version-gone")


def _listed(versions: list[int]) -> str:
    told = ", ".join(str(version) for version in versions)
    return f"{told} and older" if len(versions) == _TOLD else told
