"""SQL behind ``declared``, writing: what a domain or governance says of itself becomes what the catalog knows."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Sequence
from typing import Any

import msgspec
from sqlalchemy import Connection, delete, insert, select, update

from mesh_core.catalog import carding
from mesh_core.catalog.declarations import CharterDeclaration, DomainDeclaration
from mesh_core.catalog.errors import CatalogError, OvertakenError
from mesh_core.catalog.happening import Told, tell
from mesh_core.catalog.moments import utc
from mesh_core.catalog.records import DomainRecord
from mesh_core.catalog.schema_declared import cards, declarations, needs
from mesh_core.catalog.storable import to_json
from mesh_core.governance import Office

Key = tuple[str, str]
"""Kind and name."""

CHARTER: Key = ("charter", "charter")


class Described(msgspec.Struct, frozen=True):
    """The document of a domain's own row."""

    domain: DomainRecord
    office: Office


class _Entry(msgspec.Struct, frozen=True):
    """A row of ``declarations`` as it should be."""

    kind: str
    name: str
    digest: str
    document: str
    told: dict[str, Any]

    @property
    def key(self) -> Key:
        return (self.kind, self.name)


class _Author(msgspec.Struct, frozen=True):
    """When and by whom something is declared."""

    at: str
    by: str = ""
    revision: str = ""


def digest_of(declaration: DomainDeclaration | CharterDeclaration) -> str:
    """What is declared as one short text; who says so, and at which revision, is no part of it."""
    if isinstance(declaration, DomainDeclaration):
        declaration = msgspec.structs.replace(declaration, revision="", declared_by="")
    return _digest(declaration)


def known_digest(connection: Connection, key: Key) -> str | None:
    """The digest of what stands declared; None if nothing does."""
    table = declarations.c
    found: str | None = connection.scalar(
        select(table.digest).where(table.kind == key[0], table.name == key[1], table.withdrawn_at == "")
    )
    return found


def known_digests(connection: Connection) -> dict[str, str]:
    """The digests of all domains that stand declared, by name."""
    table = declarations.c
    query = select(table.name, table.digest).where(table.kind == "domain", table.withdrawn_at == "")
    return {row.name: row.digest for row in connection.execute(query)}


def domain(
    connection: Connection, declaration: DomainDeclaration, at: str, *, onto: str | msgspec.UnsetType | None
) -> bool:
    """Make the declaration the domain's present state; False when it is. For ``onto`` see ``Catalog.declare``."""
    name = declaration.domain.name
    whole, present = digest_of(declaration), known_digest(connection, ("domain", name))
    if onto not in (msgspec.UNSET, present):
        message = f"domain '{name}' was declared anew meanwhile"
        raise OvertakenError(message, remedy="Look at it again, and declare from there.")
    if present == whole:
        return False
    _check(declaration)
    author = _Author(utc(at), declaration.declared_by, declaration.revision)
    wanted = list(_entries(declaration, whole))
    known = _known(connection, name)
    changed = [entry for entry in wanted if known.get(entry.key) != entry.digest]
    gone = [key for key, digest in known.items() if digest and key not in {entry.key for entry in wanted}]
    _put(connection, changed, name, author, known)
    _withdraw(connection, gone, author.at)
    shown_anew = carding.put_declared_cards(connection, declaration, author.at)
    carding.put_needs(connection, declaration.products)
    said = {entry.key for entry in changed} | {("port", address) for address in shown_anew}
    told = [_declared(entry, name, known) for entry in wanted if entry.key in said]
    tell(connection, author.at, [*told, *_withdrawals(gone, name)])
    return True


def charter(connection: Connection, declaration: CharterDeclaration, at: str) -> bool:
    """Make the charter the present one; False when it is."""
    digest = digest_of(declaration)
    known = connection.scalar(select(declarations.c.digest).where(declarations.c.kind == CHARTER[0]))
    if known == digest:
        return False
    counts = {"terms": len(declaration.terms), "entities": len(declaration.entities)}
    entry = _Entry(*CHARTER, digest, to_json(declaration), counts)
    _put(connection, [entry], "", _Author(utc(at)), () if known is None else (CHARTER,))
    tell(connection, utc(at), [Told("charter.declared", "", "", counts)])
    return True


def withdraw(connection: Connection, name: str, at: str) -> bool:
    """Mark all that a domain declared as gone; False when there is nothing to mark."""
    gone = [key for key, digest in _known(connection, name).items() if digest]
    if not gone:
        return False
    _withdraw(connection, gone, utc(at))
    tell(connection, utc(at), _withdrawals(gone, name))
    return True


def is_declared(connection: Connection, kind: str, name: str) -> bool:
    """Whether its domain ever declared it: then the declaration describes it, and publications do not."""
    table = declarations.c
    return connection.scalar(select(table.name).where(table.kind == kind, table.name == name)) is not None


def _digest(value: Any) -> str:
    return hashlib.sha256(to_json(value).encode()).hexdigest()


def _check(declaration: DomainDeclaration) -> None:
    """CatalogError for a declaration that speaks of another domain, or twice of one thing."""
    name = declaration.domain.name
    products = [product.id for product in declaration.products]
    ports = [port.address for port in declaration.ports]
    for spoken in (*products, *ports):
        if spoken.partition(".")[0] != name or "." not in spoken:
            message = f"domain '{name}' declares '{spoken}', which is not its own"
            raise CatalogError(message, remedy=f"Names of a domain begin with its own: {name}.something.")
    for names in (products, ports):
        twice = sorted({each for each in names if names.count(each) > 1}) if len(set(names)) < len(names) else []
        if twice:
            message = f"domain '{name}' declares {', '.join(twice)} twice"
            raise CatalogError(message, remedy="Declare each product and port once.")
    for port in declaration.ports:
        if port.product_id not in products:
            message = f"port {port.address} belongs to product '{port.product_id}', which '{name}' does not declare"
            raise CatalogError(message, remedy="Declare the product too.")


def _entries(declaration: DomainDeclaration, whole: str) -> Iterable[_Entry]:
    described = Described(declaration.domain, declaration.office)
    counts = {"products": len(declaration.products), "ports": len(declaration.ports)}
    yield _Entry("domain", declaration.domain.name, whole, to_json(described), counts)
    for product in declaration.products:
        told = {"name": product.name, "version": product.version}
        yield _Entry("product", product.id, _digest(product), to_json(product), told)
    for port in declaration.ports:
        told = {"contract": port.contract.id, "version": port.contract.version, "status": port.contract.status}
        yield _Entry("port", port.address, _digest(port), to_json(port), told)


def _known(connection: Connection, name: str) -> dict[Key, str]:
    """What the domain declared before, with digests; '' for what is withdrawn."""
    table = declarations.c
    query = select(table.kind, table.name, table.digest, table.withdrawn_at).where(table.domain == name)
    return {
        (row.kind, row.name): "" if row.withdrawn_at else row.digest
        for row in connection.execute(query.order_by(table.kind, table.name))
    }


def _put(connection: Connection, entries: Iterable[_Entry], name: str, author: _Author, known: Collection[Key]) -> None:
    table = declarations.c
    new: list[dict[str, Any]] = []
    for entry in entries:
        values = {
            "digest": entry.digest,
            "document": entry.document,
            "declared_by": author.by,
            "revision": author.revision,
            "withdrawn_at": "",
        }
        if entry.key in known:
            same = (table.kind == entry.kind) & (table.name == entry.name)
            connection.execute(update(declarations).where(same).values(values))
        else:
            key = {"kind": entry.kind, "name": entry.name, "domain": name, "declared_at": author.at}
            new.append({**key, **values})
    if new:
        connection.execute(insert(declarations), new)


def _withdraw(connection: Connection, gone: Sequence[Key], at: str) -> None:
    for kind, name in gone:
        table = declarations.c
        same = (table.kind == kind) & (table.name == name)
        connection.execute(update(declarations).where(same).values(withdrawn_at=at))
        if kind == "port":
            connection.execute(update(cards).where(cards.c.address == name).values(withdrawn_at=at))
        if kind == "product":
            connection.execute(delete(needs).where(needs.c.product == name))


def _declared(entry: _Entry, name: str, known: dict[Key, str]) -> Told:
    data = {**entry.told, "new": entry.key not in known}
    return Told(f"{entry.kind}.declared", entry.name, name, data)


def _withdrawals(gone: Iterable[Key], name: str) -> list[Told]:
    return [Told(f"{kind}.withdrawn", subject, name) for kind, subject in gone]
