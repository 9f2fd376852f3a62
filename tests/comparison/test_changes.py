"""Findings on contracts that changed since they were published."""

from __future__ import annotations

import shutil

import pytest

from mesh_core.checking.hits import told_hits
from mesh_core.contracts.consumers import Consumer
from mesh_core.settings import Settings
from mesh_core.testing import TinyMesh

from .conftest import Findings, standing

ORDERS = "domains/shop/orders/orders.contract.yaml"
REVENUE = "domains/insight/revenue/revenue.contract.yaml"
SHOP = "domains/shop/orders/product.yaml"
ROLES = """\
governance: {members: [grace@mesh.example]}
domains:
  shop: {team: Shop team, owner: olga@mesh.example, steward: sam@mesh.example}
"""
OVERRIDE = """\
overrides:
  - rule: breaking-change
    contract: shop.orders
    version: "1.0.0"
    reason: Nobody used it yet.
    by: BY
    role: ROLE
"""


def test_nothing_changed(findings: Findings) -> None:
    assert findings() == []


def test_a_breaking_change_names_place_consumer_and_column(tiny: TinyMesh, findings: Findings) -> None:
    file = tiny.edit(ORDERS, "name: amount", "name: total")
    (finding,) = findings()
    line = file.read_text().splitlines().index("      - name: total") + 1
    assert (finding.code, finding.severity, finding.path, finding.line) == ("breaking-change", "error", file, line)
    assert finding.what == (
        "shop.orders 1.0.0 → 1.0.0 breaks a promise: orders.amount: column renamed to total. "
        "Whoever reads the column by its old name fails. Hit: insight.revenue uses amount (revenue.sql:1)."
    )
    assert finding.remedy == "Keep the promise, or publish 2.0.0 beside it, in orders_v2.contract.yaml."


def test_a_higher_minor_version_does_not_admit_it(tiny: TinyMesh, findings: Findings) -> None:
    tiny.edit(ORDERS, "name: amount", "name: total")
    tiny.edit(ORDERS, 'version: "1.0.0"', 'version: "1.1.0"')
    tiny.edit(SHOP, 'version: "1.0.0", contractId', 'version: "1.1.0", contractId')
    assert [finding.code for finding in findings()] == ["breaking-change"]


def test_each_breaking_change_is_a_finding(tiny: TinyMesh, findings: Findings) -> None:
    tiny.edit(ORDERS, "name: amount", "name: total")
    tiny.edit(ORDERS, "format: delta", "format: parquet")
    assert [finding.what.partition("promise: ")[2].partition(". ")[0] for finding in findings()] == [
        "orders.amount: column renamed to total",
        "servers.local: server format changed from delta to parquet",
    ]


def test_a_column_that_nobody_uses(tiny: TinyMesh, findings: Findings) -> None:
    tiny.edit(ORDERS, "name: customer\n", "name: buyer\n")
    (finding,) = findings()
    assert finding.what.endswith("Its one reader, insight.revenue, does not use customer.")


def test_a_column_that_went_points_at_those_that_are_left(tiny: TinyMesh, findings: Findings) -> None:
    file = tiny.file(ORDERS)
    kept = [line for line in file.read_text().splitlines(keepends=True) if "name: ordered_on" not in line]
    file.write_text("".join(kept))
    (finding,) = findings()
    assert "orders.ordered_on: column removed" in finding.what
    assert kept[(finding.line or 0) - 1].strip() == "properties:"


def test_a_version_that_was_not_raised(tiny: TinyMesh, findings: Findings) -> None:
    file = tiny.edit(ORDERS, "purpose: What was ordered", "purpose: All that was ordered")
    (finding,) = findings()
    assert (finding.code, finding.path, finding.line) == ("version-not-raised", file, 5)
    assert finding.remedy == "Raise it to 1.0.1, here and in product.yaml (documentation changes)."


@pytest.mark.parametrize(("version", "codes"), [("1.0.1", ["version-not-raised"]), ("1.1.0", []), ("1.7.3", [])])
def test_a_version_that_was_raised(tiny: TinyMesh, findings: Findings, version: str, codes: list[str]) -> None:
    tiny.edit(ORDERS, "minimum: 0", "minimum: 1")
    tiny.edit(ORDERS, 'version: "1.0.0"', f'version: "{version}"')
    tiny.edit(SHOP, 'version: "1.0.0", contractId', f'version: "{version}", contractId')
    assert [finding.code for finding in findings()] == codes


def test_a_version_that_went_back(tiny: TinyMesh, settings: Settings, findings: Findings) -> None:
    tiny.edit(ORDERS, 'version: "1.0.0"', 'version: "1.2.0"')
    tiny.edit(SHOP, 'version: "1.0.0", contractId', 'version: "1.2.0", contractId')
    published = standing(settings)
    tiny.edit(ORDERS, 'version: "1.2.0"', 'version: "1.1.0"')
    tiny.edit(SHOP, 'version: "1.2.0", contractId', 'version: "1.1.0", contractId')
    (finding,) = findings(published)
    assert (finding.code, finding.what) == ("version-not-raised", "shop.orders went back from version 1.2.0 to 1.1.0")


@pytest.mark.parametrize("status", ["draft", "proposed", "retired"])
def test_what_binds_nobody_may_change(tiny: TinyMesh, settings: Settings, findings: Findings, status: str) -> None:
    tiny.edit(ORDERS, "status: active", f"status: {status}")
    unbound = standing(settings)
    tiny.edit(ORDERS, "name: amount", "name: total")
    assert findings(unbound) == []


def test_retiring_has_rules_of_its_own(tiny: TinyMesh, settings: Settings, findings: Findings) -> None:
    tiny.edit(ORDERS, "status: active", "status: deprecated")
    deprecated = standing(settings)
    tiny.edit(ORDERS, "status: deprecated", "status: retired")
    assert findings(deprecated) == []


def test_a_contract_that_is_gone(tiny: TinyMesh, findings: Findings) -> None:
    shutil.rmtree(tiny.file("domains/shop/orders"))
    (finding,) = findings()
    assert (finding.code, finding.path, finding.line) == (
        "contract-removed", tiny.file("domains/shop/domain.yaml"), 1,
    )  # fmt: skip
    assert finding.what == "shop.orders 1.0.0 (active, published) is gone from the tree. Hit: insight.revenue."


def test_a_new_major_version_in_the_place_of_the_old_one(tiny: TinyMesh, findings: Findings) -> None:
    tiny.edit(ORDERS, 'version: "1.0.0"', 'version: "2.0.0"')
    tiny.edit(ORDERS, "  - name: orders\n    logicalType", "  - name: orders_v2\n    logicalType")
    tiny.edit(SHOP, 'version: "1.0.0", contractId', 'version: "2.0.0", contractId')
    for name in ("orders.contract.yaml", "orders.sql"):
        file = tiny.file(f"domains/shop/orders/{name}")
        file.rename(file.with_name(name.replace("orders", "orders_v2")))
    (finding,) = findings()
    assert finding.code == "contract-removed"


def test_a_broken_domain_has_removed_nothing(tiny: TinyMesh, findings: Findings) -> None:
    tiny.edit(ORDERS, "status: active", "status: [")
    assert findings() == []


def test_only_the_domains_that_are_asked_for(tiny: TinyMesh, findings: Findings) -> None:
    tiny.edit(ORDERS, "name: amount", "name: total")
    assert findings(select=("insight",)) == []
    assert len(findings(select={"shop"})) == 1


@pytest.mark.parametrize(
    ("by", "role", "severity"),
    [
        ("grace@mesh.example", "governance", "warning"),
        ("olga@mesh.example", "owner", "warning"),
        ("sam@mesh.example", "steward", "warning"),
        ("sam@mesh.example", "owner", "error"),
        ("olga@mesh.example", "governance", "error"),
        ("eve@mesh.example", "owner", "error"),
    ],
)
def test_an_override_counts_by_the_role_of_its_author(
    tiny: TinyMesh, findings: Findings, by: str, role: str, severity: str
) -> None:
    folder = tiny.file("governance")
    folder.mkdir(exist_ok=True)
    (folder / "roles.yaml").write_text(ROLES)
    (folder / "overrides.yaml").write_text(OVERRIDE.replace("BY", by).replace("ROLE", role))
    tiny.edit(ORDERS, "name: amount", "name: total")
    (finding,) = findings()
    assert finding.severity == severity
    told = f"Overridden by {by} as {role}: Nobody used it yet."
    assert finding.what.endswith(told) is (severity == "warning")


def test_of_many_readers_ten_are_named() -> None:
    consumers = [Consumer(name=f"d.p{number}", source="declared") for number in range(10, 23)]
    assert told_hits("", consumers).endswith("d.p18; d.p19; and 3 more.")
    assert told_hits("amount", consumers) == "None of its 13 readers uses amount."
