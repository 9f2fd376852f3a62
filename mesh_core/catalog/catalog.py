"""The catalog as callers see it. SQLAlchemy is imported when one is opened, not before: it costs 0.5 s."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import TracebackType
from typing import TYPE_CHECKING, Any, Literal, Self

from mesh_core.errors import UnknownAddressError

if TYPE_CHECKING:
    from mesh_core.catalog.records import (
        Attempt,
        CheckOutcome,
        ContractRecord,
        FailedPublication,
        LineageGraph,
        LineageRecord,
        PortEntry,
        PublicationRecord,
    )

Direction = Literal["upstream", "downstream"]


class Catalog:
    """All publications of one mesh in one database, for any number of processes at once.

    Registering is idempotent: what is there already is left as it is. CatalogError when the database can't be
    used or has a newer schema.
    """

    def __init__(self, url: str) -> None:
        from mesh_core.catalog.database import open_engine

        self._engine = open_engine(url)

    def register(self, record: PublicationRecord) -> bool:
        """Keep a publication and all that belongs to it; False when this table version is there already."""
        from mesh_core.catalog import registration
        from mesh_core.catalog.database import writing

        return writing(self._engine, lambda connection: registration.publish(connection, record))

    def register_failure(self, record: FailedPublication) -> bool:
        """Keep an attempt that published nothing in the history; False when it is there already."""
        from mesh_core.catalog import registration
        from mesh_core.catalog.database import writing

        return writing(self._engine, lambda connection: registration.fail(connection, record))

    def register_internal(
        self,
        key: str,
        inputs: Mapping[str, int | None],
        lineage: Sequence[LineageRecord] = (),
        *,
        lineage_kind: str = "",
    ) -> bool:
        """Keep what the internal asset ``domain.layer.name`` reads now; False when that was known."""
        from mesh_core.catalog import registration
        from mesh_core.catalog.database import writing

        edges = (tuple(lineage), lineage_kind)
        return writing(self._engine, lambda connection: registration.internal(connection, key, inputs, edges))

    def publication(self, address: str, table_version: int | None = None) -> PublicationRecord | None:
        """One publication, by default the newest; None when there is none."""
        from mesh_core.catalog import retrieval
        from mesh_core.catalog.database import reading

        return reading(self._engine, lambda connection: retrieval.publication(connection, address, table_version))

    def publications(self, address: str, limit: int | None = None) -> tuple[Attempt, ...]:
        """The port's history, newest first, failed attempts included."""
        from mesh_core.catalog import retrieval
        from mesh_core.catalog.database import reading

        return reading(self._engine, lambda connection: retrieval.attempts(connection, address, limit))

    def ports(self) -> tuple[PortEntry, ...]:
        """Every port with its newest publication, by address."""
        from mesh_core.catalog import retrieval
        from mesh_core.catalog.database import reading

        return reading(self._engine, retrieval.ports)

    def contract(self, contract_id: str, version: str) -> dict[str, Any] | None:
        """The document published under this version, the newest if it was republished; None if never."""
        found = self.contract_versions(contract_id, version)
        return found[0].document if found else None

    def contracts(self, contract_id: str) -> tuple[dict[str, Any], ...]:
        """Every document published under this id, newest first."""
        return tuple(record.document for record in self.contract_versions(contract_id))

    def contract_versions(self, contract_id: str, version: str | None = None) -> tuple[ContractRecord, ...]:
        """Every published pair of version and digest, newest first; two of one version mean a changed promise."""
        from mesh_core.catalog import retrieval
        from mesh_core.catalog.database import reading

        return reading(self._engine, lambda connection: retrieval.contract_versions(connection, contract_id, version))

    def check_results(self, address: str, limit: int = 20, *, check: str | None = None) -> tuple[CheckOutcome, ...]:
        """What the port's rules (or the one named) found in the newest ``limit`` attempts, newest first."""
        from mesh_core.catalog import retrieval
        from mesh_core.catalog.database import reading

        return reading(self._engine, lambda connection: retrieval.check_results(connection, address, limit, check))

    def lineage(
        self,
        address: str,
        direction: Direction = "upstream",
        *,
        column: str | None = None,
        depth: int | None = None,
    ) -> LineageGraph:
        """What a port or internal asset is made from, or what is made from it, down to columns.

        ``column`` follows that column alone, ``depth`` stops after so many steps. UnknownAddressError for an
        address that is neither registered nor read by anything.
        """
        from mesh_core.catalog import graph
        from mesh_core.catalog.database import reading

        down = direction == "downstream"
        found = reading(
            self._engine,
            lambda connection: graph.walk(connection, address, down=down, column=column, depth=depth),
        )
        if not found.edges and found.nodes[0].kind == "unregistered":
            message = f"the catalog knows no port or internal asset '{address}'"
            raise UnknownAddressError(message, remedy="Publish it first, or see `mesh list`.")
        return found

    def missing(self, address: str, versions: Sequence[int]) -> tuple[int, ...]:
        """Those of the table's ``versions`` that are not registered: what a repair has to register."""
        from mesh_core.catalog import retrieval
        from mesh_core.catalog.database import reading

        return reading(self._engine, lambda connection: retrieval.missing(connection, address, versions))

    def close(self) -> None:
        """Release the database's connections."""
        self._engine.dispose()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
