"""Whatever is typed or declared: an answer, soon, and nothing but text in it."""

from __future__ import annotations

import time
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mesh_core.catalog import Catalog
from mesh_core.search import Query, SearchIndex

from .meshes import NOW, addresses, domain, port

HOSTILE = {
    "operators": "AND OR NOT (( )) [] {} + - ! ^ ~ * ? : \\ /",
    "fields": "name:* purpose:[a TO z] entry:x _all:1 boost^9999999",
    "unclosed": '"tail number',
    "only quotes": '""""""""',
    "many quotes": '"a b" ' * 300,
    "100 kB of quotes": '"wind speed" ' * 8_000,
    "regex": "(a+)+$ .* [a-z]{1,1000000}",
    "sql": "'; DROP TABLE changes; -- ' OR 1=1",
    "html": "<script>alert(1)</script> &lt;",
    "nul": "wind\0speed\0",
    "surrogates": "wind \ud800\udfff speed",
    "right to left": "\u202edniw\u202c \u200bwind\ufeff",
    "combining": "w" + "\u0301" * 5_000 + "ind",
    "emoji": "🛩️ ✈ 👩‍✈️",
    "100 kB": "wind " * 20_000,
    "100 kB in one word": "w" * 100_000,
    "misspelt words": "wnid spede dirction tempratur humdity " * 50,
    "100 kB of different words": " ".join(f"word{number}" for number in range(12_000)),
    "path": "../../../../etc/passwd %00 ..%2f",
    "white space": " \t\n\r\u2029\u2028 " * 1_000,
    "numbers": "9" * 5_000 + " -1 1e309 NaN",
    "format": "%s %n {0} {0.__class__} ${jndi:ldap://x}",
}


@pytest.mark.parametrize("words", HOSTILE.values(), ids=HOSTILE.keys())
def test_no_words_are_refused(reference: SearchIndex, words: str) -> None:
    begin = time.perf_counter()
    found = reference.search(Query(words=words), now=NOW)
    assert time.perf_counter() - begin < 1.0
    assert len(found.corrected) < 2_000
    for hit in found.hits:
        assert all(0 <= start < end <= len(hit.snippet) for start, end in hit.marks)


@settings(max_examples=150, deadline=None)
@given(words=st.text(max_size=80), value=st.text(max_size=10))
def test_any_text_is_a_question(reference: SearchIndex, words: str, value: str) -> None:
    found = reference.search(Query(words=words, owner=(value,)), now=NOW)
    assert found.total >= 0


@pytest.mark.parametrize("value", ["", "\0", "\ud800", "a" * 100_000, "*", "' OR 1=1"])
def test_any_text_is_a_facet_value(reference: SearchIndex, value: str) -> None:
    everywhere: dict[str, Any] = dict.fromkeys(("domain", "tag", "entity", "status", "freshness"), (value,))
    assert reference.search(Query(**everywhere), now=NOW).total == 0


def test_a_thousand_facet_values(reference: SearchIndex) -> None:
    values = tuple(f"tag-{number}" for number in range(1_000))
    assert reference.search(Query(tag=(*values, "punctuality")), now=NOW).total > 0


def test_hostile_contracts_are_found_and_told_as_they_are(catalog: Catalog, index: SearchIndex) -> None:
    script = "<script>alert('x')</script> zebra crossing"
    ports = [
        port("evil", title=script, purpose=script, tags=[script], owner=script, columns={"zebra": script}),
        port("wide", columns={f"column_{number}": "Striped zebra." for number in range(3_000)}),
        port("long", purpose="A zebra. " + "x" * 200_000 + " " + "word " * 50_000),
        port("odd", purpose="Zebra \u202e \u0301\u0301 \x07 'quoted' \"twice\" \\back"),
    ]
    catalog.declare(domain(*ports), NOW.isoformat())
    index.refresh(catalog, NOW)
    begin = time.perf_counter()
    found = index.search(Query(words="zebra"), now=NOW)
    assert time.perf_counter() - begin < 1.0
    assert sorted(addresses(index, "zebra")) == ["evil", "long", "odd", "wide"]
    evil = next(hit for hit in found.hits if hit.address == "shop.evil")
    assert evil.snippet == script
    assert evil.snippet[slice(*evil.marks[0])] == "zebra"
    assert all(len(hit.snippet) < 300 and len(hit.matched) <= 6 for hit in found.hits)
    assert addresses(index, tag=(script,)) == ["evil"]
