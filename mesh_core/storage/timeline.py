"""Which versions a table's log can still rebuild, and since when each of them is replaced.

A reader may hold a version for as long as it is kept. Clocks are wrong at times, and nothing may be taken away early
because of that: the time of a commit is the latest that anything tells of it, and a commit that seems older than one
before it says nothing of its own time, so that the next one that makes sense counts.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cached_property
from urllib.parse import unquote

from mesh_core.errors import MeshError
from mesh_core.storage.log import Entry, entry_at
from mesh_core.storage.places import Found, Place

_COMMIT = re.compile(r"_delta_log/(\d{20})\.json")
_CHECKPOINT = re.compile(r"_delta_log/(\d{20})\.checkpoint\.parquet")
_OTHER_CHECKPOINT = re.compile(r"_delta_log/\d{20}\.checkpoint\..+|_delta_log/_sidecars/.+")


class Timeline:
    """The log of one table, from a listing of its files; what the listing lacks came later and is not looked at."""

    def __init__(self, table: Place, listing: Iterable[Found]) -> None:
        self.table = table
        self.commits: dict[int, float] = {}
        """Each version's time by the clock of the file system."""
        self.checkpoints: list[int] = []
        self.foreign_checkpoints = False
        """There are checkpoints of a kind that is not understood here."""
        for found in listing:
            if not found.name.startswith("_delta_log/"):
                continue
            if match := _COMMIT.fullmatch(found.name):
                self.commits[int(match[1])] = found.modified
            elif match := _CHECKPOINT.fullmatch(found.name):
                self.checkpoints.append(int(match[1]))
            elif _OTHER_CHECKPOINT.fullmatch(found.name):
                self.foreign_checkpoints = True
        self.checkpoints.sort()
        self.head = max(self.commits, default=-1)
        """The newest version; -1 if there is no table."""
        self._entries: dict[int, Entry] = {}

    @cached_property
    def oldest(self) -> int:
        """The oldest version that the log can rebuild: from the first commit, or from a checkpoint."""
        first = self.head
        while first - 1 in self.commits:
            first -= 1
        if first == 0:
            return 0
        whole = [version for version in self.checkpoints if version >= first - 1 and version in self.commits]
        if not whole:
            message = f"the log of {self.table} begins at version {first}, with no checkpoint to start from"
            raise MeshError(message, code="log-incomplete", remedy="Publish the table anew with --force.")
        return whole[0]

    def entry(self, version: int) -> Entry:
        """What the commit of ``version`` did; MeshError if its file cannot be read."""
        if version not in self._entries:
            self._entries[version] = entry_at(self.table, version)
        return self._entries[version]

    def removed(self, version: int) -> set[str]:
        """The files that the commit took away: paths below the table, as they are on disk."""
        return {unquote(path) for path in self.entry(version).removed}

    def added(self, version: int) -> set[str]:
        """The files that the commit added, likewise."""
        return {unquote(path) for path in self.entry(version).added}

    def is_publication(self, version: int) -> bool:
        return bool(self.entry(version).commit.facts)

    def time(self, version: int) -> float:
        """The latest time that anything tells of the commit: its own stamps and its file's."""
        commit = self.entry(version).commit
        return max(self.commits[version], commit.milliseconds / 1000, commit.published_at.timestamp())

    def kept_from(self, cutoff: float) -> int:
        """The oldest version that was not replaced before ``cutoff``; it and all later ones are kept."""
        latest = 0.0
        for version in range(self.oldest, self.head):
            # The file's own time is at hand; the stamps cost a look into the file, which few versions need.
            if self.commits[version + 1] > cutoff:
                return version
            latest = max(latest, self.time(version))
            sensible = (self.time(later) for later in range(version + 1, self.head + 1) if self.time(later) >= latest)
            if next(sensible, cutoff + 1) > cutoff:
                return version
        return self.head

    def standing(self, version: int) -> int | None:
        """The version of the publication whose rows ``version`` has; None if the log does not tell."""
        for earlier in range(version, -1, -1):
            if earlier not in self.commits:
                return None
            if self.is_publication(earlier):
                return earlier
        return None
