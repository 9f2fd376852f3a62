"""The care of the mesh's tables: which there are, what each wants, and what was done. Knows no Dagster."""

from __future__ import annotations

import time
from collections.abc import Collection, Iterable, Iterator
from datetime import timedelta
from typing import Any

import msgspec

from mesh_core.contracts.tree import Port
from mesh_core.errors import MeshError
from mesh_core.publishing.services import Services
from mesh_core.storage import Place
from mesh_core.storage.maintenance import Maintained, Upkeep, maintain, tables_below

INTERNAL_RETENTION = timedelta(days=7)
"""How long replaced versions of bronze and silver can be read: to rebuild what was made from them, and for runs."""


SAMPLES_KEPT = 20
"""Versions of a port whose sampled rows the catalog keeps; what it knows else of a version it keeps for ever."""


class Kept(msgspec.Struct, frozen=True, kw_only=True):
    """One table of the mesh and what it wants."""

    name: str
    """A port's address, or the dotted key of an internal asset."""
    place: Place
    upkeep: Upkeep


class Cared(msgspec.Struct, frozen=True, kw_only=True):
    """What became of one table; ``error`` if it could not be cared for."""

    name: str
    seconds: float
    result: Maintained | None = None
    error: MeshError | None = None

    @property
    def status(self) -> str:
        return self.result.status if self.result else "failed"

    def as_dict(self) -> dict[str, Any]:
        """One flat object, for ``--json`` and for Dagster."""
        told = msgspec.structs.asdict(self.result) if self.result else {"reason": str(self.error)}
        return {"table": self.name, **told, "status": self.status, "seconds": round(self.seconds, 3)}


def tables_of(ports: Collection[Port], services: Services) -> list[Kept]:
    """The tables of these ports and of the internal steps of their products.

    A domain of which every port is meant brings along whatever else it keeps, as what its plain assets returned.
    """
    found = {port.address.sql: _of_port(port, services) for port in ports}
    for name in sorted({port.address.domain for port in ports}):
        tree = services.mesh.domains[name]
        products = {port.product.id for port in ports}
        keys: set[tuple[str, ...]] = {step.key for step in tree.internals if tree.product(step.product).id in products}
        if all(port.address.sql in found for port in tree.ports):
            inside = tables_below(services.lake.internal((name,)))
            keys |= {(name, *path.split("/")) for path in inside}
        found |= {".".join(key): _of_internal(key, services) for key in sorted(keys)}
    return list(found.values())


def _of_port(port: Port, services: Services) -> Kept:
    publishing = port.contract.publishing
    upkeep = Upkeep(retention=timedelta(days=publishing.version_retention), cluster_by=publishing.cluster_by)
    return Kept(name=port.address.sql, place=services.table(port.contract), upkeep=upkeep)


def _of_internal(key: tuple[str, ...], services: Services) -> Kept:
    upkeep = Upkeep(retention=INTERNAL_RETENTION)
    return Kept(name=".".join(key), place=services.lake.internal(key), upkeep=upkeep)


def care_for(tables: Iterable[Kept], services: Services, *, dry_run: bool = False) -> Iterator[Cared]:
    """Maintain one table after another; what goes wrong with one is told of it and keeps no other from its turn."""
    for table in tables:
        started = time.perf_counter()
        result, wrong = None, None
        try:
            result = maintain(services.lake, table.place, table.upkeep, services.connect, dry_run=dry_run)
        except MeshError as error:
            wrong = error
        yield Cared(name=table.name, seconds=time.perf_counter() - started, result=result, error=wrong)


def forget_samples(services: Services) -> int:
    """Let the catalog drop the sampled rows of versions that are old; how many samples went."""
    catalog = services.existing_catalog()
    return 0 if catalog is None else catalog.forget_samples(SAMPLES_KEPT)
