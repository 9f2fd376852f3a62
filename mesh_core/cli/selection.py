"""A selection where some domains may be broken: what can be worked on, and which trouble concerns it."""

from __future__ import annotations

from collections.abc import Mapping
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from mesh_core.errors import UnknownAddressError

if TYPE_CHECKING:
    from mesh_core.contracts.tree import Mesh, Port
    from mesh_core.errors import MeshError


def domain_part(pattern: str) -> str:
    """The domain that a pattern of a selection speaks of, itself a pattern."""
    return pattern.removeprefix("mesh://").replace("/", ".").partition(".")[0]


def domains_of(patterns: tuple[str, ...], mesh: Mesh) -> list[str] | None:
    """The domains that a selection speaks of, None for all; UnknownAddressError for a pattern that means nothing."""
    if not patterns:
        return None
    every = sorted({*mesh.domains, *mesh.broken})
    chosen: set[str] = set()
    for pattern in patterns:
        hits = {name for name in every if fnmatchcase(name, domain_part(pattern))}
        if not hits:
            message = f"'{pattern}' is no domain or port of this mesh"
            raise UnknownAddressError(message, remedy=f"Its domains: {', '.join(every)}.")
        chosen |= hits
    return sorted(chosen)


def the_port(address: str, mesh: Mesh) -> Port:
    """The port at ``address``; what is wrong with its domain if that does not load."""
    domain = domain_part(address)
    if domain in mesh.broken:
        raise mesh.broken[domain]
    return mesh.port(address)


def concerned(patterns: tuple[str, ...], broken: Mapping[str, MeshError]) -> dict[str, MeshError]:
    """The broken domains that a selection asks for."""
    if not patterns:
        return dict(broken)
    wanted = [domain_part(pattern) for pattern in patterns]
    return {name: error for name, error in broken.items() if any(fnmatchcase(name, part) for part in wanted)}


def sound(patterns: tuple[str, ...], mesh: Mesh) -> tuple[str, ...] | None:
    """The patterns without those that name a broken domain outright; None if no other is left."""
    kept = tuple(pattern for pattern in patterns if domain_part(pattern) not in mesh.broken)
    return None if patterns and not kept else kept


def chosen(patterns: tuple[str, ...], mesh: Mesh) -> list[Port]:
    """The ports that a selection means, of the domains that load; UnknownAddressError for a pattern without any."""
    kept = sound(patterns, mesh)
    return [] if kept is None else mesh.select(kept)
