"""What comes first, and why."""

from __future__ import annotations

import pytest

from mesh_core.catalog import Catalog, Use
from mesh_core.governance import Term
from mesh_core.search import Query, SearchIndex, ranking
from mesh_core.search.entries import Entry

from .meshes import NOW, addresses, domain, glossary, port, publication


@pytest.fixture
def trusted(monkeypatch: pytest.MonkeyPatch) -> dict[str, tuple[int | None, str]]:
    """Trust and service levels as a test sets them, by address."""
    set_by_test: dict[str, tuple[int | None, str]] = {}
    monkeypatch.setattr("mesh_core.search.index.grades", lambda catalog, now: set_by_test)
    return set_by_test


def _found(catalog: Catalog, index: SearchIndex, words: str, **given: str) -> list[str]:
    index.refresh(catalog, NOW)
    return addresses(index, words, **given)


def test_a_name_says_more_than_a_purpose_and_that_more_than_a_column_description(
    catalog: Catalog, index: SearchIndex
) -> None:
    ports = [
        port("aaa", columns={"x": "The parcel's weight."}),
        port("bbb", purpose="Shows every parcel."),
        port("parcels", purpose="What was sent."),
        port("ccc", columns={"parcel_id": "Which it is."}),
    ]
    catalog.declare(domain(*ports), NOW.isoformat())
    assert _found(catalog, index, "parcel") == ["parcels", "ccc", "bbb", "aaa"]


def test_trust_decides_between_equals(
    catalog: Catalog, index: SearchIndex, trusted: dict[str, tuple[int | None, str]]
) -> None:
    names = ["one", "two", "three", "four"]
    catalog.declare(domain(*(port(name, purpose="Counts parcels.") for name in names)), NOW.isoformat())
    trusted |= {"shop.one": (20, "met"), "shop.two": (95, "met"), "shop.three": (60, "met")}
    assert _found(catalog, index, "parcels") == ["two", "three", "one", "four"]
    assert addresses(index, "parcels", sort="trust") == ["two", "three", "one", "four"]


def test_trust_does_not_bury_what_fits_far_better(
    catalog: Catalog, index: SearchIndex, trusted: dict[str, tuple[int | None, str]]
) -> None:
    ports = [port("parcels", purpose="All parcels."), port("vans", columns={"x": "Room for a parcel."})]
    catalog.declare(domain(*ports), NOW.isoformat())
    trusted |= {"shop.parcels": (10, "breached"), "shop.vans": (100, "met")}
    assert _found(catalog, index, "parcel") == ["parcels", "vans"]


def test_use_decides_between_equals(
    catalog: Catalog, index: SearchIndex, trusted: dict[str, tuple[int | None, str]]
) -> None:
    ports = [port(name, purpose="Counts parcels.") for name in ("one", "two", "three")]
    catalog.declare(domain(*ports), NOW.isoformat())
    reads = [Use(kind="read", address="shop.two", at=NOW.isoformat(), id=f"r{n}") for n in range(30)]
    views = [Use(kind="view", address="shop.three", at=NOW.isoformat(), id=f"v{n}") for n in range(30)]
    catalog.record_uses([*reads, *views])
    assert _found(catalog, index, "parcels") == ["two", "three", "one"]
    assert addresses(index, sort="use") == ["two", "three", "one"]


def test_what_ends_comes_after_what_replaces_it_and_exact_names_do_not_change_that(
    catalog: Catalog, index: SearchIndex, trusted: dict[str, tuple[int | None, str]]
) -> None:
    ports = [
        port("parcels", status="retired", purpose="All parcels, parcels, parcels."),
        port("parcels_v2", status="deprecated", purpose="All parcels."),
        port("parcels_v3", purpose="What was sent."),
    ]
    catalog.declare(domain(*ports), NOW.isoformat())
    trusted |= {"shop.parcels": (100, "met"), "shop.parcels_v2": (100, "met"), "shop.parcels_v3": (40, "met")}
    for words in ("parcels", "parcel", "sent", ""):
        found = _found(catalog, index, words)
        assert found == [name for name in ("parcels_v3", "parcels_v2", "parcels") if name in found], words
    assert _found(catalog, index, "shop.parcels")[0] == "parcels"


def test_a_withdrawn_port_is_found_last_and_says_so(catalog: Catalog, index: SearchIndex) -> None:
    first, second = port("parcels", purpose="All parcels."), port("vans", purpose="Carry parcels.")
    catalog.declare(domain(first, second), NOW.isoformat())
    catalog.declare(domain(second), NOW.isoformat())
    assert _found(catalog, index, "parcel") == ["vans", "parcels"]
    assert addresses(index, "parcels") == ["parcels", "vans"], "whoever knows its name finds it all the same"
    assert addresses(index, status=("withdrawn",)) == ["parcels"]


def test_synonyms_of_the_glossary_find_the_ports_that_speak_of_the_term(catalog: Catalog, index: SearchIndex) -> None:
    delay = Term(
        term="delay",
        definition="Late.",
        owner="shop",
        defined_by="mesh://shop/lateness/v1",
        synonyms=("Verspätung", "retard"),
    )
    catalog.declare_charter(glossary(delay), NOW.isoformat())
    ports = [port("lateness", purpose="By day."), port("vans", columns={"delay_minutes": "How late."}), port("trees")]
    catalog.declare(domain(*ports), NOW.isoformat())
    for words in ("Verspätung", "verspatung", "Verspaetung", "RETARD", "verspätungen"):
        assert _found(catalog, index, words) == ["lateness", "vans"], words


def test_words_beside_each_other_were_meant_together(catalog: Catalog, index: SearchIndex) -> None:
    ports = [
        port("aaa", purpose="The number of tails, and a serial."),
        port("bbb", purpose="A serial, and the tail number of it."),
    ]
    catalog.declare(domain(*ports), NOW.isoformat())
    assert _found(catalog, index, "tail number") == ["bbb", "aaa"]
    assert _found(catalog, index, '"tail number"') == ["bbb"]
    assert _found(catalog, index, '"number of tails" serial') == ["aaa"]


def test_numbers_and_beginnings(catalog: Catalog, index: SearchIndex) -> None:
    ports = [port("iso_9001", purpose="Audits by the norm."), port("iso_27001", purpose="Audits of secrets.")]
    catalog.declare(domain(*ports), NOW.isoformat())
    assert _found(catalog, index, "9001") == ["iso_9001"]
    assert _found(catalog, index, "iso 27001") == ["iso_27001"]
    assert _found(catalog, index, "secr") == ["iso_27001"]
    assert _found(catalog, index, "9002") == []


def test_the_newest_first(catalog: Catalog, index: SearchIndex) -> None:
    from datetime import timedelta

    ports = [port(name) for name in ("one", "two", "three")]
    catalog.declare(domain(*ports), (NOW - timedelta(days=9)).isoformat())
    catalog.register(publication(ports[0], at=NOW - timedelta(days=2)))
    catalog.register(publication(ports[2], at=NOW - timedelta(days=1)))
    assert _found(catalog, index, "", sort="newest") == ["three", "one", "two"]


def test_the_index_multiplies_relevance_with_the_weight(
    catalog: Catalog, index: SearchIndex, trusted: dict[str, tuple[int | None, str]]
) -> None:
    """It is told only that a field weighs; how is held here: twice the weight must be twice the score."""
    ports = [port("one", purpose="Counts parcels."), port("two", purpose="Counts parcels.", status="deprecated")]
    catalog.declare(domain(*ports), NOW.isoformat())
    trusted |= {"shop.one": (50, "met"), "shop.two": (50, "met")}
    index.refresh(catalog, NOW)
    one, two = index.search(Query(words="parcels"), now=NOW).hits
    assert two.score / one.score == pytest.approx(0.35, rel=0.001)


def test_weights_by_hand() -> None:
    from mesh_core.catalog import Card

    def weight(trust: int | None = 50, **given: object) -> float:
        names = ("address", "uri", "domain", "domain_kind", "product_id", "product_name", "contract_id", "version")
        card = Card(**dict.fromkeys((*names, "name", "purpose"), "x"), **{"status": "active", **given})
        return ranking.weight(Entry(card=card, trust=trust))

    assert weight() == pytest.approx(1.0)
    assert weight(trust=100) == pytest.approx(1.3)
    assert weight(trust=0) == pytest.approx(0.7)
    assert weight(trust=None) == pytest.approx(0.6)
    assert weight(reads=1) == pytest.approx(1.08)
    assert weight(views=5) == pytest.approx(1.08)
    assert weight(reads=10**6) == pytest.approx(1.5)
    assert weight(status="deprecated") == pytest.approx(0.35)
    assert weight(withdrawn_at="2026-01-01") == pytest.approx(0.05)


def test_equal_ports_keep_their_order_when_one_is_written_again(
    catalog: Catalog, index: SearchIndex, trusted: dict[str, tuple[int | None, str]]
) -> None:
    names = [f"port_{number}" for number in range(8)]
    catalog.declare(domain(*(port(name, purpose="Counts parcels.") for name in names)), NOW.isoformat())
    before = _found(catalog, index, "counts")
    for name in names[:4]:
        catalog.note_change("slo.changed", f"shop.{name}", domain="shop", at=NOW.isoformat(), data={})
        assert _found(catalog, index, "counts") == before


def test_a_phrase_does_not_reach_from_one_text_into_the_next(catalog: Catalog, index: SearchIndex) -> None:
    columns = {"parcel": "Has a number", "van": "plate and colour."}
    catalog.declare(domain(port("yard", columns=columns)), NOW.isoformat())
    assert _found(catalog, index, '"number plate"') == []
    assert _found(catalog, index, '"plate and colour"') == ["yard"]


def test_other_forms_of_a_word_are_explained_too(catalog: Catalog, index: SearchIndex) -> None:
    catalog.declare(domain(port("places", purpose="Every country has one.")), NOW.isoformat())
    index.refresh(catalog, NOW)
    hit = index.search(Query(words="countries"), now=NOW).hits[0]
    assert hit.matched == ("purpose",)
    assert [hit.snippet[start:end] for start, end in hit.marks] == ["country"]
