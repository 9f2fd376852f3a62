"""Columns as properties of an ODCS contract."""

from __future__ import annotations

from typing import Any

from mesh_core.contracts.odcs import PHYSICAL_TYPES
from mesh_core.exchange.table import Field
from mesh_core.exchange.types import LIST, MAP, STRUCT, SqlType

_LOGICAL = {
    **dict.fromkeys(("TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT"), "integer"),
    **dict.fromkeys(("UTINYINT", "USMALLINT", "UINTEGER", "UBIGINT", "UHUGEINT"), "integer"),
    **dict.fromkeys(("FLOAT", "DOUBLE", "DECIMAL"), "number"),
    **dict.fromkeys(("TIMESTAMP", "TIMESTAMP WITH TIME ZONE"), "timestamp"),
    **dict.fromkeys(("TIMESTAMP_S", "TIMESTAMP_MS", "TIMESTAMP_NS"), "timestamp"),
    "BOOLEAN": "boolean",
    "DATE": "date",
    "TIME": "time",
    LIST: "array",
    STRUCT: "object",
    MAP: "map",
}
_OF_TEXT = ("minLength", "maxLength", "pattern", "format")
_OF_NUMBERS = ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf")
_OPTIONS = {
    "string": _OF_TEXT,
    "integer": _OF_NUMBERS,
    "number": _OF_NUMBERS,
    "date": _OF_NUMBERS[:4],
    "timestamp": _OF_NUMBERS[:4],
    "time": _OF_NUMBERS[:4],
    "array": ("minItems", "maxItems", "uniqueItems"),
    "object": ("minProperties", "maxProperties"),
}


def property_of(field: Field) -> dict[str, Any]:
    """The column, or the part of one, as ODCS writes it."""
    kind = typed(field)
    allowed = _OPTIONS.get(kind["logicalType"], ())
    prop: dict[str, Any] = {
        "name": field.name,
        "businessName": field.title,
        "logicalType": kind.pop("logicalType"),
        "physicalType": kind.pop("physicalType", ""),
        "description": field.description,
        "primaryKey": field.key > 0,
        "primaryKeyPosition": field.key or None,
        "required": field.required,
        "unique": field.unique,
        "classification": field.classification,
        "tags": list(field.tags),
        "logicalTypeOptions": {name: field.options[name] for name in allowed if name in field.options},
        "enum": [{"value": value} for value in field.enum],
        "examples": list(field.examples),
        **kind,
    }
    return {name: value for name, value in prop.items() if value or name in kind}


def typed(field: Field) -> dict[str, Any]:
    """The logical type, the physical one where the logical doesn't imply it, and what is nested."""
    kind = field.type
    logical = _LOGICAL.get(kind.base, "string")
    prop: dict[str, Any] = {"logicalType": logical}
    if logical in {"time", "map"} or (logical in PHYSICAL_TYPES and PHYSICAL_TYPES[logical] != str(kind)):
        prop["physicalType"] = str(kind)
    if kind.base == LIST:
        if kind.arguments:
            prop["physicalType"] = str(kind)
        prop["items"] = _nested(field.item)
    elif kind.base == STRUCT:
        prop["properties"] = [property_of(part) for part in field.parts]
    elif kind.base == MAP:
        prop["map"] = {"key": typed(field.parts[0]), "value": _nested(field.parts[1])}
    return prop


def _nested(field: Field) -> dict[str, Any]:
    prop = property_of(field)
    del prop["name"]
    return prop


def known_type(kind: SqlType) -> bool:
    """Whether the type, with all that is nested in it, is one of DuckDB's."""
    others = {"VARCHAR", "BLOB", "UUID", "JSON", "INTERVAL", "ENUM"}
    if kind.base in {LIST, STRUCT, MAP}:
        return bool(kind.parts) and all(known_type(part) for _, part in kind.parts)
    return kind.base in _LOGICAL or kind.base in others
