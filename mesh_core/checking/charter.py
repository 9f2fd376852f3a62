"""Governance speaks of ports, domains and people: what it names must be there."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from mesh_core.errors import MeshError
from mesh_core.model import Address

if TYPE_CHECKING:
    from mesh_core.contracts.tree import Mesh
    from mesh_core.governance import Charter, Entity


def charter_findings(charter: Charter, mesh: Mesh) -> list[MeshError]:
    """Entities whose port or id column is not there, and offices of domains that are not."""
    return [*_entities(charter, mesh), *_offices(charter, mesh)]


def _entities(charter: Charter, mesh: Mesh) -> Iterator[MeshError]:
    for number, entity in enumerate(charter.entities):
        found = _fault(entity, mesh)
        if found:
            key, what, remedy = found
            document = charter.documents["entities.yaml"]
            message = f"entity '{entity.name}': {what}"
            yield document.error(message, ["entities", number, key], remedy=remedy, code="entity-unknown")


def _fault(entity: Entity, mesh: Mesh) -> tuple[str, str, str] | None:
    """The key that is wrong, how, and what to do; None if the entity is sound or its domain can't be read."""
    try:
        address = Address.parse(entity.port)
        if address.domain in mesh.broken:
            return None
        port = mesh.port(address)
    except MeshError as error:
        return "port", error.what, error.remedy
    columns = [column.name for column in port.contract.columns]
    if entity.id_column in columns:
        return None
    return "id_column", f"{address.sql} has no column '{entity.id_column}'", f"Its columns: {', '.join(columns)}."


def _offices(charter: Charter, mesh: Mesh) -> Iterator[MeshError]:
    known = {*mesh.domains, *mesh.broken}
    for name in charter.offices:
        if name not in known:
            document = charter.documents["roles.yaml"]
            remedy = f"Its domains: {', '.join(sorted(known))}."
            message = f"gives roles for '{name}', which is no domain of this mesh"
            yield document.error(message, ["domains", name], remedy=remedy, code="office-unknown")
