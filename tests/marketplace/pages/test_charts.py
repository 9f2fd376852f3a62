"""Geometry against numbers worked out by hand: the drawing area is 44 to 432 across and 10 to 154 down."""

import pytest

from mesh_core.marketplace.pages.charts import Point, Step, bar_chart, nice, short, spark


@pytest.mark.parametrize(
    ("value", "end"), [(0, 4), (1, 1), (3, 4), (4.0, 4), (4.1, 5), (51, 80), (81, 100), (336776, 400000), (0.03, 0.04)]
)
def test_an_axis_ends_at_a_round_number(value: float, end: float) -> None:
    assert nice(value) == pytest.approx(end)


def test_numbers_on_an_axis_are_short() -> None:
    assert [short(each) for each in (0, 0.5, 250, 1200, 340000, 3e6, 2.5e9)] == [
        "0", "0.5", "250", "1.2k", "340k", "3M", "2.5G",
    ]  # fmt: skip


def test_columns_stand_on_zero_in_the_order_of_time() -> None:
    steps = [
        Step(at="2026-01-01T00:00:00Z", value=50, label="first"),
        Step(at="2026-01-02T00:00:00Z", value=None, label="refused"),
        Step(at="2026-01-03T00:00:00Z", value=100, bad=25, label="last"),
    ]
    chart = bar_chart("Rows", "told", steps)
    assert chart is not None
    first, refused, last = chart.bars
    assert (first.x, first.width, first.y, first.height) == (94.7, 28.0, 82.0, 72.0)
    assert (refused.refused, refused.height, refused.x) == (True, 0.0, 224.0)
    assert (last.x, last.y, last.height, last.bad_y, last.bad_height) == (353.3, 10.0, 144.0, 10.0, 36.0)
    assert [(tick.at, tick.label) for tick in chart.ticks] == [
        (154.0, "0"), (118.0, "25"), (82.0, "50"), (46.0, "75"), (10.0, "100"),
    ]  # fmt: skip
    assert [label.label for label in chart.labels] == ["2026-01-01", "2026-01-02", "2026-01-03"]


def test_many_columns_stay_inside() -> None:
    chart = bar_chart("Rows", "", [Step(at="2026-01-01", value=1, label="") for _ in range(60)])
    assert chart is not None
    assert min(bar.x for bar in chart.bars) >= 44
    assert max(bar.x + bar.width for bar in chart.bars) <= 432
    assert [label.label for label in chart.labels] == ["2026-01-01"]


def test_one_publication_is_no_chart() -> None:
    assert bar_chart("Rows", "", [Step(at="2026-01-01", value=1, label="")]) is None
    assert spark("x", [Point(at="2026-01-01", value=1, good=True, label="")]) is None


def test_a_small_line_marks_what_missed_and_where_it_is_now() -> None:
    points = [
        Point(at="2026-01-01T00:00:00Z", value=0, good=True, label="a"),
        Point(at="2026-01-02T00:00:00Z", value=100, good=False, label="b"),
        Point(at="2026-01-03T00:00:00Z", value=50, good=True, label="c"),
    ]
    chart = spark("latency", points, goal=75)
    assert chart is not None
    # From -12 to 112: 124 wide, so 0 lies at 28 * (1 - 12 / 124) = 25.3.
    assert chart.line == "3,25.3 60,2.7 117,14"
    assert chart.goal == pytest.approx(8.4)
    assert [(dot.label, dot.good) for dot in chart.dots] == [("b", False), ("c", True)]


def test_equal_values_and_equal_times_are_drawn() -> None:
    same = [Point(at="2026-01-01T00:00:00Z", value=7, good=True, label="") for _ in range(3)]
    chart = spark("x", same)
    assert chart is not None
    assert chart.line == "60,14 60,14 60,14"
