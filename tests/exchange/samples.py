"""A contract with a column of every kind, rows that keep it, and the reference mesh's contracts."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

from mesh_core.contracts.document import read_document
from mesh_core.contracts.loading import load_mesh
from mesh_core.contracts.odcs import Contract, contract_from
from mesh_core.contracts.tree import Mesh
from mesh_core.settings import load_settings

ROOT = Path(__file__).resolve().parents[2]

EVERYTHING = """\
apiVersion: v3.2.0
kind: DataContract
id: shop.everything
name: Everything
version: "2.1.0"
status: active
domain: shop
dataProduct: everything
tags: [sales]
description: {purpose: "Every kind of column; it's a test, with {{ braces }}."}
schema:
  - name: everything_v2
    logicalType: object
    physicalType: table
    dataGranularityDescription: One row for each thing.
    properties:
      - name: thing_id
        businessName: Thing
        logicalType: integer
        description: Number of the thing.
        primaryKey: true
        primaryKeyPosition: 2
        classification: internal
      - {name: region, logicalType: string, primaryKey: true, primaryKeyPosition: 1, logicalTypeOptions: {maxLength: 2}}
      - {name: code, logicalType: string, required: true, unique: true, logicalTypeOptions: {pattern: "^[A-Z]{3}$"}}
      - {name: mail, logicalType: string, logicalTypeOptions: {format: email}}
      - {name: kind, logicalType: string, classification: restricted, enum: [{value: big}, {value: small}]}
      - {name: size, logicalType: string, enum: [{value: 1 m}, {value: 2 m}]}
      - {name: level, logicalType: integer, enum: [{value: 1}, {value: 2}]}
      - {name: tiny, logicalType: integer, physicalType: TINYINT, required: true}
      - {name: small, logicalType: integer, physicalType: SMALLINT, logicalTypeOptions: {minimum: 1, maximum: 9}}
      - name: medium
        logicalType: integer
        physicalType: int
        logicalTypeOptions: {exclusiveMinimum: 0, exclusiveMaximum: 9}
      - {name: price, logicalType: number, physicalType: "DECIMAL(12,2)", required: true, tags: [money]}
      - {name: ratio, logicalType: number, physicalType: FLOAT}
      - {name: amount, logicalType: number}
      - {name: paid, logicalType: boolean, required: true}
      - {name: sold_on, logicalType: date, logicalTypeOptions: {minimum: "2020-01-01"}}
      - {name: sold_at, logicalType: timestamp, required: true}
      - {name: local_time, logicalType: timestamp, physicalType: TIMESTAMP}
      - {name: opens, logicalType: time, physicalType: TIME}
      - {name: token, logicalType: string, physicalType: UUID}
      - {name: picture, logicalType: string, physicalType: BLOB}
      - {name: labels, logicalType: array, items: {logicalType: string}, required: true}
      - name: parts
        logicalType: array
        items:
          logicalType: object
          properties:
            - {name: part, logicalType: string, required: true, description: Name of the part.}
            - {name: weight, logicalType: number, physicalType: "DECIMAL(6,3)"}
      - name: address
        logicalType: object
        required: true
        properties:
          - {name: street, logicalType: string, required: true}
          - name: geo
            logicalType: object
            properties: [{name: lat, logicalType: number}, {name: lon, logicalType: number}]
      - name: stock
        logicalType: map
        physicalType: MAP(VARCHAR, BIGINT)
        map: {key: {logicalType: string}, value: {logicalType: integer}}
      - {name: select, logicalType: string, description: A reserved word.}
servers:
  - {server: local, type: local, environment: local, path: shop/everything_v2, format: delta}
"""

TYPES = {
    **dict.fromkeys(("thing_id", "level"), "BIGINT"),
    **dict.fromkeys(("region", "code", "mail", "kind", "size", "select"), "VARCHAR"),
    "tiny": "TINYINT",
    "small": "SMALLINT",
    "medium": "INTEGER",
    "price": "DECIMAL(12,2)",
    "ratio": "FLOAT",
    "amount": "DOUBLE",
    "paid": "BOOLEAN",
    "sold_on": "DATE",
    "sold_at": "TIMESTAMP WITH TIME ZONE",
    "local_time": "TIMESTAMP",
    "opens": "TIME",
    "token": "UUID",
    "picture": "BLOB",
    "labels": "VARCHAR[]",
    "parts": "STRUCT(part VARCHAR, weight DECIMAL(6,3))[]",
    "address": "STRUCT(street VARCHAR, geo STRUCT(lat DOUBLE, lon DOUBLE))",
    "stock": "MAP(VARCHAR, BIGINT)",
}
"""As DuckDB prints them."""
REQUIRED = ["thing_id", "region", "code", "tiny", "price", "paid", "sold_at", "labels", "address"]

FULL_ROW: dict[str, Any] = {
    "thing_id": 2**40, "region": "eu", "code": "ABC", "mail": "a@b.example", "kind": "big", "size": "1 m", "level": 2,
    "tiny": -128, "small": 9, "medium": 1, "price": Decimal("1234567890.12"), "ratio": 0.5, "amount": 1e300,
    "paid": False, "sold_on": date(2026, 11, 21), "sold_at": datetime(2026, 11, 21, 8, 30, 0, 123456, UTC),
    "local_time": datetime(2026, 11, 21, 8, 30), "opens": datetime(2026, 1, 1, 8, 30, 1, 5).time(),
    "token": "6ba7b810-9dad-11d1-80b4-00c04fd430c8", "picture": b"\x00\xff", "labels": ["new", None],
    "parts": [{"part": "lid", "weight": Decimal("1.125")}, {"part": "leg", "weight": None}],
    "address": {"street": "Main", "geo": {"lat": 1.5, "lon": None}}, "stock": {"here": 1, "there": None}, "select": "x",
}  # fmt: skip
EMPTIEST_ROW: dict[str, Any] = {name: FULL_ROW[name] if name in REQUIRED else None for name in FULL_ROW}


def everything(folder: Path) -> Contract:
    file = folder / "everything_v2.contract.yaml"
    file.write_text(EVERYTHING)
    return contract_from(read_document(file, "odcs"))


@cache
def reference_mesh() -> Mesh:
    return load_mesh(load_settings(ROOT))


def reference_contracts() -> list[Contract]:
    return [port.contract for port in reference_mesh().ports.values()]
