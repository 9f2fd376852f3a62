"""What happens around ports: changes of the catalog, uses by people and programs, and measurements."""

from __future__ import annotations

from typing import Any, Literal

import msgspec

ChangeType = Literal[
    "charter.declared",
    "domain.declared",
    "domain.withdrawn",
    "product.declared",
    "product.withdrawn",
    "port.declared",
    "port.withdrawn",
    "contract.published",
    "port.published",
    "port.failed",
    "port.deprecated",
    "port.retired",
    "slo.changed",
]

UseKind = Literal["view", "sample", "read", "search"]


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """One change of the catalog, written in the transaction that made it; ``seq`` only grows."""

    seq: int
    id: str
    type: str
    """One of ``ChangeType``."""
    subject: str
    """What changed: a port's address, a product's id, a domain's name, or ''."""
    domain: str
    at: str
    """ISO 8601, in UTC."""
    data: dict[str, Any] = {}


class Use(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody looked at a port or read it."""

    kind: UseKind
    address: str
    """Of the port; '' for a search."""
    at: str
    consumer: str = ""
    """A person, a product (``domain.product``) or a service; '' for somebody unknown."""
    domain: str = ""
    """The consumer's domain, '' if it has none."""
    via: str = ""
    """``web``, ``api``, ``mcp``, ``cli``, ``query``, ``python``, ``input port``."""
    rows: int | None = None
    detail: str = ""
    """Of a search, its words."""
    id: str = ""
    """Makes recording idempotent; given by who records it, else made anew."""


class UseCount(msgspec.Struct, frozen=True, kw_only=True):
    """The uses of one port in a span of time."""

    address: str
    views: int = 0
    reads: int = 0
    readers: int = 0
    """Different consumers that read it."""
    last_read_at: str = ""


class Confirmation(msgspec.Struct, frozen=True, kw_only=True):
    """A run found the port's newest version still right: nothing that decides its content had changed."""

    address: str
    table_version: int
    at: str
    run_id: str = ""


class Measurement(msgspec.Struct, frozen=True, kw_only=True):
    """One measured value of one service-level indicator."""

    address: str
    indicator: str
    """The ODCS property and, where one is given, its element: ``latency``, ``latency:flights.flight_date``."""
    at: str
    value: float | None
    """In the indicator's own unit: minutes for times, percent for shares; None if it could not be measured."""
    good: bool
    """Whether the objective was met by this value."""
    detail: str = ""


class KeyMeasurement(msgspec.Struct, frozen=True, kw_only=True):
    """How the ids in one column of one table version meet the register of their entity."""

    column: str
    entity: str
    keys: int
    """Different ids in the column."""
    resolved: int | None
    """Those of them that the entity's register knows; None where the register was not published yet."""
    rows: int
    """Rows with an id."""
    resolved_rows: int | None
    register: str
    """Address of the port that owns the identity."""
    register_version: int | None
    code: str = ""
    """The code system of the column's values, '' for the entity's global id."""
    sketch: bytes = b""
    """Eight bytes that tell the secret key apart, then the smallest keyed hashes of the ids, 8 bytes each, ascending.

    Codes that the register knows are hashed as its ids. Two sketches tell how many ids are common.
    """


class Flow(msgspec.Struct, frozen=True, kw_only=True):
    """What one port took from another in a span of time."""

    upstream: str
    downstream: str
    publications: int
    """Of the downstream port."""
    rows: int
    """Of the versions that were read, in sum."""
    bytes: int
    last_at: str
