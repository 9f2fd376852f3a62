"""When something is due: cron schedules and times of the day."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from mesh_core.observability.due import UnreadableError, daily_at, rhythm_of


def moments(text: str, start: str, end: str, zone: str = "") -> list[str]:
    spans = (datetime.fromisoformat(f"{moment}+00:00") for moment in (start, end))
    return [f"{at:%m-%d %H:%M}" for at in rhythm_of(text, zone).between(*spans)]


@pytest.mark.parametrize(
    ("cron", "due"),
    [
        ("0 6 * * *", ["11-02 06:00", "11-03 06:00"]),
        ("*/20 23 * * *", ["11-02 23:00", "11-02 23:20", "11-02 23:40"]),
        ("30 4,16 * * mon", ["11-02 04:30", "11-02 16:30"]),
        ("0 12 * * 1-5/2", ["11-02 12:00"]),
        ("0 12 3 * *", ["11-03 12:00"]),
        ("0 12 3 * 1", ["11-02 12:00", "11-03 12:00"]),  # one of the two is enough
        ("0 0 * dec *", []),
        ("@daily", ["11-02 00:00", "11-03 00:00"]),
    ],
)
def test_monday_and_half_of_tuesday(cron: str, due: list[str]) -> None:
    """2 November 2026 is a Monday."""
    assert moments(cron, "2026-11-02T00:00", "2026-11-03T12:30")[: len(due) or 1] == due


def test_sunday_is_zero_and_seven() -> None:
    for name in ("0", "7", "sun"):
        assert moments(f"0 8 * * {name}", "2026-11-02T00:00", "2026-11-10T00:00") == ["11-08 08:00"]


def test_a_zone_keeps_its_own_summer_time() -> None:
    """Berlin leaves summer time on 25 October 2026: nine o'clock is 07:00 UTC before and 08:00 after."""
    due = moments("0 9 * * *", "2026-10-24T00:00", "2026-10-26T00:00", "Europe/Berlin")
    assert due == ["10-24 07:00", "10-25 08:00"]


@pytest.mark.parametrize(
    ("text", "zone", "first"),
    [
        ("09:00", "", "09:00"),
        ("9:00", "", "09:00"),
        ("09:00-08:00", "", "17:00"),
        ("09:00+0530", "", "03:30"),
        ("09:00:00Z", "", "09:00"),
        ("09:00", "America/New_York", "14:00"),
        ("09:00 America/New_York", "", "14:00"),
    ],
)
def test_a_time_of_the_day_in_a_zone(text: str, zone: str, first: str) -> None:
    start, end = datetime(2026, 11, 2, tzinfo=UTC), datetime(2026, 11, 3, tzinfo=UTC)
    assert [f"{at:%H:%M}" for at in daily_at(text, zone).between(start, end)] == [first]


@pytest.mark.parametrize("text", ["soon", "25:00", "09:00 Nowhere/City", "9", ""])
def test_what_is_no_time_of_the_day_is_told(text: str) -> None:
    with pytest.raises(UnreadableError):
        daily_at(text)


@pytest.mark.parametrize("cron", ["0 6 * *", "61 * * * *", "* * * * mond", "*/0 * * * *", "5-1 * * * *", "a b c d e"])
def test_what_is_no_schedule_is_told(cron: str) -> None:
    with pytest.raises(UnreadableError):
        rhythm_of(cron)
