"""Whether two patterns can be met by one text: told exactly, and never wrongly denied."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mesh_core.contracts.patterns import can_meet, matches

AIRPORT = "^(ICAO|FAA|IATA|WORLD|NYC13):[A-Z0-9_]+$"
TAIL = "^N[1-9][0-9]{0,4}[A-Z]{0,2}$"


@pytest.mark.parametrize(
    ("one", "other", "lengths", "meet"),
    [
        (AIRPORT, "^ICAO:", {}, True),
        (AIRPORT, "^[A-Z]{3}$", {}, False),
        (AIRPORT, "", {}, True),
        (AIRPORT, "", {"longest": 4}, False),
        (AIRPORT, "", {"longest": 5}, True),
        (TAIL, "", {"shortest": 5, "longest": 6}, True),
        (TAIL, "", {"shortest": 9}, False),
        (TAIL, "^D", {}, False),
        (TAIL, "^[^0-9]+$", {}, False),
        ("^(ab)+$", "^(aba)+$", {}, False),
        ("^(ab)+$", "^(aba|b)+$", {}, True),
        (r"^\d{2}-\w+$", "^[0-9]{2}-[a-z]$", {}, True),
        (r"^\d+$", r"^\D+$", {}, False),
        ("^a?b?c?$", "^$", {}, True),
        ("^a|b$", "^c$", {}, True),
        ("(?=x)a", "b", {}, True),
        ("^(", "^a$", {}, True),
        ("^a{500}$", "^b$", {}, True),
    ],
)
def test_pairs(one: str, other: str, lengths: dict[str, int], meet: bool) -> None:
    """The last four can't be followed, and count as met."""
    assert can_meet(one, other, **lengths) is meet
    assert can_meet(other, one, **lengths) is meet


PIECES = st.sampled_from(["a", "b", "[ab]", "[^a]", "a?", "b*", "(ab|ba)", "(a|b){1,2}", ".", r"\d", "(ab)+"])
PATTERNS = st.lists(PIECES, min_size=1, max_size=5).map(lambda parts: f"^{''.join(parts)}$")


@settings(max_examples=300, deadline=None)
@given(PATTERNS, PATTERNS, st.text("ab1", max_size=7))
def test_a_text_that_matches_both_is_never_denied(one: str, other: str, text: str) -> None:
    if matches(one, text) and matches(other, text):
        assert can_meet(one, other, len(text), len(text))


@settings(max_examples=200, deadline=None)
@given(PATTERNS, st.text("ab1", max_size=6))
def test_with_a_text_as_the_other_pattern_it_is_a_match(pattern: str, text: str) -> None:
    assert can_meet(pattern, f"^{re.escape(text)}$") is matches(pattern, text)
