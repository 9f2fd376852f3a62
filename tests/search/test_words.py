"""Texts and identifiers as words."""

from __future__ import annotations

import pytest

from mesh_core.search.spelling import Vocabulary, within
from mesh_core.search.words import stems, words


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("on_time_performance", ["on", "time", "performance"]),
        ("arrDelay_15min", ["arr", "delay", "15", "min"]),
        ("HTTPServer flightDate", ["http", "server", "flight", "date"]),
        ("mesh://fleet/aircraft/v2", ["mesh", "fleet", "aircraft", "v", "2"]),
        ("N-number N14228", ["n", "number", "n", "14228"]),
        ("Zürich, Straße, ﬁne, Łódź, Ærø", ["zurich", "strasse", "fine", "lodz", "aero"]),
        ("İstanbul", ["istanbul"]),
        ("航班 flight", ["航", "班", "flight"]),
        ("Вылет рейса", ["вылет", "реиса"]),
        ("\0 \ud800 ' -- ; */ <b>", ["b"]),
        ("", []),
    ],
)
def test_words(text: str, expected: list[str]) -> None:
    assert words(text) == expected


def test_forms_of_a_word_have_one_stem() -> None:
    assert len(set(stems(["departure", "departures"]))) == 1
    assert stems(["cancelled", "cancellation", "airports"]) == ["cancel", "cancel", "airport"]


@pytest.mark.parametrize(
    ("left", "right", "edits"),
    [("arival", "arrival", 1), ("flihgt", "flight", 1), ("wether", "weather", 1), ("punctulty", "punctuality", 2)],
)
def test_edits_between_words(left: str, right: str, edits: int) -> None:
    assert within(left, right, edits)
    assert not within(left, right, edits - 1)


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("arival", ("arrival",)),
        ("tailnumber", ("tail", "number")),
        ("ontime", ("on", "time")),
        ("verspaetung", ("verspatung",)),
        ("performnace", ("performance",)),
        ("xq", ()),
        ("zzzzzz", ()),
        ("14229", ()),
    ],
)
def test_what_a_word_was_meant_to_be(typed: str, meant: tuple[str, ...]) -> None:
    known = ["arrival", "tail", "number", "on", "time", "verspatung", "performance", "14228"]
    assert Vocabulary([(word, 1) for word in known], lambda _: False).corrected(typed) == meant


def test_of_two_near_words_the_one_that_begins_alike_and_then_the_more_frequent() -> None:
    vocabulary = Vocabulary([("rate", 9), ("gate", 1), ("gater", 2)], lambda _: False)
    assert vocabulary.corrected("gates") == ("gater",)
