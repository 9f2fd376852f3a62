"""What is known of a value: never null, maybe null for a reason, or nothing."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import combinations, product
from typing import Literal

import msgspec


class Side(msgspec.Struct, frozen=True):
    """One side of an outer join, which has no row where the other side finds no partner."""

    join: int
    half: Literal["left", "right"]
    reason: str

    @property
    def fact(self) -> str:
        """Known where the side has a row."""
        return f"@{self.join}{self.half}"

    def excludes(self, other: Side) -> bool:
        """Whether the two cannot both be missing from one row."""
        return self.join == other.join and self.half != other.half


class Nullness(msgspec.Struct, frozen=True):
    """One of three answers; ``reason`` says why a value may be null."""

    kind: Literal["never", "maybe", "unknown"]
    reason: str = ""
    sides: frozenset[Side] = frozenset()
    """For a maybe: it is null only where one of these is missing; empty if it can be null otherwise, too."""

    @property
    def is_never(self) -> bool:
        return self.kind == "never"

    @property
    def is_maybe(self) -> bool:
        return self.kind == "maybe"


NEVER = Nullness("never")
UNKNOWN = Nullness("unknown")


def maybe(reason: str) -> Nullness:
    """Null for a reason that can be told."""
    return Nullness("maybe", reason)


def missing(sides: frozenset[Side]) -> Nullness:
    """Null where one of the sides has no row."""
    return Nullness("maybe", min(sides, key=lambda side: side.join).reason, sides)


def any_null(values: Iterable[Nullness]) -> Nullness:
    """Null as soon as one of the values is, as arithmetic is."""
    found = list(values)
    doubtful = [value for value in found if not value.is_never]
    if not doubtful:
        return NEVER
    maybes = [value for value in doubtful if value.is_maybe]
    if not maybes:
        return UNKNOWN
    explained = len(maybes) == len(doubtful) and all(value.sides for value in maybes)
    sides = frozenset[Side]().union(*(value.sides for value in maybes)) if explained else frozenset()
    return Nullness("maybe", maybes[0].reason, sides)


def one_of(values: Iterable[Nullness]) -> Nullness:
    """One of the values, nobody knows which: branches of a CASE, rows of a UNION."""
    return any_null(values)


def all_null(values: Sequence[Nullness]) -> Nullness:
    """Null only where every value is, as ``coalesce`` is."""
    if any(value.is_never for value in values) or _never_together(values):
        return NEVER
    if any(not value.is_maybe for value in values):
        return UNKNOWN
    return values[-1]


def _never_together(values: Sequence[Nullness]) -> bool:
    explained = [value.sides for value in values if value.sides]
    return any(
        all(one.excludes(other) for one, other in product(first, second))
        for first, second in combinations(explained, 2)
    )


def doubted(value: Nullness) -> Nullness:
    """The value where a proof does not reach: never becomes unknown."""
    return UNKNOWN if value.is_never else value
