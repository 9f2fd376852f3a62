"""What a publication works with: the lake, the rules and the catalog of one mesh."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from mesh_core.contracts.loading import load_mesh
from mesh_core.contracts.tree import Mesh
from mesh_core.settings import Settings
from mesh_core.storage import Place, connect, open_lake

if TYPE_CHECKING:
    import duckdb

    from mesh_core.catalog import Catalog
    from mesh_core.contracts import Contract
    from mesh_core.governance import Charter
    from mesh_core.serving import Moment, PortReader, Resolver


FORCE_TAG = "mesh/force"
"""A Dagster run with this tag set to ``true`` publishes even what has not changed."""


class Services:
    """Opened on first use, so that a step pays for what it touches."""

    def __init__(self, settings: Settings, *, catalog_url: str = "", sample_rows: int = 10) -> None:
        self.settings = settings
        self.sample_rows = sample_rows
        self._catalog_url = catalog_url or settings.catalog_url
        self.lake = open_lake(settings)

    @cached_property
    def mesh(self) -> Mesh:
        """The tree of all domains as it is on disk now."""
        return load_mesh(self.settings)

    @cached_property
    def charter(self) -> Charter:
        """What governance has written down, as it is on disk now."""
        from mesh_core.contracts.document import DocumentCache
        from mesh_core.governance import load_charter

        cache = DocumentCache(self.settings.cache / "charter")  # that of the tree takes 60 ms to read at 500 ports
        charter = load_charter(self.settings.root, cache)
        cache.save()
        return charter

    @cached_property
    def catalog(self) -> Catalog:
        from mesh_core.catalog import Catalog

        self.settings.home.mkdir(parents=True, exist_ok=True)
        return Catalog(self._catalog_url)

    @cached_property
    def resolver(self) -> Resolver:
        """The one way from a contract id and a range to what is read."""
        from mesh_core.serving import Resolver

        return Resolver(self.settings, self.mesh, self.lake, self.existing_catalog)

    def reader(self, at: Moment | None = None) -> PortReader:
        """The ports as a reader gets them, by default in their newest versions."""
        from mesh_core.serving import Moment, PortReader

        return PortReader(
            self.settings, self.mesh, self.resolver, lambda: self.charter, lake=self.lake, at=at or Moment()
        )

    def existing_catalog(self) -> Catalog | None:
        """The catalog, unless there is none yet: whoever only looks does not create one."""
        if "catalog" not in self.__dict__:
            from mesh_core.catalog import Catalog

            found = Catalog.existing(self._catalog_url)
            if found is None:
                return None
            self.catalog = found
        return self.catalog

    def table(self, contract: Contract) -> Place:
        """Where the contract's port physically is: its server for the environment says so."""
        return self.lake.place_of(contract.server(self.settings.environment))

    def connect(self, *, database: str = ":memory:") -> duckdb.DuckDBPyConnection:
        """An engine for one transformation or query, which can open every table that was asked for so far."""
        settings, access = self.settings, self.lake.access
        return connect(settings.scratch, settings.memory_limit, database=database, access=access)

    def close(self) -> None:
        """Release the catalog's connections."""
        if "catalog" in self.__dict__:
            self.catalog.close()
