"""What a domain says of itself before it publishes: its products and ports as their descriptors have them."""

from __future__ import annotations

import msgspec

from mesh_core.catalog.records import ContractRecord, DomainRecord, ProductRecord
from mesh_core.governance import Entity, Office, Term


class PortDeclaration(msgspec.Struct, frozen=True, kw_only=True):
    """An output port as the domain's files describe it, published or not."""

    address: str
    uri: str
    product_id: str
    contract: ContractRecord
    engine: str = ""
    """``sql``, ``python``, ``dbt`` or ``source``."""
    contract_file: str = ""
    """Relative to the tree."""
    code_file: str = ""
    endpoint: str = ""
    """What a reader opens: a folder or a URL."""
    format: str = ""


class DomainDeclaration(msgspec.Struct, frozen=True, kw_only=True):
    """A whole domain: whatever it declared before and does not declare here is withdrawn."""

    domain: DomainRecord
    office: Office
    products: tuple[ProductRecord, ...] = ()
    ports: tuple[PortDeclaration, ...] = ()
    revision: str = ""
    """The code revision that was declared, '' if nobody knows."""
    declared_by: str = ""
    """Who registered it: a person, or a domain's CI."""


class CharterDeclaration(msgspec.Struct, frozen=True, kw_only=True):
    """What the governance group has written down for everybody."""

    terms: tuple[Term, ...] = ()
    entities: tuple[Entity, ...] = ()
    council: tuple[str, ...] = ()
