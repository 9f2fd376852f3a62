"""Every entry of ``slaProperties`` is shown: measured, or declared with the reason why it is not."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from mesh_core.errors import DescriptorError
from mesh_core.observability import History, service_levels, worst

from .ports import NOW, ago, card, contract, level, version

PUBLISHED = History(versions=(version(ago(hours=1)),))


@pytest.mark.parametrize(
    ("name", "shown", "status"),
    [
        ("fy", "frequency", "met"),
        ("Frequency", "frequency", "met"),
        ("update_frequency", "frequency", "met"),
        ("Ly", "latency", "met"),
        ("freshness", "freshness", "met"),
        ("TR", "timeToRepair", "met"),
    ],
)
def test_the_standard_s_short_names_and_other_spellings(name: str, shown: str, status: str) -> None:
    found = level({"property": name, "value": 2, "unit": "days"}, PUBLISHED)
    assert (found.property, found.target, found.status) == (shown, 2880.0, status)


def test_what_the_mesh_acts_on_is_found_by_any_of_its_names() -> None:
    agreed = contract({"property": "Fy", "value": 1, "unit": "month"}, {"property": "LATENCY", "value": 1, "unit": "d"})
    assert [found.value if (found := agreed.sla(name)) else None for name in ("frequency", "latency", "retention")] == [
        1,
        1,
        None,
    ]
    with pytest.raises(DescriptorError, match="not a length of time"):
        contract({"property": "update-frequency", "value": "often"})


@pytest.mark.parametrize(
    ("value", "unit", "minutes"),
    [(90, "m", 90), (2, "h", 120), (1, "day", 1440), (2, "weeks", 20160), ("1 d", "", 1440), ("PT6H", "", 360)],
)
def test_lengths_in_any_unit(value: object, unit: str, minutes: int) -> None:
    found = level({"property": "freshness", "value": value, "unit": unit}, PUBLISHED)
    assert (found.target, found.unit) == (minutes, "minutes")


@pytest.mark.parametrize(
    ("sla", "sentence"),
    [
        ({"property": "generalAvailability", "value": "2026-11-21T00:00:00Z"}, "In general use since 2026-11-21."),
        ({"property": "ga", "value": "2027-02-01"}, "In general use from 2027-02-01."),
        ({"property": "endOfSupport", "value": "2035-12-31"}, "Support ends on 2035-12-31."),
        ({"property": "endOfSupport", "value": "2026-01-31"}, "Support ended on 2026-01-31."),
        ({"property": "endOfLife", "value": "soon"}, "'soon' is no date."),
        (
            {"property": "throughput", "value": 10, "unit": "MB/s"},
            "Nobody times the reads of a port: each reader's engine opens the files itself.",
        ),
        ({"property": "charm", "value": 9}, "Nothing that a mesh records tells the charm of a port."),
        ({"property": "freshness", "value": "daily"}, "It can't be measured: 'daily' is no length of time."),
        (
            {"property": "completeness", "value": 120, "unit": "%"},
            "It can't be measured: '120 %' is no share between 0 and 100 percent.",
        ),
        (
            {"property": "retention", "value": 5, "unit": "y", "element": "orders.shipped_on"},
            "It can't be measured: it is about 'shipped_on', which is no column of the port.",
        ),
        ({"property": "timeOfAvailability", "value": "early"}, "It can't be measured: 'early' is no time of the day."),
    ],
)
def test_what_is_declared_only_says_why(sla: dict[str, object], sentence: str) -> None:
    found = level(sla, PUBLISHED)
    assert (found.status, found.sentence) == ("declared", sentence)
    assert (found.target, found.measured, found.budget, found.points) == (None, None, None, ())


def test_retention_needs_a_column_that_tells_the_age_of_a_row() -> None:
    columns = [{"name": "order_id", "logicalType": "integer"}]
    found = level({"property": "retention", "value": 5, "unit": "y"}, PUBLISHED, columns=columns)
    assert found.status == "declared"
    assert found.sentence == "No column tells how old a row is; the contract can name one as its element."


@pytest.mark.parametrize("status", ["draft", "proposed", "retired"])
def test_a_contract_that_binds_nobody_breaks_no_promise(status: str) -> None:
    late = History(versions=(version(ago(days=20)),))
    found = level({"property": "freshness", "value": 1, "unit": "d"}, late, status=status)
    assert (found.status, found.budget, found.measured) == ("declared", None, 28800.0)


def test_a_port_that_was_withdrawn_promises_nothing() -> None:
    agreed = contract({"property": "freshness", "value": 1, "unit": "d"})
    [found] = service_levels(card(withdrawn_at="2026-11-29T00:00:00+00:00"), agreed, PUBLISHED, NOW)
    assert found.status == "declared"
    assert found.sentence.startswith("Its domain declares the port no more.")


def test_the_contract_decides_how_strict_its_objective_is() -> None:
    """25 hours without news are 60 minutes too many: 28 % of the 216 minutes that 99.5 % of 30 days allow."""
    strict = {
        "property": "freshness",
        "value": 1,
        "unit": "d",
        "customProperties": [{"property": "objective", "value": 99.5}],
    }
    found = level(strict, History(versions=(version(ago(hours=30)),), confirmations=(ago(hours=5),)))
    assert found.objective == "never older than 1 day, 99.5 % of the last 30 days"
    assert found.budget is not None
    assert (found.budget.allowed_percent, found.budget.used_percent) == (0.5, 27.78)


@pytest.mark.parametrize("custom", [{"objective": 120}, {"objective": "high"}, {"windowDays": 90}, {"windowDays": 0}])
def test_an_objective_that_means_nothing_is_told(custom: dict[str, object]) -> None:
    entries = [{"property": name, "value": value} for name, value in custom.items()]
    found = level({"property": "freshness", "value": 1, "unit": "d", "customProperties": entries}, PUBLISHED)
    assert found.sentence == "It can't be measured: its objective is to be between 0 and 100 percent, of 1 to 30 days."


def test_levels_stand_in_the_contract_s_order_and_the_worst_decides() -> None:
    agreed = contract(
        {"property": "retention", "value": 5, "unit": "y"},
        {"property": "freshness", "value": 10, "unit": "m"},
        {"property": "endOfSupport", "value": "2035-12-31"},
    )
    levels = service_levels(card(), agreed, PUBLISHED, datetime(2026, 11, 30, tzinfo=UTC))
    assert [(each.property, each.status) for each in levels] == [
        ("retention", "unknown"),
        ("freshness", "at risk"),
        ("endOfSupport", "declared"),
    ]
    assert worst(levels) == "at risk"
    assert worst(levels[:1]) == "unknown"
    assert worst(levels[2:]) == "declared"
