"""Why a port was found: the places that have the words, and a piece of text that shows them."""

from __future__ import annotations

import re
from collections.abc import Collection
from typing import TYPE_CHECKING

from mesh_core.search.entries import texts
from mesh_core.search.words import STOP_WORDS, stems, words

if TYPE_CHECKING:
    from mesh_core.search.entries import Entry, Text

_LENGTH = 220
_BEFORE = 60
_WHOLE = 3
"""Letters of a stem up to which it is the word itself."""
_MOST_PLACES = 6
_TOKEN = re.compile(r"[^\W_]+")


class Sought:
    """The words of one question, ready to be found in texts."""

    def __init__(self, parts: Collection[str], begun: Collection[str]) -> None:
        wanted = [part for part in parts if part not in STOP_WORDS]
        self._stems = frozenset(stems(wanted))
        self._beginnings = tuple(stem[:-1] if len(stem) > _WHOLE else stem for stem in self._stems)
        self._begun = tuple(part for part in wanted if part in begun and len(part) > 1)

    def __bool__(self) -> bool:
        return bool(self._stems)

    def found(self, text: str) -> frozenset[str]:
        """The sought words that the text has."""
        if text.isascii() and not self._may_be_in(text.lower()):
            return frozenset()
        parts = words(text)
        there = self._stems.intersection(stems(parts))
        return there.union(begun for begun in self._begun if any(part.startswith(begun) for part in parts))

    def _may_be_in(self, lowered: str) -> bool:
        """Cheap, and right when it says no: a stem differs from its words from its last letter on."""
        for beginning in self._beginnings:  # noqa: SIM110 - any() takes three times as long, for 1,000 texts an answer
            if beginning in lowered:
                return True
        return False

    def marks(self, text: str) -> tuple[tuple[int, int], ...]:
        """Start and end of every sought word in the text."""
        return tuple(match.span() for match in _TOKEN.finditer(text) if self.found(match.group()))


def explained(entry: Entry, sought: Sought) -> tuple[tuple[str, ...], str, tuple[tuple[int, int], ...]]:
    """The labels of the places that have the words, a piece of the best text, and the marks in it."""
    matches = [(text, found) for text in texts(entry) if text.text and (found := sought.found(text.text))]
    ranked = sorted(matches, key=lambda match: (-len(match[1]), match[0].telling))
    labels = tuple(dict.fromkeys(text.label for text, _ in ranked))[:_MOST_PLACES]
    best = max((match for match in matches if match[0].telling), key=_worth, default=None)
    snippet = _piece(best[0].text if best else entry.card.purpose, sought)
    return labels, snippet, sought.marks(snippet)


def _worth(match: tuple[Text, frozenset[str]]) -> tuple[int, bool]:
    text, found = match
    return len(found), text.label == "purpose"


def _piece(text: str, sought: Sought) -> str:
    """At most ``_LENGTH`` letters, from a little before the first sought word on, cut between words."""
    flat = " ".join(text.split())
    if len(flat) <= _LENGTH:
        return flat
    first = next(iter(sought.marks(flat)), (0, 0))[0]
    start = 0 if first < _LENGTH - _BEFORE else flat.find(" ", first - _BEFORE) + 1
    start = min(start, first)
    end = start + _LENGTH
    if end < len(flat):
        end = max(flat.rfind(" ", start, end), start + _LENGTH // 2)
    return ("… " if start else "") + flat[start:end] + (" …" if end < len(flat) else "")
