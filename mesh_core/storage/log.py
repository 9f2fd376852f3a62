"""A table's log, read without loading the table: its commits, newest first, and what each one did.

The Delta protocol names a commit's file after its version, zero-padded, so the greatest name is the newest
version. A publication's ``commitInfo`` line carries what it recorded; a commit without that is maintenance, which
changes files and no row: the publication before it still stands.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from typing import Any, Literal

import msgspec

from mesh_core.errors import MeshError
from mesh_core.storage.object_store import ObjectPath
from mesh_core.storage.places import Place, exists, names_in, read, recent_names_in

PREFIX = "mesh."


class Commit(msgspec.Struct, frozen=True):
    """One publication of a table and what it recorded (``mesh.*`` keys, without the prefix)."""

    version: int
    facts: dict[str, str]
    head: int = -1
    """The table's own newest version: later than ``version`` if maintenance came since; -1 where nobody asked."""
    operation: str = ""
    """As Delta Lake calls it."""
    milliseconds: int = 0
    """When it was written, by the writer's clock: since 1970."""

    @property
    def rows(self) -> int:
        return int(self.facts.get("rows", 0))

    @property
    def kind(self) -> Literal["publication", "maintenance"]:
        return "publication" if self.facts else "maintenance"

    @property
    def written_at(self) -> datetime:
        return datetime.fromtimestamp(self.milliseconds / 1000, UTC)

    @property
    def published_at(self) -> datetime:
        """What the publication recorded, else when its commit was written."""
        told = self.facts.get("publishedAt")
        moment = datetime.fromisoformat(told) if told else self.written_at
        return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """One commit with the files that it added and removed, as the log names them."""

    commit: Commit
    added: tuple[str, ...]
    removed: tuple[str, ...]
    partitions: dict[str, dict[str, str | None]]
    """The partition values of each added and removed file."""


def log_folder(table: Place) -> Place:
    return table / "_delta_log"


def commit_file(table: Place, version: int) -> Place:
    return table / f"_delta_log/{version:020}.json"


def versions_in(table: Place, *, after: int = -1) -> list[int]:
    """The versions after ``after`` whose commit the log still holds, newest first."""
    known = f"{after:020}.json" if after >= 0 else ""
    return _versions(name for name in names_in(log_folder(table), known) if name > known)


def _versions(names: Iterable[str]) -> list[int]:
    commits = (name[:-5] for name in names if name.endswith(".json"))
    return sorted((int(number) for number in commits if number.isdigit()), reverse=True)


def head_of(table: Place) -> int | None:
    """The newest version; None if there is no table. A long log is not listed: its last checkpoint spares that."""
    if isinstance(table, ObjectPath):
        return max(_versions(recent_names_in(log_folder(table), lambda: _padded(_checkpointed(table)))), default=None)
    start = _checkpointed(table)
    if start is None or not exists(commit_file(table, start)):
        return max(versions_in(table), default=None)
    # Versions have no gaps: double the step until there is none, then halve it.
    step = 1
    while exists(commit_file(table, start + step)):
        start, step = start + step, step * 2
    while step > 1:
        step //= 2
        if exists(commit_file(table, start + step)):
            start += step
    return start


def _checkpointed(table: Place) -> int | None:
    """The version of the last checkpoint, as the log's own hint has it."""
    try:
        return int(json.loads(read(log_folder(table) / "_last_checkpoint"))["version"])
    except (FileNotFoundError, ValueError, KeyError, TypeError):
        return None


def _padded(version: int | None) -> str:
    return "" if version is None else f"{version:020}"


def newest_commit(table: Place) -> Commit | None:
    """The last publication of the table at ``table``; None if there is no table.

    A table that others made has none: its newest version then counts as one that recorded nothing. MeshError if the
    newest commit cannot be read: what the table holds is not known then.
    """
    head = head_of(table)
    if head is None:
        return None
    version = head
    while version >= 0:
        try:
            commit = commit_at(table, version)
        except FileNotFoundError:
            break
        if commit.facts:
            return msgspec.structs.replace(commit, head=head)
        version -= 1
    return Commit(head, {}, head)


def commits_of(table: Place) -> Iterator[Commit]:
    """Every commit that the log still holds, newest first, one file read for each that is asked for."""
    for version in versions_in(table):
        try:
            commit = commit_at(table, version)
        except FileNotFoundError:  # maintenance cut the log meanwhile: it begins later now
            return
        yield commit


def commit_at(table: Place, version: int) -> Commit:
    """The commit that one log file holds; MeshError if it is no commit."""
    content = read(commit_file(table, version))
    for line in content.splitlines():
        if line.startswith(b'{"commitInfo"'):
            return _commit(version, _decoded(table, version, line)["commitInfo"])
    if not content.strip().startswith(b"{"):
        raise _damaged(table, version)
    return Commit(version, {})


def entry_at(table: Place, version: int) -> Entry:
    """One commit with its files."""
    commit = Commit(version, {})
    added: list[str] = []
    removed: list[str] = []
    partitions: dict[str, dict[str, str | None]] = {}
    lines = read(commit_file(table, version)).split(b"\n")
    if not any(lines):
        raise _damaged(table, version)
    for line in filter(None, lines):
        action = _decoded(table, version, line)
        if "commitInfo" in action:
            commit = _commit(version, action["commitInfo"])
        for kind, paths in (("add", added), ("remove", removed)):
            if kind in action:
                paths.append(action[kind]["path"])
                partitions[action[kind]["path"]] = action[kind].get("partitionValues") or {}
    return Entry(commit=commit, added=tuple(added), removed=tuple(removed), partitions=partitions)


def _commit(version: int, info: dict[str, Any]) -> Commit:
    return Commit(
        version,
        facts_in(info),
        operation=str(info.get("operation", "")),
        milliseconds=int(info.get("timestamp") or 0),
    )


def _decoded(table: Place, version: int, line: bytes) -> dict[str, Any]:
    try:
        action: dict[str, Any] = json.loads(line)
    except ValueError as error:
        raise _damaged(table, version) from error
    return action


def _damaged(table: Place, version: int) -> MeshError:
    message = f"the log's file of version {version} is damaged"
    remedy = (
        f"Older versions still read: `mesh query --at ADDRESS={version - 1}`. To publish again, restore the file from "
        "a backup; without one, move it out of _delta_log: the table is then at the version before."
    )
    return MeshError(message, path=commit_file(table, version), remedy=remedy, code="table-damaged")


def facts_in(commit_info: dict[str, object]) -> dict[str, str]:
    """The mesh's own entries of a ``commitInfo`` action."""
    return {key.removeprefix(PREFIX): str(value) for key, value in commit_info.items() if key.startswith(PREFIX)}
