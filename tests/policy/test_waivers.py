"""Waivers: what they set aside, until when, and which are wrong."""

from __future__ import annotations

from datetime import date

import pytest

from mesh_core.contracts.loading import load_mesh
from mesh_core.errors import MeshError
from mesh_core.governance import load_charter
from mesh_core.policy import enforce, policy_findings, refuse, review
from mesh_core.settings import load_settings
from mesh_core.testing import TinyMesh, write_tiny_mesh

ORDERS = "domains/shop/orders/orders.contract.yaml"
DESCRIPTION = "        description: Sum of the order in euros.\n"
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
BEFORE = date(2026, 11, 21)
LAST = date(2026, 12, 31)
AFTER = date(2027, 1, 1)


@pytest.fixture
def tiny(tmp_path) -> TinyMesh:
    """shop.orders has a column without description, which a waiver sets aside until the end of 2026."""
    tiny = write_tiny_mesh(tmp_path / "mesh")
    tiny.file("governance").mkdir()
    tiny.file("governance/roles.yaml").write_text(ROLES)
    tiny.file("governance/waivers.yaml").write_text(WAIVERS)
    tiny.edit(ORDERS, DESCRIPTION, "")
    return tiny


def _findings(tiny: TinyMesh, today: date, *domains: str) -> list[MeshError]:
    mesh = load_mesh(load_settings(tiny.root))
    ports = [port for port in mesh.ports.values() if not domains or port.domain.name in domains]
    return policy_findings(mesh, load_charter(tiny.root), ports, today=today)


def _told(tiny: TinyMesh, today: date, *domains: str) -> list[tuple[str, str, str]]:
    return [(error.code, error.severity, error.what) for error in _findings(tiny, today, *domains)]


def test_a_waiver_sets_the_violation_aside_at_every_gate(tiny: TinyMesh) -> None:
    mesh, charter = load_mesh(load_settings(tiny.root)), load_charter(tiny.root)
    assert _told(tiny, BEFORE) == []
    assert enforce("publish", mesh.port("shop.orders"), charter, today=LAST) == []
    (waived,) = refuse("publish", mesh.port("shop.orders"), charter, today=LAST)
    assert (waived.code, waived.waiver) == ("description-required", charter.waivers[0])
    with pytest.raises(MeshError, match="column 'amount' has no description"):
        refuse("publish", mesh.port("shop.orders"), charter, today=AFTER)


def test_the_report_lists_it_with_what_it_covers(tiny: TinyMesh) -> None:
    mesh, charter = load_mesh(load_settings(tiny.root)), load_charter(tiny.root)
    (held,) = review(mesh, charter, mesh.ports.values(), today=BEFORE).waivers
    assert (held.policy, held.domain, held.ports, held.until) == (
        "description-required",
        "shop",
        ("shop.orders",),
        LAST,
    )
    assert held.reason == "The till vendor documents its fields in December."
    assert held.covers == ("shop.orders: column 'amount' has no description",)
    assert review(mesh, charter, [mesh.port("insight.revenue")], today=BEFORE).waivers == ()
    assert review(mesh, charter, mesh.ports.values(), today=AFTER).waivers == ()


def test_its_end_is_told_thirty_days_ahead(tiny: TinyMesh) -> None:
    assert _told(tiny, date(2026, 12, 1)) == []
    expected = [("waiver-ends", "warning", "the waiver of 'description-required' for shop ends on 2026-12-31")]
    assert _told(tiny, date(2026, 12, 2)) == expected
    assert _told(tiny, LAST) == expected


def test_after_its_end_the_violation_is_back_and_the_entry_is_told_as_stale(tiny: TinyMesh) -> None:
    found = _findings(tiny, AFTER)
    assert [(error.code, error.severity, error.what) for error in found] == [
        ("description-required", "error", "column 'amount' has no description"),
        ("waiver-expired", "warning", "the waiver of 'description-required' for shop ended on 2026-12-31"),
    ]
    assert (found[1].path, found[1].line) == (tiny.file("governance/waivers.yaml"), 4)


def test_a_waiver_of_another_domain_is_not_told(tiny: TinyMesh) -> None:
    assert _told(tiny, AFTER, "insight") == []


def test_for_all_ports_of_the_domain(tiny: TinyMesh) -> None:
    tiny.edit("governance/waivers.yaml", "    ports: [shop.orders]\n", "")
    assert _told(tiny, BEFORE) == []


@pytest.mark.parametrize("approver", ["greta@mesh.example", "olga@mesh.example"])
def test_the_governance_group_and_the_domains_owner_may_approve(tiny: TinyMesh, approver: str) -> None:
    tiny.edit("governance/waivers.yaml", "approved_by: greta@mesh.example", f"approved_by: {approver}")
    assert _told(tiny, BEFORE) == []


INVALID = [
    (
        "policy: description-required",
        "policy: description-wanted",
        2,
        "the waiver of 'description-wanted' for shop names no policy of this mesh",
    ),
    (
        "domain: shop",
        "domain: shops",
        3,
        "the waiver of 'description-required' for shops names no domain of this mesh",
    ),
    (
        "ports: [shop.orders]",
        "ports: [shop.order]",
        7,
        "the waiver of 'description-required' for shop names 'shop.order', no port of it",
    ),
    (
        "reason: The till vendor documents its fields in December.",
        'reason: ""',
        5,
        "the waiver of 'description-required' for shop has no reason",
    ),
    (
        "approved_by: greta@mesh.example",
        "approved_by: sven@mesh.example",
        6,
        "the waiver of 'description-required' for shop is approved by 'sven@mesh.example', who may not do so",
    ),
]


@pytest.mark.parametrize(("old", "new", "line", "told"), INVALID, ids=[case[1] for case in INVALID])
def test_a_waiver_that_is_wrong_is_a_finding(tiny: TinyMesh, old: str, new: str, line: int, told: str) -> None:
    file = tiny.edit("governance/waivers.yaml", old, new)
    found = [error for error in _findings(tiny, BEFORE) if error.code.startswith("waiver")]
    assert told in [error.what for error in found]
    first = next(error for error in found if error.what == told)
    assert (first.code, first.severity, first.path, first.line) == ("waiver-invalid", "error", file, line)
    assert first.remedy


@pytest.mark.parametrize(("old", "new", "line", "told"), INVALID, ids=[case[1] for case in INVALID])
def test_a_waiver_that_is_wrong_sets_nothing_aside(tiny: TinyMesh, old: str, new: str, line: int, told: str) -> None:
    tiny.edit("governance/waivers.yaml", old, new)
    assert "description-required" in [error.code for error in _findings(tiny, BEFORE)]


def test_a_waiver_for_a_domain_that_does_not_load_just_now(tiny: TinyMesh) -> None:
    tiny.edit("domains/shop/domain.yaml", "kind: source-aligned", "kind: selling")
    assert _told(tiny, BEFORE) == []
