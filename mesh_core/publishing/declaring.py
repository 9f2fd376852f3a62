"""Telling the catalog what the tree holds, and that ports were found unchanged."""

from __future__ import annotations

import contextlib
from collections.abc import Collection
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import msgspec

from mesh_core.contracts.replacing import replace_file
from mesh_core.errors import MeshError
from mesh_core.publishing.provenance import code_revision

if TYPE_CHECKING:
    from pathlib import Path

    from mesh_core.catalog import DomainDeclaration
    from mesh_core.catalog.from_tree import Origin
    from mesh_core.catalog.journal import Journal
    from mesh_core.contracts.tree import DomainTree
    from mesh_core.governance import Charter
    from mesh_core.publishing.services import Services

_digests: dict[str, tuple[DomainTree, str]] = {}
"""By domain the tree that this process told of last, with the digest of its declaration: a run publishes hundreds of
ports of one domain, and making the declaration each time would cost more than asking for what the catalog knows."""


def declare_tree(services: Services, only: Collection[str] | None = None) -> tuple[str, ...]:
    """Tell the catalog of all domains that load, or those named, and of the charter; the domains that were news."""
    from mesh_core.catalog.from_tree import charter_declaration, declare_mesh, stamp_of

    charter = _charter(services)
    if charter is None:
        return ()
    catalog, origin, file = services.catalog, origin_of(services), services.settings.cache / "declared.msgpack"
    stamps = {name: stamp_of(tree, charter, origin) for name, tree in services.mesh.domains.items()}
    remembered, known = _remembered(file), catalog.declared_digests()
    wanted = stamps if only is None else {name: stamps[name] for name in only if name in stamps}
    news = {name for name, stamp in wanted.items() if remembered.get(name) != (stamp, known.get(name))}
    if not news:
        catalog.declare_charter(charter_declaration(charter), _now())
        return ()
    told = declare_mesh(catalog, services.mesh, charter, origin, at=_now(), only=news)
    known = catalog.declared_digests()
    with contextlib.suppress(OSError):
        merged = remembered | {name: (stamps[name], known[name]) for name in news}
        replace_file(file, msgspec.msgpack.encode(merged))
    return told


def _remembered(file: Path) -> dict[str, tuple[str, str]]:
    """By domain what its declaration was made from last, and the digest that came out."""
    with contextlib.suppress(OSError, msgspec.MsgspecError):
        return msgspec.msgpack.decode(file.read_bytes(), type=dict[str, tuple[str, str]])
    return {}


def declare_domain(tree: DomainTree, services: Services) -> None:
    """Tell the catalog of the domain if that is news: its code location publishes without the rest of the mesh."""
    from mesh_core.catalog.declaring import digest_of

    name = tree.domain.name
    told, digest = _digests.get(name, (None, ""))
    if told is tree and services.catalog.declared_digest(name) == digest:
        return
    charter = _charter(services)
    if charter is None:
        return
    declaration = declared(tree, charter, services)
    services.catalog.declare(declaration, _now())
    _digests[name] = (tree, digest_of(declaration))


def declared(tree: DomainTree, charter: Charter, services: Services) -> DomainDeclaration:
    """The domain as its files describe it now, with their revision."""
    from mesh_core.catalog.from_tree import declaration_of

    origin = origin_of(services)
    return msgspec.structs.replace(declaration_of(tree, charter, origin), revision=origin.revision())


def origin_of(services: Services) -> Origin:
    """Where the tree's ports are, and at which revision it stands."""
    from mesh_core.catalog.from_tree import Origin

    settings = services.settings
    return Origin(
        lake=services.lake,
        environment=settings.environment,
        by=settings.principal,
        revision=lambda: code_revision(settings.root),
    )


def journal_of(services: Services) -> Journal:
    """Where this home notes what happens often."""
    from mesh_core.catalog.journal import Journal

    return Journal(services.settings.journal)


def note_unchanged(address: str, table_version: int, services: Services, *, run_id: str = "") -> None:
    """Note that the port's newest version was found still right."""
    from mesh_core.catalog import Confirmation

    confirmation = Confirmation(address=address, table_version=table_version, at=_now(), run_id=run_id)
    journal_of(services).note(confirmation)


def _charter(services: Services) -> Charter | None:
    """The charter; None for one that can't be read: `mesh check` tells of it, until then what was declared stands."""
    try:
        return services.charter
    except MeshError:
        return None


def _now() -> str:
    return datetime.now(UTC).isoformat()
