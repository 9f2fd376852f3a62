"""Every service level by its meaning: what is worse, what is better, and how bad that is."""

from __future__ import annotations

from typing import Any

import pytest

from mesh_core.contracts.comparison import compare
from mesh_core.contracts.comparison.sla import MEANINGS

LEVELS = [
    # property, better, worse, unit, impact of the worse
    ("latency", 1, 2, "h", "breaking"),
    ("freshness", 1, 2, "h", "breaking"),
    ("frequency", 1, 7, "d", "breaking"),
    ("timeOfAvailability", "08:00", "09:00", None, "breaking"),
    ("generalAvailability", "2026-01-01", "2026-02-01", None, "risky"),
    ("retention", 3, 2, "y", "breaking"),
    ("endOfSupport", "2028-01-01", "2027-01-01", None, "breaking"),
    ("endOfLife", "2028-01-01", "2027-01-01", None, "breaking"),
    ("availability", 99.9, 99.5, "%", "breaking"),
    ("throughput", 10, 5, "MB/s", "risky"),
    ("errorRate", 1, 2, "%", "breaking"),
    ("completeness", 99, 98, "%", "breaking"),
    ("accuracy", 99, 98, "%", "breaking"),
    ("responseTime", 1, 2, "s", "risky"),
    ("timeToDetect", 1, 2, "h", "risky"),
    ("timeToNotify", 1, 2, "h", "risky"),
    ("timeToRepair", 1, 2, "d", "risky"),
    ("recoveryTime", 1, 2, "d", "risky"),
]
SPELLINGS = [
    ("Ly", "latency"), ("Fy", "frequency"), ("frequencyOfUpdate", "frequency"), ("Re", "retention"),
    ("uptime", "availability"), ("Th", "throughput"), ("Er", "errorRate"), ("Ga", "generalAvailability"),
    ("end_of_support", "endOfSupport"), ("EOS", None), ("Td", "timeToDetect"), ("MTTR", "timeToRepair"),
    ("time to notify", "timeToNotify"),
]  # fmt: skip


def one(name: str, value: Any, unit: str | None) -> dict[str, Any]:
    level = {"property": name, "value": value}
    return {"slaProperties": [{**level, "unit": unit} if unit else level]}


def impacts(old: dict[str, Any], new: dict[str, Any]) -> list[str]:
    return [change.impact for change in compare(old, new).changes]


def test_the_table_knows_every_level() -> None:
    assert {name.lower() for name, *_ in LEVELS} == set(MEANINGS)


@pytest.mark.parametrize(("name", "better", "worse", "unit", "impact"), LEVELS)
def test_a_level(name: str, better: Any, worse: Any, unit: str | None, impact: str) -> None:
    assert impacts(one(name, better, unit), one(name, worse, unit)) == [impact]
    assert impacts(one(name, worse, unit), one(name, better, unit)) == ["compatible"]


@pytest.mark.parametrize(("name", "better", "worse", "unit", "impact"), LEVELS)
def test_a_level_that_comes_or_goes(name: str, better: Any, worse: Any, unit: str | None, impact: str) -> None:
    """An end is the other way round: announcing one takes something away."""
    is_end = name.startswith("endOf")
    assert impacts({}, one(name, better, unit)) == ["risky" if is_end else "compatible"]
    assert impacts(one(name, better, unit), {}) == ["compatible" if is_end else impact]


@pytest.mark.parametrize(("spelling", "name"), SPELLINGS)
def test_another_spelling(spelling: str, name: str | None) -> None:
    rows = {row[0]: row for row in LEVELS}
    if name is None:
        assert impacts(one(spelling, 1, "d"), one(spelling, 2, "d")) == ["risky"]
        return
    _, better, worse, unit, impact = rows[name]
    assert impacts(one(spelling, better, unit), one(spelling, worse, unit)) == [impact]


def test_the_same_level_of_two_elements_is_two() -> None:
    def both(first: int, second: int) -> dict[str, Any]:
        return {
            "slaProperties": [
                {"property": "latency", "value": first, "unit": "h", "element": "a.x"},
                {"property": "latency", "value": second, "unit": "h", "element": "a.y"},
            ]
        }

    (change,) = compare(both(1, 2), both(1, 5)).changes
    assert (change.element, change.column, change.impact) == ("latency of a.y", "y", "breaking")
