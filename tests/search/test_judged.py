"""What people look for in the reference mesh, and what they should find first: typed by hand, held as figures."""

from __future__ import annotations

import pytest

from mesh_core.search import Query, SearchIndex

from .meshes import NOW

JUDGED = {
    # business terms and their synonyms
    "otp": "punctuality.on_time_performance",
    "OTP by airline": "punctuality.on_time_performance",
    "N-number": "fleet.aircraft",
    "plane registration": "fleet.aircraft",
    "available seat mile": "network_planning.route_utilisation",
    "ASM": "network_planning.route_utilisation",
    "airline": "fleet.carriers",
    # misspelt, run together, half written, other forms
    "arival delay": "flight_operations.flights",
    "punctulity": "punctuality.on_time_performance",
    "flihgt events": "flight_operations.flight_events",
    "tailnumber": "fleet.aircraft",
    "ontime": "punctuality.on_time_performance",
    "visability": "weather.observations_v2",
    "aéroport": "airports.airports",
    "precipit": "weather.observations_v2",
    "carrier nam": "fleet.carriers",
    "utilization of routes": "network_planning.route_utilisation",
    # columns
    "wind": "weather.observations_v2",
    "wind gust": "weather.observations_v2",
    "seats per aircraft": "fleet.aircraft",
    "tail number": "fleet.aircraft",
    "icao code": "airports.airports",
    "iata": "airports.airports",
    "time zone of an airport": "airports.airports",
    "manufacturer": "fleet.aircraft",
    "temperature": "weather.observations_v2",
    # names and addresses
    "fleet.aircraft": "fleet.aircraft",
    "weather.observations": "weather.observations",
    "mesh://airports/airports/v1": "airports.airports",
    "on-time performance": "punctuality.on_time_performance",
    "flights": "flight_operations.flights",
    "observations": "weather.observations_v2",
    "delay_causes": "punctuality.delay_causes",
    # questions
    "how late do flights arrive": "punctuality.on_time_performance",
    "which data tells why flights are delayed": "punctuality.delay_causes",
    "how likely is a late departure": "network_planning.delay_risk",
    "flights before the cut-over": "flight_operations.flights_history",
    "replay of cancelled and departed events": "flight_operations.flight_events",
    "busiest routes": "network_planning.route_utilisation",
    "hours that an aircraft flies": "network_planning.aircraft_utilisation",
}


def _rank(index: SearchIndex, words: str, wanted: str) -> int:
    """From 1; 0 if it is not among the first ten."""
    found = [hit.address for hit in index.search(Query(words=words, size=10), now=NOW).hits]
    return found.index(wanted) + 1 if wanted in found else 0


def test_people_find_what_they_look_for(reference: SearchIndex) -> None:
    ranks = {words: _rank(reference, words, wanted) for words, wanted in JUDGED.items()}
    told = {words: rank for words, rank in ranks.items() if rank != 1}
    first = sum(rank == 1 for rank in ranks.values()) / len(ranks)
    reciprocal = sum(1 / rank for rank in ranks.values() if rank) / len(ranks)
    assert 0 not in ranks.values(), told
    assert first >= 0.88, told
    assert reciprocal >= 0.93, told


@pytest.mark.parametrize(
    ("typed", "taken"),
    [
        ("arival delay", "arrival delay"),
        ("tailnumber", "tail number"),
        ("arrival delay", ""),
        ("plane registration", ""),
        ("zzzzzzzz", ""),
    ],
)
def test_it_is_told_what_the_words_were_taken_for(reference: SearchIndex, typed: str, taken: str) -> None:
    assert reference.search(Query(words=typed), now=NOW).corrected == taken


def test_it_is_told_when_only_some_words_were_found(reference: SearchIndex) -> None:
    assert reference.search(Query(words="registration of dirigibles"), now=NOW).partial
    assert not reference.search(Query(words="registration of aircraft"), now=NOW).partial
    nothing = reference.search(Query(words="dirigibles zeppelins"), now=NOW)
    assert (nothing.total, nothing.partial) == (0, False)


def test_a_hit_says_where_the_words_are(reference: SearchIndex) -> None:
    hit = reference.search(Query(words="wind gust"), now=NOW).hits[0]
    assert hit.address == "weather.observations_v2"
    assert hit.matched[0] == "column wind_gust_kmh"
    otp = reference.search(Query(words="OTP"), now=NOW).hits[0]
    assert otp.matched == ("term on-time rate",)


def test_the_marks_are_the_words_in_the_snippet(reference: SearchIndex) -> None:
    hit = reference.search(Query(words="tail numbers"), now=NOW).hits[0]
    assert {hit.snippet[start:end].lower() for start, end in hit.marks} <= {"tail", "number", "numbers"}
    assert hit.marks
    assert len(hit.snippet) <= 226
