"""Error budgets: 30 days at 99 % are 432 minutes that may go wrong."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mesh_core.observability import ErrorBudget, budgets
from mesh_core.observability.budgets import Terms, tally
from mesh_core.observability.windows import Span, except_for, in_steps, spent, within_reach

from .ports import NOW, ago

MONTH = ago(days=30)


def budget_of(spans: tuple[Span, ...], terms: Terms, now: datetime) -> ErrorBudget:
    return budgets.budget_of(tally(spans, terms, now))


def status_of(spans: tuple[Span, ...], terms: Terms, now: datetime, *, last: bool | None = None) -> str:
    return budgets.status_of(tally(spans, terms, now, last=last))


def broken(*intervals: tuple[datetime, datetime]) -> tuple[Span, ...]:
    """Kept all month but for the intervals."""
    return except_for(intervals, MONTH, NOW)


def earlier(minutes: float) -> tuple[Span, ...]:
    """Broken for so long ten days ago."""
    start = ago(days=10)
    return broken((start, start + timedelta(minutes=minutes)))


@pytest.mark.parametrize(
    ("minutes", "used", "left", "status"),
    [
        (0, 0.0, 100.0, "met"),
        (108, 25.0, 75.0, "met"),
        (323, 74.77, 25.23, "met"),
        (324, 75.0, 25.0, "at risk"),
        (432, 100.0, 0.0, "at risk"),
        (433, 100.23, 0.0, "breached"),
        (4320, 1000.0, 0.0, "breached"),
    ],
)
def test_minutes_of_a_month(minutes: float, used: float, left: float, status: str) -> None:
    budget = budget_of(earlier(minutes), Terms(), NOW)
    assert (budget.window_days, budget.allowed_percent) == (30, 1.0)
    assert (budget.used_percent, budget.left_percent) == (used, left)
    assert status_of(earlier(minutes), Terms(), NOW) == status


def test_another_objective_and_window_are_another_budget() -> None:
    week = Terms(objective=95.0, window_days=7)  # 504 minutes
    spans = broken((ago(days=3), ago(days=3) + timedelta(minutes=126)))
    assert budget_of(spans, week, NOW).used_percent == 25.0
    assert budget_of(spans, week, NOW).allowed_percent == 5.0
    assert budget_of(broken((ago(days=8), ago(days=7, hours=1))), week, NOW).used_percent == 0.0


def test_an_hour_in_the_last_day_burns_the_budget_too_fast() -> None:
    assert status_of(broken((ago(hours=5), ago(hours=5) + timedelta(minutes=43))), Terms(), NOW) == "met"
    assert status_of(broken((ago(hours=5), ago(hours=5) + timedelta(minutes=44))), Terms(), NOW) == "at risk"


def test_what_is_broken_now_is_at_risk_however_little_it_is() -> None:
    assert status_of(broken((ago(minutes=1), NOW)), Terms(), NOW) == "at risk"


def test_no_data_is_unknown_and_never_met() -> None:
    assert status_of((), Terms(), NOW) == "unknown"
    assert status_of((Span(ago(days=60), ago(days=40), good=True),), Terms(), NOW) == "unknown"


def test_a_young_port_has_the_whole_budget_but_not_if_the_promise_never_held() -> None:
    young = (Span(ago(hours=2), ago(hours=1), good=True), Span(ago(hours=1), NOW, good=False))
    assert budget_of(young, Terms(), NOW).used_percent == 13.89  # 60 of 432 minutes
    assert status_of(young, Terms(), NOW) == "at risk"
    assert status_of(young[1:], Terms(), NOW) == "breached"


def test_what_was_found_just_now_decides_where_no_time_has_passed() -> None:
    assert status_of((), Terms(), NOW, last=True) == "met"
    assert status_of((), Terms(), NOW, last=False) == "at risk"
    assert status_of(broken((ago(minutes=1), NOW)), Terms(), NOW, last=True) == "met"


def test_an_objective_of_all_the_time_has_no_budget() -> None:
    always = Terms(objective=100.0)
    assert status_of(broken(), always, NOW) == "met"
    assert status_of(broken((ago(days=5), ago(days=5) + timedelta(seconds=1))), always, NOW) == "breached"


def test_spans_are_exact() -> None:
    assert in_steps([(ago(hours=3), True), (ago(hours=1), False)], NOW) == (
        Span(ago(hours=3), ago(hours=1), good=True),
        Span(ago(hours=1), NOW, good=False),
    )
    assert within_reach([ago(hours=10), ago(hours=4)], timedelta(hours=5), NOW) == (
        Span(ago(hours=10), ago(hours=5), good=True),
        Span(ago(hours=5), ago(hours=4), good=False),
        Span(ago(hours=4), NOW, good=True),
    )
    overlapping = [(ago(hours=5), ago(hours=3)), (ago(hours=9), ago(hours=8)), (ago(hours=4), ago(hours=2))]
    spans = except_for(overlapping, ago(hours=10), NOW)
    assert spent(spans, ago(hours=10), NOW) == (timedelta(hours=6), timedelta(hours=4))
    assert spent(spans, ago(hours=4), ago(hours=1)) == (timedelta(hours=1), timedelta(hours=2))


SEVERITY = ("met", "at risk", "breached")
MARKS = st.lists(st.tuples(st.integers(0, 30 * 1440 - 1), st.booleans()), min_size=1, max_size=40)
TERMS = st.builds(Terms, objective=st.sampled_from([90.0, 99.0, 99.9]), window_days=st.integers(1, 30))


@given(MARKS, st.integers(0, 39), TERMS)
def test_more_good_time_never_leaves_less_budget_or_a_worse_status(
    marks: list[tuple[int, bool]], chosen: int, terms: Terms
) -> None:
    minutes = dict(marks)
    steps = sorted((MONTH + timedelta(minutes=minute), good) for minute, good in minutes.items())
    mended = [(at, good or number == chosen % len(steps)) for number, (at, good) in enumerate(steps)]
    before, after = in_steps(steps, NOW), in_steps(mended, NOW)
    assert budget_of(after, terms, NOW).left_percent >= budget_of(before, terms, NOW).left_percent
    statuses = status_of(before, terms, NOW), status_of(after, terms, NOW)
    assert SEVERITY.index(statuses[1]) <= SEVERITY.index(statuses[0])


@given(MARKS)
def test_good_and_bad_time_add_up_to_what_is_known(marks: list[tuple[int, bool]]) -> None:
    steps = sorted((MONTH + timedelta(minutes=minute), good) for minute, good in dict(marks).items())
    spans = in_steps(steps, NOW)
    good, bad = spent(spans, MONTH, NOW)
    assert good + bad == NOW - steps[0][0]
