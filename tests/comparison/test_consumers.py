"""Who uses which column of a contract, and how that is known."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Any

import pytest

from mesh_core.checking.column_use import DeclaredConsumers
from mesh_core.contracts.consumers import ColumnUse, Consumer, consumers_of
from mesh_core.contracts.loading import load_mesh
from mesh_core.settings import Settings
from mesh_core.testing import TinyMesh

SQL = "domains/insight/revenue/revenue.sql"
PRODUCT = "domains/insight/revenue/product.yaml"
ORDERS = "domains/shop/orders/orders.contract.yaml"
COLUMNS = ("order_id", "customer", "amount", "ordered_on")


def uses(settings: Settings, columns: Collection[str] = COLUMNS) -> list[tuple[str, str, str, int | None]]:
    """Column, evidence, file and line of every use of orders by its one consumer."""
    mesh = load_mesh(settings)
    assert mesh.broken == {}
    contract = mesh.port("shop.orders").contract.document.raw
    (consumer,) = consumers_of(contract, columns, [DeclaredConsumers(mesh, settings)])
    assert (consumer.name, consumer.source, consumer.version) == ("insight.revenue", "declared", ">=1.0.0,<2")
    return [(use.column, use.evidence, use.path.name if use.path else "", use.line) for use in consumer.uses]


def test_columns_that_the_statement_names(settings: Settings) -> None:
    assert uses(settings) == [
        ("amount", "binds", "revenue.sql", 1),
        ("ordered_on", "binds", "revenue.sql", 1),
    ]


def test_a_name_in_a_comment_is_no_use(tiny: TinyMesh, settings: Settings) -> None:
    tiny.edit(SQL, "FROM shop.orders", "FROM shop.orders -- not by customer")
    assert "customer" not in [use[0] for use in uses(settings)]


def test_a_star_uses_what_comes_out_of_it(tiny: TinyMesh, settings: Settings) -> None:
    tiny.file(SQL).write_text(
        "WITH o AS (SELECT * FROM shop.orders)\n"
        "SELECT ordered_on AS day, count(*) AS orders, sum(amount) AS revenue FROM o GROUP BY ordered_on\n"
    )
    assert [use[0] for use in uses(settings)] == ["amount", "ordered_on"]


def test_a_step_in_between_is_where_the_port_is_read(tiny: TinyMesh, settings: Settings) -> None:
    silver = tiny.file("domains/insight/revenue/silver/sales.sql")
    silver.parent.mkdir()
    silver.write_text("SELECT\n  ordered_on,\n  amount,\n  customer\nFROM shop.orders\n")
    tiny.file(SQL).write_text(
        "SELECT ordered_on AS day, count(*) AS orders, sum(amount) AS revenue FROM silver.sales GROUP BY ordered_on\n"
    )
    assert uses(settings) == [
        ("customer", "binds", "sales.sql", 4),
        ("amount", "binds", "sales.sql", 3),
        ("ordered_on", "binds", "sales.sql", 2),
    ]


def test_what_python_names(tiny: TinyMesh, settings: Settings) -> None:
    tiny.file(SQL).unlink()
    tiny.file("domains/insight/revenue/revenue.py").write_text(
        "from mesh_core.orchestration import Table\n\n\n"
        "def revenue(orders: Table):  # per customer\n"
        '    return orders.sql("SELECT ordered_on AS day, sum(amount) AS revenue FROM orders")\n'
    )
    assert uses(settings) == [
        ("amount", "mentions", "revenue.py", 5),
        ("ordered_on", "mentions", "revenue.py", 5),
    ]


def test_without_columns_the_port_is_what_is_known(settings: Settings) -> None:
    assert uses(settings, ()) == [("", "reads the port", "revenue.sql", None)]


def test_a_consumer_that_moved_with_the_change_still_tells_what_it_used(tiny: TinyMesh, settings: Settings) -> None:
    """The contract that stood has a column that the tree's has no more; both count when consumers are asked."""
    before = load_mesh(settings).port("shop.orders").contract.document.raw
    tiny.edit(ORDERS, "name: amount", "name: total")
    mesh = load_mesh(settings)
    (consumer,) = consumers_of(before, ("amount",), [DeclaredConsumers(mesh, settings)])
    assert [use.column for use in consumer.uses] == ["amount"]
    tiny.edit(SQL, "sum(amount)", "sum(total)")
    (consumer,) = consumers_of(before, ("amount",), [DeclaredConsumers(load_mesh(settings), settings)])
    assert consumer.uses == ()


@pytest.mark.parametrize("version", [">=2.0.0,<3", ">=1.5.0,<2"])
def test_who_wants_another_version_is_no_consumer(tiny: TinyMesh, settings: Settings, version: str) -> None:
    tiny.edit(PRODUCT, ">=1.0.0,<2", version)
    mesh = load_mesh(settings)
    contract = mesh.port("shop.orders").contract.document.raw
    assert consumers_of(contract, COLUMNS, [DeclaredConsumers(mesh, settings)]) == ()


class Grants:
    """What another source of consumers looks like."""

    def consumers(self, contract: Mapping[str, Any], columns: Collection[str]) -> Iterable[Consumer]:
        uses = (ColumnUse(column="customer", evidence="reads the port"),)
        yield Consumer(name="insight.revenue", source="granted", uses=uses)
        yield Consumer(name="ada@mesh.example", source="granted", uses=uses)


def test_sources_add_up_by_name(settings: Settings) -> None:
    mesh = load_mesh(settings)
    contract = mesh.port("shop.orders").contract.document.raw
    found = consumers_of(contract, ("amount", "customer"), [DeclaredConsumers(mesh, settings), Grants()])
    assert [(consumer.name, consumer.source, [use.column for use in consumer.uses]) for consumer in found] == [
        ("ada@mesh.example", "granted", ["customer"]),
        ("insight.revenue", "declared", ["amount", "customer"]),
    ]
