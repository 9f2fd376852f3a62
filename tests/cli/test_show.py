"""mesh show"""

from __future__ import annotations

import pytest

from mesh_core.testing import TinyMesh

from .calling import Mesh


@pytest.mark.parametrize("address", ["shop.orders", "shop/orders", "mesh://shop/orders/v1"])
def test_every_spelling_of_the_address(mesh: Mesh, published: TinyMesh, address: str) -> None:
    assert mesh("show", address, "--root", published.root).out.startswith(
        "shop.orders  Orders  mesh://shop/orders/v1\n"
    )


def test_the_sections_of_a_published_port(mesh: Mesh, published: TinyMesh, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "150")
    lines = [" ".join(line.split()) for line in mesh("show", "shop.orders", "--root", published.root).out.splitlines()]

    facts = dict(line.split(maxsplit=1) for line in lines[3 : lines.index("columns") - 1])
    assert facts["owner"] == "Shop team"
    assert facts["product"] == "shop.orders · source-aligned · sql"
    assert facts["table"].startswith("v0 · 3 rows · ")
    assert facts["table"].endswith("from bronze.orders_feed v0")
    assert facts["trust"].startswith(tuple(f"{score} of 100 · contract " for score in range(101)))
    assert facts["link"] == "https://mesh.example/orders businessDefinition"
    assert "customer VARCHAR required restricted Address of the customer." in lines
    assert "rules 8 ✓" in lines
    levels = lines[lines.index("service levels") + 1 : lines.index("neighbours")]
    assert levels[0].startswith("met frequency made sure of at least every 1 day, ")
    assert any(" retention " in line for line in levels)
    assert "read by insight.revenue >=1.0.0,<2" in lines
    assert lines[-1].split()[:6] == ["✓", "published", "v0", "3", "8", "✓"]


def test_sensitive_values_are_hidden_in_the_sample(mesh: Mesh, published: TinyMesh) -> None:
    answer = mesh("show", "shop.orders", "--root", published.root, "--json")
    sample = answer.json["publication"]["sample"]
    assert {row["customer"] for row in sample} == {"•••"}
    assert sorted(row["amount"] for row in sample) == [4.0, 10.5, 20.0]
    assert "ada@example.com" not in answer.out


def test_json_tells_contract_rules_and_neighbours(mesh: Mesh, published: TinyMesh) -> None:
    told = mesh("show", "shop.orders", "--root", published.root, "--json").json
    assert (told["address"], told["version"], told["table_version"], told["owner"]) == (
        "shop.orders",
        "1.0.0",
        0,
        "Shop team",
    )
    assert [column["name"] for column in told["columns"]] == ["order_id", "customer", "amount", "ordered_on"]
    assert {rule["name"]: (rule["severity"], rule["success"]) for rule in told["rules"]}["modest_orders"] == (
        "warning",
        True,
    )
    assert told["trust"]["score"] == sum(part["points"] for part in told["trust"]["parts"])
    assert {level["indicator"]: level["status"] for level in told["service_levels"]}["frequency"] == "met"
    assert told["consumers"] == [{"name": "insight.revenue", "version": ">=1.0.0,<2"}]
    assert told["endpoint"] == str(published.home / "lake/shop/orders")
    assert told["publication"]["inputs"] == {"bronze.orders_feed": 0}


def test_before_the_first_publication(mesh: Mesh, tiny: TinyMesh) -> None:
    answer = mesh("show", "insight.revenue", "--root", tiny.root)
    assert answer.code == 0
    assert "never published; run `mesh run insight.revenue`" in answer.out
    assert "reads  shop.orders  >=1.0.0,<2" in answer.out
    assert "history" not in answer.out
