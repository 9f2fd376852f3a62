"""A mesh of one port, ``shop.orders``, whose write mode, transformation and deliveries each test chooses."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from orchestration.workbench import ORDERS, Workbench

from mesh_core.publishing.publication import Publication
from mesh_core.storage.places import files_below
from mesh_core.testing import write_tiny_mesh

CONTRACT = "domains/shop/orders/orders.contract.yaml"
PRODUCT = "domains/shop/orders/product.yaml"
SOURCES = "domains/shop/orders/sources.yaml"
SQL = "domains/shop/orders/orders.sql"
HEADER = "id,name,amount,seq,day,gone"
COLUMNS = "id, name, amount, seq, day"

Row = tuple[Any, ...]


class Ledger(Workbench):
    """Rows are ``(id, name, amount, seq, day, gone)`` as delivered, without ``gone`` as published."""

    def write(
        self,
        mode: str,
        *,
        key: str = "id",
        sql: str = f"SELECT {COLUMNS} FROM bronze.orders_feed",
        properties: Mapping[str, str] | None = None,
        product: Mapping[str, str] | None = None,
        rules: str = "",
    ) -> None:
        """Write the port's files; ``properties`` and ``product`` are custom properties as YAML."""
        custom = {"writeMode": mode, **(properties or {})}
        text = _CONTRACT.replace("$key", key and "primaryKey: true, primaryKeyPosition: 1,")
        text = text.replace(
            "$partitioned", "partitioned: true, partitionKeyPosition: 1," if mode == "partitions" else ""
        )
        self.put(CONTRACT, text + (f"    quality:\n{rules}" if rules else "") + _custom(custom) + _SERVERS)
        self.put(PRODUCT, _PRODUCT + (_custom(product) if product else ""))
        self.put(SOURCES, _SOURCES)
        self.put(SQL, sql)

    def put(self, path: str, text: str) -> None:
        self.tiny.file(path).write_text(text)

    def deliver(self, name: str, rows: Iterable[Sequence[Any]]) -> None:
        """One file of the feed."""
        file = self.tiny.home / "landing" / "orders" / f"{name}.csv"
        file.parent.mkdir(parents=True, exist_ok=True)
        lines = [",".join("" if value is None else str(value) for value in row) for row in rows]
        file.write_text("\n".join([HEADER, *lines]) + "\n")

    def withdraw(self, name: str) -> None:
        (self.tiny.home / "landing" / "orders" / f"{name}.csv").unlink()

    def publish(self, **options: Any) -> Publication:
        """The feed's step and the port's, as a new process would do them."""
        self.step("shop.bronze.orders_feed")
        return self.step(ORDERS, **options)

    @property
    def shown(self) -> list[Row]:
        """Id, name, amount and sequence of what readers see."""
        return [row[:4] for row in self.rows(ORDERS)]

    @property
    def facts(self) -> dict[str, str]:
        return self.commit(ORDERS).facts

    @property
    def files(self) -> set[str]:
        """Of the newest version."""
        pinned = self.lake.pin(self.lake.table("shop/orders"))
        return set(pinned.files) if pinned else set()

    @property
    def leftovers(self) -> set[str]:
        """Files of rows that no version names."""
        table = self.lake.table("shop/orders")
        named: set[str] = set()
        for commit in self.lake.history(self.lake.table("shop/orders")):
            pinned = self.lake.pin(self.lake.table("shop/orders"), commit.version)
            named |= set(pinned.files) if pinned else set()
        there = {found.name for found in files_below(table) if found.name.endswith(".parquet")}
        return {f"{table}/{name}" for name in there if name.partition("/")[0] not in {"_delta_log", "_mesh"}} - named

    @property
    def bytes(self) -> int:
        """Of the newest version's files, as the store counts them."""
        table, named = self.lake.table("shop/orders"), self.files
        return sum(found.bytes for found in files_below(table) if f"{table}/{found.name}" in named)


def new_ledger(folder: Path) -> Ledger:
    """A ledger in ``folder``, with nothing delivered."""
    tiny = write_tiny_mesh(folder, consumer=False)
    (tiny.home / "landing" / "orders" / "2026-01-02.csv").unlink()
    return Ledger(tiny)


def _custom(properties: Mapping[str, str]) -> str:
    lines = [f"  - {{property: {name}, value: {value}}}" for name, value in properties.items()]
    return "\n".join(["customProperties:", *lines]) + "\n"


_CONTRACT = """\
apiVersion: v3.2.0
kind: DataContract
id: shop.orders
name: Orders
version: "1.0.0"
status: draft
domain: shop
dataProduct: orders
description: {purpose: Every order.}
schema:
  - name: orders
    logicalType: object
    physicalType: table
    properties:
      - {name: id, logicalType: integer, description: Number., required: true, $key classification: internal}
      - {name: name, logicalType: string, description: Of whom., classification: internal}
      - {name: amount, logicalType: number, description: How much., classification: internal,
         logicalTypeOptions: {minimum: 0}}
      - {name: seq, logicalType: integer, description: Which change., classification: internal}
      - {name: day, logicalType: date, description: When., required: true, $partitioned classification: internal}
"""
_SERVERS = """\
servers:
  - {server: local, type: local, environment: local, path: shop/orders, format: delta}
team:
  name: Shop team
"""
_PRODUCT = """\
apiVersion: v1.1.0
kind: DataProduct
id: shop.orders
name: Orders
version: "1.0.0"
status: draft
domain: shop
type: sourceAligned
description: {purpose: Every order.}
outputPorts:
  - {name: orders, version: "1.0.0", contractId: shop.orders}
"""
_SOURCES = """\
orders_feed:
  description: Orders as the till writes them.
  landing: orders/*.csv
  columns: {id: BIGINT, name: VARCHAR, amount: DOUBLE, seq: BIGINT, day: DATE, gone: BOOLEAN}
"""
