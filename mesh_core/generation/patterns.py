"""Texts that match a regular expression, the same for the same seed in every process."""

from __future__ import annotations

import re
import string
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from rstr.xeger import Xeger, sre_parse  # type: ignore[attr-defined]

from mesh_core.contracts.patterns import python_pattern

if TYPE_CHECKING:
    from random import Random

_ALPHABET = string.ascii_letters + string.digits
_VISIBLE = string.digits + string.ascii_letters + string.punctuation + " "
_UNBOUNDED = 8
"""Up to so many repetitions for ``*`` and ``+``; rstr's 100 make texts that nobody can read."""


class _Writer(Xeger):
    """rstr with readable characters and without the order of sets, which differs from process to process."""

    def __init__(self, random: Random, longest: int) -> None:
        super().__init__(random, printable=_ALPHABET, nonwhitespace=_ALPHABET, whitespace=" ", nonword="-./ ")
        self._longest = longest
        self._cases = {**self._cases, "not_literal": lambda code: self._other_than({chr(code)})}

    def texts(self, pattern: str) -> Iterator[str]:
        """Endless texts; the pattern is parsed once, which ``xeger`` does for each."""
        parsed = sre_parse.parse(pattern)
        while True:
            yield self._build_string(parsed)
            self._cache.clear()

    def _handle_in(self, value: Any) -> str:
        listed = [char for state in value for char in self._handle_state(state)]
        if listed[0] is False:
            return self._other_than(set(listed[1:]))
        return str(self._random.choice(listed))

    def _other_than(self, excluded: set[str]) -> str:
        readable = [char for char in _ALPHABET if char not in excluded]
        return self._random.choice(readable or [char for char in _VISIBLE if char not in excluded])

    def _handle_repeat(self, start_range: int, end_range: int, value: Any) -> str:
        # Long texts are rare among short repetitions, so every third goes to the end.
        last = min(end_range, max(start_range, self._longest))
        times = last if self._random.random() < 1 / 3 else self._random.randint(start_range, last)
        return "".join(self._handle_state(state) for _ in range(times) for state in value)


def matching(pattern: str, random: Random, *, shortest: int = 0, longest: int | None = None) -> Iterator[str]:
    """Endless texts for an ECMA-262 pattern; none for one that Python or rstr can't follow.

    Most match: look-arounds, word boundaries and lengths are left to whoever asks. Open ends are filled.
    """
    written = python_pattern(pattern)
    try:
        re.compile(written)
    except re.error:
        return
    written_texts = _Writer(random, max(_UNBOUNDED, shortest)).texts(written)
    before = not written.lstrip("(?:").startswith(("^", r"\A"))
    after = not written.rstrip(")").endswith(r"\Z")
    while True:
        try:
            text = next(written_texts)
        except (KeyError, IndexError, TypeError):
            return  # an opcode that rstr does not know, or a class without characters
        room = _UNBOUNDED if longest is None else min(_UNBOUNDED, longest - len(text))
        spare = max(random.randint(0, max(0, room)), shortest - len(text)) if before or after else 0
        first = spare if not after else random.choice((0, spare)) if before else 0
        letters = "".join(random.choices(_ALPHABET, k=spare))
        yield letters[:first] + text + letters[first:]
