"""Whatever a contract says, as long as it can be kept: the audit finds nothing in what was generated from it."""

from __future__ import annotations

from typing import Any

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from mesh_core.generation import UnsatisfiableError, generate

from .contracts import NO_CHARTER, broken_rules, contract, types

PATTERNS = ["^[A-Z]{3}$", "^[0-9]+$", "^x", "y$", r"^\w+@\w+$", "^(a|bc)*$"]


@st.composite
def numbers(draw: st.DrawFn) -> dict[str, Any]:
    logical = draw(st.sampled_from(["integer", "number"]))
    kinds = {"integer": ["", "INTEGER", "SMALLINT"], "number": ["", "FLOAT", "DECIMAL(12,3)", "DECIMAL(4,0)"]}
    physical = draw(st.sampled_from(kinds[logical]))
    low = draw(st.integers(-1000, 1000))
    options: dict[str, Any] = {}
    if draw(st.booleans()):
        options[draw(st.sampled_from(["minimum", "exclusiveMinimum"]))] = low
    if draw(st.booleans()):
        options[draw(st.sampled_from(["maximum", "exclusiveMaximum"]))] = low + draw(st.integers(2, 2000))
    if draw(st.booleans()):
        options["multipleOf"] = draw(st.sampled_from([1, 2, 0.5, 0.25, 7]))
    examples = draw(st.lists(st.integers(-500, 500), max_size=2))
    prop = {"logicalType": logical, "logicalTypeOptions": options, "examples": examples}
    return {**prop, "physicalType": physical}


@st.composite
def words(draw: st.DrawFn) -> dict[str, Any]:
    low = draw(st.integers(0, 6))
    options = draw(
        st.sampled_from(
            [
                {},
                {"minLength": low},
                {"maxLength": low + 1},
                {"minLength": low, "maxLength": low + 4},
                *({"pattern": pattern} for pattern in PATTERNS),
                *({"format": name} for name in ("email", "uuid", "uri", "hostname", "ipv4", "byte")),
            ]
        )
    )
    prop: dict[str, Any] = {"logicalType": "string", "logicalTypeOptions": options}
    if not options and draw(st.booleans()):
        prop["enum"] = [{"value": value} for value in draw(st.lists(st.text(max_size=3), min_size=1, unique=True))]
    return {**prop, "examples": draw(st.lists(st.text(max_size=4), max_size=2))}


@st.composite
def times(draw: st.DrawFn) -> dict[str, Any]:
    logical = draw(st.sampled_from(["date", "timestamp"]))
    options = {}
    if draw(st.booleans()):
        options[draw(st.sampled_from(["minimum", "exclusiveMinimum"]))] = "2024-02-28"
    if draw(st.booleans()):
        options[draw(st.sampled_from(["maximum", "exclusiveMaximum"]))] = draw(
            st.sampled_from(["2024-03-01", "2031-01-01"])
        )
    return {"logicalType": logical, "logicalTypeOptions": options}


@st.composite
def lists(draw: st.DrawFn) -> dict[str, Any]:
    low = draw(st.integers(0, 3))
    options = {"minItems": low, "maxItems": low + draw(st.integers(0, 2)), "uniqueItems": draw(st.booleans())}
    return {"logicalType": "array", "logicalTypeOptions": options, "items": draw(numbers() | words() | times())}


SCALARS = numbers() | words() | times() | st.just({"logicalType": "boolean"})


@st.composite
def properties(draw: st.DrawFn) -> list[dict[str, Any]]:
    props = [dict(prop) for prop in draw(st.lists(SCALARS | lists(), min_size=1, max_size=6))]
    for number, prop in enumerate(props):
        prop |= {"name": f"column_{number}", "required": draw(st.booleans()), "unique": draw(st.integers(0, 4)) == 0}
    members = draw(st.lists(st.integers(0, len(props) - 1), max_size=2, unique=True))
    for position, number in enumerate(members, start=1):
        props[number] |= {"primaryKey": True, "primaryKeyPosition": position}
    return props


@settings(max_examples=120, deadline=None)
@given(
    props=properties(),
    rows=st.sampled_from([0, 1, 7, 40]),
    nulls=st.sampled_from([0.0, 0.1, 1.0]),
    seed=st.integers(0, 3),
)
def test_everything_generated_passes_the_audit(props: list[dict[str, Any]], rows: int, nulls: float, seed: int) -> None:
    each = contract("shop.things", props)
    try:
        made = generate([each], NO_CHARTER, rows=rows, nulls=nulls, seed=seed)
    except UnsatisfiableError:
        assume(False)
        return
    assert broken_rules([each], made) == []
    assert list(types(each, made).items()) == [(column.name, column.physical_type) for column in each.columns]
    assert made[each.address].rows <= rows
