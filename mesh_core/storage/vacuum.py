"""What of a table's folder nobody needs any more, decided from a listing, the log and the clock; nothing is removed.

A data file goes if no kept version names it and it is old: a publication that runs has its staged files here, named by
no version yet. The listing comes first and the head after it, so that a file which a commit named or took meanwhile
is known. Whatever is not understood stays.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from datetime import timedelta
from functools import cached_property
from urllib.parse import unquote

import msgspec

from mesh_core.storage.pinned import Pinned
from mesh_core.storage.places import PRIVATE, Found
from mesh_core.storage.timeline import Timeline

SAFE_AGE = timedelta(hours=24)
"""How long a file that no version names may belong to a publication that still runs; and for how long a reader may
hold a version that was replaced, even where the contract keeps none."""

_IN_DOUBT = timedelta(days=7)
"""A file that is so much older than the table's log has its time from a clock that was wrong."""

_DATA = re.compile(r"(?:[^/]*=[^/]*/)*[^/]+\.parquet(?:#\d+)?")
"""In the table's folder itself or in those of its partitions; ``#1`` is what an interrupted delta-rs leaves."""

_ARRIVING = re.compile(r"(?:_delta_log/)?(?:\.[^/]+|_commit_[^/]+\.tmp|[^/]+#\d+)")
"""Files on their way into place when their writer died."""


class Limits(msgspec.Struct, frozen=True, kw_only=True):
    """What is old enough to go."""

    retention: timedelta
    """How long a version that was replaced can still be read."""
    safe_age: timedelta = SAFE_AGE
    now: float
    """Seconds since 1970."""

    @property
    def replaced_before(self) -> float:
        """Versions replaced before then are not kept."""
        return self.now - max(self.retention, self.safe_age).total_seconds()

    @property
    def written_before(self) -> float:
        """Files written before then belong to no publication that still runs."""
        return self.now - self.safe_age.total_seconds()


class Unneeded(msgspec.Struct, frozen=True, kw_only=True):
    """What can go, in the order in which it should, so that whatever remains after a crash is sound."""

    replaced: tuple[Found, ...] = ()
    """Data of versions that are not kept, leftovers of publications that died."""
    private: tuple[Found, ...] = ()
    """Quarantined and refused rows and deleted keys of such versions."""
    log: tuple[Found, ...] = ()
    """Commits and checkpoints that no kept version is rebuilt from, oldest first."""

    @property
    def files(self) -> tuple[Found, ...]:
        return (*self.replaced, *self.private, *self.log)

    @property
    def bytes(self) -> int:
        return sum(found.bytes for found in self.files)


class Vacuum:
    """One look at a table: its files as they were listed, and its head as it was pinned after that."""

    def __init__(self, timeline: Timeline, listing: Iterable[Found], head: Pinned | None, limits: Limits) -> None:
        self.timeline, self.head, self.limits = timeline, head, limits
        files = list(listing)
        inner = tuple({found.name.partition("_delta_log/")[0] for found in files if "/_delta_log/" in found.name})
        self.listing = [found for found in files if not found.name.startswith(inner)]
        """Without the files of tables that lie in this one's folder."""

    @cached_property
    def kept(self) -> int:
        """The oldest version that is kept."""
        return self.timeline.kept_from(self.limits.replaced_before)

    @cached_property
    def standing(self) -> int | None:
        """The oldest publication whose facts are needed: that whose rows the oldest kept version has."""
        return self.timeline.standing(self.kept)

    def unneeded(self) -> Unneeded:
        """What can go now; MeshError if the log makes no sense, and then nothing should."""
        if self.head is None:
            return Unneeded(replaced=self._data())
        return Unneeded(replaced=self._data(), private=self._private(), log=self._log())

    def _old(self, chosen: Callable[[str], bool]) -> list[Found]:
        return [found for found in self.listing if found.modified < self.limits.written_before and chosen(found.name)]

    @cached_property
    def _since(self) -> float:
        """Files of an earlier time are in doubt: whoever staged one may be at work, by a clock that is wrong."""
        first = min(self.timeline.commits.values(), default=0.0)
        return first - _IN_DOUBT.total_seconds()

    def _data(self) -> tuple[Found, ...]:
        old = self._old(lambda name: bool(_DATA.fullmatch(name) or _ARRIVING.fullmatch(name)))
        unnamed = [found for found in old if found.name not in self._named] if old else []
        if all(found.modified >= self._since for found in unnamed):
            return tuple(unnamed)
        # A table may have had a file for longer than its log goes back: the commit that took it away knows it.
        versions = (version for version in self.timeline.commits if version <= self.kept)
        replaced = set().union(*(self.timeline.removed(version) for version in versions))
        return tuple(found for found in unnamed if found.modified >= self._since or found.name in replaced)

    @cached_property
    def _named(self) -> set[str]:
        """Every file of a kept version: the head's, and those that a commit since the oldest kept one took away."""
        if self.head is None:
            return set()
        named = {unquote(file.entry) for file in self.head.data}
        for version in range(self.kept + 1, self.head.physical + 1):
            named |= self.timeline.removed(version)
        return named

    def _private(self) -> tuple[Found, ...]:
        """A commit names such a file somewhere in its facts: where, is the business of whoever wrote it."""
        old = self._old(lambda name: name.startswith(f"{PRIVATE}/"))
        if not old or self.head is None or self.standing is None:
            return ()
        facts = [self.timeline.entry(version).commit.facts.values() for version in self._commits_kept()]
        told = "\n".join(value for values in facts for value in values)
        samples = self.limits.replaced_before
        # Refused rows are named by no commit: they stay as long as a version would.
        return tuple(found for found in old if self._since <= found.modified < samples and _name(found) not in told)

    def _commits_kept(self) -> list[int]:
        if self.head is None or self.standing is None:
            return []
        return [self.standing, *range(self.kept + 1, self.head.physical + 1)]

    def _log(self) -> tuple[Found, ...]:
        """Older than the last checkpoint from which the oldest kept version can be rebuilt."""
        line = self.timeline
        usable = [version for version in line.checkpoints if line.oldest <= version <= self.kept]
        if not usable or line.foreign_checkpoints or self.standing is None:
            return ()
        checkpoint, first = usable[-1], min(usable[-1], self.standing)
        gone = [f"_delta_log/{version:020}.json" for version in line.commits if version < first]
        gone += [f"_delta_log/{each:020}.checkpoint.parquet" for each in line.checkpoints if each < checkpoint]
        found = {each.name: each for each in self.listing}
        return tuple(found[name] for name in sorted(gone) if name in found)


def _name(found: Found) -> str:
    return found.name.rpartition("/")[2]
