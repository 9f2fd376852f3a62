"""Against a plain Python model: any small table, the counts are what a reader would count by hand."""

from __future__ import annotations

import math
from collections import Counter
from pathlib import Path
from typing import Any

import duckdb
from hypothesis import given, settings
from hypothesis import strategies as st

from mesh_core.quality import CheckResult, CheckSpec, evaluate

_DB = duckdb.connect()
_DB.execute("CREATE TABLE staged (x DOUBLE, s VARCHAR)")
_X = st.none() | st.sampled_from([math.nan, math.inf, -math.inf, 0.0, -0.0, 1.5, 2.0])
_S = st.none() | st.text("aü'\"\\%_\n", max_size=3)
_ROWS = st.lists(st.tuples(_X, _S), max_size=8)


def measured(rows: list[tuple[Any, Any]], expectation: str, **kwargs: Any) -> CheckResult:
    _DB.execute("DELETE FROM staged")
    if rows:
        _DB.executemany("INSERT INTO staged VALUES (?, ?)", rows)
    check = CheckSpec(
        name="c",
        description="",
        kind="custom",
        expectation=f"expect_{expectation}",
        kwargs=kwargs,
        path=Path("c.yaml"),
    )
    (result,) = evaluate([check], _DB, "staged")
    return result


def present(values: list[Any]) -> list[Any]:
    return [value for value in values if value is not None and value == value]  # NaN is not itself


def verify(result: CheckResult, considered: list[Any], unexpected: list[Any]) -> None:
    assert result.unexpected_count == len(unexpected)
    assert result.success is (not unexpected)
    if considered:
        assert result.unexpected_percent == len(unexpected) / len(considered) * 100
    assert len(result.sample) == min(len(unexpected), 10)


@settings(max_examples=60, deadline=None)
@given(rows=_ROWS, low=st.sampled_from([-1.0, 0, 1.5]), strict=st.booleans())
def test_between(rows: list[tuple[Any, Any]], low: float, strict: bool) -> None:
    numbers = present([x for x, _ in rows])
    outside = [x for x in numbers if not (x > low if strict else x >= low)]
    found = measured(rows, "column_values_to_be_between", column="x", min_value=low, strict_min=strict)
    verify(found, numbers, outside)


@settings(max_examples=60, deadline=None)
@given(rows=_ROWS, allowed=st.lists(st.text("aü'\"\\%_\n", max_size=3), min_size=1, max_size=4))
def test_in_set(rows: list[tuple[Any, Any]], allowed: list[str]) -> None:
    texts = present([s for _, s in rows])
    found = measured(rows, "column_values_to_be_in_set", column="s", value_set=allowed)
    verify(found, texts, [s for s in texts if s not in allowed])


@settings(max_examples=60, deadline=None)
@given(rows=_ROWS)
def test_unique(rows: list[tuple[Any, Any]]) -> None:
    for column, values in (("x", present([x for x, _ in rows])), ("s", present([s for _, s in rows]))):
        times = Counter(values)
        found = measured(rows, "column_values_to_be_unique", column=column)
        verify(found, values, [value for value in values if times[value] > 1])


@settings(max_examples=60, deadline=None)
@given(rows=_ROWS, length=st.integers(0, 3))
def test_lengths(rows: list[tuple[Any, Any]], length: int) -> None:
    texts = present([s for _, s in rows])
    found = measured(rows, "column_value_lengths_to_be_between", column="s", max_value=length)
    verify(found, texts, [s for s in texts if len(s) > length])
