"""Laws that hold for every pair of contracts, tried on random ones."""

from __future__ import annotations

import copy
import json
from collections import Counter
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from mesh_core.contracts.comparison import IMPACTS, canonical_contract, compare

from .mutating import Edit, full, told
from .test_mutations import SECTIONS

UNORDERED = {
    "tags", "schema", "quality", "servers", "roles", "slaProperties", "support", "customProperties", "members", "enum",
    "relationships", "examples", "synonyms", "authoritativeDefinitions", "transformSourceObjects", "constraints",
    "verifiedStatements", "validValues", "required",
}  # fmt: skip
"""Lists in which ODCS gives no meaning to the order."""
EDITS = [case[1] for cases in SECTIONS.values() for case in cases]
BREAKING = [case[1] for cases in SECTIONS.values() for case in cases if case[2] == "major"]
tries = settings(max_examples=150, deadline=None)


def reordered(value: Any, random: Any, key: str = "") -> Any:
    """The same promise with keys and unordered lists in another order."""
    if isinstance(value, dict):
        keys = list(value)
        random.shuffle(keys)
        return {name: reordered(value[name], random, name) for name in keys}
    if isinstance(value, list):
        items = [reordered(item, random) for item in value]
        if key in UNORDERED:
            random.shuffle(items)
        return items
    return value


def edited(sets: list[list[Edit]]) -> dict[str, Any]:
    """The contract after all edits that still find their place."""
    document = full()
    for edits in sets:
        attempt = copy.deepcopy(document)
        try:
            for edit in edits:
                edit(attempt)
        except (KeyError, ValueError, IndexError, TypeError, AttributeError):
            continue
        document = attempt
    return document


many = st.lists(st.sampled_from(EDITS), max_size=6).map(edited)


@tries
@given(many)
def test_a_contract_does_not_differ_from_itself(document: dict[str, Any]) -> None:
    assert compare(document, copy.deepcopy(document)).changes == ()


@tries
@given(many, st.randoms(use_true_random=False))
def test_order_without_meaning_makes_no_difference(document: dict[str, Any], random: Any) -> None:
    assert compare(document, reordered(document, random)).changes == ()


@tries
@given(many, many, st.randoms(use_true_random=False))
def test_order_changes_no_verdict(old: dict[str, Any], new: dict[str, Any], random: Any) -> None:
    straight = compare(old, new)
    shuffled = compare(reordered(old, random), reordered(new, random))
    assert Counter(told(shuffled)) == Counter(told(straight))
    assert shuffled.bump == straight.bump


@tries
@given(st.lists(st.sampled_from(EDITS), max_size=5), st.sampled_from(BREAKING), st.booleans())
def test_a_breaking_change_stays_breaking_among_others(
    others: list[list[Edit]], breaking: list[Edit], comes_first: bool
) -> None:
    """Others, that is, that change other elements: 48 h after 2 d of latency take nothing back."""
    touched = {change.element for change in compare(full(), edited([breaking])).changes}
    apart = [edits for edits in others if not touched & _elements(edits)]
    both = edited([breaking, *apart] if comes_first else [*apart, breaking])
    assert compare(full(), both).bump == "major"


def _elements(edits: list[Edit]) -> set[str]:
    return {change.element for change in compare(full(), edited([edits])).changes}


@tries
@given(many, many)
def test_no_change_is_reported_just_when_the_promises_are_equal(old: dict[str, Any], new: dict[str, Any]) -> None:
    equal = json.dumps(canonical_contract(old), sort_keys=True) == json.dumps(canonical_contract(new), sort_keys=True)
    assert (compare(old, new).changes == ()) is equal


def paths(value: Any, at: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Every place in a document."""
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [*([at] if at else []), *(path for key, item in inner for path in paths(item, (*at, key)))]


PLACES = [path for path in paths(full()) if path[0] not in {"version", "contractCreatedTs"}]
odd = st.one_of(st.none(), st.booleans(), st.integers(), st.text(max_size=5), st.just([]), st.just({}), st.just(["x"]))


@settings(max_examples=600, deadline=None)
@given(st.sampled_from(PLACES), odd)
def test_any_value_may_stand_anywhere_and_none_is_lost(place: tuple[Any, ...], value: Any) -> None:
    """A revision may hold what no schema admits."""
    document = full()
    holder: Any = document
    for step in place[:-1]:
        holder = holder[step]
    holder[place[-1]] = value
    for old, new in ((full(), document), (document, full()), (document, document)):
        comparison = compare(old, new)
        equal = json.dumps(canonical_contract(old), sort_keys=True) == json.dumps(
            canonical_contract(new), sort_keys=True
        )
        assert bool(comparison.changes) is not equal


@tries
@given(many, many)
def test_the_worst_comes_first_and_decides(old: dict[str, Any], new: dict[str, Any]) -> None:
    comparison = compare(old, new)
    order = [IMPACTS.index(change.impact) for change in comparison.changes]
    assert order == sorted(order, reverse=True)
    assert comparison.impact == (comparison.changes[0].impact if comparison.changes else None)


@tries
@given(many, many)
def test_every_change_is_found_in_a_document(old: dict[str, Any], new: dict[str, Any]) -> None:
    for change in compare(old, new).changes:
        # What is gone may have taken with it what held it: the options of a column with its only option.
        assert _stands(change.at, old) or any(_stands(change.at[:end], new) for end in (None, -1, -2)), change
        assert _stands(change.near, new) or _stands(change.near[:-1], new) or _stands(change.near[:-2], new), change


def _stands(path: tuple[Any, ...], document: Any) -> bool:
    for step in path:
        try:
            document = document[step]
        except (KeyError, IndexError, TypeError):
            return False
    return True
