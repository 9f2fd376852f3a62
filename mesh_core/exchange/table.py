"""A port's table as the formats see it: names, types, what must hold, and the words about it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from mesh_core.contracts.odcs import PHYSICAL_TYPES, Contract
from mesh_core.exchange.types import LIST, MAP, STRUCT, SqlType, parse_type


class Field(msgspec.Struct, frozen=True, kw_only=True):
    """A column, or a part of one."""

    name: str
    type: SqlType
    title: str = ""
    description: str = ""
    required: bool = False
    unique: bool = False
    key: int = 0
    """Position in the primary key from 1 on; 0 for a column that is not in it."""
    enum: tuple[Any, ...] = ()
    options: dict[str, Any] = {}
    """``logicalTypeOptions`` of ODCS: minimum, maxLength, pattern …"""
    classification: str = ""
    tags: tuple[str, ...] = ()
    examples: tuple[Any, ...] = ()
    parts: tuple[Field, ...] = ()
    """``item`` of a list, ``key`` and ``value`` of a map, the fields of a struct."""

    @property
    def item(self) -> Field:
        return self.parts[0]


class Table(msgspec.Struct, frozen=True, kw_only=True):
    """One table, with what a source knows of where it belongs; '' is unknown."""

    name: str
    fields: tuple[Field, ...]
    domain: str = ""
    product: str = ""
    port: str = ""
    version: str = ""
    title: str = ""
    description: str = ""
    granularity: str = ""
    tags: tuple[str, ...] = ()
    guesses: tuple[str, ...] = ()
    """What the reader of a format had to assume, one sentence each."""

    @property
    def primary_key(self) -> tuple[str, ...]:
        """Key columns in key order."""
        return tuple(field.name for field in sorted(self.fields, key=lambda field: field.key) if field.key)


def table_of(contract: Contract) -> Table:
    """The table that a contract promises."""
    schema = contract.document.raw["schema"][0]
    return Table(
        name=contract.table,
        fields=tuple(field_of(prop) for prop in schema["properties"]),
        domain=contract.domain,
        product=contract.product,
        port=contract.address.port,
        version=contract.version,
        title=contract.name,
        description=contract.purpose,
        granularity=contract.granularity,
        tags=contract.tags,
    )


def field_of(prop: Mapping[str, Any], name: str = "") -> Field:
    """A property of ODCS, with all that is nested in it."""
    kind = parse_type(odcs_type(prop))
    position = int(prop.get("primaryKeyPosition", -1))
    is_key = bool(prop.get("primaryKey"))
    return Field(
        name=name or str(prop["name"]),
        type=kind,
        title=prop.get("businessName") or "",
        description=prop.get("description") or "",
        required=bool(prop.get("required")) or is_key,
        unique=bool(prop.get("unique")),
        key=max(position, 1) if is_key else 0,
        enum=tuple(entry["value"] for entry in prop.get("enum") or ()),
        options=prop.get("logicalTypeOptions") or {},
        classification=prop.get("classification") or "",
        tags=tuple(prop.get("tags") or ()),
        examples=tuple(prop.get("examples") or ()),
        parts=tuple(_parts(prop, kind)),
    )


def field_for(name: str, kind: SqlType) -> Field:
    """A part of which only the type is known."""
    parts = (field_for(*part) for part in kind.parts)
    return Field(name=name, type=kind, parts=tuple(_never_null(part, kind) for part in parts))


def odcs_type(prop: Mapping[str, Any]) -> str:
    """DuckDB's type of a property, also of the kinds for which a port must name it: times, maps, vectors."""
    given = str(prop.get("physicalType") or "").strip()
    logical = str(prop.get("logicalType") or "string")
    if given or logical in PHYSICAL_TYPES:
        return given or PHYSICAL_TYPES[logical]
    if logical == "time":
        return "TIME"
    if logical == "vector":
        dimensions = (prop.get("logicalTypeOptions") or {}).get("dimensions", "")
        return f"FLOAT[{dimensions}]"
    if logical == "array":
        return f"{odcs_type(prop.get('items') or {})}[]"
    if logical == "map":
        parts = prop.get("map") or {}
        return f"MAP({odcs_type(parts.get('key') or {})}, {odcs_type(parts.get('value') or {})})"
    return str(
        SqlType(STRUCT, parts=tuple((p["name"], parse_type(odcs_type(p))) for p in prop.get("properties") or ()))
    )


def _parts(prop: Mapping[str, Any], kind: SqlType) -> Iterator[Field]:
    described: dict[str, Mapping[str, Any]] = {}
    if kind.base == LIST:
        described = {"item": prop.get("items") or {}}
    elif kind.base == MAP:
        described = dict(prop.get("map") or {})
    elif kind.base == STRUCT:
        described = {part["name"]: part for part in prop.get("properties") or ()}
    for name, part in kind.parts:
        found = described.get(name)
        known = found and parse_type(odcs_type(found)) == part
        yield _never_null(field_of(found, name) if found and known else field_for(name, part), kind)


def _never_null(part: Field, kind: SqlType) -> Field:
    """The key of a map has a value, whether the contract says so or not."""
    return msgspec.structs.replace(part, required=True) if (kind.base, part.name) == (MAP, "key") else part
