"""`mesh check --since`: what changed, who reads it, and nothing else."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from mesh_core.checking.scope import meaning_of
from mesh_core.testing import TinyMesh

SHOP, INSIGHT = "domains/shop/orders", "domains/insight/revenue"
ORDERS, SQL = f"{SHOP}/orders.contract.yaml", f"{INSIGHT}/revenue.sql"
BUDGET = {
    "product.yaml": "apiVersion: v1.1.0\nkind: DataProduct\nid: insight.budget\nname: Budget\nversion: 1.0.0\n"
    "status: draft\ndomain: insight\noutputPorts:\n  - {name: budget, version: 1.0.0, contractId: insight.budget}\n",
    "budget.contract.yaml": "apiVersion: v3.2.0\nkind: DataContract\nid: insight.budget\nname: Budget\nversion: 1.0.0\n"
    "status: draft\ndomain: insight\ndataProduct: budget\nschema:\n  - name: budget\n    properties:\n"
    "      - {name: day, logicalType: date, description: Day., classification: public}\n"
    "servers:\n  - {server: local, type: local, environment: local, path: insight/budget, format: delta}\n",
    "budget.sql": "SELECT DATE '2026-01-01' AS day\n",
}
"""A third product, which reads nobody."""


@pytest.fixture(autouse=True)
def _three_products(tiny: TinyMesh) -> None:
    for name, text in BUDGET.items():
        file = tiny.file(f"domains/insight/budget/{name}")
        file.parent.mkdir(exist_ok=True)
        file.write_text(text)


@pytest.fixture
def checked(answer: Callable[..., tuple[int, str]]) -> Callable[..., dict[str, Any]]:
    def call(*words: str) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(answer(*words, "--json")[1])
        return found

    return call


def test_nothing_changed(checked: Callable[..., dict[str, Any]], git: Callable[..., str]) -> None:
    assert checked("--since", "main")["checked"] == {"domains": 0, "products": 0, "ports": 0}


def test_a_transformation_concerns_its_own_product(
    tiny: TinyMesh, checked: Callable[..., dict[str, Any]], git: Callable[..., str]
) -> None:
    tiny.edit(SQL, "sum(amount)", "sum(price)")
    found = checked("--since", "main")
    assert found["checked"] == {"domains": 1, "products": 1, "ports": 1}
    assert [finding["code"] for finding in found["findings"]] == ["sql-invalid"]


def test_a_contract_concerns_those_who_read_it(
    tiny: TinyMesh, checked: Callable[..., dict[str, Any]], git: Callable[..., str]
) -> None:
    tiny.edit(ORDERS, "description: Sum of the order in euros.", "description: Sum of the order.")
    assert checked("--since", "main")["checked"] == {"domains": 2, "products": 2, "ports": 2}


def test_a_transformation_concerns_no_reader(
    tiny: TinyMesh, checked: Callable[..., dict[str, Any]], git: Callable[..., str]
) -> None:
    file = tiny.file(f"{SHOP}/orders.sql")
    file.write_text(f"-- As the till writes them.\n{file.read_text()}")
    assert checked("--since", "main")["checked"] == {"domains": 1, "products": 1, "ports": 1}


def test_a_step_concerns_products_of_the_domain_that_read_it(
    tiny: TinyMesh, checked: Callable[..., dict[str, Any]], git: Callable[..., str]
) -> None:
    folder = tiny.file(f"{INSIGHT}/silver")
    folder.mkdir()
    (folder / "days.sql").write_text("SELECT DISTINCT ordered_on AS day FROM shop.orders\n")
    tiny.file("domains/insight/budget/budget.sql").write_text("SELECT day FROM silver.days\n")
    git("add", "-A")
    git("commit", "-q", "-m", "A step")
    (folder / "days.sql").write_text("SELECT DISTINCT ordered_on AS date FROM shop.orders\n")
    found = checked("--since", "main")
    assert found["checked"] == {"domains": 1, "products": 2, "ports": 2}
    assert [(each["code"], each["file"]) for each in found["findings"]] == [
        ("sql-invalid", str(tiny.file("domains/insight/budget/budget.sql")))
    ]


def test_a_new_file_counts_before_git_knows_it(
    tiny: TinyMesh, checked: Callable[..., dict[str, Any]], git: Callable[..., str]
) -> None:
    tiny.file("domains/insight/budget/notes.md").write_text("Much.\n")
    assert checked("--since", "main")["checked"] == {"domains": 1, "products": 1, "ports": 1}


def test_committed_changes_count_too(
    tiny: TinyMesh, checked: Callable[..., dict[str, Any]], git: Callable[..., str]
) -> None:
    tiny.edit(SQL, "sum(amount)", "sum(price)")
    git("commit", "-q", "-a", "-m", "Price")
    assert checked("--since", "main")["checked"]["products"] == 0
    assert checked("--since", "main~1")["checked"]["products"] == 1


def test_governance_concerns_the_policies_of_all(
    tiny: TinyMesh, checked: Callable[..., dict[str, Any]], git: Callable[..., str]
) -> None:
    file = tiny.file("governance/entities.yaml")
    file.parent.mkdir(exist_ok=True)
    entity = "{name: order, port: mesh://shop/orders/v1, id_column: order_id, tag: entity:order}"
    file.write_text(f"entities:\n  - {entity}\n")
    found = checked("--since", "main")
    assert found["checked"]["products"] == 0
    assert [(each["code"], each["file"]) for each in found["findings"]] == [("entity-keys", str(tiny.file(ORDERS)))]


def test_the_revision_is_what_contracts_are_compared_with(
    tiny: TinyMesh, checked: Callable[..., dict[str, Any]], git: Callable[..., str]
) -> None:
    tiny.edit(ORDERS, "name: customer\n        logicalType: string", "name: customer\n        logicalType: integer")
    tiny.edit(f"{SHOP}/orders.sql", "customer,", "length(customer) AS customer,")
    (finding,) = checked("--since", "main")["findings"]
    assert (finding["code"], finding["file"]) == ("breaking-change", str(tiny.file(ORDERS)))
    assert checked()["findings"] == []


def test_one_domain_of_what_changed(
    tiny: TinyMesh, checked: Callable[..., dict[str, Any]], git: Callable[..., str]
) -> None:
    tiny.edit(ORDERS, "description: Sum of the order in euros.", "description: Sum of the order.")
    assert checked("shop", "--since", "main")["checked"] == {"domains": 1, "products": 1, "ports": 1}


def test_a_revision_that_there_is_not(
    answer: Callable[..., tuple[int, str]], git: Callable[..., str], capfd: pytest.CaptureFixture[str]
) -> None:
    code, out = answer("--since", "nowhere", "--json")
    assert code == 2
    assert json.loads(out)["errors"][0]["message"].startswith("git knows no revision 'nowhere'")


def test_outside_of_git(answer: Callable[..., tuple[int, str]], tiny: TinyMesh) -> None:
    code, out = answer("--since", "main", "--json")
    assert code == 2
    assert json.loads(out)["errors"][0]["message"] == f"{tiny.root} is in no git repository"


def test_what_files_mean() -> None:
    changed = meaning_of(
        [
            "domains/shop/orders/orders_v2.contract.yaml",
            "domains/fleet/domain.yaml",
            "dbt_projects/punctuality/models/a.sql",
            "docs/x.md",
        ]
    )
    assert changed.contracts == {"shop.orders"}
    assert changed.products == {"shop.orders"}
    assert changed.domains == {"fleet"}
    assert changed.projects == {"punctuality"}
    assert (changed.governance, changed.everything) == (False, False)
    assert meaning_of(["governance/waivers.yaml"]).governance
    assert meaning_of(["mesh_core/errors.py"]).everything
