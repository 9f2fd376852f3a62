"""Keys: single, compound and foreign ones, entities across domains, circles."""

from __future__ import annotations

import pytest

from mesh_core.contracts import Contract
from mesh_core.generation import Directory, generate
from mesh_core.model import Address

from .contracts import NO_CHARTER, broken_rules, charter, column, contract, entity


def key(name: str, **more: object) -> dict[str, object]:
    return {"name": name, "logicalType": "integer", "primaryKey": True, "primaryKeyPosition": 1, **more}


def customers() -> Contract:
    return contract(
        "crm.customers", [key("customer_id"), {"name": "country", "logicalType": "string", "required": True}]
    )


def test_a_compound_key_is_unique_and_as_large_as_its_columns_allow() -> None:
    each = contract(
        "shop.stock",
        [
            {"name": "shop", "enum": [{"value": "A"}, {"value": "B"}], "primaryKey": True, "primaryKeyPosition": 1},
            {
                "name": "shelf",
                "logicalType": "integer",
                "logicalTypeOptions": {"minimum": 1, "maximum": 4},
                "primaryKey": True,
                "primaryKeyPosition": 2,
            },
        ],
    )
    made = generate([each], NO_CHARTER)
    assert made[each.address].rows == 8
    assert broken_rules([each], made) == []


@pytest.mark.parametrize(
    "to",
    ["customers.customer_id", "crm.customers.customer_id", "customers.contract.yaml#/schema/c/properties/customer_id"],
)
def test_a_foreign_key_always_resolves(to: str) -> None:
    prop = {"name": "customer", "logicalType": "integer", "required": True, "relationships": [{"to": to}]}
    orders = contract("shop.orders", [key("order_id"), prop])
    made = generate([orders, customers()], NO_CHARTER)
    named, known = column(made, "shop.orders.customer"), set(column(made, "crm.customers.customer_id"))
    assert len(named) == 100
    assert set(named) <= known
    assert len(set(named)) < len(named)


def test_a_foreign_key_that_is_unique_names_each_row_once() -> None:
    profiles = contract("shop.profiles", [key("customer_id", relationships=[{"to": "crm.customers.customer_id"}])])
    made = generate([profiles, customers()], NO_CHARTER)
    named = column(made, "shop.profiles.customer_id")
    assert sorted(named) == sorted(column(made, "crm.customers.customer_id"))


def test_a_required_foreign_key_into_an_empty_table_leaves_no_rows() -> None:
    prop = {"name": "customer", "logicalType": "integer", "required": True}
    orders = contract("shop.orders", [{**prop, "relationships": [{"to": "crm.customers.customer_id"}]}])
    sizes = {Address("shop", "orders"): 10, Address("crm", "customers"): 0}
    assert generate([orders, customers()], NO_CHARTER, rows=sizes)[orders.address].rows == 0


def test_a_foreign_key_of_two_columns_resolves_as_a_pair() -> None:
    orders = contract(
        "shop.orders",
        [
            key("order_id"),
            {"name": "customer", "logicalType": "integer", "required": True},
            {"name": "country", "logicalType": "string", "required": True},
        ],
        relationships=[
            {
                "from": ["orders.customer", "orders.country"],
                "to": ["crm.customers.customer_id", "crm.customers.country"],
            }
        ],
    )
    made = generate([orders, customers()], NO_CHARTER)
    known = set(zip(column(made, "crm.customers.customer_id"), column(made, "crm.customers.country"), strict=True))
    pairs = set(zip(column(made, "shop.orders.customer"), column(made, "shop.orders.country"), strict=True))
    assert pairs <= known
    assert len(pairs) > 5


def test_a_table_can_refer_to_itself_and_tables_to_each_other() -> None:
    manager = {"name": "manager", "logicalType": "integer", "relationships": [{"to": "staff.staff_id"}]}
    team = {"name": "team", "logicalType": "integer", "required": True, "relationships": [{"to": "hr.teams.team_id"}]}
    lead = {"name": "lead", "logicalType": "integer", "required": True, "relationships": [{"to": "hr.staff.staff_id"}]}
    staff, teams = contract("hr.staff", [key("staff_id"), manager, team]), contract("hr.teams", [key("team_id"), lead])
    made = generate([staff, teams], NO_CHARTER, rows=30)
    people = set(column(made, "hr.staff.staff_id"))
    assert {value for value in column(made, "hr.staff.manager") if value is not None} <= people
    assert set(column(made, "hr.teams.lead")) <= people
    assert set(column(made, "hr.staff.team")) <= set(column(made, "hr.teams.team_id"))
    assert broken_rules([staff, teams], made) == []


def test_an_entitys_ids_are_the_same_in_every_domain_with_a_few_unknown() -> None:
    owner = contract(
        "fleet.planes",
        [{"name": "mark", "primaryKey": True, "logicalTypeOptions": {"pattern": "^N[1-9][0-9]{2}$"}}],
    )
    flights = contract("ops.flights", [{"name": "tail", "tags": ["entity:plane"], "required": True}])
    repairs = contract("shed.repairs", [{"name": "plane", "tags": ["entity:plane"], "required": True}])
    made = generate([flights, repairs, owner], charter(entity("plane", "mesh://fleet/planes/v1", "mark")))
    marks = set(column(made, "fleet.planes.mark"))
    tails, planes = column(made, "ops.flights.tail"), column(made, "shed.repairs.plane")
    assert set(tails) & set(planes) & marks
    for named in (tails, planes):
        unknown = [mark for mark in named if mark not in marks]
        assert 1 <= len(unknown) <= 15
        assert all(len(mark) == 4 and mark.startswith("N") for mark in unknown)


def test_an_entitys_id_is_drawn_from_what_the_column_admits() -> None:
    owner = contract(
        "fleet.planes", [{"name": "mark", "primaryKey": True, "logicalTypeOptions": {"pattern": "^[NG]-[A-Z]{3}$"}}]
    )
    flights = contract(
        "ops.flights",
        [{"name": "tail", "tags": ["entity:plane"], "required": True, "logicalTypeOptions": {"pattern": "^G-"}}],
    )
    made = generate([flights, owner], charter(entity("plane", "mesh://fleet/planes/v1", "mark")))
    assert {tail[:2] for tail in column(made, "ops.flights.tail")} == {"G-"}


def test_without_the_owner_an_entitys_ids_still_meet() -> None:
    flights = contract("ops.flights", [key("id"), {"name": "tail", "tags": ["entity:plane"], "required": True}])
    repairs = contract("shed.repairs", [key("id"), {"name": "plane", "tags": ["entity:plane"], "required": True}])
    made = generate([flights, repairs], charter(entity("plane", "mesh://fleet/planes/v1", "mark")))
    shared = set(column(made, "ops.flights.tail")) & set(column(made, "shed.repairs.plane"))
    assert len(shared) > 3


def test_a_declared_relationship_of_a_tagged_column_resolves_without_exception() -> None:
    owner = contract("fleet.planes", [{"name": "mark", "primaryKey": True}])
    prop = {"name": "tail", "tags": ["entity:plane"], "relationships": [{"to": "fleet.planes.mark"}], "required": True}
    made = generate(
        [contract("ops.flights", [prop]), owner], charter(entity("plane", "mesh://fleet/planes/v1", "mark"))
    )
    assert set(column(made, "ops.flights.tail")) <= set(column(made, "fleet.planes.mark"))


def test_a_target_that_is_not_given_leaves_the_column_free() -> None:
    prop = {"name": "customer", "logicalType": "integer", "relationships": [{"to": "crm.customers.customer_id"}]}
    orders = contract("shop.orders", [key("order_id"), prop])
    assert generate([orders], NO_CHARTER)[orders.address].rows == 100


def test_targets_are_found_through_other_targets() -> None:
    prop = {"name": "customer", "logicalType": "integer", "relationships": [{"to": "crm.customers.customer_id"}]}
    orders = contract("shop.orders", [key("order_id"), prop])
    line = {"name": "order", "logicalType": "integer", "relationships": [{"to": "orders.order_id"}]}
    lines = contract("shop.lines", [key("line_id"), line])
    other = contract("crm.visits", [key("visit_id")])
    directory = Directory([customers(), orders, lines, other], NO_CHARTER)
    assert [str(each.address) for each in directory.with_targets([lines])] == [
        "shop.lines",
        "shop.orders",
        "crm.customers",
    ]
