"""What a change of type means to a reader: the same, wider, narrower, or another type altogether."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Literal

import msgspec

from mesh_core.contracts.odcs import PHYSICAL_TYPES

Relation = Literal["same", "wider", "narrower", "shorter", "other"]
"""``shorter`` is a narrower text, which needs no other type on the reader's side."""
RELATIONS: tuple[Relation, ...] = ("same", "shorter", "narrower", "wider", "other")
"""From the mildest to the worst."""

_ALIASES = {
    "INT": "INTEGER", "INT4": "INTEGER", "INT32": "INTEGER", "SIGNED": "INTEGER", "INT1": "TINYINT", "INT8": "BIGINT",
    "INT64": "BIGINT", "LONG": "BIGINT", "INT2": "SMALLINT", "INT16": "SMALLINT", "SHORT": "SMALLINT",
    "INT128": "HUGEINT", "BYTEINT": "TINYINT", "FLOAT4": "FLOAT", "FLOAT32": "FLOAT", "REAL": "FLOAT",
    "FLOAT8": "DOUBLE", "FLOAT64": "DOUBLE", "DOUBLE PRECISION": "DOUBLE", "NUMERIC": "DECIMAL", "DEC": "DECIMAL",
    "NUMBER": "DECIMAL", "TEXT": "VARCHAR", "STRING": "VARCHAR", "CHAR": "VARCHAR", "BPCHAR": "VARCHAR",
    "CHARACTER VARYING": "VARCHAR", "NVARCHAR": "VARCHAR", "NCHAR": "VARCHAR", "VARCHAR2": "VARCHAR",
    "CHARACTER": "VARCHAR", "BOOL": "BOOLEAN", "LOGICAL": "BOOLEAN", "BINARY": "BLOB", "BYTEA": "BLOB",
    "VARBINARY": "BLOB", "BYTES": "BLOB", "DATETIME": "TIMESTAMP", "TIMESTAMP_NTZ": "TIMESTAMP",
    "TIMESTAMP WITHOUT TIME ZONE": "TIMESTAMP", "TIMESTAMP_US": "TIMESTAMP",
    "TIMESTAMPTZ": "TIMESTAMP WITH TIME ZONE", "TIMESTAMP_TZ": "TIMESTAMP WITH TIME ZONE",
    "TIMESTAMP_LTZ": "TIMESTAMP WITH TIME ZONE", "TIME WITHOUT TIME ZONE": "TIME",
    "ARRAY": "LIST", "RECORD": "STRUCT", "ROW": "STRUCT",
}  # fmt: skip
"""Spellings of one type; where databases disagree, as DuckDB has it."""

_LADDERS: tuple[tuple[str, ...], ...] = (
    ("TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT"),
    ("UTINYINT", "USMALLINT", "UINTEGER", "UBIGINT", "UHUGEINT"),
    ("UTINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT"),
    ("USMALLINT", "INTEGER", "BIGINT", "HUGEINT"),
    ("UINTEGER", "BIGINT", "HUGEINT"),
    ("UBIGINT", "HUGEINT"),
)
"""Whole numbers, each holding all values of those before it."""

_LOSSY_LADDERS: tuple[tuple[str, ...], ...] = (
    ("FLOAT", "DOUBLE"),
    ("TIMESTAMP_S", "TIMESTAMP_MS", "TIMESTAMP", "TIMESTAMP_NS"),
)
"""Each with more digits than those before it: on the way down values change."""

_FORMATS = {
    "i8": "TINYINT", "i16": "SMALLINT", "i32": "INTEGER", "i64": "BIGINT", "i128": "HUGEINT", "u8": "UTINYINT",
    "u16": "USMALLINT", "u32": "UINTEGER", "u64": "UBIGINT", "u128": "UHUGEINT", "f32": "FLOAT", "f64": "DOUBLE",
}  # fmt: skip
"""ODCS formats of integers and numbers."""

_DECIMAL = (18, 3)
"""What DuckDB makes of DECIMAL without precision."""

_NESTED = re.compile(r"(?P<base>\w+)\s*[(<](?P<inside>.*)[)>]", re.DOTALL)


class _Type(msgspec.Struct, frozen=True):
    base: str
    arguments: tuple[Any, ...] = ()


def relation(old: str, new: str) -> Relation:
    """How the physical type ``new`` stands to ``old``; both as a contract writes them."""
    return _relation(_parsed(old), _parsed(new))


def format_relation(old: str, new: str) -> Relation:
    """The same for ODCS formats of numbers: ``i32``, ``u8``, ``f64``."""
    return relation(_FORMATS.get(old, old), _FORMATS.get(new, new))


def implied_type(prop: Mapping[str, Any]) -> str:
    """The physical type that a scalar property has, stated or by its logical type; '' if neither tells."""
    given = str(prop.get("physicalType") or "")
    return given or PHYSICAL_TYPES.get(str(prop.get("logicalType") or ""), "")


def _parsed(text: str) -> _Type:
    text = " ".join(text.strip().split())
    if text.endswith("]"):
        inner, _, size = text[:-1].rpartition("[")
        return _Type("LIST", (_parsed(inner), size))
    nested = _NESTED.fullmatch(text)
    if nested is None:
        return _Type(_ALIASES.get(text.upper(), text.upper()))
    base = _ALIASES.get(nested["base"].upper(), nested["base"].upper())
    parts = [part.strip() for part in _split(nested["inside"])]
    if base == "STRUCT":
        return _Type(base, tuple(_field(part) for part in parts))
    if base in {"MAP", "LIST"}:
        inner_types = tuple(_parsed(part) for part in parts)
        return _Type(base, (*inner_types, "") if base == "LIST" else inner_types)
    return _Type(base, tuple(int(part) if part.isdigit() else part for part in parts))


def _split(text: str) -> list[str]:
    """The parts between the commas that stand in no bracket."""
    parts, depth = [""], 0
    for letter in text:
        depth += (letter in "(<[") - (letter in ")>]")
        if letter == "," and depth == 0:
            parts.append("")
        else:
            parts[-1] += letter
    return parts


def _field(text: str) -> tuple[str, _Type]:
    name, _, kind = text.replace(":", " ", 1).strip().partition(" ")
    return name.strip('"').lower(), _parsed(kind)


def _relation(old: _Type, new: _Type) -> Relation:
    if old == new:
        return "same"
    if old.base != new.base:
        return _along_ladders(old.base, new.base)
    judge = _WITHIN.get(old.base)
    return judge(old.arguments, new.arguments) if judge else "other"


def _parts(old: tuple[Any, ...], new: tuple[Any, ...]) -> Relation:
    """Of lists and maps: the worst of what they hold."""
    if len(old) != len(new):
        return "other"
    return _worst([_either(before, after) for before, after in zip(old, new, strict=True)])


def _either(old: Any, new: Any) -> Relation:
    if isinstance(old, _Type) and isinstance(new, _Type):
        return _relation(old, new)
    return "same" if old == new else "other"


def _along_ladders(old: str, new: str) -> Relation:
    for ladder in (*_LADDERS, *_LOSSY_LADDERS):
        if old in ladder and new in ladder:
            if ladder.index(new) > ladder.index(old):
                return "wider"
            return "other" if ladder in _LOSSY_LADDERS else "narrower"
    return "other"


def _decimals(old: tuple[Any, ...], new: tuple[Any, ...]) -> Relation:
    """Digits before and after the point; a lost digit after it changes values."""
    before, after = (_precision(arguments) for arguments in (old, new))
    if before is None or after is None:
        return "other"
    if after[1] < before[1]:
        return "other"
    whole_before, whole_after = before[0] - before[1], after[0] - after[1]
    if (whole_after, after[1]) == (whole_before, before[1]):
        return "same"
    return "wider" if whole_after >= whole_before else "narrower"


def _precision(arguments: tuple[Any, ...]) -> tuple[int, int] | None:
    if not arguments:
        return _DECIMAL
    if not all(isinstance(argument, int) for argument in arguments):
        return None
    return arguments[0], arguments[1] if len(arguments) > 1 else 0


def _lengths(old: tuple[Any, ...], new: tuple[Any, ...]) -> Relation:
    before, after = (
        arguments[0] if arguments and isinstance(arguments[0], int) else float("inf") for arguments in (old, new)
    )
    if before == after:
        return "same"
    return "wider" if after > before else "shorter"


def _structs(fields: tuple[Any, ...], others: tuple[Any, ...]) -> Relation:
    old, new = dict(fields), dict(others)
    if not old.keys() <= new.keys():
        return "other"
    added: list[Relation] = ["wider"] if new.keys() > old.keys() else []
    return _worst([*added, *(_relation(kind, new[name]) for name, kind in old.items())])


def _worst(found: Sequence[Relation]) -> Relation:
    return max(found, key=RELATIONS.index, default="same")


_WITHIN: dict[str, Callable[[tuple[Any, ...], tuple[Any, ...]], Relation]] = {
    "DECIMAL": _decimals,
    "VARCHAR": _lengths,
    "STRUCT": _structs,
    "LIST": _parts,
    "MAP": _parts,
}
"""How two types of one kind compare by what stands in their brackets."""
