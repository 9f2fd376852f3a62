"""Trust is the sum of parts that are computed from facts; nobody can type it in."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import msgspec
import pytest

from mesh_core.catalog import Card
from mesh_core.governance import Office
from mesh_core.observability import History, Trust, service_levels, trust
from mesh_core.observability.history import Outcomes

from .ports import NOW, ago, card, contract, version

ROOT = Path(__file__).parents[2]
FRESH = {"property": "freshness", "value": 1, "unit": "d"}
LATE = {"property": "frequency", "value": 10, "unit": "m"}

RICH: dict[str, Any] = {
    "description": {"purpose": "Orders.", "usage": "Sum them.", "limitations": "No returns."},
    "authoritativeDefinitions": [{"type": "canonicalUrl", "url": "https://shop.example"}],
    "team": {"name": "Shop team", "members": [{"username": "stig@mesh.example", "role": "steward"}]},
    "support": [{"channel": "shop", "url": "mailto:shop@mesh.example"}],
    "columns": [
        {"name": "order_id", "logicalType": "integer", "required": True, "description": "Number.", "examples": [1]},
        {"name": "ordered_on", "logicalType": "date", "description": "Day.", "examples": ["2026-01-01"]},
    ],
}


def scored(*levels: dict[str, Any], port: Card | None = None, **more: Any) -> Trust:
    """Of a port that was published an hour ago and passed 3 of 4 checks: two errors and one of two warnings."""
    history = History(
        versions=(version(ago(hours=1)),),
        outcomes=(Outcomes(severity="error", passed=2, checks=2), Outcomes(severity="warning", passed=1, checks=2)),
    )
    office = more.pop("office", None)
    agreed, of = contract(*levels, **more), port or card()
    return trust(of, agreed, service_levels(of, agreed, history, NOW), history, office=office)


def points(found: Trust) -> dict[str, tuple[int, int]]:
    return {part.name: (part.points, part.of) for part in found.parts}


def test_a_port_with_everything() -> None:
    port = card(
        usage="Sum them.",
        limitations="No returns.",
        consumers=("a.b", "c.d", "e.f", "shop.orders"),
        reads=7,
        readers=2,
        checks_passed=3,
        checks_failed=1,
    )
    found = scored(FRESH, port=port, **RICH)
    assert points(found) == {
        "contract": (15, 15),
        "checks": (21, 30),  # 8 of 10 by severity are 16 of 20; one of two columns has a rule: 5 of 10
        "service levels": (20, 20),
        "ownership": (10, 10),
        "documentation": (14, 15),  # nothing says what a row is
        "use": (10, 10),
    }
    assert found.score == 90
    assert [part.sentence for part in found.parts] == [
        "Version 1.0.0 is active.",
        "3 of 4 checks pass; rules look at 1 of 2 columns.",
        "1 of 1 measured service level met.",
        "Shop team owns it; stig@mesh.example answers for it; 1 way to reach them.",
        "2 of 2 columns are described, 2 have examples; missing: granularity.",
        "3 products read it; 7 reads by 2 readers in 30 days.",
    ]


def test_a_port_with_next_to_nothing() -> None:
    found = scored(port=card(purpose=""))
    assert points(found) == {
        "contract": (15, 15),
        "checks": (21, 30),
        "service levels": (0, 20),
        "ownership": (0, 10),
        "documentation": (0, 15),
        "use": (0, 10),
    }
    assert found.score == 36


def test_what_was_never_published_has_no_score() -> None:
    assert scored(FRESH, port=card(table_version=None)) == Trust(score=None)


@pytest.mark.parametrize(
    ("port", "status", "given"),
    [
        ({}, "active", 15),
        ({"end_of_support": "2027-01-01"}, "active", 12),
        ({"end_of_support": "2027-01-01"}, "deprecated", 5),
        ({}, "draft", 3),
        ({}, "retired", 0),
        ({"withdrawn_at": "2026-11-29T00:00:00+00:00"}, "active", 0),
    ],
)
def test_a_contract_that_ends_is_worth_less(port: dict[str, Any], status: str, given: int) -> None:
    assert points(scored(port=card(**port), status=status))["contract"] == (given, 15)


def test_a_level_at_risk_counts_half_and_what_is_declared_or_unknown_counts_for_neither() -> None:
    neither = ({"property": "charm", "value": 1}, {"property": "availability", "value": 99, "unit": "%"})
    assert points(scored(FRESH, LATE, *neither))["service levels"] == (15, 20)
    told = {part.name: part.sentence for part in scored(FRESH, LATE, *neither).parts}
    assert told["service levels"] == "1 of 2 measured service levels met: frequency is at risk."
    assert points(scored(*neither))["service levels"] == (0, 20)


def test_a_newest_attempt_that_failed_halves_what_the_checks_are_worth() -> None:
    assert points(scored(port=card(failed_at="2026-11-29T23:00:00+00:00")))["checks"] == (13, 30)  # 8 and 5


def test_the_office_of_the_domain_answers_where_the_contract_names_nobody() -> None:
    office = Office(team="Shop team", owner="olga@mesh.example")
    assert points(scored(port=card(owner="Shop team"), office=office))["ownership"] == (7, 10)


def test_the_same_facts_give_the_same_score() -> None:
    assert msgspec.json.encode(scored(FRESH, LATE, **RICH)) == msgspec.json.encode(scored(FRESH, LATE, **RICH))


def test_no_part_has_more_than_its_points_and_they_add_up_to_a_hundred() -> None:
    parts = scored(FRESH, **RICH).parts
    assert sum(part.of for part in parts) == 100
    assert all(0 <= part.points <= part.of for part in parts)


@pytest.mark.parametrize("name", ["trust", "trustScore", "score", "rating", "mesh.trust", "certified"])
def test_no_key_of_a_contract_sets_the_score(name: str) -> None:
    typed = {"customProperties": [{"property": name, "value": 100}], "tags": [f"{name}:100"]}
    assert scored(FRESH, **typed) == scored(FRESH)


def test_no_descriptor_of_this_mesh_has_a_key_for_it() -> None:
    folders = (ROOT / "domains", ROOT / "governance", ROOT / "mesh_core" / "contracts" / "schemas")
    files = [file for folder in folders for file in folder.rglob("*") if file.suffix in {".yaml", ".yml"}]
    assert len(files) > 20
    key = re.compile(r"\b(trust|score|rating)\w*[\"']?\s*[:,]", re.IGNORECASE)
    assert [file for file in files if key.search(file.read_text())] == []
