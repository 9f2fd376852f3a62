"""The product that is measured: orders of eight columns with twelve rules, as a mesh and as plain SQL."""

from __future__ import annotations

import shutil
from pathlib import Path

COLUMNS = ("order_id", "customer_id", "country", "status", "amount", "quantity", "ordered_at", "email")
RULES = 12

RAW = """\
SELECT
    i AS id,
    (1 + hash(i) % 50000)::BIGINT AS customer,
    ['de', 'fr', 'it', 'es', 'nl', 'pl'][1 + (hash(i + 1) % 6)::INTEGER] AS country,
    ['new', 'paid', 'sent', 'returned'][1 + (hash(i + 2) % 4)::INTEGER] AS status,
    ((hash(i + 3) % 100000) / 100)::DOUBLE AS amount,
    (1 + hash(i + 4) % 9)::BIGINT AS quantity,
    (TIMESTAMPTZ '2026-01-01 00:00:00+00') + to_seconds((i % 31536000)::BIGINT) AS ordered_at
FROM range({rows}) AS made(i)
"""
"""``rows`` orders as a till writes them, the same in every run."""

SELECT = """\
SELECT
    id AS order_id,
    customer AS customer_id,
    upper(country) AS country,
    status,
    amount * quantity AS amount,
    quantity,
    ordered_at,
    'customer' || customer || '@shop.example' AS email
FROM {table}
WHERE amount IS NOT NULL
"""
"""The product's transformation."""

AUDIT = """\
SELECT
    count(*) > 0,
    count(order_id) = count(*),
    count(DISTINCT order_id) = count(*),
    count(customer_id) = count(*),
    coalesce(bool_and(customer_id >= 1), true),
    count(country) = count(*),
    coalesce(bool_and(country IN ('DE', 'FR', 'IT', 'ES', 'NL', 'PL')), true),
    coalesce(bool_and(status IN ('new', 'paid', 'sent', 'returned')), true),
    coalesce(bool_and(amount >= 0), true),
    coalesce(bool_and(quantity BETWEEN 1 AND 99), true),
    count(ordered_at) = count(*),
    coalesce(bool_and(regexp_matches(email, '^[a-z0-9]+@[a-z.]+$')), true)
FROM {table}
"""
"""The twelve rules as somebody would write them by hand: verdicts alone, without counts and failing rows."""

_CONTRACT = """\
apiVersion: v3.2.0
kind: DataContract
id: shop.orders
name: Orders
version: "1.0.0"
status: active
domain: shop
dataProduct: orders
description: {purpose: What was ordered.}
schema:
  - name: orders
    logicalType: object
    physicalType: table
    dataGranularityDescription: One row for each order.
    properties:
      - name: order_id
        logicalType: integer
        description: Number.
        classification: internal
        primaryKey: true
        primaryKeyPosition: 1
      - name: customer_id
        logicalType: integer
        description: Who.
        classification: internal
        required: true
        logicalTypeOptions: {minimum: 1}
      - name: country
        logicalType: string
        description: Where.
        classification: internal
        required: true
        enum: [{value: DE}, {value: FR}, {value: IT}, {value: ES}, {value: NL}, {value: PL}]
      - name: status
        logicalType: string
        description: How far.
        classification: internal
        enum: [{value: new}, {value: paid}, {value: sent}, {value: returned}]
      - name: amount
        logicalType: number
        description: How much.
        classification: internal
        logicalTypeOptions: {minimum: 0}
      - name: quantity
        logicalType: integer
        description: How many.
        classification: internal
        logicalTypeOptions: {minimum: 1, maximum: 99}
      - {name: ordered_at, logicalType: timestamp, description: When., classification: internal, required: true}
      - name: email
        logicalType: string
        description: Address.
        classification: internal
        logicalTypeOptions: {pattern: "^[a-z0-9]+@[a-z.]+$"}
    quality:
      - {name: some_orders, type: library, metric: rowCount, mustBeGreaterThan: 0, description: There are orders.}
servers:
  - {server: local, type: local, environment: local, path: shop/orders, format: delta}
slaProperties:
  - {property: latency, value: 1, unit: d}
team: {name: Shop team}
"""


def place(folder: str, data: str) -> Path:
    """The mesh for data that is described like '1000 rows, keys in no order'."""
    return Path(folder, data.replace(",", "").replace(" ", "-"))


def size(data: str) -> int:
    """The rows of data that is described so."""
    return int(data.replace("-", " ").split(maxsplit=1)[0])


def write_mesh(root: Path, rows: int, *, ordered: bool) -> None:
    """A mesh whose port ``shop.orders`` is ready to be published: its silver step has run.

    Unless ``ordered``, keys come in no order: the audit proves ordered keys unique without a hash table.
    """
    from mesh_core.publishing.services import Services
    from mesh_core.publishing.steps.internals import refresh
    from mesh_core.settings import load_settings
    from mesh_core.testing import write_tiny_mesh

    shutil.rmtree(root, ignore_errors=True)
    write_tiny_mesh(root, consumer=False)
    product = root / "domains/shop/orders"
    (product / "sources.yaml").unlink()
    (product / "silver").mkdir()
    (product / "silver/till.sql").write_text(RAW.format(rows=rows) + ("" if ordered else "ORDER BY hash(i)\n"))
    (product / "orders.sql").write_text(SELECT.format(table="silver.till"))
    (product / "orders.contract.yaml").write_text(_CONTRACT)
    services = Services(load_settings(root))
    tree = services.mesh.domains["shop"]
    [step] = tree.internals
    refresh(step, tree, services, run_id="setup")
    services.close()
