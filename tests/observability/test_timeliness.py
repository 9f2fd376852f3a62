"""Service levels of time, with every number worked out by hand. Now is 30 November, 00:00 UTC."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from mesh_core.observability import History
from mesh_core.observability.history import Arrival, ColumnFacts, Failure

from .ports import NOW, ago, level, version

DAILY = {"property": "frequency", "value": 1, "unit": "d"}


def test_frequency_is_kept_until_a_tenth_more_than_its_length_went_by() -> None:
    """Published 10 days ago; every day since, but for a day left out: 48 h is 21.6 h after the 26.4 h allowed."""
    published = version(ago(days=10))
    confirmed = tuple(ago(days=day) for day in (9, 8, 7, 6, 5, 3, 2, 1))
    found = level(DAILY, History(versions=(published,), confirmations=confirmed))
    assert (found.measured, found.target, found.unit) == (1440.0, 1440.0, "minutes")
    assert found.budget is not None
    assert found.budget.used_percent == 300.0  # 1,296 of 432 minutes
    assert found.status == "breached"
    assert found.objective == "made sure of at least every 1 day, 99 % of the last 30 days"
    assert found.sentence == "Last made sure of 1 day ago. Kept in 91 % of the 10 days known."
    assert [(point.value, point.good) for point in found.points][4:6] == [(1440.0, True), (2880.0, False)]


def test_frequency_on_time_is_met_and_late_now_is_at_risk() -> None:
    fresh = History(versions=(version(ago(hours=26)),))
    late = History(versions=(version(ago(hours=26, minutes=30)),))
    assert level(DAILY, fresh).status == "met"
    assert level(DAILY, late).status == "at risk"


def test_a_publication_before_the_window_counts_from_its_own_time() -> None:
    found = level(DAILY, History(versions=(version(ago(days=40)),), confirmations=(ago(days=30),)))
    assert found.budget is not None
    assert found.budget.used_percent == 9633.33  # all of the 30 days but 26.4 hours: 41,616 of 432 minutes
    assert found.status == "breached"


def test_frequency_by_a_schedule_asks_for_a_run_at_each_of_its_moments() -> None:
    """Due at 06:00; the run of the 28th comes at 09:24, an hour after the patience of 2.4 hours."""
    cron = {"property": "frequency", "value": "1", "unit": "d", "scheduler": "cron", "schedule": "0 6 * * *"}
    times = [(26, 7, 0), (27, 6, 10), (28, 9, 24), (29, 6, 5)]
    runs = tuple(NOW.replace(day=day, hour=hour, minute=minute) for day, hour, minute in times)
    found = level(cron, History(versions=(version(runs[0]),), confirmations=runs[1:]))
    assert found.budget is not None
    assert found.budget.used_percent == 13.89  # 60 of 432 minutes
    assert (found.status, found.measured) == ("met", 0.0)
    assert [point.good for point in found.points] == [True, False, True]


def test_freshness_has_no_tolerance() -> None:
    found = level({"property": "freshness", "value": 1, "unit": "d"}, History(versions=(version(ago(hours=25)),)))
    assert found.status == "at risk"
    assert found.budget is not None
    assert found.budget.used_percent == 13.89


def test_time_of_availability_is_a_deadline_of_each_day_in_its_zone() -> None:
    """By 09:00 in New York, 14:00 UTC: on the 28th it came at 15:12 UTC, on the 29th not at all so far."""
    sla = {"property": "timeOfAvailability", "value": "09:00 America/New_York"}
    runs = (NOW.replace(day=27, hour=13), NOW.replace(day=28, hour=15, minute=12))
    found = level(sla, History(versions=(version(runs[0]),), confirmations=runs[1:]))
    assert [(point.value, point.good) for point in found.points] == [(0.0, True), (72.0, False), (600.0, False)]
    assert found.measured == 600.0
    assert found.budget is not None
    assert found.budget.used_percent == 155.56  # 672 of 432 minutes
    assert found.status == "breached"


def test_a_run_of_the_evening_before_does_not_serve_the_day() -> None:
    sla = {"property": "ta", "value": "08:00"}
    found = level(sla, History(versions=(version(NOW.replace(day=28, hour=23)),)))
    assert [point.value for point in found.points] == [960.0]  # the 29th, from 08:00 to midnight


def latency(history: History, **more: Any) -> Any:
    return level({"property": "latency", "value": 1, "unit": "d", "element": "orders.ordered_on", **more}, history)


def seen(newest: str) -> dict[str, ColumnFacts]:
    return {"ordered_on": ColumnFacts(nulls=0, maximum=datetime.fromisoformat(f"{newest}T00:00:00+00:00"))}


def test_latency_of_a_day_counts_from_its_end() -> None:
    """Orders of the 27th, published on the 29th at 06:00: 30 hours after their day ended."""
    found = latency(History(versions=(version(NOW.replace(day=29, hour=6), columns=seen("2026-11-27")),)))
    assert found.measured == 1800.0
    assert found.indicator == "latency:orders.ordered_on"
    assert found.sentence.startswith("The newest version came 1.2 days after its newest ordered_on.")
    assert found.status == "breached"  # it never held


def test_latency_of_replayed_data_is_told_by_their_clock() -> None:
    clock = datetime.fromisoformat("2013-03-05T00:00:00+00:00")
    found = latency(History(versions=(version(ago(hours=1), columns=seen("2013-03-03"), clock=clock),)))
    assert (found.measured, found.status) == (1440.0, "met")
    assert "by the clock of its replayed data (2013-03-05 00:00 UTC)" in found.sentence


def test_latency_of_a_late_version_lasts_until_the_next() -> None:
    """What came 54 hours after its day is there for 6 hours: 360 of 432 minutes."""
    first = version(ago(days=9), 0, columns=seen("2026-11-20"))
    late = version(ago(days=3, hours=18), 1, columns=seen("2026-11-23"))
    mended = version(ago(days=3, hours=12), 2, columns=seen("2026-11-25"))
    found = latency(History(versions=(first, late, mended)))
    assert [point.value for point in found.points] == [0.0, 3240.0, 720.0]
    assert found.budget is not None
    assert found.budget.used_percent == 83.33
    assert found.status == "at risk"


INPUT = {"property": "latency", "value": 2, "unit": "h"}


def arrived(number: int, at: datetime) -> Arrival:
    return Arrival(upstream="till.sales", table_version=number, at=at)


def test_latency_without_an_element_counts_from_the_arrival_of_inputs() -> None:
    """Version 1 of the input is taken up 5 hours later, three too many; version 2 within an hour."""
    history = History(
        versions=(
            version(ago(days=5), 0, inputs={"till.sales": 0}),
            version(ago(days=3), 1, inputs={"till.sales": 1}),
            version(ago(days=1), 2, inputs={"till.sales": 2}),
        ),
        arrivals=(arrived(0, ago(days=6)), arrived(1, ago(days=3, hours=5)), arrived(2, ago(days=1, hours=1))),
    )
    found = level(INPUT, history)
    assert found.measured == 60.0
    assert found.budget is not None
    assert found.budget.used_percent == 41.67  # 180 of 432 minutes
    assert found.status == "met"
    assert [(point.value, point.good) for point in found.points] == [(300.0, False), (60.0, True)]


def test_latency_of_an_input_that_nobody_took_up_counts_until_now() -> None:
    history = History(
        versions=(version(ago(days=5), inputs={"till.sales": 0}),),
        arrivals=(arrived(0, ago(days=6)), arrived(1, ago(hours=5))),
    )
    found = level(INPUT, history)
    assert (found.measured, found.status) == (300.0, "at risk")
    assert found.sentence.startswith("For 5 hours an input has had a version that the port lacks.")


def test_a_run_that_found_nothing_to_change_took_its_inputs_up() -> None:
    history = History(
        versions=(version(ago(days=5), inputs={"till.sales": 0}),),
        confirmations=(ago(hours=4),),
        arrivals=(arrived(1, ago(hours=5)),),
    )
    assert level(INPUT, history).status == "met"


def test_latency_of_a_port_whose_sources_say_nothing_is_bounded_by_its_last_look() -> None:
    found = level(INPUT, History(versions=(version(ago(hours=1), inputs={"shop.bronze.feed": 3}),)))
    assert (found.measured, found.status) == (60.0, "met")
    assert found.sentence.startswith("Its sources do not tell when they changed; it last looked 1 hour ago.")


def test_time_to_repair_counts_from_the_first_failure_to_the_next_success() -> None:
    """Failures 50 and 49 hours ago, mended 44 hours ago: two hours more than four."""
    history = History(
        versions=(version(ago(days=4), 0), version(ago(hours=44), 1)),
        failures=(Failure(at=ago(hours=50)), Failure(at=ago(hours=49))),
    )
    found = level({"property": "timeToRepair", "value": 4, "unit": "h"}, history)
    assert found.budget is not None
    assert (found.measured, found.budget.used_percent) == (360.0, 27.78)
    assert found.status == "met"


def test_nothing_published_is_unknown() -> None:
    for sla in (DAILY, INPUT, {"property": "freshness", "value": 1, "unit": "d"}):
        found = level(sla)
        assert (found.status, found.measured, found.budget) == ("unknown", None, None)


@pytest.mark.parametrize("hours", [1, 7, 23])
def test_the_same_facts_give_the_same_answer(hours: int) -> None:
    history = History(versions=(version(ago(hours=hours)),), confirmations=(ago(hours=hours) + timedelta(minutes=5),))
    assert level(DAILY, history) == level(DAILY, history)
