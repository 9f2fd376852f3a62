"""Policies that look at several columns or several ports: event streams and global entities."""

from __future__ import annotations

from typing import Any

import pytest

from mesh_core.contracts.loading import load_mesh
from mesh_core.governance import Charter, Entity
from mesh_core.policy import policy_findings
from mesh_core.settings import load_settings
from mesh_core.testing import TinyMesh, write_tiny_mesh

from .conftest import CONTRACT, TODAY, described, port, with_charter

EVENT = {
    "event_id": described("event_id", required=True, primaryKey=True, primaryKeyPosition=1),
    "event_type": described("event_type", required=True),
    "event_source": described("event_source", required=True),
    "event_time": described("event_time", "timestamp", required=True),
    "subject": described("subject", required=True),
}


def _events(**changed: Any):
    columns = {**EVENT, **changed}
    properties = [column for column in columns.values() if column is not None]
    return port({"tags": ["event"], "schema": [{"name": "orders", "properties": properties}]})


def test_a_stream_with_all_attributes(judge) -> None:
    assert judge(_events()) == []


@pytest.mark.parametrize(
    ("column", "attribute"),
    [("event_type", "type"), ("event_source", "source"), ("event_time", "time"), ("subject", "subject")],
)
def test_a_stream_without_an_attribute(judge, column: str, attribute: str) -> None:
    told = f"is tagged as events and has no column {column} (CloudEvents {attribute})"
    assert judge(_events(**{column: None})) == [("event-attributes", told)]


@pytest.mark.parametrize(
    ("column", "told"),
    [
        (described("event_type"), "column 'event_type' is CloudEvents type and not a required string"),
        (
            described("event_time", "date", required=True),
            "column 'event_time' is CloudEvents time and not a required timestamp",
        ),
    ],
    ids=["may be null", "of another type"],
)
def test_an_attribute_that_is_not_what_cloudevents_means(judge, column: dict[str, Any], told: str) -> None:
    assert ("event-attributes", told) in judge(_events(**{column["name"]: column}))


def test_the_key_of_a_stream_is_its_id(judge) -> None:
    subject = described("subject", required=True, primaryKey=True, primaryKeyPosition=2)
    assert judge(_events(subject=subject)) == [("event-attributes", "the key of a stream of events is event_id alone")]


def test_a_port_that_is_no_stream_may_call_its_columns_so(judge) -> None:
    assert judge(port(None, None, described("event_type"))) == []


def _order_entity(**changed: str) -> Entity:
    given = {"name": "order", "port": "mesh://shop/orders/v1", "id_column": "order_id", "tag": "entity:order"}
    return Entity(**{**given, **changed})


def test_the_owner_of_an_entity_has_its_id_as_key(judge) -> None:
    charter = with_charter(entities=(_order_entity(),))
    tagged = described("order_id", "integer", primaryKey=True, primaryKeyPosition=1, tags=["entity:order"])
    assert judge(port(None, None, tagged), charter) == []


def test_the_owner_of_an_entity_without_the_key(judge) -> None:
    charter = with_charter(entities=(_order_entity(id_column="number"),))
    told = "shop.orders owns the entity order, and its key is not number alone"
    assert judge(port(), charter) == [("entity-keys", told)]


def test_the_id_of_an_entity_is_tagged_at_its_owner_too(judge) -> None:
    charter = with_charter(entities=(_order_entity(),))
    assert [code for code, _ in judge(port(), charter)] == ["entity-keys"]


@pytest.fixture
def tiny(tmp_path) -> TinyMesh:
    """shop.orders owns the entity customer; insight.revenue may refer to it."""
    tiny = write_tiny_mesh(tmp_path / "mesh")
    governance = tiny.file("governance/entities.yaml")
    governance.parent.mkdir()
    governance.write_text(
        "entities:\n  - {name: order, port: mesh://shop/orders/v1, id_column: order_id, tag: entity:order}\n"
    )
    tiny.edit(
        "domains/shop/orders/orders.contract.yaml",
        "        classification: internal\n      - name: customer",
        "        classification: internal\n        tags: [entity:order]\n      - name: customer",
    )
    return tiny


def _findings(tiny: TinyMesh) -> list[tuple[str, str]]:
    from mesh_core.governance import load_charter

    mesh = load_mesh(load_settings(tiny.root))
    charter: Charter = load_charter(tiny.root)
    return [(error.code, error.what) for error in policy_findings(mesh, charter, mesh.ports.values(), today=TODAY)]


REVENUE = "domains/insight/revenue/revenue.contract.yaml"
ORDERS_COLUMN = "description: Orders of the day., required: true, classification: internal}"


def test_an_id_of_its_owners_type(tiny: TinyMesh) -> None:
    tiny.edit(REVENUE, ORDERS_COLUMN, ORDERS_COLUMN.replace("}", ", tags: [entity:order]}"))
    assert _findings(tiny) == []


def test_an_id_of_another_type_than_its_owners(tiny: TinyMesh) -> None:
    tiny.edit(REVENUE, ORDERS_COLUMN, ORDERS_COLUMN.replace("}", ", tags: [entity:order], physicalType: INTEGER}"))
    assert _findings(tiny) == [
        ("entity-keys", "column 'orders' is INTEGER, the id of the entity order is BIGINT"),
    ]


@pytest.mark.parametrize("owner", ["mesh://shop/sales/v1", "mesh://sales/orders/v1", "the shop's orders"])
def test_an_entity_whose_owner_is_not_there_is_a_finding_of_its_own_elsewhere(tiny: TinyMesh, owner: str) -> None:
    tiny.edit("governance/entities.yaml", "mesh://shop/orders/v1", f'"{owner}"')
    assert _findings(tiny) == []


def test_the_contract_of_these_tests_is_a_contract(tmp_path) -> None:
    from mesh_core.contracts.document import read_document

    file = tmp_path / "orders.contract.yaml"
    file.write_text(CONTRACT)
    assert read_document(file, "odcs").raw["id"] == "shop.orders"
