"""Texts and identifiers as words: folded, split and, to compare them, stemmed."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tantivy import TextAnalyzer

_RUNS = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]|[^\W\d_\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]+|\d+")
_ASCII = re.compile(r"[a-z]+|[0-9]+")
_HUMPS = re.compile(r"(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_LETTERS = str.maketrans({"ß": "ss", "æ": "ae", "Æ": "Ae", "ø": "o", "Ø": "O", "ł": "l", "Ł": "L", "đ": "d"})
_LONGEST = 64

STOP_WORDS = frozenset(
    [
        *("a", "about", "all", "an", "and", "any", "are", "as", "at", "be", "by", "can", "do", "does", "find", "for"),
        *("from", "get", "give", "has", "have", "how", "i", "in", "into", "is", "it", "its", "list", "many", "me"),
        *("much", "my", "of", "on", "or", "our", "per", "s", "show", "some", "that", "the", "their", "there", "these"),
        *("this", "to", "us", "was", "we", "were", "what", "when", "where", "which", "who", "whose", "with", "you"),
        *("your", "why", "will", "would", "should", "could", "did", "been", "had", "but", "if", "so", "they", "them"),
        *("want", "need", "look", "looking", "please", "each", "every"),
    ]
)
"""Words that a question has and an answer need not have; they still count inside a phrase."""

SOFT_WORDS = frozenset(
    ["data", "dataset", "datasets", "table", "tables", "product", "products", "port", "ports", "tell", "tells"]
)
"""What people call any port: a port that has such a word comes first, and one that has not is found too."""


def folded(text: str) -> str:
    """The text without accents and ligatures: ``Zürich`` becomes ``Zurich``."""
    if text.isascii():
        return text
    decomposed = unicodedata.normalize("NFKD", text)
    return "".join(letter for letter in decomposed if not unicodedata.combining(letter)).translate(_LETTERS)


def clean(text: str) -> str:
    """The text without halves of surrogate pairs, which no index takes."""
    return text if text.isascii() else text.encode(errors="ignore").decode()


def words(text: str) -> list[str]:
    """The words of a text or an identifier, in lower case.

    ``arrDelay_15min`` has arr, delay, 15 and min; each Chinese, Japanese or Korean character is a word.
    """
    return list(_words(text))


@lru_cache(maxsize=2_000)  # each text of a port is taken apart twice when the port is indexed
def _words(text: str) -> tuple[str, ...]:
    plainer = folded(text)
    split = plainer if plainer.islower() else _HUMPS.sub(" ", plainer).lower()
    return tuple(run[:_LONGEST] for run in (_ASCII if split.isascii() else _RUNS).findall(split))


def plain(text: str) -> str:
    """The words of a text, each after one blank."""
    return " ".join(words(text))


def stems(parts: list[str]) -> list[str]:
    """Each word's stem: ``departures`` and ``departure`` have the same."""
    return [_stem(part) for part in parts]


@lru_cache(maxsize=50_000)
def _stem(word: str) -> str:
    found: list[str] = analyzer().analyze(word)
    return found[0] if found else word


@lru_cache(maxsize=1)
def analyzer() -> TextAnalyzer:
    """Stems words that blanks separate; the index must do exactly what ``stems`` does."""
    from tantivy import Filter, TextAnalyzerBuilder, Tokenizer

    return TextAnalyzerBuilder(Tokenizer.whitespace()).filter(Filter.stemmer("english")).build()
