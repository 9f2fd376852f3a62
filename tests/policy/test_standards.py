"""docs/standards.md and the policies say the same."""

from __future__ import annotations

import re

import duckdb
import pytest

from mesh_core.model import Address
from mesh_core.policy import Policies
from mesh_core.policy.pack import PACK
from mesh_core.policy.pack.events import ATTRIBUTES
from mesh_core.policy.pack.privacy import CLASSIFICATIONS, PROTECTIONS
from mesh_core.policy.pack.types import STANDARD
from mesh_core.policy.policy import GATES

from .conftest import ROOT, described, port

PAGE = (ROOT / "docs" / "standards.md").read_text(encoding="utf-8")
POLICIES = Policies.load(ROOT).by_id


def _table(heading: str) -> list[list[str]]:
    """The rows of the table whose first heading is given."""
    lines = PAGE.splitlines()
    start = next(number for number, line in enumerate(lines) if line.startswith(f"| {heading} |"))
    rows = []
    for line in lines[start + 2 :]:
        if not line.startswith("|"):
            break
        rows.append([cell.strip() for cell in line.strip("|").split("|")])
    return rows


def test_every_policy_enforces_a_rule_of_the_page_and_every_rule_has_its_policy() -> None:
    enforced = [name for line in re.findall(r"^Enforced by (.*)\.$", PAGE, re.MULTILINE) for name in line.split(", ")]
    assert sorted(enforced) == sorted(f"`{name}`" for name in POLICIES)


def test_every_section_but_two_names_a_policy() -> None:
    sections = re.split(r"^## ", PAGE, flags=re.MULTILINE)[1:]
    without = [section.splitlines()[0] for section in sections if "Enforced by `" not in section]
    assert without == ["Gates and severities", "Common metadata columns"]


def test_the_gates_of_the_page() -> None:
    assert tuple(row[0] for row in _table("gate")) == GATES


def test_the_addresses_of_the_page() -> None:
    first, second = Address("fleet", "aircraft", 1), Address("fleet", "aircraft", 2)
    shown = [[cell.strip("`") for cell in row[2:]] for row in _table("for")]
    assert shown == [
        [first.uri, second.uri],
        [first.sql, second.sql],
        ["/".join(first.asset_key), "/".join(second.asset_key)],
        ["fleet.aircraft", "fleet.aircraft"],
        [f"{first.domain}/{first.table}", f"{second.domain}/{second.table}"],
    ]


def test_the_types_of_the_page_are_those_of_the_policy() -> None:
    shown: dict[str, list[str]] = {}
    for logical, physical, _, _ in _table("logical type"):
        shown.setdefault(logical, []).append(physical)
    nested = {"array", "object", "map", "vector"}
    assert shown == {logical: list(names) for logical, names in STANDARD.items() if logical not in nested}
    assert nested < STANDARD.keys()


@pytest.mark.parametrize("row", _table("logical type"), ids=lambda row: row[1])
def test_a_type_of_the_page_is_stored_and_read_as_it_says(row: list[str], judge) -> None:
    from mesh_core.storage.types import delta_schema

    logical, physical, delta, arrow = row
    exact = physical.replace("p,s", "12,2")
    stored = delta_schema({"c": (exact, "")}).fields[0].type
    assert str(getattr(stored, "type", "")) == delta.replace("p,s", "12,2")
    read = duckdb.sql(f"SELECT NULL::{exact} AS c").to_arrow_table().schema.field("c").type
    assert str(read) == arrow.replace("p, s", "12, 2")
    name = {"date": "made_on", "timestamp": "made_at"}.get(logical, "value")
    assert judge(port(None, None, described(name, logical, physicalType=exact))) == []


def test_the_first_type_of_a_row_is_meant_where_none_is_named() -> None:
    from mesh_core.contracts.odcs import PHYSICAL_TYPES

    assert {logical: STANDARD[logical][0] for logical in PHYSICAL_TYPES} == PHYSICAL_TYPES


def test_the_classes_and_protections_of_the_page() -> None:
    assert tuple(row[0] for row in _table("classification")) == CLASSIFICATIONS
    assert tuple(row[0] for row in _table("protection")) == PROTECTIONS


def test_the_attributes_of_events_of_the_page() -> None:
    assert [(row[0], row[1]) for row in _table("column")] == [
        (column, attribute) for column, (attribute, _) in ATTRIBUTES.items()
    ]


def test_built_in_policies_come_first_and_all_are_on() -> None:
    assert list(POLICIES)[: len(PACK)] == [policy.id for policy in PACK]
