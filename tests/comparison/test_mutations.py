"""Every kind of change that ODCS allows, with the verdict that a person gave it."""

from __future__ import annotations

import pytest

from mesh_core.contracts.comparison import compare

from .mutating import Edit, changed, differing, full, told
from .schema_verdicts import COLUMN, ENUM, IDENTITY, KEY, NESTED, OBJECT, OPTION, PROTECTION, STATUS, TYPE
from .service_verdicts import LEVEL, PEOPLE, QUALITY, SERVER, TERM

SECTIONS = {
    "identity": IDENTITY, "status": STATUS, "column": COLUMN, "type": TYPE, "option": OPTION, "enum": ENUM,
    "nested": NESTED, "key": KEY, "object": OBJECT, "protection": PROTECTION, "quality": QUALITY, "sla": LEVEL,
    "server": SERVER, "people": PEOPLE, "terms": TERM,
}  # fmt: skip
CASES = [pytest.param(*case[1:], id=f"{name}: {case[0]}") for name, cases in SECTIONS.items() for case in cases]


@pytest.mark.parametrize(("edits", "bump", "expected"), CASES)
def test_a_mutation_gets_its_verdict(edits: list[Edit], bump: str, expected: list[str]) -> None:
    comparison = differing(*edits)
    assert told(comparison) == sorted(expected)
    assert comparison.bump == bump


@pytest.mark.parametrize(("edits", "bump", "expected"), CASES)
def test_every_change_gives_its_reason_in_one_sentence(edits: list[Edit], bump: str, expected: list[str]) -> None:
    for change in differing(*edits).changes:
        assert change.reason.endswith(".")
        assert change.reason.count(". ") == 0


@pytest.mark.parametrize(("edits", "bump", "expected"), CASES)
def test_the_way_back_is_a_difference_too(edits: list[Edit], bump: str, expected: list[str]) -> None:
    assert bool(compare(changed(*edits), full()).changes) is bool(expected)
