"""A port on one card: what lists, searches and graphs need of it, published or only declared."""

from __future__ import annotations

import msgspec


class CardColumn(msgspec.Struct, frozen=True, kw_only=True):
    """A column as promised."""

    name: str
    logical_type: str
    physical_type: str = ""
    description: str = ""
    classification: str = ""
    required: bool = False
    key: bool = False
    entity: str = ""
    """The entity whose ids it holds (tag ``entity:<name>``), or ''."""
    tags: tuple[str, ...] = ()


class Card(msgspec.Struct, frozen=True, kw_only=True):
    """One port: its promise, who is behind it, its newest version, and how it is used.

    By the contract as declared; where the domain's files are unknown, as last published.
    """

    address: str
    uri: str
    domain: str
    domain_kind: str
    """``source-aligned``, ``consumer-aligned`` or ``shared``."""
    product_id: str
    product_name: str
    contract_id: str
    version: str
    status: str
    name: str
    purpose: str
    limitations: str = ""
    usage: str = ""
    owner: str = ""
    tags: tuple[str, ...] = ()
    columns: tuple[CardColumn, ...] = ()
    classification: str = ""
    """The strictest of its columns'."""
    engine: str = ""
    endpoint: str = ""
    format: str = ""
    inputs: tuple[str, ...] = ()
    """Addresses of the ports that its product declares to read."""
    consumers: tuple[str, ...] = ()
    """Ids of the products that declare to read it."""
    declared_at: str = ""
    """First time that the catalog heard of it; '' if it was only published."""
    withdrawn_at: str = ""
    """When its domain ceased to declare it; its rows may still be there."""
    end_of_support: str = ""
    table_version: int | None = None
    rows: int | None = None
    bytes: int | None = None
    published_at: str = ""
    confirmed_at: str = ""
    """When a run last found the newest version still right; the publication itself counts."""
    checks_passed: int = 0
    checks_failed: int = 0
    failed_at: str = ""
    """When the newest attempt failed, if it is newer than the newest publication."""
    views: int = 0
    reads: int = 0
    readers: int = 0
    """Of the last 30 days, as are views and reads."""
