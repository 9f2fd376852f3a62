"""The governance folder as one value: what it says, who may override, and what is wrong with an entry."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from mesh_core.errors import DescriptorError
from mesh_core.governance import load_charter

ROOT = Path(__file__).parents[2]

ROLES = """\
domains:
  shop: {team: Shop team, owner: olga@mesh.example, steward: sven@mesh.example}
governance:
  members: [greta@mesh.example]
"""
WAIVERS = """\
waivers:
  - policy: description-required
    domain: shop
    until: "2026-12-31"
    reason: The till vendor documents its fields in December.
    approved_by: greta@mesh.example
    ports: [shop.orders]
"""
OVERRIDES = """\
overrides:
  - {rule: breaking-change, contract: shop.orders, version: 1.1.0, reason: New., by: olga@mesh.example, role: owner}
"""


@pytest.fixture
def written(tmp_path: Path):
    folder = tmp_path / "governance"
    folder.mkdir()

    def write(**files: str) -> Path:
        for name, text in files.items():
            (folder / f"{name}.yaml").write_text(text)
        return tmp_path

    return write


def test_a_mesh_without_the_folder_has_an_empty_charter(tmp_path: Path) -> None:
    charter = load_charter(tmp_path)
    assert (charter.entities, charter.offices, charter.council, charter.waivers, charter.overrides) == (
        (),
        {},
        (),
        (),
        (),
    )


def test_the_reference_mesh_names_its_entities_and_offices() -> None:
    charter = load_charter(ROOT)
    aircraft = charter.entity("aircraft")
    assert aircraft is not None
    assert (aircraft.port, aircraft.id_column, aircraft.tag) == (
        "mesh://fleet/aircraft/v1",
        "tail_number",
        "entity:aircraft",
    )
    assert charter.offices["weather"].steward == "ola.nygard@mesh.example"
    assert "greta.holm@mesh.example" in charter.council


def test_a_waiver_holds_until_its_day_for_the_ports_it_names(written) -> None:
    charter = load_charter(written(waivers=WAIVERS))
    wanted = ("description-required", "shop")
    assert charter.waiver(*wanted, "shop.orders", date(2026, 12, 31)) is not None
    assert charter.waiver(*wanted, "shop.orders", date(2027, 1, 1)) is None
    assert charter.waiver(*wanted, "shop.returns", date(2026, 12, 1)) is None
    assert charter.waiver("owner-required", "shop", "shop.orders", date(2026, 12, 1)) is None


@pytest.mark.parametrize(
    ("by", "role", "valid"),
    [
        ("olga@mesh.example", "owner", True),
        ("sven@mesh.example", "steward", True),
        ("greta@mesh.example", "governance", True),
        ("sven@mesh.example", "owner", False),
        ("olga@mesh.example", "governance", False),
        ("olga@mesh.example", "curator", False),
        ("nobody@mesh.example", "owner", False),
    ],
)
def test_an_override_needs_an_author_who_holds_the_role(written, by: str, role: str, valid: bool) -> None:
    text = OVERRIDES.replace("by: olga@mesh.example, role: owner", f"by: {by}, role: {role}")
    charter = load_charter(written(roles=ROLES, overrides=text))
    assert (charter.override("breaking-change", "shop.orders", "1.1.0") is not None) is valid


def test_an_override_is_for_one_rule_and_one_version(written) -> None:
    charter = load_charter(written(roles=ROLES, overrides=OVERRIDES))
    assert charter.override("breaking-change", "shop.orders", "1.2.0") is None
    assert charter.override("notice-period", "shop.orders", "1.1.0") is None


def test_an_entry_that_is_wrong_names_file_and_line(written) -> None:
    root = written(waivers=WAIVERS.replace("    until:", "    till:"))
    with pytest.raises(DescriptorError, match="until") as caught:
        load_charter(root)
    assert (caught.value.path, caught.value.line) == (root / "governance" / "waivers.yaml", 2)
