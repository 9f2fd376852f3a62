"""Telling the catalog what the tree holds, and that ports were found unchanged."""

from __future__ import annotations

from collections.abc import Collection
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from mesh_core.errors import MeshError
from mesh_core.orchestration.provenance import code_revision

if TYPE_CHECKING:
    from mesh_core.catalog import DomainDeclaration
    from mesh_core.catalog.from_tree import Origin
    from mesh_core.catalog.journal import Journal
    from mesh_core.contracts.tree import DomainTree
    from mesh_core.governance import Charter
    from mesh_core.orchestration.services import Services

_digests: dict[str, tuple[DomainTree, str]] = {}
"""By domain the tree that this process told of last, with the digest of its declaration: a run publishes hundreds of
ports of one domain, and making the declaration each time would cost more than asking for what the catalog knows."""


def declare_tree(services: Services, only: Collection[str] | None = None) -> tuple[str, ...]:
    """Tell the catalog of all domains that load, or those named, and of the charter; the domains that were news."""
    from mesh_core.catalog.from_tree import declare_mesh

    charter = _charter(services)
    if charter is None:
        return ()
    return declare_mesh(services.catalog, services.mesh, charter, origin_of(services), at=_now(), only=only)


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
    import msgspec

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
