"""What a rule lets pass, as a set of numbers: so that a weaker rule is told from a stronger one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

import msgspec

OPERATORS = (
    "mustBe",
    "mustNotBe",
    "mustBeGreaterThan",
    "mustBeGreaterOrEqualTo",
    "mustBeLessThan",
    "mustBeLessOrEqualTo",
    "mustBeBetween",
    "mustNotBeBetween",
)

Strength = Literal["same", "stronger", "weaker", "unlike"]
_INFINITE = float("inf")


class Span(msgspec.Struct, frozen=True):
    """Numbers between two ends; an open end does not belong to them."""

    low: float = -_INFINITE
    high: float = _INFINITE
    low_open: bool = False
    high_open: bool = False

    def within(self, other: Span) -> bool:
        starts = (self.low, self.low_open) >= (other.low, other.low_open)
        ends = (self.high, not self.high_open) <= (other.high, not other.high_open)
        return starts and ends


def strength(old: Mapping[str, Any], new: Mapping[str, Any]) -> Strength:
    """How the limit of the rule ``new`` stands to that of ``old``; ``unlike`` if neither holds the other."""
    before, after = _passed(old), _passed(new)
    if before is None or after is None:
        return "same" if all(old.get(key) == new.get(key) for key in OPERATORS) else "unlike"
    if before == after:
        return "same"
    if _within(after, before):
        return "stronger"
    return "weaker" if _within(before, after) else "unlike"


def _within(inner: tuple[Span, ...], outer: tuple[Span, ...]) -> bool:
    return all(any(span.within(other) for other in outer) for span in inner)


def _passed(rule: Mapping[str, Any]) -> tuple[Span, ...] | None:
    """The spans of numbers that pass; None if the rule compares with something that is no number."""
    given = [key for key in OPERATORS if rule.get(key) is not None]
    if len(given) != 1:
        return None
    value = rule[given[0]]
    if given[0].endswith("Between"):
        if not (isinstance(value, list | tuple) and len(value) == 2 and all(_is_number(end) for end in value)):
            return None
        low, high = sorted(value)
        if given[0] == "mustBeBetween":
            return (Span(low, high),)
        return (Span(high=low, high_open=True), Span(low=high, low_open=True))
    return _of_one(given[0], float(value)) if _is_number(value) else None


def _of_one(operator: str, value: float) -> tuple[Span, ...]:
    return {
        "mustBe": (Span(value, value),),
        "mustNotBe": (Span(high=value, high_open=True), Span(low=value, low_open=True)),
        "mustBeGreaterThan": (Span(low=value, low_open=True),),
        "mustBeGreaterOrEqualTo": (Span(low=value),),
        "mustBeLessThan": (Span(high=value, high_open=True),),
        "mustBeLessOrEqualTo": (Span(high=value),),
    }[operator]


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
