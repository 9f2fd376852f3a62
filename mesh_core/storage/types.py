"""DuckDB types as Delta types: what can be stored, and a clear refusal of what can't."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from mesh_core.errors import MeshError
from mesh_core.storage.engine import quoted

if TYPE_CHECKING:
    import deltalake

_PRIMITIVES = {
    "varchar": "string",
    "tinyint": "byte",
    "smallint": "short",
    "integer": "integer",
    "bigint": "long",
    "float": "float",
    "double": "double",
    "boolean": "boolean",
    "date": "date",
    "timestamp with time zone": "timestamp",
    "timestamp": "timestamp_ntz",
    "blob": "binary",
}


def delta_schema(columns: Mapping[str, tuple[str, str]]) -> deltalake.Schema:
    """The Delta schema of ``{name: (DuckDB type, description)}``; descriptions become column comments.

    MeshError for a type that Delta Lake has no place for (unsigned integers, TIME, HUGEINT, UUID …).
    """
    import duckdb
    from deltalake import Field, Schema

    return Schema(
        [
            Field(name, _delta_type(duckdb.sqltype(kind), name), metadata={"comment": description})
            for name, (kind, description) in columns.items()
        ]
    )


def _delta_type(kind: Any, name: str) -> Any:
    from deltalake.schema import ArrayType, Field, MapType, PrimitiveType, StructType

    if kind.id in _PRIMITIVES:
        return PrimitiveType(_PRIMITIVES[kind.id])
    if kind.id == "decimal":
        parts = dict(kind.children)
        return PrimitiveType(f"decimal({parts['precision']},{parts['scale']})")
    if kind.id == "list":
        return ArrayType(_delta_type(dict(kind.children)["child"], name), contains_null=True)
    if kind.id == "map":
        parts = dict(kind.children)
        return MapType(_delta_type(parts["key"], name), _delta_type(parts["value"], name))
    if kind.id == "struct":
        return StructType([Field(field, _delta_type(child, name)) for field, child in kind.children])
    message = f"column '{name}' has type {kind}, which Delta Lake cannot store"
    raise MeshError(message, remedy="Cast it to a signed integer, DECIMAL, DOUBLE, VARCHAR, DATE or timestamp.")


_DUCKDB = {
    "string": "VARCHAR",
    "byte": "TINYINT",
    "short": "SMALLINT",
    "integer": "INTEGER",
    "long": "BIGINT",
    "float": "FLOAT",
    "double": "DOUBLE",
    "boolean": "BOOLEAN",
    "date": "DATE",
    "timestamp": "TIMESTAMP WITH TIME ZONE",
    "timestamp_ntz": "TIMESTAMP",
    "binary": "BLOB",
}


def duckdb_columns(schema: str) -> dict[str, str]:
    """Name to DuckDB type of a Delta schema, given as its JSON text: what ``delta_schema`` was made from."""
    return {field["name"]: _duckdb_type(field["type"]) for field in json.loads(schema)["fields"]}


def _duckdb_type(kind: Any) -> str:
    if isinstance(kind, str):
        if kind.startswith("decimal("):
            return kind.upper()
        return _DUCKDB[kind]
    if kind["type"] == "array":
        return _duckdb_type(kind["elementType"]) + "[]"
    if kind["type"] == "map":
        return f"MAP({_duckdb_type(kind['keyType'])}, {_duckdb_type(kind['valueType'])})"
    fields = ", ".join(f"{quoted(field['name'])} {_duckdb_type(field['type'])}" for field in kind["fields"])
    return f"STRUCT({fields})"
