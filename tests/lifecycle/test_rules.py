"""Notice by dates: what a deprecated or retired contract has to say, and when it was said."""

from __future__ import annotations

from datetime import date

import pytest

from mesh_core.contracts.lifecycle import Milestone, Standing, ending_told, rule_breaks, standing

from .promises import contract, seen

TODAY = date(2026, 11, 21)
ACTIVE = seen("2026-01-01", "1.0.0", "active")
READERS = ("insight.revenue",)


def _codes(broken: list) -> list[str]:
    return [finding.code for finding in broken]


def _breaks(status: str, end: str | None, *history: Milestone, consumers: tuple[str, ...] = READERS) -> list:
    return rule_breaks(contract("1.2.0", status, end), history, consumers=consumers, today=TODAY)


@pytest.mark.parametrize("status", ["proposed", "draft", "active"])
@pytest.mark.parametrize("end", [None, "2020-01-01", "soon"])
def test_what_is_neither_deprecated_nor_retired_owes_no_notice(status: str, end: str | None) -> None:
    assert _breaks(status, end, ACTIVE) == []


@pytest.mark.parametrize(
    ("end", "told"),
    [
        (None, "shop.orders 1.2.0 is deprecated and does not say when support ends"),
        ("soon", "shop.orders 1.2.0 is deprecated and says that support ends 'soon', which is no date"),
        ("2027-02-30", "shop.orders 1.2.0 is deprecated and says that support ends '2027-02-30', which is no date"),
    ],
)
def test_a_deprecation_names_its_end(end: str | None, told: str) -> None:
    [finding] = _breaks("deprecated", end, ACTIVE)
    assert (finding.code, finding.what) == ("end-of-support-missing", told)


DEPRECATED = seen("2026-06-01", "1.1.0", "deprecated", "2027-01-01")
"""With 214 days of notice; 180 days end on 2026-11-28."""


@pytest.mark.parametrize(
    ("end", "history", "expected"),
    [
        # Not announced yet: 180 days from today, which end on 2027-05-20.
        ("2027-05-20", [ACTIVE], []),
        ("2027-05-20T00:00:00Z", [ACTIVE], []),
        ("2027-05-19", [ACTIVE], ["notice-period"]),
        ("2020-01-01", [ACTIVE], ["notice-period"]),
        # Announced: from the day that the catalog saw it.
        ("2027-01-01", [ACTIVE, DEPRECATED], []),
        ("2030-01-01", [ACTIVE, DEPRECATED], []),
        ("2026-11-28", [ACTIVE, seen("2026-06-01", "1.1.0", "deprecated", "2026-11-28")], []),
        ("2026-11-27", [ACTIVE, seen("2026-06-01", "1.1.0", "deprecated", "2026-11-27")], ["notice-period"]),
        # An earlier end than was told is a new announcement.
        ("2026-12-31", [ACTIVE, DEPRECATED], ["notice-period"]),
        ("2027-05-20", [ACTIVE, seen("2026-06-01", "1.1.0", "deprecated", "2030-01-01")], []),
        # Told again later, or earlier by less: it counts from the first day.
        ("2027-01-01", [ACTIVE, DEPRECATED, seen("2026-11-01", "1.1.1", "deprecated", "2027-01-01")], []),
        ("2027-02-01", [ACTIVE, DEPRECATED, seen("2026-11-01", "1.1.1", "deprecated", "2027-02-01")], []),
        # Put off and taken up again: it starts anew.
        (
            "2027-01-01",
            [ACTIVE, DEPRECATED, seen("2026-11-01", "1.1.1", "deprecated", "2028-01-01")],
            ["notice-period"],
        ),
        # Taken back in between: nobody had to move, so it starts anew.
        ("2027-01-01", [ACTIVE, DEPRECATED, seen("2026-07-01", "1.1.1", "active")], ["notice-period"]),
        # Born deprecated: nobody could rely on more.
        ("2026-12-01", [], []),
        ("2026-12-01", [seen("2026-11-01", "1.0.0", "deprecated", "2026-12-01")], []),
        ("2026-11-25", [seen("2026-11-01", "1.0.0", "deprecated", "2026-12-01")], ["notice-period"]),
        # Drafts promise nothing, other majors promise something else.
        ("2026-12-01", [seen("2026-01-01", "1.0.0", "draft")], []),
        ("2026-12-01", [seen("2026-01-01", "2.0.0", "active")], []),
        ("2026-12-01", [ACTIVE, seen("2026-01-01", "2.1.0", "deprecated", "2026-12-01")], ["notice-period"]),
    ],
)
def test_the_notice_of_a_deprecation(end: str, history: list[Milestone], expected: list[str]) -> None:
    assert _codes(_breaks("deprecated", end, *history)) == expected


def test_the_catalog_dates_the_announcement_and_no_file_can() -> None:
    dated = contract("1.2.0", "deprecated", "2026-12-31", contractCreatedTs="2020-01-01T00:00:00Z")
    [finding] = rule_breaks(dated, [ACTIVE], consumers=(), today=TODAY)
    assert finding.what == (
        "shop.orders 1.2.0 ends its support on 2026-12-31, 40 days after the announcement (if announced today)"
    )
    assert finding.remedy == ("Consumers get 180 days: write 2027-05-20 or later, or have it overridden by governance.")


def test_without_a_catalog_nothing_is_said_of_notice() -> None:
    assert rule_breaks(contract("1.2.0", "deprecated", "2026-12-01"), None, consumers=READERS, today=TODAY) == []
    assert rule_breaks(contract("1.2.0", "retired"), None, consumers=READERS, today=TODAY) == []
    [finding] = rule_breaks(contract("1.2.0", "deprecated"), None, consumers=READERS, today=TODAY)
    assert finding.code == "end-of-support-missing"


@pytest.mark.parametrize(
    ("history", "lacks"),
    [
        ([], "its deprecation was never announced"),
        ([ACTIVE], "its deprecation was never announced"),
        ([ACTIVE, seen("2026-01-01", "1.1.0", "deprecated", "")], "its deprecation named no end of support"),
        ([ACTIVE, seen("2026-01-01", "1.1.0", "deprecated", "2026-11-21")], "its support ends on 2026-11-21 only"),
        ([ACTIVE, seen("2026-01-01", "1.1.0", "deprecated", "2026-11-20")], ""),
        # 180 days to the day, and one less: the end of an override, or of a contract that was born deprecated.
        ([ACTIVE, seen("2026-05-25", "1.1.0", "deprecated", "2026-11-20")], ""),
        (
            [ACTIVE, seen("2026-05-26", "1.1.0", "deprecated", "2026-11-20")],
            "that was announced on 2026-05-26, 179 days ago",
        ),
        # The end that counts is the one told last, its notice since it was told first.
        (
            [
                ACTIVE,
                seen("2026-01-01", "1.1.0", "deprecated", "2030-01-01"),
                seen("2026-11-01", "1.1.1", "deprecated", "2026-11-20"),
            ],
            "that was announced on 2026-11-01, 20 days ago",
        ),
        (
            [ACTIVE, seen("2026-01-01", "1.1.0", "deprecated", "2026-11-20"), seen("2026-11-01", "1.1.1", "active")],
            "its deprecation was never announced",
        ),
        # It ended once and was accepted: who reads it now came later.
        ([ACTIVE, seen("2026-11-20", "1.2.0", "retired")], ""),
    ],
)
def test_a_port_is_retired_after_notice(history: list[Milestone], lacks: str) -> None:
    found = _breaks("retired", None, *history)
    told = [f"shop.orders 1.2.0 is retired while insight.revenue still reads it, and {lacks}"] if lacks else []
    assert [finding.what for finding in found] == told
    assert _codes(found) == ["retired-without-notice"] * len(told)


def test_what_nobody_reads_may_end_at_once() -> None:
    assert _breaks("retired", None, ACTIVE, consumers=()) == []


class TestStanding:
    V2 = contract("2.0.0", "active")

    def test_active(self) -> None:
        found = standing(contract("1.0.0", "active", "2027-06-30"), [ACTIVE], TODAY, others=[self.V2])
        assert found == Standing(status="active")
        assert not found.ending

    def test_deprecated(self) -> None:
        found = standing(contract("1.2.0", "deprecated", "2027-01-01"), [ACTIVE, DEPRECATED], TODAY, others=[self.V2])
        assert found == Standing(
            status="deprecated",
            announced_at="2026-06-01T12:00:00.000000+00:00",
            end_of_support=date(2027, 1, 1),
            days_left=41,
            successor="mesh://shop/orders/v2",
        )
        assert ending_told(found) == (
            "is deprecated: support ends on 2027-01-01 (41 days left); move to mesh://shop/orders/v2"
        )

    @pytest.mark.parametrize(
        ("end", "told"),
        [
            ("2026-11-22", "is deprecated: support ends on 2026-11-22 (1 day left)"),
            ("2026-11-21", "is deprecated: support ends on 2026-11-21 (0 days left)"),
            ("2026-11-20", "is deprecated: support ended on 2026-11-20"),
            (None, "is deprecated"),
        ],
    )
    def test_in_words(self, end: str | None, told: str) -> None:
        assert ending_told(standing(contract("1.2.0", "deprecated", end), [], TODAY)) == told

    def test_retired_remembers_what_was_told(self) -> None:
        past = [ACTIVE, DEPRECATED, seen("2027-01-02", "1.2.0", "retired")]
        found = standing(contract("1.2.0", "retired"), past, date(2027, 1, 3))
        assert (found.announced_at[:10], found.end_of_support, found.days_left) == (
            "2026-06-01",
            date(2027, 1, 1),
            -2,
        )

    @pytest.mark.parametrize(
        ("others", "expected"),
        [
            ([], ""),
            ([contract("2.0.0", "draft")], ""),
            ([contract("2.0.0", "deprecated"), contract("3.0.0", "active")], "mesh://shop/orders/v3"),
            ([contract("3.0.0", "active"), contract("2.0.0", "active")], "mesh://shop/orders/v2"),
            ([contract("1.3.0", "active")], ""),
            ([contract("2.0.0", "active", id="shop.orders_of_others")], ""),
        ],
    )
    def test_the_successor_is_the_next_live_major(self, others: list, expected: str) -> None:
        assert standing(contract("1.2.0", "deprecated"), [], TODAY, others=others).successor == expected

    def test_a_successor_may_be_named(self) -> None:
        custom = [{"property": "successor", "value": "mesh://sales/orders/v1"}]
        ending = contract("1.2.0", "deprecated", customProperties=custom)
        assert standing(ending, [], TODAY, others=[self.V2]).successor == "mesh://sales/orders/v1"
