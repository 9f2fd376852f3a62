"""Ranges of contract versions: which versions they admit, and which major versions can meet them.

A range is a bare version (``1.2``: from there on, below 2), a wildcard (``1.x``), or clauses as in PEP 440
(``>=1.2,<2``, ``~=1.2``, ``==1.*``, ``!=1.3.0``) parted by commas or blanks. Contract versions are plain
MAJOR.MINOR.PATCH, so that importing ``packaging``, 50 ms, can be left to those who need all of its grammar.
"""

from __future__ import annotations

import re
from functools import cache

import msgspec

_CLAUSE = r"(?:[<>]=?\d+(?:\.\d+)*|[=!]=\d+(?:\.\d+)*(?:\.\*)?|~=\d+(?:\.\d+)+)"
_BARE = r"\d+(?:\.\d+)*(?:\.[xX*])?"
_RANGE = re.compile(rf"{_BARE}|{_CLAUSE}(?:(?:\s*,\s*|\s+){_CLAUSE})*")
_PARTS = re.compile(r"(?P<operator>[<>=!~]=|[<>])(?P<version>\d+(?:\.\d+)*)(?P<wildcard>\.\*)?")

Release = tuple[int, ...]


class Clause(msgspec.Struct, frozen=True):
    """One comparison; ``==`` and ``!=`` with ``wildcard`` compare the parts that are given."""

    operator: str
    release: Release
    wildcard: bool = False

    def admits(self, release: Release) -> bool:
        """Whether the version, in its three parts, satisfies the clause."""
        length = max(len(release), len(self.release))
        found, wanted = _padded(release, length), _padded(self.release, length)
        if self.operator == "~=":
            return found >= wanted and found[: len(self.release) - 1] == self.release[:-1]
        if self.operator in {"==", "!="}:
            equal = found[: len(self.release)] == self.release if self.wildcard else found == wanted
            return equal is (self.operator == "==")
        if self.operator.startswith("<"):
            return found < wanted or (found == wanted and self.operator == "<=")
        return found > wanted or (found == wanted and self.operator == ">=")


class VersionRange(msgspec.Struct, frozen=True):
    """All clauses of a range; a version must satisfy each."""

    clauses: tuple[Clause, ...]

    def admits(self, version: str) -> bool:
        """Whether a contract's ``version`` is in the range."""
        release = release_of(version)
        return all(clause.admits(release) for clause in self.clauses)

    @property
    def majors(self) -> tuple[int, ...]:
        """The major versions, from 1 on, of which some version is in the range.

        Of a range without an upper end, the first two majors above all that it names stand for the rest.
        """
        return _majors(self)

    def can_be(self, major: int) -> bool:
        """Whether some version of the major is in the range.

        Versions are well-ordered: if any of the major is admitted, the least one begins a clause's range.
        """
        starts = {(major, 0, 0)}
        for clause in self.clauses:
            first, minor, patch = _padded(clause.release, 3)[:3]
            starts |= {(first, minor, patch), (first, minor, patch + 1), (first, minor + 1, 0)}
        return any(all(clause.admits(start) for clause in self.clauses) for start in starts if start[0] == major)


@cache
def _majors(span: VersionRange) -> tuple[int, ...]:
    """Most products of a mesh write the same few ranges."""
    highest = max(clause.release[0] for clause in span.clauses)
    return tuple(major for major in range(1, highest + 3) if span.can_be(major))


def is_range(text: str) -> bool:
    """Whether ``text`` is a version or a range of versions."""
    return _RANGE.fullmatch(text.strip()) is not None


@cache
def range_of(text: str) -> VersionRange:
    """The range that ``text`` spells; ValueError if it is none."""
    given = text.strip()
    if not is_range(given):
        message = f"'{text}' is no version or range of versions"
        raise ValueError(message)
    if not given[0].isdigit():
        return VersionRange(tuple(_clause(found) for found in _PARTS.finditer(given)))
    if given[-1] in "xX*":
        return VersionRange((Clause("==", release_of(given[:-2]), wildcard=True),))
    release = release_of(given)
    return VersionRange((Clause(">=", release), Clause("<", (release[0] + 1,))))


def _clause(found: re.Match[str]) -> Clause:
    return Clause(found["operator"], release_of(found["version"]), wildcard=found["wildcard"] is not None)


def release_of(version: str) -> Release:
    """The parts of a version as numbers, for comparing."""
    return tuple(int(part) for part in version.split("."))


def _padded(release: Release, length: int) -> Release:
    return release + (0,) * (length - len(release))
