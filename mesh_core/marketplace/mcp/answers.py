"""What the tools answer: bounded, whatever a contract holds."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeVar

import msgspec

Item = TypeVar("Item")

TEXT = 600
"""Letters of one text."""
CELL = 200
"""Letters of one value of a sample."""


class Hit(msgspec.Struct, frozen=True, kw_only=True):
    """A port that was found."""

    address: str
    name: str
    purpose: str
    domain: str
    owner: str
    status: str
    trust: int | None
    """0 to 100, computed from facts; null as long as nothing was published."""
    service_levels: str
    freshness: str
    rows: int | None
    matched: tuple[str, ...]
    """Where the words were found."""


class Hits(msgspec.Struct, frozen=True, kw_only=True):
    """The ports that were found, best first."""

    total: int
    hits: tuple[Hit, ...]
    corrected: str = ""
    """What the words were taken for."""
    partial: bool = False
    """No port has all the words."""
    facets: dict[str, dict[str, int]] = {}
    """How many hits each value of each facet has: what to narrow by."""


class Column(msgspec.Struct, frozen=True, kw_only=True):
    """A column as promised."""

    name: str
    type: str
    description: str = ""
    classification: str = ""
    required: bool = False
    key: bool = False
    entity: str = ""
    """The kind of thing whose ids it holds."""


class Rule(msgspec.Struct, frozen=True, kw_only=True):
    """A rule of the contract, and whether the newest version keeps it."""

    name: str
    description: str
    severity: str
    passed: bool
    rows_that_fail: int | None = None


class Level(msgspec.Struct, frozen=True, kw_only=True):
    """A service level: what is promised and what was measured."""

    property: str
    objective: str
    status: str
    sentence: str


class TrustPart(msgspec.Struct, frozen=True):
    """One part of the trust score."""

    name: str
    points: int
    of: int
    sentence: str


class Version(msgspec.Struct, frozen=True, kw_only=True):
    """The newest published version."""

    table_version: int
    rows: int
    published_at: str


class Description(msgspec.Struct, frozen=True, kw_only=True):
    """Everything about one port that helps to decide whether to use it."""

    address: str
    uri: str
    name: str
    domain: str
    product: str
    version: str
    status: str
    owner: str
    purpose: str
    limitations: str
    usage: str
    one_row_is: str
    columns: tuple[Column, ...]
    more_columns: int = 0
    """Columns beyond those that are listed."""
    rules: tuple[Rule, ...]
    service_levels: tuple[Level, ...]
    trust: int | None
    trust_parts: tuple[TrustPart, ...]
    freshness: str
    newest: Version | None
    end_of_support: str
    reads: tuple[str, ...]
    """Ports that it is made from."""
    read_by: tuple[str, ...]
    """Products that declare to read it."""
    endpoint: str
    format: str
    sql: str
    """How it is read with ``mesh query``."""


class Sample(msgspec.Struct, frozen=True, kw_only=True):
    """A few rows of the newest version."""

    address: str
    table_version: int
    rows: tuple[dict[str, Any], ...]
    hidden_columns: tuple[str, ...] = ()
    """Their values are not shown: they are confidential or restricted."""


class Edge(msgspec.Struct, frozen=True, kw_only=True):
    """``to`` reads ``from``; with columns, one is computed from the other."""

    source: str
    target: str
    source_column: str = ""
    target_column: str = ""


class Lineage(msgspec.Struct, frozen=True, kw_only=True):
    """What a port is made from and what is made from it, as recorded at the last publications."""

    address: str
    tables: tuple[Edge, ...]
    columns: tuple[Edge, ...]
    more: int = 0
    """Edges beyond those that are listed."""


class Resolved(msgspec.Struct, frozen=True, kw_only=True):
    """The port that a contract and a range of versions lead to."""

    address: str
    uri: str
    contract: str
    version: str
    status: str
    endpoint: str
    format: str
    newest: Version | None
    end_of_support: str
    successor: str
    """Where to move from a port that ends."""
    other_versions: tuple[str, ...]


def clipped(text: str, letters: int = TEXT) -> str:
    """The text, or its beginning."""
    return text if len(text) <= letters else text[: letters - 1] + "…"


def first(items: Sequence[Item], most: int) -> tuple[tuple[Item, ...], int]:
    """The first so many, and how many more there are."""
    return tuple(items[:most]), max(0, len(items) - most)


def cell(value: Any) -> Any:
    """One value of a sample, of bounded length."""
    if value is None or isinstance(value, bool | int | float):
        return value
    return clipped(value if isinstance(value, str) else msgspec.json.encode(value, enc_hook=str).decode(), CELL)
