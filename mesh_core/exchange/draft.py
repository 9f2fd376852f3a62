"""A contract drafted from a table: what the source says, what the mesh needs besides, and what nobody knows yet."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import msgspec

from mesh_core.contracts import yaml_text
from mesh_core.contracts.document import Document, parse_yaml, schema_errors
from mesh_core.contracts.odcs import contract_from
from mesh_core.errors import DescriptorsError, MeshError
from mesh_core.exchange.properties import known_type, property_of
from mesh_core.exchange.table import Table
from mesh_core.exchange.types import SqlType
from mesh_core.model import Address
from mesh_core.model.address import NAME

API_VERSION = "v3.2.0"
FIRST_VERSION = "1.0.0"

_NO_DOMAINS = frozenset({"public", "main", "dbo", "default", "schema"})
"""What databases call a schema that nobody has named."""
_VERSION = re.compile(r"v?([1-9]\d*)(?:\.(\d+))?(?:\.(\d+))?")


class Draft(msgspec.Struct, frozen=True, kw_only=True):
    """A contract as text, ready to be read by people, with what they should know about it."""

    address: Address
    text: str
    guesses: tuple[str, ...] = ()
    """What was assumed or changed, one sentence each."""
    unknown: tuple[str, ...] = ()
    """What a good contract says and the source does not."""
    findings: tuple[MeshError, ...] = ()
    """What keeps the mesh from taking the draft as it is."""


class Identity(msgspec.Struct, frozen=True, kw_only=True):
    """Where the contract will belong."""

    address: Address
    product: str
    version: str
    guesses: tuple[str, ...] = ()


def drafted(table: Table, *, domain: str = "", product: str = "", path: Path) -> Draft:
    """The contract for a table; MeshError if its domain is neither given nor known."""
    table = _storable(table)
    identity = identified(table, domain=domain, product=product)
    address = identity.address
    schema: dict[str, Any] = {"name": address.table, "logicalType": "object", "physicalType": "table"}
    if table.name != address.table:
        schema["physicalName"] = table.name
    if table.granularity:
        schema["dataGranularityDescription"] = table.granularity
    schema["properties"] = [property_of(field) for field in table.fields]
    raw: dict[str, Any] = {
        "apiVersion": API_VERSION,
        "kind": "DataContract",
        "id": f"{address.domain}.{address.port}",
        "name": table.title or address.port.replace("_", " ").capitalize(),
        "version": identity.version,
        "status": "draft",
        "domain": address.domain,
        "dataProduct": identity.product,
        **({"tags": list(table.tags)} if table.tags else {}),
        **({"description": {"purpose": table.description}} if table.description else {}),
        "schema": [schema],
        "servers": [local_server(address)],
    }
    text = yaml_text.document(raw)
    return Draft(
        address=address,
        text=text,
        guesses=(*table.guesses, *identity.guesses),
        unknown=tuple(_unknown(table)),
        findings=tuple(refusals(text, path)),
    )


def identified(table: Table, *, domain: str, product: str) -> Identity:
    """Address, product and version for a table: as given, as the source knows, else as its name tells."""
    guesses: list[str] = []
    known = snake_case(table.domain)
    if not domain and known and known not in _NO_DOMAINS:
        guesses.append(f"domain '{known}' is the source's own word")
        domain = known
    if not domain:
        message = "the domain is not known"
        raise MeshError(message, remedy="Name it: --domain DOMAIN.", code="import-incomplete")
    stem, major = _unversioned(snake_case(table.name))
    port = table.port or stem
    for word, name in (("domain", domain), ("port", port), ("product", product or port)):
        if not re.fullmatch(NAME, name):
            message = f"'{name}' is no name for a {word}: small letters, digits and underscores"
            raise MeshError(
                message, remedy="Rename the table, or give --domain and --product.", code="import-incomplete"
            )
    version = semantic(table.version, major)
    if version != table.version:
        guesses.append(f"version {version}" + (f", for '{table.version}'" if table.version else ""))
    if not product:
        product = snake_case(table.product) or port
        guesses.append(f"product '{product}'")
    address = Address(domain, port, int(version.partition(".")[0]))
    return Identity(address=address, product=product, version=version, guesses=tuple(guesses))


def semantic(version: str, major: int = 1) -> str:
    """The nearest semantic version from 1.0.0 on."""
    found = _VERSION.fullmatch(version.strip())
    if found is None:
        return f"{major}.0.0"
    return ".".join(part or "0" for part in found.groups())


def snake_case(text: str) -> str:
    """``OrderItems``, ``Order items``, ``order-items``: ``order_items``."""
    parted = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", text.strip())
    return re.sub(r"\W+|_+", "_", parted).strip("_").lower()


def local_server(address: Address) -> dict[str, str]:
    """The endpoint that every port has on the machine that it is developed on."""
    path = f"{address.domain}/{address.table}"
    return {"server": "local", "type": "local", "environment": "local", "path": path, "format": "delta"}


def refusals(text: str, path: Path) -> list[MeshError]:
    """What the standard and the mesh find wrong with a contract's text."""
    raw = parse_yaml(text.encode(), path)
    found: list[MeshError] = []
    for error in schema_errors(raw, "odcs", path):
        where = ".".join(str(part) for part in error.instance_path)
        found.append(MeshError(f"{where}: {error.message}", path=path, code="descriptor"))
    if found:
        return found
    try:
        contract_from(Document(path, raw, ""))
    except DescriptorsError as several:
        return several.errors
    except MeshError as error:
        return [error]
    return []


def _storable(table: Table) -> Table:
    """Types that DuckDB doesn't have become texts."""
    strange = [field for field in table.fields if not known_type(field.type)]
    if not strange:
        return table
    told = [f"{field.name} is of type {field.type}, which DuckDB has not: taken as text" for field in strange]
    fields = (
        msgspec.structs.replace(field, type=SqlType("VARCHAR"), parts=()) if field in strange else field
        for field in table.fields
    )
    return msgspec.structs.replace(table, fields=tuple(fields), guesses=(*table.guesses, *told))


def _unversioned(name: str) -> tuple[str, int]:
    found = re.fullmatch(r"(.+)_v([1-9]\d*)", name)
    return (found[1], int(found[2])) if found else (name, 1)


def _unknown(table: Table) -> list[str]:
    silent = [field.name for field in table.fields if not field.description]
    unclassified = [field.name for field in table.fields if not field.classification]
    told = [] if table.description else ["what the port is for (`description.purpose`)"]
    if not table.primary_key:
        told.append("the primary key")
    for names, what in ((silent, "description"), (unclassified, "classification")):
        if names:
            every = len(names) == len(table.fields)
            told.append(f"the {what} of " + ("every column" if every else ", ".join(names)))
    return told
