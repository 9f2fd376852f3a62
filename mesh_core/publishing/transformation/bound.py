"""What a load need not bind again: a domain in whose very files no finding was found before.

Binding and parsing are half of what a domain of a thousand ports costs to load, and Dagster loads each code location
in more than one process. Findings are not remembered: they are found again until they are mended.
"""

from __future__ import annotations

import contextlib
import hashlib
from importlib.metadata import version
from typing import TYPE_CHECKING

import msgspec

from mesh_core.contracts.graph import Node, key_of, statement_of
from mesh_core.contracts.references import remember_references, table_references
from mesh_core.contracts.replacing import replace_file
from mesh_core.publishing.transformation.fingerprints import dbt_files, digest_of

if TYPE_CHECKING:
    from pathlib import Path

    from mesh_core.contracts.tree import DomainTree, Mesh
    from mesh_core.errors import MeshError
    from mesh_core.settings import Settings


class _Sound(msgspec.Struct, frozen=True, array_like=True):
    """A domain without a finding: the digest over all that binding looks at, and what each statement reads."""

    digest: str
    references: dict[str, tuple[str, ...]]


def bind_changed(tree: DomainTree, mesh: Mesh, settings: Settings) -> list[MeshError]:
    """The findings of ``bind_domain``; none without binding where these files had none."""
    file = settings.cache / "bound" / f"{tree.domain.name}.msgpack"
    digest = _digest(tree, mesh, settings)
    known = _read(file)
    if known is not None and known.digest == digest:
        for node in _sql_nodes(tree):
            if (names := known.references.get(".".join(key_of(node)))) is not None:
                remember_references(node.path, statement_of(node), names)
        return []
    from mesh_core.publishing.transformation.binding import bind_domain

    findings = bind_domain(tree, mesh, settings)
    if not findings:
        found = {".".join(key_of(node)): table_references(node.path, statement_of(node)) for node in _sql_nodes(tree)}
        with contextlib.suppress(OSError):
            replace_file(file, msgspec.msgpack.encode(_Sound(digest, found)))
    return findings


def _read(file: Path) -> _Sound | None:
    """What was kept; None for a file that is torn or not there, which is only slower."""
    with contextlib.suppress(OSError, msgspec.MsgspecError):
        return msgspec.msgpack.decode(file.read_bytes(), type=_Sound)
    return None


def _sql_nodes(tree: DomainTree) -> list[Node]:
    """Those that are bound: nothing makes a retired port any more."""
    return [*_live(tree.internals), *_live(tree.ports)]


def _live(nodes: tuple[Node, ...]) -> list[Node]:
    return [node for node in nodes if node.engine == "sql" and not getattr(node, "retired", False)]


def _digest(tree: DomainTree, mesh: Mesh, settings: Settings) -> str:
    """Over every contract and product of the mesh, and the domain's own files: what any input resolves to is in it."""
    seen = hashlib.sha256(f"{version('duckdb')} {settings.environment} {sorted(mesh.broken)}".encode())
    for other in mesh.domains.values():
        for port in other.ports:
            seen.update(f"\0{port.contract.path} {port.contract.document.digest}".encode())
        for product in other.products:
            seen.update(f"\0{product.document.digest}".encode())
    nodes: list[Node] = [*tree.internals, *tree.ports]
    files = {node.path for node in nodes} | set(tree.folder.glob("*.py"))
    if tree.dbt_project is not None:
        files |= set(dbt_files(tree.dbt_project))
    seen.update(digest_of(files).encode())
    return seen.hexdigest()
