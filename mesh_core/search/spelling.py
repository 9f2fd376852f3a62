"""What a word was meant to be that no port has: the nearest of the words that the ports do have."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterable
from operator import itemgetter

_SHORTEST = 3
_TWO_EDITS = 8
"""Letters from which on two edits are forgiven; below, one."""


class Vocabulary:
    """The words of all ports, and how many ports have each; ``knows`` tells whether one has another form of a word."""

    def __init__(self, counted: Iterable[tuple[str, int]], knows: Callable[[str], bool]) -> None:
        self._knows = knows
        self._counts = dict(counted)
        self._sorted = sorted(self._counts)
        # (word, letters as bits): most words are told apart by their letters, without comparing them one by one.
        self._candidates = [(word, _letters(word)) for word in self._counts if _is_word(word)]

    def has(self, word: str) -> bool:
        """Whether some port has the word, or another form of it."""
        return word in self._counts or self._knows(word)

    def begins(self, prefix: str) -> bool:
        """Whether some word begins so."""
        at = bisect_left(self._sorted, prefix)
        return at < len(self._sorted) and self._sorted[at].startswith(prefix)

    def corrected(self, word: str) -> tuple[str, ...]:
        """The word or the two words that were meant; () when nothing is near."""
        return self._umlauts(word) or self._nearest(word, 1) or self._split(word) or self._nearest(word, 2)

    def _umlauts(self, word: str) -> tuple[str, ...]:
        """``verspaetung`` for ``verspatung``, which is how Verspätung is kept."""
        spelled = word.replace("ae", "a").replace("oe", "o").replace("ue", "u")
        return (spelled,) if spelled != word and spelled in self._counts else ()

    def _split(self, word: str) -> tuple[str, ...]:
        """``tailnumber`` is tail number."""
        cuts = ((word[:at], word[at:]) for at in range(2, len(word) - 1))
        known = [
            (min(self._counts[left], self._counts[right]), (left, right))
            for left, right in cuts
            if left in self._counts and right in self._counts and max(len(left), len(right)) >= _SHORTEST
        ]
        return max(known)[1] if known else ()

    def _nearest(self, word: str, edits: int) -> tuple[str, ...]:
        if not _is_word(word) or (edits == 2 and len(word) < _TWO_EDITS):
            return ()
        letters, length = _letters(word), len(word)
        near = (
            candidate
            for candidate, bits in self._candidates
            if -edits <= len(candidate) - length <= edits and (bits ^ letters).bit_count() <= 2 * edits
        )
        found = [
            (candidate[0] == word[0], self._counts[candidate], candidate)
            for candidate in near
            if within(word, candidate, edits)
        ]
        return (max(found, key=itemgetter(0, 1))[2],) if found else ()


def within(left: str, right: str, edits: int) -> bool:
    """Whether so many letters changed, added, left out or swapped with the next one make ``right`` of ``left``."""
    before: list[int] = []
    row = list(range(len(right) + 1))
    for at, letter in enumerate(left, 1):
        last, before, row = before, row, [at] + [0] * len(right)
        for to, other in enumerate(right, 1):
            cost = min(before[to] + 1, row[to - 1] + 1, before[to - 1] + (letter != other))
            if last and to > 1 and letter == right[to - 2] and left[at - 2] == other:
                cost = min(cost, last[to - 2] + 1)
            row[to] = cost
        if min(row) > edits:
            return False
    return row[-1] <= edits


def _is_word(word: str) -> bool:
    return len(word) >= _SHORTEST and not word[0].isdigit()


def _letters(word: str) -> int:
    bits = 0
    for letter in word:
        bits |= 1 << (ord(letter) % 64)
    return bits
