"""The tiny mesh with orders by days: each delivery is a day, bronze, silver and port are partitioned alike."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from mesh_core.contracts.graph import key_of, ordered
from mesh_core.contracts.publishing import Partitioning
from mesh_core.contracts.tree import Internal
from mesh_core.publishing.publication import publish
from mesh_core.publishing.services import Services
from mesh_core.publishing.steps.internals import refresh
from mesh_core.settings import load_settings
from mesh_core.storage import Commit, Lake, Pinned
from mesh_core.testing import TinyMesh, write_tiny_mesh

PORT = "shop.orders"
BRONZE = "shop.bronze.orders_feed"
SILVER = "shop.silver.orders_cleaned"
STEPS = (BRONZE, SILVER, PORT)
REVENUE = "insight.revenue"
CONTRACT = "domains/shop/orders/orders.contract.yaml"
SQL = "domains/shop/orders/orders.sql"
CLEANED = "domains/shop/orders/silver/orders_cleaned.sql"

_BY_DAYS = """\
customProperties:
  - {property: writeMode, value: partitions}
  - {property: partitionStart, value: "2026-01-01"}
  - {property: partitionEnd, value: "2026-07-01"}
"""
_PARTITIONED = """\
customProperties:
  - property: partitioned
    value: {bronze.orders_feed: _source_file, silver.orders_cleaned: ordered_on}
"""


class Days:
    """Every call opens the mesh anew, as a new process would."""

    def __init__(self, tiny: TinyMesh) -> None:
        self.tiny = tiny
        self.settings = load_settings(tiny.root)
        self.lake = Lake(self.settings.lake)

    @property
    def partitioning(self) -> Partitioning:
        found = Services(self.settings).mesh.port(PORT).contract.publishing.partitioning
        assert found is not None
        return found

    def deliver(self, day: str, *numbers: int, amount: str = "1.00") -> Path:
        """The file of a day, with one order for each number."""
        return self.tiny.deliver(day, [f"{number},ada@example.com,{amount},{day}" for number in numbers])

    def step(self, name: str, **options: Any) -> Any:
        services = Services(self.settings)
        try:
            tree, node = next(each for each in ordered(services.mesh) if ".".join(key_of(each[1])) == name)
            act = refresh if isinstance(node, Internal) else publish
            return act(node, tree, services, run_id="run", **options)
        finally:
            services.close()

    def run(self, **options: Any) -> None:
        """Bronze, silver and the port, in their order."""
        for name in STEPS:
            self.step(name, **options)

    def pinned(self, name: str) -> Pinned:
        parts = name.split(".")
        place = self.lake.table("/".join(parts)) if len(parts) == 2 else self.lake.internal(tuple(parts))
        found = self.lake.pin(place)
        assert found is not None
        return found

    def commit(self, name: str) -> Commit:
        newest = self.lake.newest(self.pinned(name).path)
        assert newest is not None
        return newest

    def files(self, name: str) -> dict[str, set[str]]:
        """The files of the newest version by partition."""
        found: dict[str, set[str]] = {}
        for file in self.pinned(name).data:
            [value] = file.partition.values()
            found.setdefault(str(value), set()).add(Path(file.file).name)
        return found

    def orders(self, name: str = PORT) -> list[int]:
        """The numbers of all orders, doubles included."""
        return self.values(name, "order_id")

    def values(self, name: str, column: str) -> list[int]:
        """One column of all rows, sorted."""
        with Services(self.settings).connect() as connection:
            found = connection.execute(f"SELECT {column} FROM ({self.pinned(name).relation}) ORDER BY 1").fetchall()
        return [value for (value,) in found]


def new_days(folder: Path) -> Days:
    tiny = write_tiny_mesh(folder)
    for old in (tiny.home / "landing" / "orders").iterdir():
        old.unlink()
    contract = tiny.file(CONTRACT)
    day = "{name: ordered_on, logicalType: date, description: Day of the order., required: true, "
    tiny.edit(CONTRACT, day, day + "partitioned: true, partitionKeyPosition: 1, ")
    contract.write_text(contract.read_text() + _BY_DAYS)
    product = tiny.file("domains/shop/orders/product.yaml")
    product.write_text(product.read_text() + _PARTITIONED)
    tiny.file(CLEANED).parent.mkdir()
    tiny.file(CLEANED).write_text("SELECT * EXCLUDE (_source_file) FROM bronze.orders_feed\n")
    tiny.file(SQL).write_text("SELECT order_id, customer, amount, ordered_on FROM silver.orders_cleaned\n")
    days = Days(tiny)
    days.deliver("2026-01-01", 1, 2)
    days.deliver("2026-01-02", 3)
    return days
