"""The shared resources of every code location: storage, quality, catalog, and the IO manager of internal assets."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import dagster as dg

from mesh_core.catalog.durability import flush_sqlite_at_checkpoints
from mesh_core.errors import ConfigurationError, InputNotPublishedError
from mesh_core.orchestration.metadata import internal_metadata
from mesh_core.publishing.services import Services
from mesh_core.publishing.steps.internals import store
from mesh_core.publishing.transformation.table import Table
from mesh_core.quality import CheckResult, checks_for, evaluate
from mesh_core.settings import Settings, load_settings
from mesh_core.storage import Lake, Place, open_lake

if TYPE_CHECKING:
    import duckdb

    from mesh_core.catalog import Catalog
    from mesh_core.contracts import Contract

_VIEW = "input"


class StorageResource(dg.ConfigurableResource):  # type: ignore[type-arg]
    """The lake: pinned reads and staged, atomic writes of Delta tables."""

    mesh_root: str

    def settings(self) -> Settings:
        return load_settings(Path(self.mesh_root))

    def lake(self) -> Lake:
        return open_lake(self.settings())


class QualityResource(dg.ConfigurableResource):  # type: ignore[type-arg]
    """Audits as publications run them: ``sample_rows`` failing rows are kept for each failing rule."""

    sample_rows: int = 10

    def evaluate(
        self, contract: Contract, connection: duckdb.DuckDBPyConnection, table: str
    ) -> tuple[CheckResult, ...]:
        """Every rule of ``contract`` over ``table`` on ``connection``."""
        return evaluate(checks_for(contract), connection, table, sample_rows=self.sample_rows)


class CatalogResource(dg.ConfigurableResource):  # type: ignore[type-arg]
    """The catalog database; ``url`` is any SQLAlchemy URL, by default the mesh's own setting."""

    mesh_root: str
    url: str = ""

    def open(self) -> Catalog:
        """The catalog; close it after use."""
        return Services(load_settings(Path(self.mesh_root)), catalog_url=self.url).catalog


def services_of(resources: Any) -> Services:
    """The three resources as one step uses them."""
    flush_sqlite_at_checkpoints()
    return Services(
        resources.storage.settings(),
        catalog_url=resources.catalog.url,
        sample_rows=resources.quality.sample_rows,
    )


class InternalTables(dg.ConfigurableIOManager):
    """Keeps what a domain's plain assets return as Delta tables inside the domain, and loads them again.

    A parameter annotated as a pandas, Polars or Arrow table gets one; any other gets a lazy ``Table``. Only the
    own domain's assets can be loaded: what another domain publishes is an input port.
    """

    mesh_root: str
    domain: str

    def handle_output(self, context: dg.OutputContext, obj: Any) -> None:
        if obj is None:
            return
        services = Services(load_settings(Path(self.mesh_root)))
        table = services.lake.internal(tuple(context.asset_key.path))
        version, rows, columns = store(table, obj, services, run_id=context.run_id)
        context.add_output_metadata(internal_metadata(table, rows, version, columns))

    def load_input(self, context: dg.InputContext) -> Any:
        services = Services(load_settings(Path(self.mesh_root)))
        key = tuple(context.asset_key.path)
        pinned = services.lake.pin(self._place(key, services))
        if pinned is None:
            message = f"{'.'.join(key)} has no table yet"
            raise InputNotPublishedError(message, remedy="Materialise it first.")
        connection = services.connect()
        connection.execute(f"CREATE VIEW {_VIEW} AS {pinned.relation}")
        return _as_annotated(Table(connection, _VIEW), context.dagster_type.typing_type)

    def _place(self, key: tuple[str, ...], services: Services) -> Place:
        """Where the own domain keeps ``key``: a port's table or an internal one."""
        if key[0] != self.domain:
            message = f"{'.'.join(key)} belongs to domain '{key[0]}'; '{self.domain}' cannot load it"
            raise ConfigurationError(message, remedy="Declare an input port in product.yaml and read that.")
        port = next((p for p in services.mesh.ports.values() if p.address.asset_key == key), None)
        if port is None:
            return services.lake.internal(key)
        services.resolver.admit(port.contract)
        return services.table(port.contract)


def _as_annotated(table: Table, wanted: Any) -> Any:
    kind = f"{getattr(wanted, '__module__', '').partition('.')[0]}.{getattr(wanted, '__name__', '')}"
    readers = {
        "pandas.DataFrame": table.pandas,
        "polars.DataFrame": table.polars,
        "pyarrow.Table": table.arrow,
    }
    return readers[kind]() if kind in readers else table


def shared_resources(settings: Settings, domain: str) -> dict[str, Any]:
    """What the code location of ``domain`` gets."""
    root = str(settings.root)
    return {
        "storage": StorageResource(mesh_root=root),
        "quality": QualityResource(),
        "catalog": CatalogResource(mesh_root=root),
        "io_manager": InternalTables(mesh_root=root, domain=domain),
    }
