"""Service levels of what a port holds, with every number worked out by hand. Now is 30 November, 00:00 UTC."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from mesh_core.catalog import Measurement
from mesh_core.observability import History
from mesh_core.observability.history import ColumnFacts, Failure, Version

from .ports import ago, level, version

COMPLETE = {"property": "completeness", "value": 98, "unit": "%"}


def holed(at: datetime, number: int, **nulls: int) -> Version:
    return version(at, number, rows=1000, columns={name: ColumnFacts(nulls=count) for name, count in nulls.items()})


def test_completeness_is_of_the_required_columns_unless_some_are_named() -> None:
    history = History(versions=(holed(ago(days=2), 0, order_id=10, ordered_on=500),))
    whole = level(COMPLETE, history)
    assert (whole.measured, whole.status) == (99.0, "met")
    named = level({**COMPLETE, "element": "orders.order_id,orders.ordered_on"}, history)
    assert (named.measured, named.status) == (74.5, "breached")  # 510 of 2,000 are missing
    assert named.sentence == "74.5 % of order_id and ordered_on is there. Never kept in the 2 days known."


def test_a_version_with_holes_counts_for_as_long_as_it_stands() -> None:
    """Of three versions the second is below 98 % for 3.6 hours: half of the budget."""
    history = History(
        versions=(
            holed(ago(days=20), 0, order_id=0),
            holed(ago(days=10), 1, order_id=30),
            holed(ago(days=9, hours=20, minutes=24), 2, order_id=20),
        )
    )
    found = level(COMPLETE, history)
    assert [(point.value, point.good) for point in found.points] == [(100.0, True), (97.0, False), (98.0, True)]
    assert found.budget is not None
    assert (found.budget.used_percent, found.status) == (50.0, "met")


def test_a_column_without_a_profile_leaves_completeness_unknown() -> None:
    found = level(COMPLETE, History(versions=(version(ago(days=1), columns={"order_id": ColumnFacts()}),)))
    assert (found.status, found.sentence) == ("unknown", "The publications so far tell nothing of it.")


def test_error_rate_is_of_checked_rows_and_a_failed_attempt_without_checks_counts_whole() -> None:
    history = History(
        versions=(version(ago(days=4), checked=2000, failing=10), version(ago(days=2), 1, checked=2000, failing=4)),
        failures=(Failure(at=ago(days=3)), Failure(at=ago(days=2, hours=20), checked=1000, failing=15)),
    )
    found = level({"property": "errorRate", "value": 1, "unit": "percent"}, history)
    assert [point.value for point in found.points] == [0.5, 100.0, 1.5, 0.2]
    assert (found.measured, found.status) == (0.2, "breached")  # a day over one percent is 1,440 of 432 minutes
    assert found.sentence.startswith("0.2 % of checked rows broke a rule; 2 of 4 attempts failed.")


def probed(*probes: tuple[datetime, bool]) -> tuple[Measurement, ...]:
    return tuple(
        Measurement(
            address="shop.orders",
            indicator="availability",
            at=at.isoformat(),
            value=100.0 if good else 0.0,
            good=good,
            detail="met: " if good else "at risk: a file is gone",
        )
        for at, good in probes
    )


UP = {"property": "availability", "value": 99.5, "unit": "%"}


def test_availability_is_of_the_time_that_probes_tell_of() -> None:
    """A probe tells of an hour: 30 minutes down, then up for 60, then nothing is known."""
    measurements = probed((ago(hours=9), False), (ago(hours=8, minutes=30), True))
    found = level(UP, History(versions=(version(ago(days=3)),), measurements=measurements))
    assert found.measured == 66.666667
    assert found.budget is not None
    assert found.budget.allowed_percent == 0.5
    assert found.budget.used_percent == 13.89  # 30 of 216 minutes
    assert found.status == "at risk"  # 14 percent within a day
    assert found.objective == "readable 99.5 % of the time, of the last 30 days"


def test_a_port_that_is_down_says_why() -> None:
    measurements = probed((ago(minutes=20), True), (ago(minutes=5), False))
    found = level(UP, History(versions=(version(ago(days=3)),), measurements=measurements))
    assert found.sentence == "The last probe, 5 minutes ago, failed: a file is gone."
    assert found.status == "at risk"


def test_a_port_that_nobody_probed_is_unknown() -> None:
    found = level(UP, History(versions=(version(ago(days=3)),)))
    assert (found.status, found.sentence) == (
        "unknown",
        "Nobody has probed the port yet; the service does, and `mesh observe`.",
    )


def day(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def reaching(at: datetime, number: int, oldest: str, **more: Any) -> Version:
    return version(at, number, columns={"ordered_on": ColumnFacts(nulls=0, minimum=day(oldest))}, **more)


KEPT = {"property": "retention", "value": 1, "unit": "y"}


def test_rows_that_are_old_enough_may_go() -> None:
    history = History(versions=(reaching(ago(days=9), 0, "2024-01-01"), reaching(ago(days=3), 1, "2025-11-20")))
    found = level(KEPT, history)
    assert found.status == "met"
    assert found.sentence.startswith("Rows reach back 1 year by ordered_on.")


def test_rows_that_are_gone_too_early_break_the_promise_until_they_are_back() -> None:
    """Gone from 20:24 on the 26th to midnight: 216 of 432 minutes."""
    history = History(
        versions=(
            reaching(ago(days=9), 0, "2026-01-01"),
            reaching(ago(days=3, hours=3, minutes=36), 1, "2026-02-01"),
            reaching(ago(days=3), 2, "2026-01-01"),
        )
    )
    found = level(KEPT, history)
    assert [point.good for point in found.points] == [True, False, True]
    assert found.budget is not None
    assert found.budget.used_percent == 50.0
    still = level(KEPT, History(versions=history.versions[:2]))
    assert still.sentence.startswith("Rows reach back 298.9 days by ordered_on: older ones were there and are gone.")


def test_a_table_that_was_emptied_kept_nothing() -> None:
    empty = version(ago(hours=1), 1, rows=0, columns={"ordered_on": ColumnFacts()})
    found = level(KEPT, History(versions=(reaching(ago(days=9), 0, "2026-01-01"), empty)))
    assert (found.measured, found.status) == (0.0, "at risk")


def test_retention_of_replayed_rows_is_counted_by_their_clock() -> None:
    """On the clock's 1 July 2013 a promise of 90 days reaches back to 2 April."""
    sla = {"property": "retention", "value": 90, "unit": "d"}
    clock = day("2013-07-01")
    begun = reaching(ago(days=5), 0, "2013-01-01", clock=day("2013-06-01"))
    kept = reaching(ago(days=4), 1, "2013-04-02", clock=clock)
    lost = reaching(ago(days=4), 1, "2013-04-03", clock=clock)
    assert level(sla, History(versions=(begun, kept))).status == "met"
    assert level(sla, History(versions=(begun, lost))).status == "breached"


@pytest.mark.parametrize(("value", "unit"), [(0.98, "ratio"), ("98%", ""), (98, ""), ("98", "percent")])
def test_a_share_in_any_of_its_spellings(value: object, unit: str) -> None:
    found = level({"property": "Completeness", "value": value, "unit": unit})
    assert (found.target, found.unit) == (98.0, "percent")
