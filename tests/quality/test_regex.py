"""One pattern, three engines: what is passed on means the same, what can't be said is not passed on."""

from __future__ import annotations

import re

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mesh_core.quality.regex import from_ecma, to_re2

_DB = duckdb.connect()

TEXTS = ["", "a", "ab", "ab\n", "a\nb", "ü", "٣", "4", "a b", "\u00a0", "\u2003", "_", "-", "ab4", "٣_x", "\x1c", "A"]


def by_duckdb(pattern: str, text: str) -> bool:
    row = _DB.execute("SELECT regexp_matches(?, ?)", [text, pattern]).fetchone()
    return bool(row and row[0])


@pytest.mark.parametrize(
    "pattern",
    [
        "^a$",
        "a$|^b",
        r"^\d+$",
        r"\D",
        r"^\w+$",
        r"\W",
        r"\s",
        r"^\S+$",
        r"[\d_]",
        r"[^\s]b",
        r"^a\Z",
        "a.b",
        r"[]a]",
        r"[^]a]",
        r"\-",
        r"a{1,2}",
        r"(?P<x>a)(?:b)?",
        r"\x41",
        r"[$^]",
        r"^(a$|b)$",
        r"(?:a|(b$|ab$)|ü)$",
    ],
)
def test_re2_finds_what_python_finds(pattern: str) -> None:
    translated = to_re2(pattern)
    assert translated is not None
    found = [bool(re.search(pattern, text)) for text in TEXTS]
    assert [by_duckdb(translated, text) for text in TEXTS] == found


_ATOMS = st.sampled_from(["a", "b", ".", r"\d", r"\w", r"\s", r"\W", "[ab]", r"[^\d]", "^", "$", r"\.", "ü", "(a|b)"])
_PATTERNS = st.lists(st.tuples(_ATOMS, st.sampled_from(["", "*", "+", "?", "{1,2}"])), max_size=4)


@settings(max_examples=150, deadline=None)
@given(parts=_PATTERNS, text=st.text("ab4ü٣ \n_.\u00a0", max_size=6))
def test_any_simple_pattern_means_the_same(parts: list[tuple[str, str]], text: str) -> None:
    pattern = "".join(atom + ("" if atom in "^$" else times) for atom, times in parts)
    translated = to_re2(pattern)
    if translated is None:
        assert "$" in pattern.rstrip("$"), pattern
        return
    assert by_duckdb(translated, text) == bool(re.search(pattern, text)), (pattern, translated)


@pytest.mark.parametrize(
    "pattern",
    [
        "(?=a)",
        "(?!a)",
        "(?<=a)b",
        "(?i)a",
        r"(a)\1",
        r"\bword",
        "a{,3}",
        "a{1001}",
        "a*+",
        r"[\W]",
        "[[:alpha:]]",
        "(?#x)",
        r"$\s",
        r"(a$|b)\s",
        r"(b$)+",
    ],
)
def test_what_re2_lacks_or_reads_otherwise_is_left_to_python(pattern: str) -> None:
    assert to_re2(pattern) is None


@pytest.mark.parametrize(
    ("ecma", "matches", "differs"),
    [
        (r"^\d+$", "42", "٣"),
        (r"^\w+$", "a_1", "ü"),
        ("^a$", "a", "a\n"),
        (r"^[\d-]+$", "4-2", "٣"),
        ("(?<year>[0-9]{4})$", "in 2013", "2013\n"),
        (r"^\$\/$", "$/", "$"),
    ],
)
def test_contract_patterns_follow_ecma(ecma: str, matches: str, differs: str) -> None:
    pattern = from_ecma(ecma)
    assert re.search(pattern, matches)
    assert not re.search(pattern, differs)
    translated = to_re2(pattern)
    assert translated is not None
    assert (by_duckdb(translated, matches), by_duckdb(translated, differs)) == (True, False)
