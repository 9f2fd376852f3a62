"""The newest publication of a local Delta table, read from its log without loading the table.

The Delta protocol names a commit's file after its version, zero-padded, so the greatest name is the newest
version. A publication's ``commitInfo`` line carries what it recorded; a commit without that is maintenance, which
changes files and no row: the publication before it still stands.
"""

from __future__ import annotations

import json

import msgspec

from mesh_core.storage.places import Place, names_in, read


class Commit(msgspec.Struct, frozen=True):
    """One publication of a table and what it recorded (``mesh.*`` keys, without the prefix)."""

    version: int
    facts: dict[str, str]
    head: int = -1
    """The table's own newest version: later than ``version`` if maintenance came since; -1 where nobody asked."""

    @property
    def rows(self) -> int:
        return int(self.facts.get("rows", 0))


PREFIX = "mesh."


def newest_commit(table: Place) -> Commit | None:
    """The last publication of the table at ``table``; None if there is no table.

    A table that others made has none: its newest version then counts as one that recorded nothing.
    """
    names = (name for name in names_in(table / "_delta_log") if name.endswith(".json"))
    versions = sorted((name for name in names if name[:-5].isdigit()), reverse=True)
    if not versions:
        return None
    head = int(versions[0][:-5])
    for name in versions:
        commit = commit_in(table / "_delta_log" / name)
        if commit.facts:
            return Commit(commit.version, commit.facts, head)
    return Commit(head, {}, head)


def commit_in(file: Place) -> Commit:
    """The commit that one log file holds."""
    for line in read(file).splitlines():
        if line.startswith(b'{"commitInfo"'):
            return Commit(int(file.stem), facts_in(json.loads(line)["commitInfo"]))
    return Commit(int(file.stem), {})


def facts_in(commit_info: dict[str, object]) -> dict[str, str]:
    """The mesh's own entries of a ``commitInfo`` action."""
    return {key.removeprefix(PREFIX): str(value) for key, value in commit_info.items() if key.startswith(PREFIX)}
