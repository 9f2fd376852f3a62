"""The files of the tiny mesh, by path: a source-aligned domain, a consumer-aligned one, and what they share."""

from __future__ import annotations

_DEFINITIONS = """\
from mesh_core.orchestration import domain_definitions

defs = domain_definitions(__file__)
"""

SHARED = {
    "dagster.yaml": "telemetry:\n  enabled: false\n",
    "domains/__init__.py": "",
}

SHOP = {
    "domains/shop/__init__.py": "",
    "domains/shop/definitions.py": _DEFINITIONS,
    "domains/shop/domain.yaml": """\
name: shop
kind: source-aligned
description: Sells things.
owner: {team: Shop team, email: shop@mesh.example}
""",
    "domains/shop/orders/product.yaml": """\
apiVersion: v1.1.0
kind: DataProduct
id: shop.orders
name: Orders
version: "1.0.0"
status: active
domain: shop
type: sourceAligned
description:
  purpose: Every order of the shop.
outputPorts:
  - {name: orders, version: "1.0.0", contractId: shop.orders}
""",
    "domains/shop/orders/orders.contract.yaml": """\
apiVersion: v3.2.0
kind: DataContract
id: shop.orders
name: Orders
version: "1.0.0"
status: active
domain: shop
dataProduct: orders
tags: [sales]
description:
  purpose: What was ordered, by whom and when.
  limitations: Cancelled orders stay.
authoritativeDefinitions:
  - {type: businessDefinition, url: https://mesh.example/orders}
schema:
  - name: orders
    logicalType: object
    physicalType: table
    dataGranularityDescription: One row for each order.
    properties:
      - name: order_id
        logicalType: integer
        description: Number of the order.
        primaryKey: true
        primaryKeyPosition: 1
        classification: internal
      - name: customer
        logicalType: string
        description: Address of the customer.
        required: true
        classification: restricted
        customProperties: [{property: protection, value: mask}]
      - name: amount
        logicalType: number
        description: Sum of the order in euros.
        required: true
        classification: internal
        logicalTypeOptions: {minimum: 0}
      - {name: ordered_on, logicalType: date, description: Day of the order., required: true, classification: internal}
    quality:
      - name: some_orders
        type: library
        metric: rowCount
        mustBeGreaterThan: 0
        description: A shop without orders is closed.
      - name: modest_orders
        type: sql
        query: SELECT count(*) FROM ${object} WHERE amount > 1000
        mustBe: 0
        severity: warning
        description: Orders above a thousand are looked at by hand.
servers:
  - {server: local, type: local, environment: local, path: shop/orders, format: delta}
slaProperties:
  - {property: frequency, value: 1, unit: d}
  - {property: latency, value: 1, unit: d}
  - {property: retention, value: 5, unit: "y"}
team:
  name: Shop team
""",
    "domains/shop/orders/sources.yaml": """\
orders_feed:
  description: Orders as the till writes them, one file a day.
  landing: orders/*.csv
  columns: {order_id: BIGINT, customer: VARCHAR, amount: DOUBLE, ordered_on: DATE}
""",
    "domains/shop/orders/orders.sql": """\
SELECT order_id, customer, amount, ordered_on
FROM bronze.orders_feed
""",
}

INSIGHT = {
    "domains/insight/__init__.py": "",
    "domains/insight/definitions.py": _DEFINITIONS,
    "domains/insight/domain.yaml": """\
name: insight
kind: consumer-aligned
description: Explains the shop.
owner: {team: Insight team, email: insight@mesh.example}
""",
    "domains/insight/revenue/product.yaml": """\
apiVersion: v1.1.0
kind: DataProduct
id: insight.revenue
name: Revenue
version: "1.0.0"
status: active
domain: insight
type: consumerAligned
description:
  purpose: What the shop earns.
inputPorts:
  - {name: orders, contractId: shop.orders, version: ">=1.0.0,<2"}
outputPorts:
  - {name: revenue, version: "1.0.0", contractId: insight.revenue}
""",
    "domains/insight/revenue/revenue.contract.yaml": """\
apiVersion: v3.2.0
kind: DataContract
id: insight.revenue
name: Revenue
version: "1.0.0"
status: active
domain: insight
dataProduct: revenue
description:
  purpose: Revenue of each day.
schema:
  - name: revenue
    logicalType: object
    physicalType: table
    dataGranularityDescription: One row for each day with orders.
    properties:
      - {name: day, logicalType: date, description: Day., classification: public,
         primaryKey: true, primaryKeyPosition: 1}
      - {name: orders, logicalType: integer, description: Orders of the day., required: true, classification: internal}
      - {name: revenue, logicalType: number, description: Their sum in euros., required: true, classification: internal}
servers:
  - {server: local, type: local, environment: local, path: insight/revenue, format: delta}
slaProperties:
  - {property: latency, value: 1, unit: d}
team:
  name: Insight team
""",
    "domains/insight/revenue/revenue.sql": """\
SELECT ordered_on AS day, count(*) AS orders, sum(amount) AS revenue
FROM shop.orders
GROUP BY ordered_on
""",
}
