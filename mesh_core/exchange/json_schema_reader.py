"""A table read from JSON Schema, draft 4 or newer: references, nullable unions, nested objects."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import msgspec

from mesh_core.errors import MeshError
from mesh_core.exchange.json_schema import OPTIONS, kinds_of, listed, type_of, typed, values_of
from mesh_core.exchange.table import Field, Table
from mesh_core.exchange.types import MAP, STRUCT, SqlType, list_of, parse_type
from mesh_core.model import Address

_ALTERNATIVES = ("anyOf", "oneOf", "allOf")
_DEEPEST = 20


def from_json_schema(text: str) -> list[Table]:
    """The table whose rows the schema describes: an object, or a list of them."""
    try:
        root = json.loads(text)
    except ValueError as error:
        message = f"is not JSON: {error}"
        raise MeshError(message, remedy="Mend the file, or name another format.", code="import-unreadable") from error
    reader = _Reader(root if isinstance(root, dict) else {})
    row = reader.resolved(reader.root)
    if kinds_of(row)[:1] == ["array"]:
        row = reader.resolved(row.get("items") or {})
    if not isinstance(row.get("properties"), dict) or not row["properties"]:
        message = "describes no object with `properties`; a row is one"
        raise MeshError(message, remedy="Import the schema of one row.", code="import-unreadable")
    return [reader.table(row)]


class _Reader:
    """Reads one schema; ``guesses`` grows as types have to be assumed."""

    def __init__(self, root: Mapping[str, Any]) -> None:
        self.root = root
        self.guesses: list[str] = []
        self._depth = 0

    def table(self, row: Mapping[str, Any]) -> Table:
        identity = str(row.get("$id") or self.root.get("$id") or row.get("id") or "")
        address = Address.parse(identity) if identity.startswith("mesh://") else None
        name = address.table if address else _stem(identity) or str(row.get("title") or "")
        keys = row.get("x-primary-key") or ()
        fields = [
            msgspec.structs.replace(field, key=list(keys).index(field.name) + 1 if field.name in keys else 0)
            for field in self.fields(row)
        ]
        return Table(
            name=name,
            domain=address.domain if address else "",
            port=address.port if address else "",
            version=str(row.get("x-version") or ""),
            title=str(row.get("title") or ""),
            description=str(row.get("description") or ""),
            fields=tuple(fields),
            guesses=tuple(self.guesses),
        )

    def fields(self, schema: Mapping[str, Any]) -> tuple[Field, ...]:
        required = set(schema.get("required") or ())
        return tuple(self.field(name, part, name in required) for name, part in schema.get("properties", {}).items())

    def field(self, name: str, given: Any, required: bool) -> Field:
        if self._depth >= _DEEPEST:
            message = f"'{name}' is nested in itself, or more than {_DEEPEST} deep; a column has an end"
            raise MeshError(message, remedy="Import a schema without recursion.", code="import-unreadable")
        schema, nullable = self.without_null(self.resolved(given))
        self._depth += 1
        kind, parts = self.type(name, schema)
        self._depth -= 1
        return Field(
            name=name,
            type=kind,
            title=str(schema.get("title") or ""),
            description=str(schema.get("description") or ""),
            required=required and not nullable,
            unique=bool(schema.get("x-unique")),
            enum=tuple(value for value in values_of(schema) if value is not None),
            options=_options(schema, Field(name=name, type=kind, parts=parts)),
            classification=str(schema.get("x-classification") or ""),
            examples=tuple(schema.get("examples") or ()),
            parts=parts,
        )

    def type(self, name: str, schema: Mapping[str, Any]) -> tuple[SqlType, tuple[Field, ...]]:
        """The SQL type of a value, and what is nested in it."""
        kinds = kinds_of(schema)
        parts: tuple[Field, ...] = ()
        if kinds == ["array"]:
            parts = (self.field("item", schema.get("items") or {}, required=False),)
            kind = list_of(parts[0].type)
        elif kinds == ["object"] and schema.get("properties"):
            parts = self.fields(schema)
            kind = SqlType(STRUCT, parts=tuple((part.name, part.type) for part in parts))
        elif kinds == ["object"] and isinstance(schema.get("additionalProperties"), dict):
            value = self.field("value", schema["additionalProperties"], required=False)
            parts = (Field(name="key", type=SqlType("VARCHAR"), required=True), value)
            kind = SqlType(MAP, parts=(("key", parts[0].type), ("value", value.type)))
        else:
            if len(kinds) != 1 and "x-sql-type" not in schema:
                said = f"is of {' or '.join(kinds)}" if kinds else "has no type"
                self.guesses.append(f"{name} {said}: taken as text")
            elif kinds == ["object"] and "x-sql-type" not in schema:
                self.guesses.append(f"{name} is an object of unknown keys: taken as text")
            kind = type_of(schema)
        if "x-sql-type" in schema:
            kind = parse_type(str(schema["x-sql-type"]))
        return kind, parts

    def without_null(self, schema: Mapping[str, Any]) -> tuple[Mapping[str, Any], bool]:
        """The schema of the values, and whether null is one of them."""
        nullable = "null" in listed(schema.get("type")) or None in values_of(schema) or bool(schema.get("nullable"))
        for word in _ALTERNATIVES:
            options = [self.resolved(option) for option in schema.get(word) or ()]
            others = [option for option in options if listed(option.get("type")) != ["null"]]
            nullable = nullable or len(others) < len(options)
            if len(others) == 1:
                rest = {key: value for key, value in schema.items() if key != word}
                inner, inner_nullable = self.without_null(others[0])
                return {**inner, **rest}, nullable or inner_nullable
        return schema, nullable

    def resolved(self, schema: Any) -> Mapping[str, Any]:
        """The schema with its reference inside the file followed."""
        seen: set[str] = set()
        while isinstance(schema, dict) and "$ref" in schema:
            reference = str(schema["$ref"])
            if not reference.startswith("#") or reference in seen:
                said = "refers to itself" if reference in seen else "is in another file"
                message = f"reference {reference} {said}"
                raise MeshError(message, remedy="Write the type in its place.", code="import-unreadable")
            seen.add(reference)
            target: Any = self.root
            for part in reference.removeprefix("#").strip("/").split("/") if reference != "#" else ():
                target = target.get(part.replace("~1", "/").replace("~0", "~"), {}) if isinstance(target, dict) else {}
            schema = {**target, **{key: value for key, value in schema.items() if key != "$ref"}}
        return schema if isinstance(schema, dict) else {}


def _options(schema: Mapping[str, Any], field: Field) -> dict[str, Any]:
    """The bounds that the schema sets beyond those of the type."""
    kinds = kinds_of(schema)
    own = {} if field.parts else typed(field)
    options = {
        option: schema[option]
        for option in OPTIONS.get(kinds[0] if len(kinds) == 1 else "", ())
        if option in schema and option != "format" and schema[option] != own.get(option)
    }
    if field.type.base == "VARCHAR" and isinstance(schema.get("format"), str):
        options["format"] = schema["format"]
    return options


def _stem(identity: str) -> str:
    return identity.rstrip("/#").rpartition("/")[2].partition(".")[0].rpartition(":")[2]
