"""A tiny mesh with the platform's own functions at hand, as a step of Dagster calls them, without Dagster."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from object_storage.switch import use_lake_of

from mesh_core.catalog import Catalog
from mesh_core.contracts.graph import key_of, ordered
from mesh_core.contracts.tree import Internal, Port
from mesh_core.publishing.publication import Publication, publish
from mesh_core.publishing.services import Services
from mesh_core.publishing.steps.internals import refresh
from mesh_core.settings import load_settings
from mesh_core.storage import Commit, open_lake
from mesh_core.storage.places import names_in, place_at, remove, storage_options
from mesh_core.testing import TinyMesh

if TYPE_CHECKING:
    from deltalake import DeltaTable

ORDERS = "shop.orders"
REVENUE = "insight.revenue"
CONTRACT = "domains/shop/orders/orders.contract.yaml"
SQL = "domains/shop/orders/orders.sql"


class Workbench:
    """Every call opens the mesh anew, so that edits of its files are seen as a new process would see them."""

    def __init__(self, tiny: TinyMesh) -> None:
        use_lake_of(tiny.root)
        self.tiny = tiny
        self.settings = load_settings(tiny.root)
        self.lake = open_lake(self.settings)

    def run(self, *, run_id: str = "run-1", force: bool = False) -> dict[str, Publication]:
        """Every step of the mesh in order; what each port did. The first failure is raised."""
        services = Services(self.settings)
        done = {}
        try:
            for tree, node in ordered(services.mesh):
                if isinstance(node, Internal):
                    refresh(node, tree, services, run_id=run_id, force=force)
                else:
                    done[node.address.sql] = publish(node, tree, services, run_id=run_id, force=force)
        finally:
            services.close()
        return done

    def step(self, name: str, *, run_id: str = "run-1", force: bool = False) -> Any:
        """One step alone: a port by its address, an internal asset by its dotted key."""
        services = Services(self.settings)
        try:
            tree, node = next(each for each in ordered(services.mesh) if ".".join(key_of(each[1])) == name)
            act = refresh if isinstance(node, Internal) else publish
            return act(node, tree, services, run_id=run_id, force=force)
        finally:
            services.close()

    def port(self, address: str) -> Port:
        return Services(self.settings).mesh.port(address)

    def commit(self, address: str) -> Commit:
        """What the port's newest version carries."""
        newest = self.lake.newest(self.lake.table(address.replace(".", "/")))
        assert newest is not None
        return newest

    def version(self, address: str) -> int | None:
        newest = self.lake.newest(self.lake.table(address.replace(".", "/")))
        return newest.version if newest else None

    def rows(self, address: str, version: int | None = None) -> list[tuple[Any, ...]]:
        """What a reader of the port sees, sorted."""
        pinned = self.lake.pin(self.lake.table(address.replace(".", "/")), version)
        if pinned is None:
            return []
        with Services(self.settings).connect() as connection:
            return sorted(connection.execute(pinned.relation).fetchall())

    def delta(self, address: str, version: int | None = None) -> DeltaTable:
        """The port's table as a reader without the mesh opens it."""
        from deltalake import DeltaTable

        table = self.lake.table(address.replace(".", "/"))
        return DeltaTable(str(table), version=version, storage_options=storage_options(table))

    def parquet_files(self, address: str) -> set[str]:
        return {name for name in names_in(self.lake.table(address.replace(".", "/"))) if name.endswith(".parquet")}

    def remove_file(self, file: str) -> None:
        """Take away what a pinned version names."""
        remove(place_at(file, self.settings.store_access))

    def catalog(self) -> Catalog:
        return Catalog(self.settings.catalog_url)
