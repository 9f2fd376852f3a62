"""The ODCS contract as typed, frozen values: what the mesh derives everything else from."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec

from mesh_core.contracts.document import Document
from mesh_core.contracts.publishing import Publishing, publishing_of
from mesh_core.contracts.service_levels import LENGTHS, known_as, minutes_in
from mesh_core.contracts.variables import filled, variables_of
from mesh_core.model import Address
from mesh_core.model.address import NAME

PHYSICAL_TYPES = {
    "string": "VARCHAR",
    "integer": "BIGINT",
    "number": "DOUBLE",
    "boolean": "BOOLEAN",
    "date": "DATE",
    "timestamp": "TIMESTAMP WITH TIME ZONE",
}
"""DuckDB type of a column that names no physicalType, by logical type."""

_SPELLINGS = {
    "TIMESTAMPTZ": "TIMESTAMP WITH TIME ZONE",
    "INT": "INTEGER",
    "TEXT": "VARCHAR",
    "STRING": "VARCHAR",
}


class QualityRule(msgspec.Struct, frozen=True, rename="camel", kw_only=True):
    """One entry of a ``quality`` list, as ODCS writes it; ``column`` is where it stood, '' for the table."""

    name: str = ""
    type: str = "library"
    metric: str | None = None
    rule: str | None = None
    query: str | None = None
    engine: str | None = None
    implementation: Any = None
    arguments: dict[str, Any] = {}
    unit: str = "rows"
    severity: str = "error"
    dimension: str | None = None
    description: str = ""
    business_impact: str | None = None
    must_be: Any = None
    must_not_be: Any = None
    must_be_greater_than: float | None = None
    must_be_greater_or_equal_to: float | None = None
    must_be_less_than: float | None = None
    must_be_less_or_equal_to: float | None = None
    must_be_between: tuple[float, float] | None = None
    must_not_be_between: tuple[float, float] | None = None
    column: str = ""
    at: tuple[str | int, ...] = ()


class Column(msgspec.Struct, frozen=True, kw_only=True):
    """One property of the contract's schema object."""

    name: str
    logical_type: str
    physical_type: str
    description: str = ""
    business_name: str = ""
    required: bool = False
    unique: bool = False
    primary_key: bool = False
    primary_key_position: int = -1
    partition_key_position: int = -1
    enum: tuple[Any, ...] = ()
    options: dict[str, Any] = {}
    classification: str = ""
    tags: tuple[str, ...] = ()
    examples: tuple[Any, ...] = ()
    transform_sources: tuple[str, ...] = ()
    """Declared lineage (``transformSourceObjects``), each ``domain.port.column`` or ``layer.name.column``."""
    transform_logic: str = ""
    at: tuple[str | int, ...] = ()


class Sla(msgspec.Struct, frozen=True, rename="camel", kw_only=True):
    """One service level: property, value, unit, and a cron schedule where one is given."""

    property: str
    value: Any
    unit: str = ""
    element: str = ""
    description: str = ""
    schedule: str = ""
    scheduler: str = ""
    value_ext: Any = None
    custom_properties: tuple[dict[str, Any], ...] = ()
    at: tuple[str | int, ...] = ()

    def custom(self, name: str) -> Any:
        """What its customProperties say of ``name``; None if they say nothing."""
        return next((entry.get("value") for entry in self.custom_properties if entry.get("property") == name), None)


class Server(msgspec.Struct, frozen=True, kw_only=True):
    """Where the port physically is; for ``local``, ``path`` is relative to the lake."""

    server: str
    type: str
    environment: str = "local"
    format: str = ""
    path: str = ""
    location: str = ""


class Contract(msgspec.Struct, frozen=True, kw_only=True):
    """The promise of one output port at one version."""

    id: str
    name: str
    version: str
    status: str
    domain: str
    product: str
    table: str
    purpose: str
    limitations: str = ""
    usage: str = ""
    granularity: str = ""
    tags: tuple[str, ...] = ()
    columns: tuple[Column, ...]
    rules: tuple[QualityRule, ...] = ()
    servers: tuple[Server, ...] = ()
    slas: tuple[Sla, ...] = ()
    owner: str = ""
    support: tuple[dict[str, Any], ...] = ()
    links: tuple[tuple[str, str], ...] = ()
    publishing: Publishing = Publishing()
    document: Document

    @property
    def major(self) -> int:
        return int(self.version.split(".", maxsplit=1)[0])

    @property
    def address(self) -> Address:
        return Address(self.domain, self.id.rpartition(".")[2], self.major)

    @property
    def path(self) -> Path:
        return self.document.path

    @property
    def primary_key(self) -> tuple[str, ...]:
        """Key columns in key order."""
        return _primary_key(self.columns)

    def sla(self, name: str) -> Sla | None:
        """The service level that the standard calls ``name``, whatever the contract's spelling; None without one."""
        return next((sla for sla in self.slas if known_as(sla.property) == known_as(name)), None)

    def server(self, environment: str) -> Server:
        """The endpoint for ``environment``; DescriptorError if the contract names none."""
        for server in self.servers:
            if server.environment == environment:
                return server
        message = f"names no server for environment '{environment}'"
        raise self.document.error(message, ["servers"], remedy="Add one under `servers`.")


def contract_from(document: Document) -> Contract:
    """The typed contract of a validated document; DescriptorError where the mesh needs more than ODCS does."""
    raw = document.raw
    schema = _one_schema(document)
    description = raw.get("description") or {}
    _check_identity(document)
    columns = tuple(_columns(schema, document))
    return Contract(
        id=raw["id"],
        name=raw.get("name") or raw["id"],
        version=raw["version"],
        status=raw.get("status") or "draft",
        domain=raw["domain"],
        product=raw["dataProduct"],
        table=schema["name"],
        purpose=description.get("purpose") or "",
        limitations=description.get("limitations") or "",
        usage=description.get("usage") or "",
        granularity=schema.get("dataGranularityDescription") or "",
        tags=tuple(raw.get("tags") or ()),
        columns=columns,
        rules=tuple(_rules(schema, document)),
        servers=tuple(msgspec.convert(_lower(server), Server, strict=False) for server in raw.get("servers") or ()),
        slas=tuple(_slas(document)),
        owner=_owner(raw),
        support=tuple(raw.get("support") or ()),
        links=tuple((link["type"], link["url"]) for link in raw.get("authoritativeDefinitions") or ()),
        publishing=publishing_of(document, columns, _primary_key(columns)),
        document=document,
    )


def _primary_key(columns: tuple[Column, ...]) -> tuple[str, ...]:
    keys = [column for column in columns if column.primary_key]
    return tuple(column.name for column in sorted(keys, key=lambda column: column.primary_key_position))


def _slas(document: Document) -> Iterator[Sla]:
    for number, raw in enumerate(document.raw.get("slaProperties") or ()):
        sla = msgspec.convert({**raw, "at": ("slaProperties", number)}, Sla, strict=False)
        if known_as(sla.property) in LENGTHS and not sla.schedule:
            minutes_in(sla, document)
        yield sla


def _lower(server: dict[str, Any]) -> dict[str, Any]:
    return {"environment": "local", **server}


def _one_schema(document: Document) -> dict[str, Any]:
    objects = document.raw.get("schema") or []
    if len(objects) != 1:
        message = f"describes {len(objects)} schema objects; an output port is exactly one"
        raise document.error(message, ["schema"], remedy="Give every port a contract of its own.")
    schema: dict[str, Any] = objects[0]
    if not schema.get("properties"):
        message = f"schema object '{schema['name']}' has no properties"
        raise document.error(message, ["schema", 0], remedy="List the columns under `properties`.")
    return schema


def _check_identity(document: Document) -> None:
    raw = document.raw
    for key in ("domain", "dataProduct"):
        if not raw.get(key):
            message = f"has no `{key}`"
            raise document.error(message, [], remedy=f"Add `{key}:`; the mesh addresses ports by it.")
    if not _is_semver(raw["version"]):
        message = f"version '{raw['version']}' is not a semantic version from 1.0.0 on"
        raise document.error(message, ["version"], remedy="Write MAJOR.MINOR.PATCH.")
    domain, _, port = raw["id"].rpartition(".")
    if domain != raw["domain"] or re.fullmatch(f"{NAME}", port) is None or re.search(r"_v\d+$", port):
        message = f"id '{raw['id']}' is not '<domain>.<port>' of domain '{raw['domain']}'"
        raise document.error(message, ["id"], remedy="The contract id is the port's global name.")


def _is_semver(text: str) -> bool:
    parts = text.split(".")
    return len(parts) == 3 and all(part.isdigit() for part in parts) and int(parts[0]) >= 1


def _owner(raw: dict[str, Any]) -> str:
    """The accountable team: ODCS 3.1's ``team.name``, else the first member with an owner role."""
    team = raw.get("team") or {}
    members = team.get("members") or [] if isinstance(team, dict) else team
    if isinstance(team, dict) and team.get("name"):
        return str(team["name"])
    owners = [member for member in members if "owner" in str(member.get("role", "")).lower()]
    return str(owners[0]["username"]) if owners else ""


def physical_type(prop: dict[str, Any]) -> str:
    """The DuckDB type a property stands for, spelled as DuckDB prints it; '' if it cannot be told."""
    given = str(prop.get("physicalType") or "").strip().upper()
    if given:
        return _SPELLINGS.get(given, given)
    logical = prop.get("logicalType") or "string"
    if logical == "array":
        return f"{physical_type(prop.get('items') or {})}[]"
    if logical == "object":
        fields = (f"{p['name']} {physical_type(p)}" for p in prop.get("properties") or ())
        return f"STRUCT({', '.join(fields)})"
    return PHYSICAL_TYPES.get(logical, "")


def _columns(schema: dict[str, Any], document: Document) -> list[Column]:
    columns = [_column(prop, ("schema", 0, "properties", at)) for at, prop in enumerate(schema["properties"])]
    seen: set[str] = set()
    for column in columns:
        if column.name.lower() in seen:
            message = f"column '{column.name}' is described twice"
            raise document.error(message, column.at, remedy="Column names are unique, whatever their case.")
        seen.add(column.name.lower())
        if not column.physical_type:
            message = f"column '{column.name}' has logical type '{column.logical_type}', which needs a physicalType"
            raise document.error(message, column.at, remedy="Add `physicalType`.")
    return columns


def _column(prop: dict[str, Any], at: tuple[str | int, ...]) -> Column:
    return Column(
        name=prop["name"],
        logical_type=prop.get("logicalType") or "string",
        physical_type=physical_type(prop),
        description=prop.get("description") or "",
        business_name=prop.get("businessName") or "",
        required=bool(prop.get("required")) or bool(prop.get("primaryKey")),
        unique=bool(prop.get("unique")),
        primary_key=bool(prop.get("primaryKey")),
        primary_key_position=prop.get("primaryKeyPosition", -1),
        partition_key_position=prop.get("partitionKeyPosition", 1) if prop.get("partitioned") else -1,
        enum=tuple(entry["value"] for entry in prop.get("enum") or ()),
        options=prop.get("logicalTypeOptions") or {},
        classification=prop.get("classification") or "",
        tags=tuple(prop.get("tags") or ()),
        examples=tuple(prop.get("examples") or ()),
        transform_sources=tuple(prop.get("transformSourceObjects") or ()),
        transform_logic=prop.get("transformLogic") or "",
        at=at,
    )


def _rules(schema: dict[str, Any], document: Document) -> list[QualityRule]:
    base: tuple[str | int, ...] = ("schema", 0)
    placed = [("", (*base, "quality", i), rule) for i, rule in enumerate(schema.get("quality") or ())]
    for number, prop in enumerate(schema["properties"]):
        at = (*base, "properties", number, "quality")
        placed += [(prop["name"], (*at, i), rule) for i, rule in enumerate(prop.get("quality") or ())]
    return [_rule(rule, column, at, document) for column, at, rule in placed]


def _rule(raw: dict[str, Any], column: str, at: tuple[str | int, ...], document: Document) -> QualityRule:
    try:
        rule = msgspec.convert({**raw, "column": column, "at": at}, QualityRule)
    except msgspec.ValidationError as error:
        message = f"quality rule '{raw.get('name', raw.get('metric', ''))}': {error}"
        raise document.error(message, at, remedy="See ODCS, data quality.") from error
    if rule.query:
        rule = msgspec.structs.replace(rule, query=filled(rule.query, variables_of(document.raw)))
    if rule.severity not in {"error", "warning", "info"}:
        message = f"severity '{rule.severity}' is none of error, warning, info"
        raise document.error(message, (*at, "severity"), remedy="`error` blocks, `warning` reports.")
    return rule
