"""What the tests of the search declare and publish."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from mesh_core.catalog import (
    Catalog,
    CharterDeclaration,
    ContractRecord,
    DomainDeclaration,
    DomainRecord,
    PortDeclaration,
    ProductRecord,
    PublicationRecord,
)
from mesh_core.catalog.from_tree import Origin, declare_mesh
from mesh_core.governance import Office, Term
from mesh_core.search import Query, SearchIndex
from mesh_core.settings import Settings

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
REPOSITORY = Path(__file__).resolve().parents[2]


def declare_reference_mesh(catalog: Catalog, folder: Path) -> None:
    """The tree of this repository, as its files are now."""
    from mesh_core.publishing.services import Services

    settings = Settings(
        root=REPOSITORY,
        home=folder,
        catalog_url="",
        environment="local",
        memory_limit="1GB",
        replay_until="2013-12-31",
    )
    services = Services(settings)
    origin = Origin(lake=services.lake, environment="local")
    declare_mesh(catalog, services.mesh, services.charter, origin, at=NOW.isoformat())


def port(name: str, *, domain: str = "shop", **given: Any) -> PortDeclaration:
    """A port whose contract says what is given: purpose, columns by name, tags, status, owner, version."""
    base, _, major = name.partition("_v")
    document = {
        "apiVersion": "v3.2.0",
        "kind": "DataContract",
        "id": f"{domain}.{base}",
        "domain": domain,
        "dataProduct": "products",
        "name": given.get("title", base.replace("_", " ").capitalize()),
        "version": f"{major or 1}.0.0",
        "status": given.get("status", "active"),
        "description": {"purpose": given.get("purpose", ""), "usage": given.get("usage", "")},
        "tags": given.get("tags", []),
        "team": {"name": given.get("owner", "Shop team")},
        "schema": [{"name": base, "properties": [_column(*column) for column in given.get("columns", {}).items()]}],
    }
    return PortDeclaration(
        address=f"{domain}.{name}",
        uri=f"mesh://{domain}/{base}/v{major or 1}",
        product_id=f"{domain}.products",
        contract=ContractRecord(
            id=f"{domain}.{base}",
            version=f"{major or 1}.0.0",
            status=document["status"],
            digest=hashlib.sha256(repr(document).encode()).hexdigest(),
            document=document,
        ),
    )


def _column(name: str, told: str | dict[str, Any]) -> dict[str, Any]:
    extra = {"description": told} if isinstance(told, str) else told
    return {"name": name, "logicalType": "string", **extra}


def domain(*ports: PortDeclaration, kind: str = "source-aligned") -> DomainDeclaration:
    """The domain of the ports, with one product for all of them."""
    name = ports[0].address.partition(".")[0] if ports else "shop"
    return DomainDeclaration(
        domain=DomainRecord(name=name, kind=kind, owner=f"{name} owners"),
        office=Office(team=f"{name} owners", owner=f"owner@{name}.example"),
        products=(ProductRecord(id=f"{name}.products", name="Everything"),),
        ports=ports,
    )


def publication(of: PortDeclaration, *, version: int = 0, at: datetime = NOW, rows: int = 3) -> PublicationRecord:
    """A version of the port, without checks and columns."""
    name = of.address.partition(".")[0]
    return PublicationRecord(
        address=of.address,
        uri=of.uri,
        domain=DomainRecord(name=name),
        product=ProductRecord(id=of.product_id, name="Everything"),
        contract=of.contract,
        owner="",
        table_version=version,
        published_at=at.isoformat(),
        run_id="run",
        rows=rows,
        bytes=100,
        code_digest="",
    )


def glossary(*terms: Term) -> CharterDeclaration:
    return CharterDeclaration(terms=terms)


def addresses(index: SearchIndex, words: str = "", **given: Any) -> list[str]:
    """What is found, best first, without the domain ``shop``."""
    found = index.search(Query(words=words, **given), now=NOW)
    return [hit.address.removeprefix("shop.") for hit in found.hits]
