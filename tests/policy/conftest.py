"""A port that keeps every policy, to be changed in one place."""

from __future__ import annotations

import copy
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import msgspec
import pytest
import yaml

from mesh_core.contracts import Document, contract_from
from mesh_core.contracts.odps import domain_from, product_from
from mesh_core.contracts.tree import Port
from mesh_core.governance import Charter, Entity
from mesh_core.policy import Subject
from mesh_core.policy.gates import judged
from mesh_core.policy.policies import Policies

ROOT = Path(__file__).parents[2]
TODAY = date(2026, 11, 21)
COLUMNS = ("schema", 0, "properties")

CONTRACT = """\
apiVersion: v3.2.0
kind: DataContract
id: shop.orders
version: "1.0.0"
status: active
domain: shop
dataProduct: orders
tags: [sales]
schema:
  - name: orders
    properties:
      - {name: order_id, logicalType: integer, description: Number of the order., primaryKey: true,
         primaryKeyPosition: 1, classification: internal}
      - name: customer
        logicalType: string
        description: Address of the customer.
        classification: restricted
        customProperties: [{property: protection, value: mask}]
      - {name: ordered_on, logicalType: date, description: Day of the order., classification: internal}
servers:
  - {server: local, type: local, environment: local, path: shop/orders, format: delta}
slaProperties:
  - {property: latency, value: 1, unit: d}
  - {property: retention, value: 5, unit: "y"}
team: {name: Shop team}
"""
PRODUCT = """\
apiVersion: v1.1.0
kind: DataProduct
id: shop.orders
name: Orders
version: "1.0.0"
status: active
domain: shop
outputPorts:
  - {name: orders, version: "1.0.0", contractId: shop.orders}
"""
DOMAIN = """\
{name: shop, kind: source-aligned, description: Sells things., owner: {team: "", email: shop@mesh.example}}
"""

Pieces = dict[str, Any]


def port(contract: Pieces | None = None, product: Pieces | None = None, *columns: Pieces, **domain: Any) -> Port:
    """The port with these top-level keys changed and these columns in addition, or in place of one so named."""
    raw = {**yaml.safe_load(CONTRACT), **(contract or {})}
    raw["schema"] = copy.deepcopy(raw["schema"])
    properties = raw["schema"][0]["properties"]
    for column in columns:
        properties[:] = [known for known in properties if known["name"] != column["name"]] + [column]
    folder = Path("/mesh/domains/shop/orders")
    return Port(
        contract=contract_from(Document(folder / "orders.contract.yaml", raw, "")),
        product=product_from(Document(folder / "product.yaml", {**yaml.safe_load(PRODUCT), **(product or {})}, "")),
        domain=domain_from(Document(folder.parent / "domain.yaml", {**yaml.safe_load(DOMAIN), **domain}, "")),
        engine="sql",
        path=folder / "orders.sql",
    )


def described(name: str, logical: str = "string", **more: Any) -> Pieces:
    """A column that keeps every policy unless ``more`` says otherwise; None takes a key away."""
    full = {"name": name, "logicalType": logical, "description": "What it is.", "classification": "internal", **more}
    return {key: value for key, value in full.items() if value is not None}


CHARTER = Charter(
    folder=ROOT / "governance",
    entities=(
        Entity(name="customer", port="mesh://crm/customers/v1", id_column="customer_id", tag="entity:customer"),
        Entity(name="airport", port="mesh://airports/airports/v1", id_column="airport_id", tag="entity:airport"),
    ),
)

Told = list[tuple[str, str]]


@pytest.fixture(scope="session")
def policies() -> Policies:
    """Of the reference mesh: the built-in ones and its own."""
    return Policies.load(ROOT)


@pytest.fixture
def judge(policies: Policies) -> Callable[..., Told]:
    """What a port does against all policies: id and sentence of each violation."""

    def of(given: Port, charter: Charter = CHARTER, **more: Any) -> Told:
        subject = Subject(given, charter, TODAY, **more)
        found = judged(subject, policies.by_id.values(), "check")
        return [(violation.code, violation.what) for violation in found]

    return of


def with_charter(**fields: Any) -> Charter:
    return msgspec.structs.replace(CHARTER, **fields)
