"""mesh check"""

from __future__ import annotations

import pytest

from mesh_core.testing import TinyMesh

from .calling import Answer, Mesh

CONTRACT = "domains/insight/revenue/revenue.contract.yaml"
PRODUCT = "domains/insight/revenue/product.yaml"
SQL = "domains/insight/revenue/revenue.sql"


@pytest.fixture
def check(mesh: Mesh, tiny: TinyMesh):
    def call(*words: str) -> Answer:
        return mesh("check", *words, "--root", tiny.root)

    return call


def _findings(answer: Answer) -> list[tuple[str, int | None]]:
    return [(finding["message"], finding["line"]) for finding in answer.json["findings"]]


def test_nothing_to_find(check) -> None:
    answer = check()
    assert answer.code == 0
    assert answer.out.startswith("✓ nothing to find fault with in 2 domains, 2 products, 2 ports, ")


def test_json_counts_what_was_looked_at(check) -> None:
    assert check("--json").json == {
        "findings": [],
        "waivers": [],
        "checked": {"domains": 2, "products": 2, "ports": 2},
    }


def test_one_domain(check) -> None:
    assert check("shop", "--json").json["checked"] == {"domains": 1, "products": 1, "ports": 1}


def test_a_finding_says_where_and_what_to_do(check, tiny: TinyMesh) -> None:
    file = tiny.edit(CONTRACT, "dataProduct: revenue", "dataProduct: revenue\ncolour: red")
    answer = check()
    assert answer.code == 1
    assert answer.out.splitlines()[:2] == [
        f"{file}:9: unknown key 'colour' [descriptor]",
        "  → ODCS 3.2.0 has no such key there; keys of your own go under customProperties.",
    ]
    assert answer.out.splitlines()[-1].startswith("✗ 1 error in 2 domains, 1 product, 1 port, ")


def test_a_column_that_the_transformation_names_differently(check, tiny: TinyMesh) -> None:
    tiny.edit(SQL, "sum(amount) AS revenue", "sum(amount) AS income")
    missing, extra = check("--json").json["findings"]
    assert missing == {
        "code": "column-missing",
        "severity": "error",
        "message": "revenue.sql does not make column 'revenue'",
        "remedy": "It makes 'income': rename it, or add the column.",
        "file": str(tiny.file(CONTRACT)),
        "line": 20,
    }
    assert (extra["code"], extra["file"], extra["line"]) == ("column-extra", str(tiny.file(SQL)), 1)
    assert extra["message"] == "column 'income' is not in revenue.contract.yaml"


def test_an_input_that_is_not_declared(check, tiny: TinyMesh) -> None:
    tiny.edit(PRODUCT, '  - {name: orders, contractId: shop.orders, version: ">=1.0.0,<2"}', "  []")
    answer = check("--json")
    assert _findings(answer) == [
        ("reads 'shop.orders', which is no declared input of product insight.revenue", 2),
    ]


def test_a_version_that_no_contract_has(check, tiny: TinyMesh) -> None:
    tiny.edit(PRODUCT, ">=1.0.0,<2", ">=1.5.0,<2")
    (finding,) = check("--json").json["findings"]
    assert finding["message"].endswith("wants shop.orders >=1.5.0,<2: its versions are 1.0.0")
    assert (finding["file"], finding["line"]) == (str(tiny.file(PRODUCT)), 12)


def test_a_change_of_a_contract_shows_who_breaks(check, tiny: TinyMesh) -> None:
    tiny.edit("domains/shop/orders/orders.contract.yaml", "      - name: amount", "      - name: total")
    tiny.edit("domains/shop/orders/orders.sql", "amount", "amount AS total")
    findings = {finding["file"]: finding for finding in check("--json").json["findings"]}
    assert '"amount"' in findings[str(tiny.file(SQL))]["message"]


def test_products_that_depend_on_each_other(check, tiny: TinyMesh) -> None:
    product = tiny.file("domains/shop/orders/product.yaml")
    product.write_text(
        product.read_text() + 'inputPorts:\n  - {name: revenue, contractId: insight.revenue, version: "1.0.0"}\n'
    )
    sql = tiny.file("domains/shop/orders/orders.sql")
    sql.write_text(sql.read_text() + "WHERE ordered_on NOT IN (SELECT day FROM insight.revenue)\n")
    (finding,) = check("--json").json["findings"]
    assert finding["message"].startswith("the products depend on each other in a circle: ")
    assert "insight.revenue" in finding["message"]


def test_a_domain_that_the_workspace_forgot(check, tiny: TinyMesh) -> None:
    tiny.edit(
        "workspace.yaml",
        "  - python_module: {module_name: domains.insight.definitions, location_name: insight, working_directory: .}\n",
        "",
    )
    answer = check("--json")
    assert _findings(answer) == [("does not list domain 'insight': Dagster will not load it", 1)]
    assert answer.json["findings"][0]["remedy"] == (
        "Under `load_from`: - python_module: {module_name: domains.insight.definitions, "
        "location_name: insight, working_directory: .}"
    )


def test_a_domain_that_the_workspace_lists_twice_and_one_that_is_not_there(check, tiny: TinyMesh) -> None:
    file = tiny.file("workspace.yaml")
    file.write_text(
        file.read_text()
        + "  - python_module: domains.shop.definitions\n"
        + "  - python_module: {module_name: domains.ghost.definitions}\n"
    )
    assert _findings(check("--json")) == [
        ("domain 'shop' is listed twice", 4),
        ("lists domain 'ghost', which has no folder under domains/", 5),
    ]


def test_a_domain_without_definitions(check, tiny: TinyMesh) -> None:
    tiny.file("domains/shop/definitions.py").unlink()
    assert _findings(check("--json")) == [("domain 'shop' has no definitions.py: it is no code location", None)]


def test_a_port_without_an_owner(check, tiny: TinyMesh) -> None:
    tiny.edit("domains/shop/domain.yaml", "team: Shop team", 'team: ""')
    tiny.edit("domains/shop/orders/orders.contract.yaml", "team:\n  name: Shop team\n", "")
    assert _findings(check("--json")) == [("shop.orders has no owner", 1)]


def test_a_rule_that_cannot_run(check, tiny: TinyMesh) -> None:
    tiny.edit("domains/shop/orders/orders.contract.yaml", "metric: rowCount", "metric: rowSum")
    findings = check("--json").json["findings"]
    assert any("rowSum" in finding["message"] and finding["line"] for finding in findings)


def test_findings_of_several_domains_at_once(check, tiny: TinyMesh) -> None:
    tiny.edit(CONTRACT, "dataProduct: revenue", "dataProduct: revenue\ncolour: red")
    tiny.edit("domains/shop/orders/orders.sql", "customer, ", "")
    answer = check("--json")
    assert len(answer.json["findings"]) == 2


def test_a_domain_that_is_none(check) -> None:
    answer = check("nowhere")
    assert answer.code == 2
    assert answer.err == "error: 'nowhere' is no domain or port of this mesh\n  → Its domains: insight, shop.\n"
