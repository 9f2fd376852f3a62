"""Regular expressions of contracts: in Python's spelling, and whether two of them can be met by one text."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import cache
from typing import Any

_LETTERS = frozenset(map(chr, range(32, 127))) | {"\n", "\t", "é"}
"""The characters that are tried; one stands for all letters outside ASCII."""
_MOST_REPEATS = 80
_MOST_STATES = 20_000

Arcs = dict[int, list[tuple[frozenset[str], int]]]


def python_pattern(pattern: str) -> str:
    """The ECMA-262 pattern with named groups and the end of the text as Python writes them."""
    parts = re.findall(r"\\.|\(\?<(?![=!])|\[(?:\\.|[^\]\\])*\]|.", pattern, flags=re.DOTALL)
    return "".join({"(?<": "(?P<", "$": r"\Z"}.get(part, part) for part in parts)


def matches(pattern: str, text: str) -> bool:
    """Whether ``text`` meets the ECMA-262 pattern; True for one that Python can't follow."""
    compiled = _compiled(pattern)
    return compiled is None or compiled.search(text) is not None


def can_meet(one: str, other: str, shortest: int = 0, longest: int | None = None) -> bool:
    """Whether a text can match both patterns and have such a length.

    True where that can't be told: a pattern with look-arounds, back references or very many repetitions.
    """
    first, second = _machine(one), _machine(other)
    if first is None or second is None:
        return True
    return _meet(first, second, shortest, longest)


@cache
def _compiled(pattern: str) -> re.Pattern[str] | None:
    try:
        return re.compile(python_pattern(pattern), flags=re.ASCII)
    except re.error:
        return None


class _UnknownError(ValueError):
    """A part of a pattern that is not followed."""


class _Machine:
    """A pattern as a nondeterministic automaton over ``_LETTERS``: state 0 begins, ``end`` accepts."""

    def __init__(self, pattern: str) -> None:
        from rstr.xeger import sre_parse  # type: ignore[attr-defined]

        self.arcs: Arcs = {}
        self.free: dict[int, list[int]] = {}
        self._states = 1
        parsed = list(sre_parse.parse(python_pattern(pattern)))
        begins = bool(parsed) and str(parsed[0][0]) == "AT" and str(parsed[0][1]).startswith("AT_BEGINNING")
        ends = bool(parsed) and str(parsed[-1][0]) == "AT" and str(parsed[-1][1]).startswith("AT_END")
        if not begins:
            self.arcs[0] = [(_LETTERS, 0)]
        end = self._sequence(parsed[begins : len(parsed) - ends if len(parsed) > begins else None], 0)
        self.end = self._new()
        self.free.setdefault(end, []).append(self.end)
        if not ends:
            self.arcs[self.end] = [(_LETTERS, self.end)]

    def _new(self) -> int:
        self._states += 1
        if self._states > _MOST_STATES:
            raise _UnknownError
        return self._states - 1

    def _sequence(self, parts: Iterable[Any], state: int) -> int:
        for part in parts:
            state = self._part(str(part[0]), part[1], state)
        return state

    def _part(self, kind: str, value: Any, state: int) -> int:
        if kind == "BRANCH":
            return self._joined(self._sequence(branch, self._step(state)) for branch in value[1])
        if kind == "SUBPATTERN":
            return self._sequence(value[-1], state)
        if kind in {"MAX_REPEAT", "MIN_REPEAT"}:
            least, most, body = value
            return self._repeat((least, None if str(most) == "MAXREPEAT" else most), body, state)
        after = self._new()
        self.arcs.setdefault(state, []).append((_letters(kind, value), after))
        return after

    def _step(self, state: int) -> int:
        after = self._new()
        self.free.setdefault(state, []).append(after)
        return after

    def _joined(self, states: Iterable[int]) -> int:
        ends = list(states)
        after = self._new()
        for end in ends:
            self.free.setdefault(end, []).append(after)
        return after

    def _repeat(self, times: tuple[int, int | None], body: Any, state: int) -> int:
        least, most = times
        if max(least, most or 0) > _MOST_REPEATS:
            raise _UnknownError
        for _ in range(least):
            state = self._sequence(body, state)
        if most is None:
            loop = self._step(state)
            self.free.setdefault(self._sequence(body, loop), []).append(loop)
            return self._step(loop)
        ends = [state]
        for _ in range(most - least):
            ends.append(self._sequence(body, self._step(ends[-1])))
        return self._joined(ends)

    def closed(self, states: Iterable[int]) -> frozenset[int]:
        """The states and all that are reached from them without a character."""
        found, waiting = set(), list(states)
        while waiting:
            state = waiting.pop()
            if state not in found:
                found.add(state)
                waiting += self.free.get(state, ())
        return frozenset(found)

    def after(self, states: frozenset[int], letter: str) -> frozenset[int]:
        return self.closed(to for state in states for letters, to in self.arcs.get(state, ()) if letter in letters)


@cache
def _machine(pattern: str) -> _Machine | None:
    try:
        return _Machine(pattern)
    except (re.error, _UnknownError):
        return None


def _letters(kind: str, value: Any) -> frozenset[str]:
    """The characters that one part of a pattern takes."""
    if kind == "LITERAL":
        return frozenset(chr(value))
    if kind == "NOT_LITERAL":
        return _LETTERS - {chr(value)}
    if kind == "ANY":
        return _LETTERS - {"\n"}
    if kind == "RANGE":
        return frozenset(map(chr, range(value[0], min(value[1], 0x17F) + 1)))
    if kind == "CATEGORY":
        return _category(str(value).removeprefix("CATEGORY_"))
    if kind == "IN":
        negated = bool(value) and str(value[0][0]) == "NEGATE"
        found = frozenset(letter for part in value[negated:] for letter in _letters(str(part[0]), part[1]))
        return _LETTERS - found if negated else found
    raise _UnknownError


def _category(name: str) -> frozenset[str]:
    tests = {"DIGIT": r"\d", "WORD": r"\w", "SPACE": r"\s"}
    test = tests.get(name.removeprefix("NOT_"))
    if test is None:
        raise _UnknownError
    found = frozenset(letter for letter in _LETTERS if re.match(test, letter, flags=re.ASCII))
    return _LETTERS - found if name.startswith("NOT_") else found


def _meet(one: _Machine, other: _Machine, shortest: int, longest: int | None) -> bool:
    """Whether both accept a text of such a length: pairs of state sets are followed, one character at a time."""
    pairs = {(one.closed([0]), other.closed([0]))}
    seen: set[Any] = set()
    length = 0
    while pairs and (longest is None or length <= longest):
        if length >= shortest and any(one.end in first and other.end in second for first, second in pairs):
            return True
        # Beyond the shortest length a pair that was seen leads to nothing new.
        pairs = {pair for pair in _next(one, other, pairs) if length < shortest or pair not in seen}
        if length >= shortest:
            seen |= pairs
        length += 1
        if len(seen) > _MOST_STATES:
            return True
    return False


def _next(one: _Machine, other: _Machine, pairs: Iterable[Any]) -> Iterator[tuple[frozenset[int], frozenset[int]]]:
    for first, second in pairs:
        taken = {letter for state in first for letters, _ in one.arcs.get(state, ()) for letter in letters}
        for letter in taken:
            pair = (one.after(first, letter), other.after(second, letter))
            if pair[0] and pair[1]:
                yield pair
