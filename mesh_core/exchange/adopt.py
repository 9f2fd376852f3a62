"""A foreign ODCS contract made one of the mesh's: its own words, comments and order stay, the mesh's needs are added.

What has to change is kept beside the new value under ``customProperties``, and told.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from mesh_core.contracts.document import schema_errors
from mesh_core.contracts.editing import Editor, KeyPath
from mesh_core.errors import MeshError
from mesh_core.exchange.ddl import type_in
from mesh_core.exchange.draft import Draft, Identity, identified, local_server, refusals
from mesh_core.exchange.properties import known_type
from mesh_core.exchange.table import Table, field_of, odcs_type
from mesh_core.exchange.types import SqlType, parse_type

_DIALECTS = {
    "sqlserver": "tsql", "synapse": "tsql", "postgresql": "postgres", "cloudsql": "postgres", "impala": "hive",
    "glue": "athena", **{name: name for name in (
        "athena", "bigquery", "clickhouse", "databricks", "dremio", "duckdb", "exasol", "hive", "mysql", "oracle",
        "postgres", "presto", "redshift", "snowflake", "teradata", "trino")},
}  # fmt: skip
"""How sqlglot calls the dialect of a server's type."""
_EXTENSIBLE = frozenset({"schema", "properties", "items", "quality", "servers", "roles", "slaProperties", "support",
                         "team", "members", "relationships", "description", "enum"})  # fmt: skip
"""Where ODCS has customProperties, by the key under which the element stands."""


def adopted(text: str, path: Path, *, table: str = "", domain: str = "", product: str = "", dialect: str = "") -> Draft:
    """The contract as a draft of the mesh; MeshError if it is not ODCS 3, or leaves open what must be chosen."""
    adoption = _Adoption(text, path, dialect)
    adoption.choose(table)
    identity = adoption.identify(domain, product)
    adoption.types(("schema", 0))
    adoption.foreign_keys()
    if not any((server.get("environment") or "local") == "local" for server in adoption.raw.get("servers") or ()):
        adoption.editor.append(["servers"], local_server(identity.address))
    return Draft(
        address=identity.address,
        text=adoption.editor.text,
        guesses=(*identity.guesses, *adoption.told),
        findings=tuple(refusals(adoption.editor.text, path)),
    )


class _Adoption:
    def __init__(self, text: str, path: Path, dialect: str) -> None:
        self.editor = Editor(path, text)
        self.path = path
        self.told: list[str] = []
        version = str(self.raw.get("apiVersion", ""))
        if self.raw.get("kind") != "DataContract" or not version.startswith("v3."):
            message = f"is no ODCS 3 contract: kind '{self.raw.get('kind', '')}', apiVersion '{version}'"
            raise MeshError(message, path=path, remedy="Import ODCS v3.0.0 or newer.", code="import-unreadable")
        servers = self.raw.get("servers") or [{}]
        self.dialect = dialect or _DIALECTS.get(str(servers[0].get("type", "")), "duckdb")

    @property
    def raw(self) -> dict[str, Any]:
        return self.editor.raw

    def choose(self, wanted: str) -> None:
        """One port has one table: leave the others out."""
        names = [str(entry.get("name") or entry.get("physicalName") or "") for entry in self.raw.get("schema") or ()]
        number = chosen(names, wanted, self.path)
        for other in reversed(range(len(names))):
            if other != number:
                self.editor.remove(["schema", other])
        if len(names) > 1:
            left = ", ".join(name for at, name in enumerate(names) if at != number)
            self.told.append(f"left out: {left}; a port is one table")

    def identify(self, domain: str, product: str) -> Identity:
        """Give the contract its address; what it was called before is kept."""
        raw, entry = self.raw, self.raw["schema"][0]
        name = str(entry.get("name") or entry.get("physicalName") or "")
        table = Table(
            name=name,
            fields=tuple(field_of(prop) for prop in entry.get("properties") or ()),
            domain=str(raw.get("domain") or ""),
            product=str(raw.get("dataProduct") or ""),
            version=str(raw.get("version") or ""),
        )
        identity = identified(table, domain=domain, product=product)
        address = identity.address
        self.replace(["id"], f"{address.domain}.{address.port}", "originalId")
        self.replace(["version"], identity.version, "originalVersion")
        self.replace(["domain"], address.domain, "originalDomain")
        self.replace(["dataProduct"], identity.product, "originalDataProduct")
        self.replace(["status"], "draft", "originalStatus")
        if not entry.get("physicalName") and name != address.table:
            self.editor.set(["schema", 0, "physicalName"], name)
        self.editor.set(["schema", 0, "name"], address.table)
        return identity

    def replace(self, at: KeyPath, value: str, kept_as: str) -> None:
        """Set a value; the one that stood there is kept as a custom property of the contract."""
        was = self.editor.get(at)
        if was == value:
            return
        self.editor.set(at, value)
        if was is not None:
            self.keep((), kept_as, was)

    def keep(self, holder: KeyPath, name: str, value: Any) -> None:
        self.editor.append([*holder, "customProperties"], {"property": name, "value": value})
        where = ".".join(str(part) for part in holder)
        self.told.append(f"{where + ': ' if where else ''}'{value}' is kept as custom property {name}")

    def types(self, at: tuple[str | int, ...]) -> None:
        """Physical types in DuckDB's words, in every property below ``at``."""
        for number, _ in enumerate(self.editor.get([*at, "properties"]) or ()):
            self.type((*at, "properties", number))
        if self.editor.get([*at, "items"]):
            self.type((*at, "items"))

    def type(self, at: tuple[str | int, ...]) -> None:
        prop: dict[str, Any] = self.editor.get(at)
        name, given = str(prop.get("name") or at[-1]), str(prop.get("physicalType") or "")
        kind = _translated(given, self.dialect) if given else None
        if kind is None and prop.get("logicalType") in {"time", "map", "vector"}:
            kind = parse_type(odcs_type({**prop, "physicalType": None}))
        if kind is None and given:
            self.editor.remove([*at, "physicalType"])
        elif kind is not None and (not given or parse_type(given) != kind):
            self.editor.set([*at, "physicalType"], str(kind))
        if given and (kind is None or parse_type(given) != kind):
            self.keep(at, "originalPhysicalType", given)
        if not given and not prop.get("logicalType"):
            self.told.append(f"{name} has no type: taken as text")
        self.types(at)

    def foreign_keys(self) -> None:
        """Keys that the standard doesn't know become custom properties, where it allows any."""
        unknown: list[tuple[tuple[str | int, ...], str]] = []
        wrong: set[tuple[str | int, ...]] = set()
        for error in schema_errors(self.raw, "odcs", self.path):
            at = tuple(error.instance_path)
            keys = getattr(error.kind, "unexpected", None)
            if keys is None:
                wrong.add(at)
            unknown += [(at, key) for key in keys or ()]
        for at, key in dict.fromkeys(unknown):
            holder = next((part for part in reversed(at) if isinstance(part, str)), "")
            where = ".".join(str(part) for part in (*at, key))
            # Beside another mistake the validator counts right keys as unknown, too.
            if at in wrong or (at and holder not in _EXTENSIBLE):
                self.told.append(f"{where} is unknown to the standard, and stays")
                continue
            value = self.editor.get([*at, key])
            self.editor.remove([*at, key])
            self.keep(at, key, value)


def _translated(given: str, dialect: str) -> SqlType | None:
    for kind in (type_in(given, dialect), parse_type(given)):
        if known_type(kind):
            return kind
    return None


def chosen(names: list[str], wanted: str, path: Path) -> int:
    """Which of the tables is meant; MeshError if that is open."""
    if wanted:
        matches = [at for at, name in enumerate(names) if name.lower() == wanted.lower()]
        if matches:
            return matches[0]
        message = f"has no table '{wanted}'; it has {', '.join(names) or 'none'}"
        raise MeshError(message, path=path, remedy="Name one of them.", code="import-ambiguous")
    if len(names) != 1:
        message = f"describes {len(names)} tables" + (f": {', '.join(names)}" if names else "")
        raise MeshError(message, path=path, remedy="Choose one: --table NAME.", code="import-ambiguous")
    return 0
