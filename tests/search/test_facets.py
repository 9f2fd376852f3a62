"""Facets: what is counted, what remains, and that pages fit together."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mesh_core.catalog import Catalog
from mesh_core.search import FACETS, Query, SearchIndex
from mesh_core.search.freshness import CLASSES, bounds, freshness

from .meshes import NOW, domain, port, publication


@pytest.fixture(scope="module")
def many() -> Any:
    """Sixty ports of three domains, some of them published today, this week or before."""
    from datetime import timedelta

    with TemporaryDirectory(prefix="pt-search-") as folder, Catalog(f"sqlite:///{folder}/catalog.db") as catalog:
        for number, name in enumerate(("shop", "farm", "mill")):
            ports = [
                port(
                    f"port_{at}",
                    domain=name,
                    owner=f"Team <{at % 4}> & co",
                    status="deprecated" if at % 5 == 0 else "active",
                    tags=[("red", "green", "blue")[at % 3], "all"],
                    purpose="Counts grain." if at % 2 else "Counts flour.",
                    columns={
                        "id": {"tags": ["entity:sack"] if at % 4 == 0 else [], "primaryKey": True},
                        "x": {"classification": ("public", "internal", "restricted")[at % 3]},
                    },
                )
                for at in range(20)
            ]
            catalog.declare(
                domain(*ports, kind=("source-aligned", "consumer-aligned", "shared")[number]), NOW.isoformat()
            )
            for at, each in enumerate(ports):
                if at % 3:
                    catalog.register(publication(each, at=NOW - timedelta(days=(0, 2, 30)[at % 3], minutes=5)))
        index = SearchIndex(Path(folder) / "search")
        index.refresh(catalog, NOW)
        yield index


def _all(index: SearchIndex, query: Query) -> list[Any]:
    import msgspec

    pages = [index.search(msgspec.structs.replace(query, page=page, size=7), now=NOW).hits for page in range(1, 11)]
    return [hit for page in pages for hit in page]


def _values(hit: Any, facet: str) -> set[str]:
    card = hit.card
    return {
        "domain": {card.domain},
        "kind": {card.domain_kind},
        "status": {card.status},
        "freshness": {hit.freshness},
        "slo": {hit.slo},
        "classification": {card.classification} - {""},
        "owner": {card.owner},
        "entity": {column.entity for column in card.columns} - {""},
        "tag": set(card.tags),
    }[facet]


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_facets_widen_within_and_narrow_between(many: SearchIndex, data: st.DataObject) -> None:
    """The same as choosing by hand from all hits, whatever is chosen."""
    words = data.draw(st.sampled_from(["", "grain", "flour", "counts"]))
    everything = _all(many, Query(words=words))
    known = {name: sorted({value for hit in everything for value in _values(hit, name)}) for name in FACETS}
    chosen = {
        name: tuple(data.draw(st.lists(st.sampled_from(known[name]), max_size=2, unique=True)))
        for name in data.draw(
            st.lists(st.sampled_from([name for name in FACETS if known[name]]), max_size=3, unique=True)
        )
    }
    query = Query(words=words, **chosen)
    found = many.search(query, now=NOW)

    def fits(hit: Any, but: str = "") -> bool:
        return all(not values or name == but or _values(hit, name) & set(values) for name, values in chosen.items())

    expected = [hit.address for hit in everything if fits(hit)]
    assert [hit.address for hit in _all(many, query)] == expected
    assert found.total == len(expected)
    for name in FACETS:
        counts = Counter(value for hit in everything if fits(hit, name) for value in _values(hit, name))
        told = {value.value: value.count for value in found.facets[name] if value.count}
        assert told == counts, name
        assert {value.value for value in found.facets[name] if value.chosen} == set(chosen.get(name, ()))


def test_a_chosen_value_that_leaves_nothing_is_still_there_to_be_taken_back(many: SearchIndex) -> None:
    found = many.search(Query(words="grain", domain=("atlantis",), freshness=("yesteryear",)), now=NOW)
    assert found.total == 0
    assert [(value.value, value.count) for value in found.facets["domain"] if value.chosen] == [("atlantis", 0)]
    assert [(value.value, value.count) for value in found.facets["freshness"] if value.chosen] == [("yesteryear", 0)]


@pytest.mark.parametrize("sort", ["relevance", "trust", "use", "newest"])
def test_pages_hold_every_port_once_and_in_one_order(many: SearchIndex, sort: Any) -> None:
    whole = [hit.address for hit in many.search(Query(size=100, sort=sort), now=NOW).hits]
    assert [hit.address for hit in _all(many, Query(sort=sort))] == whole
    assert len(set(whole)) == 60


@pytest.mark.parametrize(
    ("page", "size", "number"),
    [(1, 0, 1), (1, 10**9, 60), (0, 5, 5), (-3, 5, 5), (10**12, 20, 0), (9, 7, 4)],
)
def test_pages_that_nobody_has(many: SearchIndex, page: int, size: int, number: int) -> None:
    found = many.search(Query(page=page, size=size), now=NOW)
    assert (found.total, len(found.hits)) == (60, number)


def test_order_of_the_facets_values(many: SearchIndex) -> None:
    facets = many.search(Query(), now=NOW).facets
    assert [value.value for value in facets["freshness"]] == ["this week", "older", "never"]
    assert [(value.value, value.count) for value in facets["tag"]] == [
        ("all", 60),
        ("green", 21),
        ("red", 21),
        ("blue", 18),
    ]


def test_a_port_ages_without_anything_being_written(many: SearchIndex) -> None:
    from datetime import timedelta

    later = NOW + timedelta(days=400)
    facets = many.search(Query(), now=later).facets
    assert {value.value: value.count for value in facets["freshness"]} == {"older": 39, "never": 21}


@pytest.mark.parametrize(
    ("age", "expected"),
    [
        (-60, "today"),
        (0, "today"),
        (86_399, "today"),
        (86_400, "this week"),
        (604_799, "this week"),
        (604_800, "older"),
    ],
)
def test_the_edges_of_the_classes(age: int, expected: str) -> None:
    assert freshness(int(NOW.timestamp()) - age, NOW) == expected


@given(st.integers(min_value=0, max_value=2 * 10**9))
def test_every_moment_is_of_one_class(moment: int) -> None:
    hits = [name for name in CLASSES if bounds(name, NOW)[0] <= moment < bounds(name, NOW)[1]]
    assert hits == [freshness(moment, NOW)]


def test_freshness_is_that_of_the_standing(many: SearchIndex) -> None:
    from mesh_core.observability import freshness_of

    for hit in _all(many, Query()):
        assert hit.freshness == freshness_of(hit.card, NOW)
