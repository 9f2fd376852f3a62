"""What a policy looks at: one port with its contract, product and domain, the charter, and the day."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import Any

import msgspec

from mesh_core.contracts import Contract, Domain, Product
from mesh_core.contracts.odcs import physical_type
from mesh_core.contracts.tree import Mesh, Port
from mesh_core.governance import Charter

SENSITIVE = frozenset({"confidential", "restricted"})
"""Classifications whose values are not for every reader."""
PERSONAL = "pii"
"""A tag that is this word, or begins with it and a dash or colon, marks personal data."""


class Field(msgspec.Struct, frozen=True, kw_only=True):
    """A column, or a member of a nested one, with what it inherits from the column that it is in."""

    path: str
    """``customer``; ``address.street`` for a member; ``lines[]`` for the items of a list."""
    name: str
    depth: int
    logical_type: str
    physical_type: str
    description: str
    classification: str
    """Its own, else that of the column that it is in."""
    protection: str
    """How sensitive values are protected: its own, else that of the column that it is in; '' if nothing says."""
    tags: tuple[str, ...]
    raw: dict[str, Any]
    at: tuple[str | int, ...]

    @property
    def nested(self) -> bool:
        """Whether the contract describes its members."""
        return bool(self.raw.get("properties") or self.raw.get("items"))

    @property
    def sensitive(self) -> bool:
        return self.classification in SENSITIVE

    @property
    def personal(self) -> bool:
        return _personal(self.tags)


class Subject:
    """One port as a policy sees it; everything is read only and computed once for all policies."""

    def __init__(self, port: Port, charter: Charter, today: date, mesh: Mesh | None = None) -> None:
        self.port, self.charter, self.today = port, charter, today
        self.mesh = mesh
        """The other ports, where the gate knows them."""

    @property
    def contract(self) -> Contract:
        return self.port.contract

    @property
    def product(self) -> Product:
        return self.port.product

    @property
    def domain(self) -> Domain:
        return self.port.domain

    @property
    def name(self) -> str:
        """``domain.port``."""
        return self.port.address.sql

    @property
    def live(self) -> bool:
        """Whether consumers may rely on the contract: active or deprecated, not draft, proposed or retired."""
        return self.contract.status in {"active", "deprecated"}

    @property
    def personal(self) -> bool:
        """Whether a tag of the contract says that it holds personal data."""
        return _personal(self.contract.tags)

    @cached_property
    def columns(self) -> tuple[Field, ...]:
        """The columns, members of nested ones left out."""
        return tuple(field for field in self.fields if field.depth == 0)

    @cached_property
    def fields(self) -> tuple[Field, ...]:
        """Every column, each followed by its members."""
        properties = self.contract.document.raw["schema"][0]["properties"]
        at = ("schema", 0, "properties")
        return tuple(
            field for number, raw in enumerate(properties) for field in _fields(raw, (*at, number), raw["name"], None)
        )

    def path_of(self, document: str) -> Path:
        """The file of the contract, the product or the domain."""
        if document == "product":
            return self.product.document.path
        return self.product.folder.parent / "domain.yaml" if document == "domain" else self.contract.path


def _personal(tags: tuple[str, ...]) -> bool:
    return any(tag == PERSONAL or tag.startswith((f"{PERSONAL}-", f"{PERSONAL}:")) for tag in tags)


def _fields(raw: dict[str, Any], at: tuple[str | int, ...], path: str, parent: Field | None) -> Iterator[Field]:
    field = Field(
        path=path,
        name=raw.get("name") or "",
        depth=parent.depth + 1 if parent else 0,
        logical_type=raw.get("logicalType") or "string",
        physical_type=physical_type(raw),
        description=raw.get("description") or "",
        classification=raw.get("classification") or (parent.classification if parent else ""),
        protection=_protection(raw) or (parent.protection if parent else ""),
        tags=tuple(raw.get("tags") or ()),
        raw=raw,
        at=at,
    )
    yield field
    for number, member in enumerate(raw.get("properties") or ()):
        yield from _fields(member, (*at, "properties", number), f"{path}.{member['name']}", field)
    if isinstance(raw.get("items"), dict):
        yield from _fields(raw["items"], (*at, "items"), f"{path}[]", field)


def _protection(raw: dict[str, Any]) -> str:
    """The custom property ``protection``, or ``encrypt`` where ODCS's own ``encryptedName`` stands."""
    for custom in raw.get("customProperties") or ():
        if custom["property"] == "protection":
            return str(custom["value"])
    return "encrypt" if raw.get("encryptedName") else ""
