"""The newest commit of a local Delta table, read from its log without loading the table.

The Delta protocol names a commit's file after its version, zero-padded, so the greatest name is the newest
version, and its ``commitInfo`` line carries what the publication recorded.
"""

from __future__ import annotations

import json
import os
from pathlib import Path

import msgspec


class Commit(msgspec.Struct, frozen=True):
    """One version of a table and what its publication recorded (``mesh.*`` keys, without the prefix)."""

    version: int
    facts: dict[str, str]

    @property
    def rows(self) -> int:
        return int(self.facts.get("rows", 0))


PREFIX = "mesh."


def newest_commit(table: Path) -> Commit | None:
    """The last commit of the table at ``table``; None if there is no table."""
    try:
        # Not Path.iterdir: this runs once for each of a mesh's tables at every start.
        names = [name for name in os.listdir(table / "_delta_log") if name.endswith(".json")]  # noqa: PTH208
    except FileNotFoundError:
        return None
    commits = [name for name in names if name[:-5].isdigit()]
    return commit_in(table / "_delta_log" / max(commits)) if commits else None


def commit_in(file: Path) -> Commit:
    """The commit that one log file holds."""
    for line in file.read_text().splitlines():
        if line.startswith('{"commitInfo"'):
            return Commit(int(file.stem), facts_in(json.loads(line)["commitInfo"]))
    return Commit(int(file.stem), {})


def facts_in(commit_info: dict[str, object]) -> dict[str, str]:
    """The mesh's own entries of a ``commitInfo`` action."""
    return {key.removeprefix(PREFIX): str(value) for key, value in commit_info.items() if key.startswith(PREFIX)}
