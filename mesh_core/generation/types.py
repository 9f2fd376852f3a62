"""DuckDB types as trees: what kind of value a column holds, and what its parts hold."""

from __future__ import annotations

from functools import cache
from typing import Any, Literal

import msgspec

Kind = Literal[
    "integer",
    "decimal",
    "float",
    "text",
    "boolean",
    "date",
    "time",
    "timestamp",
    "uuid",
    "bytes",
    "interval",
    "list",
    "struct",
    "map",
    "unknown",
]

_BITS = {"tinyint": 8, "smallint": 16, "integer": 32, "bigint": 64, "hugeint": 128}
_INTEGERS = {
    **{name: (-(2 ** (bits - 1)), 2 ** (bits - 1) - 1) for name, bits in _BITS.items()},
    **{f"u{name}": (0, 2**bits - 1) for name, bits in _BITS.items()},
}
_KINDS: dict[str, Kind] = {
    "double": "float",
    "float": "float",
    "varchar": "text",
    "boolean": "boolean",
    "date": "date",
    "time": "time",
    "timestamp": "timestamp",
    "timestamp_s": "timestamp",
    "timestamp_ms": "timestamp",
    "timestamp_ns": "timestamp",
    "timestamp with time zone": "timestamp",
    "uuid": "uuid",
    "blob": "bytes",
    "interval": "interval",
}


class Type(msgspec.Struct, frozen=True, kw_only=True):
    """One type, with the types of its parts."""

    kind: Kind
    low: int | None = None
    high: int | None = None
    """Range of an integer, or of a decimal counted in its last place."""
    scale: int = 0
    """Digits after the point of a decimal."""
    single: bool = False
    """A float of 32 bits."""
    zoned: bool = False
    members: tuple[str, ...] = ()
    """Values of an ENUM."""
    size: int | None = None
    """Length of a fixed-size array."""
    parts: dict[str, Type] = {}
    """``item`` of a list; ``key`` and ``value`` of a map; the fields of a struct."""


@cache
def type_of(name: str) -> Type:
    """The tree of a DuckDB type; kind ``unknown`` where no values can be made for it, or it does not exist."""
    import duckdb

    try:
        return _tree(duckdb.sqltype(name))
    except duckdb.Error:
        return Type(kind="unknown")


def _tree(given: Any) -> Type:
    name = given.id
    if name in _INTEGERS:
        low, high = _INTEGERS[name]
        return Type(kind="integer", low=low, high=high)
    if name in _KINDS:
        return Type(kind=_KINDS[name], single=name == "float", zoned=name == "timestamp with time zone")
    if name in {"decimal", "enum", "list", "array", "struct", "map"}:
        return _composed(name, dict(given.children))
    return Type(kind="unknown")


def _composed(name: str, children: dict[str, Any]) -> Type:
    if name == "decimal":
        end = 10 ** children["precision"] - 1
        return Type(kind="decimal", low=-end, high=end, scale=children["scale"])
    if name == "enum":
        return Type(kind="text", members=tuple(children["values"]))
    if name in {"list", "array"}:
        return Type(kind="list", size=children.get("size"), parts={"item": _tree(children["child"])})
    kind: Kind = "struct" if name == "struct" else "map"
    return Type(kind=kind, parts={part: _tree(child) for part, child in children.items()})
