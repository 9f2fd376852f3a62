"""Ports opened for reading: past the gates that every reader passes, and fixed at one version."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from datetime import date
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self

from mesh_core.contracts.loading import load_mesh
from mesh_core.contracts.tree import Mesh, Port
from mesh_core.errors import InputNotPublishedError, MeshError
from mesh_core.model import Address
from mesh_core.policy import refuse
from mesh_core.serving.moments import NEWEST, Moment, moment_of, time_of
from mesh_core.serving.recording import note_reads
from mesh_core.serving.resolver import Resolver
from mesh_core.settings import Settings, load_settings
from mesh_core.storage import Lake, Pinned, connect, open_lake, qualified, quoted
from mesh_core.storage.table import Table

if TYPE_CHECKING:
    import duckdb

    from mesh_core.catalog import Catalog
    from mesh_core.governance import Charter


class PortReader(Mapping[str, Pinned]):
    """SQL name of every port to one version of it; a thousand ports cost nothing.

    A port is pinned when it is first asked for and stays so: who reads through one reader sees one state. Raises
    PolicyRefusedError or ContractRetiredError for a port that is not to be read, InputNotPublishedError for one
    that has no version, MeshError for a version that is gone.
    """

    def __init__(
        self,
        settings: Settings,
        mesh: Mesh,
        resolver: Resolver,
        charter: Callable[[], Charter],
        *,
        lake: Lake,
        at: Moment = NEWEST,
    ) -> None:
        self._settings, self._mesh, self._resolver, self._lake = settings, mesh, resolver, lake
        self._charter, self._at = charter, at
        self._addresses = {address.sql: address for address in resolver.addresses()}
        self._pinned: dict[Address, Pinned] = {}
        for address in at.versions:
            if address not in self._addresses.values():
                raise mesh.unknown(address.sql)

    def __getitem__(self, name: str) -> Pinned:
        return self.pin(self._addresses[name])

    def __iter__(self) -> Iterator[str]:
        return iter(self._addresses)

    def __contains__(self, name: object) -> bool:
        return name in self._addresses  # the inherited one would open the port

    def __len__(self) -> int:
        return len(self._addresses)

    @property
    def opened(self) -> tuple[str, ...]:
        """The SQL names of the ports that were asked for."""
        return tuple(address.sql for address in self._pinned)

    def pin(self, address: Address) -> Pinned:
        """The port at ``address`` in the version that the reader's moment means."""
        if address not in self._pinned:
            if self._at.version is not None and self._pinned:
                names = " and ".join(sorted(known.sql for known in (*self._pinned, address)))
                message = f"version {self._at.version} is one port's, but {names} are read"
                raise MeshError(message, remedy=f"Name the port: {address.sql}={self._at.version}.", code="moment")
            self._pinned[address] = self._opened(address)
        return self._pinned[address]

    def _opened(self, address: Address) -> Pinned:
        port: Port | None = self._mesh.ports.get(address)
        if port is not None:
            refuse("access", port, self._charter(), mesh=self._mesh)
        contract = self._resolver.at(address)
        pinned = None
        if contract is not None:
            self._resolver.admit(contract)
            table = self._lake.place_of(contract.server(self._settings.environment))
            version = self._at.versions.get(address, self._at.version)
            if version is None and self._at.time is not None:
                pinned = self._lake.pin(table, at=self._at.time)
            else:
                pinned = self._lake.pin(table, version)
        if pinned is None:
            message = f"{address.sql} has never been published"
            raise InputNotPublishedError(message, remedy=f"Run `mesh run {address.sql} --upstream` first.")
        return pinned


class OpenPort(Table):
    """One version of a port, to be read in Python; nothing is read before a method is called. Close it after use."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, address: Address, pinned: Pinned) -> None:
        super().__init__(connection, address.sql)
        self.address = address
        self.version = pinned.version
        """The table version: that of the publication whose rows these are."""

    def __repr__(self) -> str:
        return f"OpenPort({self.name}, version {self.version})"

    def close(self) -> None:
        """Let go of the engine."""
        self._connection.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def open_port(address: str, *, at: int | str | date | None = None, root: Path | None = None) -> OpenPort:
    """The port at ``address`` of the mesh at ``root`` (by default the one that encloses this folder).

    ``at`` is a table version or a time (ISO text, date or datetime; UTC without a zone); by default the newest
    version. Raises what ``PortReader`` raises, and UnknownAddressError.
    """
    settings = load_settings(root)
    mesh, lake = load_mesh(settings), open_lake(settings)
    with ExitStack() as stack:

        def catalog() -> Catalog | None:
            from mesh_core.catalog import Catalog

            found = Catalog.existing(settings.catalog_url)
            return stack.enter_context(found) if found else None

        def charter() -> Charter:
            from mesh_core.contracts.document import DocumentCache
            from mesh_core.governance import load_charter

            return load_charter(settings.root, DocumentCache(settings.cache))

        resolver = Resolver(settings, mesh, lake, catalog)
        reader = PortReader(settings, mesh, resolver, charter, lake=lake, at=_moment(at))
        wanted = Address.parse(address)
        if wanted.sql not in reader:
            raise mesh.unknown(wanted.sql)
        pinned = reader.pin(wanted)
    connection = connect(settings.scratch, settings.memory_limit, access=lake.access)
    connection.execute(f"CREATE SCHEMA {quoted(wanted.domain)}")
    connection.execute(f"CREATE VIEW {qualified(wanted.sql)} AS {pinned.relation}")
    note_reads(settings, [wanted.sql], via="python")
    return OpenPort(connection, wanted, pinned)


def _moment(at: int | str | date | None) -> Moment:
    if at is None:
        return NEWEST
    if isinstance(at, int):
        return Moment(version=at)
    return moment_of([at]) if isinstance(at, str) else Moment(time=time_of(at))
