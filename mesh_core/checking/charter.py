"""Governance speaks of ports, domains and people: what it names must be there."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import msgspec

from mesh_core.contracts.bindings import ENTITY
from mesh_core.errors import MeshError
from mesh_core.model import Address

if TYPE_CHECKING:
    from mesh_core.contracts.tree import Mesh
    from mesh_core.governance import Charter, Entity


def charter_findings(charter: Charter, mesh: Mesh) -> list[MeshError]:
    """Entities whose port, columns or owner are not there, and offices of domains that are not."""
    return [*_entities(charter, mesh), *_offices(charter, mesh)]


class _Fault(msgspec.Struct, frozen=True):
    """What is wrong with an entity: the key path within its entry, how, and what to do."""

    at: tuple[str, ...]
    what: str
    remedy: str
    code: str = "entity-unknown"


def _entities(charter: Charter, mesh: Mesh) -> Iterator[MeshError]:
    document = charter.documents.get("entities.yaml")
    for number, entity in enumerate(charter.entities):
        for fault in _faults(entity, charter, mesh):
            message = f"entity '{entity.name}': {fault.what}"
            if document is not None:
                yield document.error(message, ["entities", number, *fault.at], remedy=fault.remedy, code=fault.code)


def _faults(entity: Entity, charter: Charter, mesh: Mesh) -> Iterator[_Fault]:
    """All that is wrong; nothing of what only a domain could tell that can't be read."""
    if sum(other.name == entity.name for other in charter.entities) > 1:
        yield _Fault(("name",), "is listed more than once", "Keep one entry.", "entity-twice")
    if entity.tag != f"{ENTITY}{entity.name}":
        yield _Fault(("tag",), f"its tag is '{entity.tag}'", f"Write {ENTITY}{entity.name}.", "entity-tag")
    try:
        address = Address.parse(entity.port)
        if address.domain in mesh.broken:
            return
        port = mesh.port(address)
    except MeshError as error:
        yield _Fault(("port",), error.what, error.remedy)
        return
    if entity.owner and entity.owner != address.domain:
        what = f"its owner is {entity.owner}, and its register {address.sql} is a port of {address.domain}"
        remedy = "Name the domain that publishes the register, or a register of the owner's."
        yield _Fault(("owner",), what, remedy, "entity-owner")
    columns = [column.name for column in port.contract.columns]
    told = {("id_column",): entity.id_column} | {("codes", code): name for code, name in entity.codes.items()}
    for at, name in told.items():
        if name not in columns:
            yield _Fault(at, f"{address.sql} has no column '{name}'", f"Its columns: {', '.join(columns)}.")


def _offices(charter: Charter, mesh: Mesh) -> Iterator[MeshError]:
    known = {*mesh.domains, *mesh.broken}
    for name in charter.offices:
        if name not in known:
            document = charter.documents["roles.yaml"]
            remedy = f"Its domains: {', '.join(sorted(known))}."
            message = f"gives roles for '{name}', which is no domain of this mesh"
            yield document.error(message, ["domains", name], remedy=remedy, code="office-unknown")
