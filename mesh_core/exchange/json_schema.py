"""A row as JSON Schema, draft 2020-12: what a JSON object must look like to be one row of the port.

What JSON has no word for (the SQL type, keys, classification) stands in ``x-`` annotations, which validators pass over.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from mesh_core.exchange.table import Field, Table
from mesh_core.exchange.types import INTEGER_BITS, LIST, MAP, STRUCT, UNSIGNED_BITS, SqlType, list_of, parse_type
from mesh_core.model import Address

DIALECT = "https://json-schema.org/draft/2020-12/schema"

_PLAIN: dict[str, dict[str, Any]] = {
    "VARCHAR": {"type": "string"},
    "BOOLEAN": {"type": "boolean"},
    "DATE": {"type": "string", "format": "date"},
    # RFC 3339 times have a zone: a TIMESTAMP or TIME without one must not claim these formats.
    "TIMESTAMP WITH TIME ZONE": {"type": "string", "format": "date-time"},
    "UUID": {"type": "string", "format": "uuid"},
    "BLOB": {"type": "string", "contentEncoding": "base64"},
    "FLOAT": {"type": "number", "format": "float"},
    "DOUBLE": {"type": "number"},
    "DECIMAL": {"type": "number"},
    "HUGEINT": {"type": "integer"},
    "UHUGEINT": {"type": "integer", "minimum": 0},
    "JSON": {},
}
OPTIONS = {
    "string": ("minLength", "maxLength", "pattern", "format"),
    "integer": ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"),
    "number": ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"),
    "array": ("minItems", "maxItems", "uniqueItems"),
    "object": ("minProperties", "maxProperties"),
}
_BASES = {"string": "VARCHAR", "integer": "BIGINT", "number": "DOUBLE", "boolean": "BOOLEAN"}
_FORMATS = {
    "date": "DATE",
    "date-time": "TIMESTAMP WITH TIME ZONE",
    "uuid": "UUID",
    "float": "FLOAT",
    "int32": "INTEGER",
    "int16": "SMALLINT",
    "int8": "TINYINT",
}


def to_json_schema(table: Table) -> str:
    """The schema of one row."""
    address = Address.parse(f"{table.domain}.{table.name}")
    schema: dict[str, Any] = {"$schema": DIALECT, "$id": address.uri, "title": table.title}
    if table.description:
        schema["description"] = table.description
    schema |= _object(table.fields)
    schema["x-version"] = table.version
    if table.primary_key:
        schema["x-primary-key"] = list(table.primary_key)
    return json.dumps(schema, indent=2, ensure_ascii=False) + "\n"


def _object(fields: tuple[Field, ...]) -> dict[str, Any]:
    required = [field.name for field in fields if field.required]
    return {
        "type": "object",
        "properties": {field.name: _property(field) for field in fields},
        **({"required": required} if required else {}),
        "additionalProperties": False,
    }


def _property(field: Field) -> dict[str, Any]:
    schema = _constrained(field)
    if field.title:
        schema = {"title": field.title, **schema}
    if field.description:
        schema["description"] = field.description
    if field.examples:
        schema["examples"] = list(field.examples)
    if field.unique:
        schema["x-unique"] = True
    if field.classification:
        schema["x-classification"] = field.classification
    if type_of(schema) != field.type:
        schema["x-sql-type"] = str(field.type)
    return schema


def _constrained(field: Field) -> dict[str, Any]:
    schema = typed(field)
    kind = str(schema.get("type", ""))
    schema |= {name: field.options[name] for name in OPTIONS.get(kind, ()) if name in field.options}
    # A date's or timestamp's bounds and display format are texts, for which JSON Schema has no keyword.
    if field.type.base in {"DATE", "TIMESTAMP", "TIMESTAMP WITH TIME ZONE", "TIME"}:
        schema.pop("pattern", None)
        schema["format"] = _PLAIN.get(field.type.base, {}).get("format")
        schema = {name: value for name, value in schema.items() if value is not None}
    values = field.enum or field.type.arguments if field.type.base == "ENUM" else field.enum
    if values:
        schema["enum"] = list(values)
    if not field.required and kind:
        schema["type"] = [kind, "null"]
        if values:
            schema["enum"].append(None)
    return schema


def typed(field: Field) -> dict[str, Any]:
    base = field.type.base
    if base in INTEGER_BITS or base in UNSIGNED_BITS:
        return {"type": "integer", **_range(field.type)}
    if base == LIST:
        return {"type": "array", "items": _property(field.item)}
    if base == STRUCT:
        return _object(field.parts)
    if base == MAP:
        return {"type": "object", "additionalProperties": _property(field.parts[1])}
    return dict(_PLAIN.get(base, {"type": "string"}))


def _range(kind: SqlType) -> dict[str, Any]:
    """Bounds that the type itself sets; 64 bits are what an integer is anyway."""
    if kind.base in UNSIGNED_BITS:
        return {"minimum": 0, "maximum": 2 ** UNSIGNED_BITS[kind.base] - 1}
    bits = INTEGER_BITS[kind.base]
    if bits == INTEGER_BITS["BIGINT"]:
        return {}
    return {"format": f"int{bits}", "minimum": -(2 ** (bits - 1)), "maximum": 2 ** (bits - 1) - 1}


def values_of(schema: Mapping[str, Any]) -> list[Any]:
    return [schema["const"]] if "const" in schema else list(schema.get("enum") or ())


def listed(kind: Any) -> list[str]:
    return [str(one) for one in kind] if isinstance(kind, list) else [str(kind)] if kind else []


def kinds_of(schema: Mapping[str, Any]) -> list[str]:
    """JSON types of the values, null left out; told from an enum where no type is given."""
    given = [kind for kind in listed(schema.get("type")) if kind != "null"]
    if given:
        return given
    names = {str: "string", bool: "boolean", int: "integer", float: "number"}
    told = {names[type(value)] for value in values_of(schema) if type(value) in names}
    if not told and "properties" in schema:
        return ["object"]
    return sorted(told)


def type_of(schema: Mapping[str, Any]) -> SqlType:
    """The type that is meant without an annotation."""
    kinds = kinds_of(schema)
    if kinds == ["array"]:
        items = schema.get("items") or {}
        return list_of(parse_type(str(items["x-sql-type"])) if "x-sql-type" in items else type_of(items))
    if kinds == ["object"] and schema.get("properties"):
        parts = {name: part.get("x-sql-type") or str(type_of(part)) for name, part in schema["properties"].items()}
        return SqlType(STRUCT, parts=tuple((name, parse_type(part)) for name, part in parts.items()))
    if kinds == ["object"] and isinstance(schema.get("additionalProperties"), dict):
        value = schema["additionalProperties"]
        inner = parse_type(value["x-sql-type"]) if "x-sql-type" in value else type_of(value)
        return SqlType(MAP, parts=(("key", SqlType("VARCHAR")), ("value", inner)))
    if kinds == ["string"] and schema.get("contentEncoding") == "base64":
        return SqlType("BLOB")
    by_format = _FORMATS.get(str(schema.get("format")))
    if by_format and kinds == ["number" if by_format == "FLOAT" else "integer" if "INT" in by_format else "string"]:
        return SqlType(by_format)
    return SqlType(_BASES.get(kinds[0], "VARCHAR") if len(kinds) == 1 else "VARCHAR")
