"""The mesh as its files say it is: every domain, product, port and internal asset under one root."""

from __future__ import annotations

import fnmatch
from functools import cached_property
from pathlib import Path
from typing import Literal

import msgspec

from mesh_core.contracts.odcs import Contract
from mesh_core.contracts.odps import Domain, Product, Source
from mesh_core.contracts.ranges import range_of, release_of
from mesh_core.contracts.variables import variables_of
from mesh_core.errors import MeshError, UnknownAddressError
from mesh_core.model import Address

Engine = Literal["source", "sql", "python", "dbt"]


class Internal(msgspec.Struct, frozen=True, kw_only=True):
    """A bronze or silver step: ``layer.name`` in the SQL of its own domain, nowhere else."""

    domain: str
    product: str
    layer: str
    name: str
    engine: Engine
    path: Path
    source: Source | None = None
    variables: dict[str, str] = {}
    """What its SQL may take from the contracts of its product, by name: SQL literals."""

    @property
    def key(self) -> tuple[str, str, str]:
        return (self.domain, self.layer, self.name)

    @property
    def sql(self) -> str:
        return f"{self.layer}.{self.name}"


class Port(msgspec.Struct, frozen=True, kw_only=True):
    """An output port: its promise, and the file that keeps it."""

    contract: Contract
    product: Product
    domain: Domain
    engine: Engine
    path: Path
    siblings: tuple[Contract, ...] = ()
    """Contracts of other major versions that the same file keeps."""

    @property
    def retired(self) -> bool:
        """Whether the port has ended: its table stays, nothing makes or reads it any more."""
        return self.contract.status == "retired"

    @property
    def variables(self) -> dict[str, str]:
        """What its SQL may take from its contract, by name: SQL literals."""
        return variables_of(self.contract.document.raw)

    @property
    def spare(self) -> frozenset[str]:
        """Columns that the file may make beside the contract's own: those that a sibling promises."""
        made = (column.name for contract in self.siblings for column in contract.columns)
        return frozenset(made) | {name for contract in self.siblings for name in contract.publishing.spare}

    @property
    def address(self) -> Address:
        return self.contract.address

    @property
    def owner(self) -> str:
        """The contract's owner, else the product's, else the domain's."""
        return self.contract.owner or self.product.owner or self.domain.owner.team


class DomainTree(msgspec.Struct, frozen=True, kw_only=True, dict=True):
    """One domain with all that its folder holds."""

    domain: Domain
    folder: Path
    products: tuple[Product, ...]
    ports: tuple[Port, ...]
    internals: tuple[Internal, ...]
    dbt_project: Path | None = None

    @cached_property
    def _internals(self) -> dict[tuple[str, str], Internal]:
        return {(internal.layer, internal.name): internal for internal in self.internals}

    @cached_property
    def _products(self) -> dict[str, Product]:
        return {product.folder.name: product for product in self.products}

    def internal(self, layer: str, name: str) -> Internal | None:
        """The step that makes ``layer.name``, if there is one."""
        return self._internals.get((layer, name))

    def product(self, folder: str) -> Product:
        """The product of the folder, which is a name in the domain's own."""
        return self._products[folder]


class Mesh(msgspec.Struct, frozen=True, kw_only=True, dict=True):
    """All domains of a root that load, and what is wrong with those that don't."""

    root: Path
    domains: dict[str, DomainTree]
    broken: dict[str, MeshError]

    @cached_property
    def ports(self) -> dict[Address, Port]:
        return {port.address: port for tree in self.domains.values() for port in tree.ports}

    @cached_property
    def _versions(self) -> dict[str, list[Port]]:
        """Ports by contract id, the newest first: a thousand products look up many thousand inputs."""
        found: dict[str, list[Port]] = {}
        for port in sorted(self.ports.values(), key=lambda port: release_of(port.contract.version), reverse=True):
            found.setdefault(port.contract.id, []).append(port)
        return found

    def versions(self, contract_id: str) -> tuple[Port, ...]:
        """Every port of the contract id, one for each major version, the newest first."""
        return tuple(self._versions.get(contract_id, ()))

    def port(self, address: Address | str) -> Port:
        """The port at ``address``; UnknownAddressError names near ones."""
        wanted = Address.parse(address) if isinstance(address, str) else address
        ports = self.ports
        if wanted in ports:
            return ports[wanted]
        raise self.unknown(wanted.sql)

    def unknown(self, name: str) -> UnknownAddressError:
        """That nothing is called ``name``, with what is called nearly so."""
        import difflib

        ports = [address.sql for address in self.ports]
        known = ports if "." in name else [*self.domains, *ports]
        near = difflib.get_close_matches(name, known, n=3, cutoff=0.5)
        remedy = f"Did you mean {', '.join(near)}?" if near else "`mesh list` shows all ports."
        message = f"the mesh has no port {name}" if "." in name else f"the mesh has no domain or port '{name}'"
        return UnknownAddressError(message, remedy=remedy)

    def resolve(self, contract_id: str, version: str) -> Port | None:
        """The newest port of ``contract_id`` whose version is in the range, or None."""
        span = range_of(version)
        return next((port for port in self.versions(contract_id) if span.admits(port.contract.version)), None)

    def select(self, patterns: tuple[str, ...]) -> list[Port]:
        """Ports whose address, domain or ``domain.product`` matches any pattern (``*`` allowed); all for none."""
        if not patterns:
            return list(self.ports.values())
        chosen: dict[Address, Port] = {}
        for pattern in patterns:
            hits = [port for port in self.ports.values() if _matches(port, pattern)]
            if not hits and pattern not in self.broken and pattern.partition(".")[0] not in self.broken:
                raise self.unknown(pattern)
            chosen |= {port.address: port for port in hits}
        return list(chosen.values())


def _matches(port: Port, pattern: str) -> bool:
    address = port.address
    names = (address.sql, address.uri, address.domain, port.product.id)
    return any(fnmatch.fnmatchcase(name, pattern) for name in names)
