"""A row as an Avro record: logical types for dates, instants and decimals, unions with null for optional columns.

What Avro has no word for (the SQL type where it is not the usual one, keys, classification) stands in attributes of
the field; readers pass over attributes that they don't know.
"""

from __future__ import annotations

import json
import re
from typing import Any

from mesh_core.errors import MeshError
from mesh_core.exchange.table import Field, Table
from mesh_core.exchange.types import LIST, MAP, STRUCT, SqlType, list_of, parse_type

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_PLAIN: dict[str, Any] = {
    "BOOLEAN": "boolean",
    "TINYINT": "int",
    "SMALLINT": "int",
    "INTEGER": "int",
    "BIGINT": "long",
    "UTINYINT": "int",
    "USMALLINT": "int",
    "UINTEGER": "long",
    "FLOAT": "float",
    "DOUBLE": "double",
    "VARCHAR": "string",
    "JSON": "string",
    "ENUM": "string",
    "BLOB": "bytes",
    "DATE": {"type": "int", "logicalType": "date"},
    "TIME": {"type": "long", "logicalType": "time-micros"},
    "TIMESTAMP": {"type": "long", "logicalType": "local-timestamp-micros"},
    "TIMESTAMP WITH TIME ZONE": {"type": "long", "logicalType": "timestamp-micros"},
    "UUID": {"type": "string", "logicalType": "uuid"},
}
_PRIMITIVES = {
    "boolean": "BOOLEAN",
    "int": "INTEGER",
    "long": "BIGINT",
    "float": "FLOAT",
    "double": "DOUBLE",
    "string": "VARCHAR",
    "bytes": "BLOB",
    "fixed": "BLOB",
    "enum": "VARCHAR",
}
_LOGICAL = {
    "date": "DATE",
    "time-millis": "TIME",
    "time-micros": "TIME",
    "timestamp-millis": "TIMESTAMP WITH TIME ZONE",
    "timestamp-micros": "TIMESTAMP WITH TIME ZONE",
    "timestamp-nanos": "TIMESTAMP WITH TIME ZONE",
    "local-timestamp-millis": "TIMESTAMP",
    "local-timestamp-micros": "TIMESTAMP",
    "local-timestamp-nanos": "TIMESTAMP",
    "uuid": "UUID",
}


def to_avro(table: Table) -> str:
    """The schema of one row; MeshError for a name or a type that Avro has no place for."""
    record: dict[str, Any] = {"type": "record", "name": _named(table.name), "namespace": table.domain}
    if table.description:
        record["doc"] = table.description
    record["version"] = table.version
    record["fields"] = [_field(field, table.name) for field in table.fields]
    return json.dumps(record, indent=2, ensure_ascii=False) + "\n"


def _field(field: Field, owner: str) -> dict[str, Any]:
    kind = _type(field, owner)
    entry: dict[str, Any] = {"name": _named(field.name), "type": kind if field.required else ["null", kind]}
    if not field.required:
        entry["default"] = None
    if field.description:
        entry["doc"] = field.description
    said = _Reader().type(json.loads(json.dumps(kind)), field.name)[0]
    if said != field.type:
        entry["sqlType"] = str(field.type)
    if field.key:
        entry["primaryKey"] = field.key
    if field.unique:
        entry["unique"] = True
    if field.classification:
        entry["classification"] = field.classification
    return entry


def _type(field: Field, owner: str) -> Any:
    kind, path = field.type, f"{owner}_{field.name}"
    symbols = kind.arguments if kind.base == "ENUM" else field.enum
    if kind.base in {"VARCHAR", "ENUM"} and symbols and all(_NAME.fullmatch(str(symbol)) for symbol in symbols):
        return {"type": "enum", "name": _named(path), "symbols": list(symbols)}
    if kind.base == "DECIMAL":
        precision, scale = (int(part) for part in kind.arguments)
        return {"type": "bytes", "logicalType": "decimal", "precision": precision, "scale": scale}
    if kind.base in {LIST, STRUCT, MAP}:
        return _nested(field, path)
    if kind.base not in _PLAIN:
        message = f"column '{field.name}' has type {kind}, which Avro has no type for"
        raise MeshError(message, remedy="Publish it as BIGINT, DECIMAL or VARCHAR.", code="export-impossible")
    return _PLAIN[kind.base]


def _nested(field: Field, path: str) -> Any:
    if field.type.base == LIST:
        return {"type": "array", "items": _part(field.item, path)}
    record = {"type": "record", "name": _named(path), "fields": [_field(part, path) for part in field.parts]}
    if field.type.base == STRUCT:
        return record
    if field.parts[0].type.base == "VARCHAR":
        return {"type": "map", "values": _part(field.parts[1], path)}
    return {"type": "array", "items": record}  # keys of Avro's maps are strings


def _part(part: Field, path: str) -> Any:
    kind = _type(part, path)
    return kind if part.required else ["null", kind]


def _named(name: str) -> str:
    if not _NAME.fullmatch(name):
        message = f"'{name}' is no name in Avro: letters, digits and underscores only"
        raise MeshError(message, remedy="Rename it, or export another format.", code="export-impossible")
    return name


def from_avro(text: str) -> list[Table]:
    """The table of the record that the schema describes; of every record in a list of them."""
    try:
        root = json.loads(text)
    except ValueError as error:
        message = f"is not JSON: {error}"
        raise MeshError(message, remedy="Mend the file, or name another format.", code="import-unreadable") from error
    records = [part for part in (root if isinstance(root, list) else [root]) if isinstance(part, dict)]
    tables = [_table(record, _Reader()) for record in records if record.get("type") == "record"]
    if not tables:
        message = "describes no Avro record"
        raise MeshError(message, remedy="Import the schema of one row.", code="import-unreadable")
    return tables


def _table(record: dict[str, Any], reader: _Reader) -> Table:
    fields = reader.fields(record)
    space, _, name = str(record.get("name", "")).rpartition(".")
    return Table(
        name=name,
        domain=str(record.get("namespace") or space).rpartition(".")[2],
        version=str(record.get("version") or ""),
        description=str(record.get("doc") or ""),
        fields=fields,
        guesses=tuple(reader.guesses),
    )


class _Reader:
    """Reads one schema; named types may be told once and referred to later."""

    def __init__(self) -> None:
        self.known: dict[str, Any] = {}
        self.open: list[str] = []
        self.guesses: list[str] = []

    def fields(self, record: dict[str, Any]) -> tuple[Field, ...]:
        name = str(record.get("name", ""))
        self.open.append(name)
        found = tuple(self.field(field) for field in record.get("fields") or ())
        self.open.pop()
        return found

    def field(self, field: dict[str, Any]) -> Field:
        name = str(field.get("name", ""))
        given, nullable = self.without_null(field.get("type"), name)
        kind, parts = self.type(given, name)
        if "sqlType" in field:
            kind = parse_type(str(field["sqlType"]))
        named = self.known.get(given, given) if isinstance(given, str) else given
        symbols = named.get("symbols") or () if isinstance(named, dict) else ()
        return Field(
            name=name,
            type=kind,
            description=str(field.get("doc") or ""),
            required=not nullable,
            unique=bool(field.get("unique")),
            key=int(field.get("primaryKey") or 0),
            enum=tuple(symbols) if kind.base == "VARCHAR" else (),
            classification=str(field.get("classification") or ""),
            parts=parts,
        )

    def type(self, given: Any, name: str) -> tuple[SqlType, tuple[Field, ...]]:
        """The SQL type, and what is nested in it."""
        if isinstance(given, str):
            if given in self.known:
                return self.type(self.known[given], name)
            if given not in _PRIMITIVES:
                said = "is nested in itself" if given in self.open else f"has type '{given}', which stands nowhere"
                raise _unreadable(name, said)
            return SqlType(_PRIMITIVES[given]), ()
        if isinstance(given, list):
            return self.type(self.without_null(given, name)[0], name)
        if not isinstance(given, dict):
            raise _unreadable(name, "has no type")
        return self.complex(given, name)

    def complex(self, given: dict[str, Any], name: str) -> tuple[SqlType, tuple[Field, ...]]:
        word, logical = given.get("type"), str(given.get("logicalType") or "")
        if logical == "decimal":
            return SqlType("DECIMAL", (str(given.get("precision", 18)), str(given.get("scale", 0)))), ()
        if logical in _LOGICAL:
            return SqlType(_LOGICAL[logical]), ()
        if word == "array":
            item = self.part("item", given.get("items"))
            return list_of(item.type), (item,)
        if word == "map":
            key, value = Field(name="key", type=SqlType("VARCHAR"), required=True), self.part("value", given["values"])
            return SqlType(MAP, parts=(("key", key.type), ("value", value.type))), (key, value)
        if word == "record":
            parts = self.fields(given)
            self.remember(given)
            return SqlType(STRUCT, parts=tuple((part.name, part.type) for part in parts)), parts
        if word in {"enum", "fixed"}:
            self.remember(given)
        return self.type(word, name)

    def part(self, name: str, given: Any) -> Field:
        return self.field({"name": name, "type": given})

    def remember(self, given: dict[str, Any]) -> None:
        name, space = str(given.get("name", "")), str(given.get("namespace") or "")
        self.known[name] = given
        if space:
            self.known[f"{space}.{name}"] = given

    def without_null(self, given: Any, name: str) -> tuple[Any, bool]:
        """The type of the values, and whether null is one of them."""
        if not isinstance(given, list):
            return given, given == "null"
        others = [part for part in given if part != "null"]
        if len(others) == 1:
            return others[0], "null" in given
        numbers = {"int": 0, "long": 1, "float": 2, "double": 3}
        if others and all(isinstance(part, str) and part in numbers for part in others):
            widest = max(others, key=lambda part: numbers[part])
            self.guesses.append(f"{name} is of {' or '.join(others)}: taken as {widest}")
            return widest, "null" in given
        kinds = " or ".join(part if isinstance(part, str) else str(part.get("type")) for part in others)
        raise _unreadable(name, f"is a union of {kinds or 'nothing'}; a column has one type")


def _unreadable(name: str, said: str) -> MeshError:
    remedy = "Change the schema, or write the contract by hand."
    return MeshError(f"'{name}' {said}", remedy=remedy, code="import-unreadable")
