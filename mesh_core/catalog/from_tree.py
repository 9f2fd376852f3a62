"""Declarations made from a tree: the files of a mesh as the catalog is told of them."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Collection
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from mesh_core import __version__
from mesh_core.catalog.declarations import CharterDeclaration, DomainDeclaration, PortDeclaration
from mesh_core.catalog.records import ContractRecord, DomainRecord, ProductRecord
from mesh_core.errors import MeshError
from mesh_core.governance import Charter, Office

if TYPE_CHECKING:
    from mesh_core.catalog.catalog import Catalog
    from mesh_core.contracts.tree import DomainTree, Mesh, Port
    from mesh_core.storage import Lake


class Origin(msgspec.Struct, frozen=True, kw_only=True):
    """Where a tree's ports are, and who tells of it."""

    lake: Lake
    environment: str
    """Which of a contract's servers is its port's endpoint."""
    by: str = ""
    revision: Callable[[], str] = lambda: ""
    """Tells the tree's code revision; asked only if there is something to tell."""


def declaration_of(tree: DomainTree, charter: Charter, origin: Origin) -> DomainDeclaration:
    """The domain as its files describe it, without the revision."""
    domain = tree.domain
    office = charter.offices.get(domain.name)
    root = tree.folder.parent.parent
    return DomainDeclaration(
        domain=DomainRecord(
            name=domain.name, kind=domain.kind, owner=domain.owner.team, description=domain.description
        ),
        office=office or Office(team=domain.owner.team, owner=domain.owner.email, steward=domain.owner.steward),
        products=tuple(
            ProductRecord(id=product.id, name=product.name, version=product.version, document=product.document.raw)
            for product in sorted(tree.products, key=lambda product: product.id)
        ),
        ports=tuple(_port(port, origin, root) for port in sorted(tree.ports, key=lambda port: port.address.sql)),
        declared_by=origin.by,
    )


def stamp_of(tree: DomainTree, charter: Charter, origin: Origin) -> str:
    """A digest over all that the domain's declaration is made from; cheaper than making the declaration."""
    office = charter.offices.get(tree.domain.name)
    seen = hashlib.sha256(msgspec.json.encode((__version__, tree.domain, office, origin.by, origin.environment)))
    seen.update(str(origin.lake.root).encode())
    for product in tree.products:
        seen.update(f"\0{product.document.path} {product.document.digest}".encode())
    for port in tree.ports:
        seen.update(f"\0{port.contract.path} {port.contract.document.digest} {port.engine} {port.path}".encode())
    return seen.hexdigest()


def charter_declaration(charter: Charter) -> CharterDeclaration:
    """What the catalog is told of the charter."""
    return CharterDeclaration(terms=charter.terms, entities=charter.entities, council=charter.council)


def declare_mesh(
    catalog: Catalog,
    mesh: Mesh,
    charter: Charter,
    origin: Origin,
    *,
    at: str,
    only: Collection[str] | None = None,
) -> tuple[str, ...]:
    """Tell the catalog of every domain of the tree that loads, and of the charter; the domains that were news.

    A broken domain keeps its last declaration, and so does a domain that this tree does not have: it may be another
    tree's.
    """
    told = []
    revision = cache(origin.revision)
    for name, tree in sorted(mesh.domains.items()):
        if only is not None and name not in only:
            continue
        declaration = declaration_of(tree, charter, origin)
        if not catalog.is_declared(declaration) and catalog.declare(
            msgspec.structs.replace(declaration, revision=revision()), at
        ):
            told.append(name)
    catalog.declare_charter(charter_declaration(charter), at)
    return tuple(told)


def _port(port: Port, origin: Origin, root: Path) -> PortDeclaration:
    contract = port.contract
    endpoint, file_format = _endpoint(port, origin)
    return PortDeclaration(
        address=port.address.sql,
        uri=port.address.uri,
        product_id=port.product.id,
        contract=ContractRecord(
            id=contract.id,
            version=contract.version,
            status=contract.status,
            digest=contract.document.digest,
            document=contract.document.raw,
        ),
        engine=port.engine,
        contract_file=_relative(contract.path, root),
        code_file=_relative(port.path, root),
        endpoint=endpoint,
        format=file_format,
    )


def _endpoint(port: Port, origin: Origin) -> tuple[str, str]:
    """Where the port is read, and how it is stored; empty for a contract that names no server for here."""
    try:
        server = port.contract.server(origin.environment)
        return str(origin.lake.place_of(server)), server.format
    except MeshError:
        return "", ""


def _relative(path: Path, root: Path) -> str:
    return path.relative_to(root).as_posix() if path.is_relative_to(root) else path.name
