"""What a Python step is given: ports with keys that join, internal assets by their own steps, each data set."""

from __future__ import annotations

from pathlib import Path

import msgspec

from mesh_core.checking.python_steps import python_findings
from mesh_core.contracts.loading import load_mesh
from mesh_core.governance import load_charter
from mesh_core.settings import load_settings

from .conftest import Workshop

PRODUCT = "domains/insight/revenue/product.yaml"
ORDERS = "domains/shop/orders/orders.contract.yaml"
CUSTOMERS = {
    "domains/shop/customers/product.yaml": """
        apiVersion: v1.1.0
        kind: DataProduct
        id: shop.customers
        name: Customers
        version: "1.0.0"
        status: active
        domain: shop
        description: {purpose: Who orders.}
        outputPorts:
          - {name: customers, version: "1.0.0", contractId: shop.customers}
    """,
    "domains/shop/customers/customers.contract.yaml": """
        apiVersion: v3.2.0
        kind: DataContract
        id: shop.customers
        name: Customers
        version: "1.0.0"
        status: active
        domain: shop
        dataProduct: customers
        schema:
          - name: customers
            properties:
              - {name: address, logicalType: string, primaryKey: true, logicalTypeOptions: {format: email}}
              - {name: country, logicalType: string}
        servers:
          - {server: local, type: local, environment: local, path: shop/customers, format: delta}
        team: {name: Shop team}
    """,
    "domains/shop/customers/customers.sql": "SELECT customer AS address, 'DE' AS country FROM bronze.orders_feed",
}
_TELL = """
    from pathlib import Path

    def revenue({parameters}):
        with open({log!r}, "a") as out:
            for table in ({parameters},):
                out.write(repr(sorted(table.relation().fetchall(), key=repr)) + "\\n")
        return orders.query(
            "SELECT ordered_on AS day, count(*) AS orders, sum(amount) AS revenue FROM shop.orders GROUP BY ALL"
        )
"""


def test_keys_of_two_ports_join(workshop: Workshop) -> None:
    for path, text in CUSTOMERS.items():
        workshop.write(text, path)
    workshop.tiny.edit(
        PRODUCT,
        "outputPorts:",
        '  - {name: customers, contractId: shop.customers, version: ">=1.0.0,<2"}\noutputPorts:',
    )
    workshop.tiny.edit(
        ORDERS,
        "description: Address of the customer.",
        "description: Address of the customer.\n        relationships: [{to: customers.address}]",
    )
    workshop.write(
        """
        def revenue(orders, customers):
            lost = orders.query("SELECT count(*) FROM shop.orders ANTI JOIN shop.customers ON customer = address")
            if lost.fetchone() != (0,):
                raise ValueError("an order of nobody")
            return orders.query(
                "SELECT ordered_on AS day, count(*) AS orders, sum(amount) AS revenue FROM shop.orders GROUP BY ALL"
            )
        """
    )
    assert workshop.findings() == []


def test_data_sets_are_usual_all_null_and_single(workshop: Workshop, tmp_path: Path) -> None:
    workshop.tiny.edit(ORDERS, "required: true\n        classification: restricted", "classification: restricted")
    workshop.allow_no_orders()
    log = tmp_path / "rows"
    workshop.write(_TELL.format(parameters="orders", log=str(log)))
    assert workshop.findings() == []
    usual, nulls, single, none = [
        eval(line, {"datetime": __import__("datetime")}) for line in log.read_text().splitlines()
    ]
    assert [len(rows) for rows in (usual, nulls, single, none)] == [100, 20, 1, 0]
    assert 0 < sum(row[1] is None for row in usual) < 50
    assert {row[1] for row in nulls} == {None}
    assert len({row[0] for row in usual}) == 100


def test_silver_steps_run_over_the_columns_of_sources(workshop: Workshop) -> None:
    """An SQL step, then a Python step over it; a source promises types only, so what follows is a warning."""
    workshop.write(
        "SELECT order_id, upper(customer) AS customer, _source_file FROM bronze.orders_feed",
        "domains/shop/orders/silver/cleaned.sql",
    )
    workshop.write(
        """
        def counted(cleaned):
            rows = cleaned.relation().fetchall()
            if any(row[1] is not None and row[1] != row[1].upper() for row in rows):
                raise ValueError("not cleaned")
            return cleaned.arrow()
        """,
        "domains/shop/orders/silver/counted.py",
    )
    assert workshop.findings() == []
    workshop.write(
        "def counted(cleaned):\n    return cleaned.relation().select('customer::INTEGER AS number').to_arrow_table()\n",
        "domains/shop/orders/silver/counted.py",
    )
    (finding,) = workshop.findings()
    assert (finding.severity, finding.code) == ("warning", "python-raises")
    assert "Their rows are made from types alone: bronze.orders_feed, silver.cleaned." in finding.remedy


def test_an_sql_step_that_random_texts_break_is_replaced_by_its_columns(workshop: Workshop) -> None:
    workshop.write(
        "SELECT strptime(customer, '%Y')::DATE AS day FROM bronze.orders_feed", "domains/shop/orders/silver/days.sql"
    )
    workshop.write(
        "def counted(days):\n    return days.relation().select('year(day) AS y').to_arrow_table()\n",
        "domains/shop/orders/silver/counted.py",
    )
    assert workshop.findings() == []


def test_an_input_that_nothing_can_satisfy_is_the_finding(workshop: Workshop) -> None:
    workshop.tiny.edit(ORDERS, "{minimum: 0}", "{minimum: 5, maximum: 4}")
    (finding,) = workshop.findings()
    assert (finding.code, finding.path) == ("contract-unsatisfiable", workshop.tiny.file(ORDERS))
    assert finding.line is not None
    assert "column 'amount'" in finding.what


def test_an_input_of_a_broken_domain_is_left_alone(workshop: Workshop) -> None:
    workshop.tiny.file("domains/shop/domain.yaml").write_text("name: [")
    settings = load_settings(workshop.tiny.root)
    mesh = load_mesh(settings)
    assert list(mesh.broken) == ["shop"]
    assert python_findings(mesh.domains["insight"], mesh, load_charter(settings.root), settings) == []


def test_rules_of_the_inputs_that_cannot_be_solved_make_a_warning(workshop: Workshop) -> None:
    """A result over 1,000 might be the fault of a rule about all orders that generated ones don't keep."""
    contract = "domains/insight/revenue/revenue.contract.yaml"
    workshop.tiny.edit(
        contract,
        "description: Their sum in euros., required: true",
        "required: true, logicalTypeOptions: {maximum: 1}, description: Their sum",
    )
    assert [error.severity for error in workshop.findings()] == ["error"]
    workshop.tiny.edit(
        ORDERS,
        "servers:",
        '      - {name: small, type: sql, query: "SELECT sum(amount) FROM ${object}", mustBeLessThan: 1}\nservers:',
    )
    (finding,) = workshop.findings()
    assert finding.severity == "warning"
    assert "shop.orders: small" in finding.remedy


def test_only_the_products_asked_for_are_looked_at(workshop: Workshop) -> None:
    workshop.write("def revenue(orders):\n    return 7\n")
    settings = load_settings(workshop.tiny.root)
    mesh = load_mesh(settings)
    charter = load_charter(settings.root)
    trees = list(mesh.domains.values())
    assert python_findings(trees, mesh, charter, settings, products=["shop.orders"]) == []
    assert len(python_findings(trees, mesh, charter, settings, products=["insight.revenue"])) == 1


def test_the_reference_mesh_has_no_findings(tmp_path: Path) -> None:
    settings = msgspec.structs.replace(load_settings(Path(__file__).parents[2]), home=tmp_path)
    mesh = load_mesh(settings)
    findings = python_findings(mesh.domains.values(), mesh, load_charter(settings.root), settings)
    assert [str(finding) for finding in findings] == []
