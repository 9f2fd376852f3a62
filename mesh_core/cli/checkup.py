"""What `mesh check` finds: everything that can be known to be wrong before any data moves."""

from __future__ import annotations

from collections.abc import Iterable
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

import msgspec

from mesh_core.cli.output import flattened
from mesh_core.cli.selection import domain_part
from mesh_core.cli.workspace import workspace_findings
from mesh_core.contracts.graph import Node, inputs_of, ordered
from mesh_core.errors import DescriptorError, MeshError, UnknownAddressError

if TYPE_CHECKING:
    from mesh_core.contracts.tree import DomainTree, Mesh
    from mesh_core.settings import Settings


class Checkup(msgspec.Struct, frozen=True, kw_only=True):
    """The findings, and how much was looked at."""

    findings: tuple[MeshError, ...]
    domains: int
    products: int
    ports: int


def check_mesh(patterns: tuple[str, ...], mesh: Mesh, settings: Settings) -> Checkup:
    """Descriptors, workspace, owners, inputs, circles and types of the domains that the patterns speak of."""
    from mesh_core.orchestration.binding import bind_domain

    names = _domains(patterns, mesh)
    trees = [mesh.domains[name] for name in names if name in mesh.domains]
    findings: list[MeshError] = [mesh.broken[name] for name in names if name in mesh.broken]
    if not patterns:
        findings += workspace_findings(mesh.root, set(names))
    for tree in trees:
        findings += _ownerless(tree)
        findings += bind_domain(tree, mesh, settings, rules=True)
    findings += _circles(mesh)
    return Checkup(
        findings=tuple(_distinct(flattened(findings))),
        domains=len(names),
        products=sum(len(tree.products) for tree in trees),
        ports=sum(len(tree.ports) for tree in trees),
    )


def _domains(patterns: tuple[str, ...], mesh: Mesh) -> list[str]:
    """The domains that a selection speaks of; UnknownAddressError for a pattern that means nothing."""
    every = sorted({*mesh.domains, *mesh.broken})
    if not patterns:
        return every
    chosen: set[str] = set()
    for pattern in patterns:
        hits = {name for name in every if fnmatchcase(name, domain_part(pattern))}
        if not hits:
            message = f"'{pattern}' is no domain or port of this mesh"
            raise UnknownAddressError(message, remedy=f"Its domains: {', '.join(every)}.")
        chosen |= hits
    return sorted(chosen)


def _ownerless(tree: DomainTree) -> list[MeshError]:
    """Nothing is shared without an owner."""
    return [
        DescriptorError(
            f"{port.address.sql} has no owner",
            path=port.contract.path,
            line=1,
            remedy="Name a team in the contract, in product.yaml or as `owner` in domain.yaml.",
        )
        for port in tree.ports
        if not port.owner.strip()
    ]


def _circles(mesh: Mesh) -> list[MeshError]:
    """Ports that depend on themselves by way of others; domains whose inputs are wrong say so elsewhere."""
    sound = {name: tree for name, tree in mesh.domains.items() if _inputs_are_known(tree)}
    try:
        ordered(msgspec.structs.replace(mesh, domains=sound))
    except MeshError as error:
        return [error]
    return []


def _inputs_are_known(tree: DomainTree) -> bool:
    nodes: list[Node] = [*tree.internals, *tree.ports]
    try:
        for node in nodes:
            inputs_of(node, tree)
    except MeshError:
        return False
    return True


def _distinct(errors: Iterable[MeshError]) -> list[MeshError]:
    """One of each, in order of file and line."""
    found = {(str(error.path or ""), error.line or 0, error.what): error for error in errors}
    return [found[key] for key in sorted(found)]
