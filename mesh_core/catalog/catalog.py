"""The catalog as callers see it. SQLAlchemy is imported when one is opened, not before: it costs 0.5 s."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Literal, Self

from mesh_core.catalog.happened import Happened
from mesh_core.errors import UnknownAddressError

if TYPE_CHECKING:
    from mesh_core.catalog.records import (
        Attempt,
        CheckOutcome,
        ContractRecord,
        DecisionRecord,
        FailedPublication,
        LineageGraph,
        LineageRecord,
        PortEntry,
        PublicationRecord,
    )
    from mesh_core.contracts.lifecycle import Milestone

Direction = Literal["upstream", "downstream"]


class Catalog(Happened):
    """All publications of one mesh in one database, for any number of processes at once.

    Registering is idempotent: what is there already is left as it is. CatalogError when the database can't be
    used or has a newer schema.
    """

    def __init__(self, url: str) -> None:
        from mesh_core.catalog.database import open_engine

        self._engine = open_engine(url)

    @classmethod
    def existing(cls, url: str) -> Self | None:
        """The catalog at ``url`` if there is one: whoever only wants to look must not create it.

        A SQLite file that is missing is found out without importing SQLAlchemy.
        """
        path = url.partition(":///")[2]
        if url.startswith("sqlite") and not (path and Path(path).is_file()):
            return None
        from mesh_core.catalog.database import is_empty

        return None if is_empty(url) else cls(url)

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

    def register_contract(
        self, record: ContractRecord, seen_at: str, *, decisions: Sequence[DecisionRecord] = (), run_id: str = ""
    ) -> bool:
        """Keep a contract version that nothing publishes, as a retired one; False when it is known.

        It counts as seen at ``seen_at``; ``decisions`` are what people decided to let it through.
        """
        from mesh_core.catalog import registration
        from mesh_core.catalog.database import writing

        def put(connection: Any) -> bool:
            return registration.contract(connection, record, seen_at, decisions, run_id)

        return writing(self._engine, put)

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

    def forget_samples(self, keep: int) -> int:
        """Drop the sampled rows of all but the newest ``keep`` versions of each port; the rest of them stays."""
        from mesh_core.catalog import registration
        from mesh_core.catalog.database import writing

        return writing(self._engine, lambda connection: registration.forget_samples(connection, keep))

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

    def standing_contracts(self) -> tuple[ContractRecord, ...]:
        """The newest published version of every major version of every contract: what binds its producer now."""
        from mesh_core.catalog import retrieval
        from mesh_core.catalog.database import reading

        return reading(self._engine, retrieval.standing_contracts)

    def milestones(self, contract_id: str | None = None) -> dict[str, tuple[Milestone, ...]]:
        """When each version of a contract was first seen, and with which status, oldest first, by contract id.

        All contracts by default. What lifecycle rules count days from.
        """
        from mesh_core.catalog import retrieval
        from mesh_core.catalog.database import reading

        return reading(self._engine, lambda connection: retrieval.milestones(connection, contract_id))

    def decisions(self, subject: str | None = None, limit: int | None = None) -> tuple[DecisionRecord, ...]:
        """The audit of what people decided against a rule, newest first; ``subject`` is a contract id.

        Overrides of lifecycle rules and waivers of policies, one entry each time that a publication relied on one.
        """
        from mesh_core.catalog import retrieval
        from mesh_core.catalog.database import reading

        return reading(self._engine, lambda connection: retrieval.decisions(connection, subject, limit))

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
