"""What one value of a contract must be: its type and everything that the contract says about it."""

from __future__ import annotations

from datetime import date, datetime, time
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import msgspec

from mesh_core.contracts.odcs import physical_type
from mesh_core.errors import DescriptorError
from mesh_core.generation.coerce import coerced
from mesh_core.generation.types import Type, type_of

if TYPE_CHECKING:
    from mesh_core.contracts import Contract
    from mesh_core.contracts.document import Document

Bound = int | float | Decimal | date | datetime | time | str

_INTEGER_FORMATS = {
    f"{sign}{bits}": (-(2 ** (bits - 1)), 2 ** (bits - 1) - 1) if sign == "i" else (0, 2**bits - 1)
    for sign in "iu"
    for bits in (8, 16, 32, 64)
}


class Limits(msgspec.Struct, frozen=True, kw_only=True):
    """An interval; an absent end is open."""

    low: Any = None
    high: Any = None
    strict_low: bool = False
    strict_high: bool = False

    def hold(self, value: Any) -> bool:
        above = self.low is None or (value > self.low if self.strict_low else value >= self.low)
        below = self.high is None or (value < self.high if self.strict_high else value <= self.high)
        return bool(above and below)


class Field(msgspec.Struct, frozen=True, kw_only=True):
    """One column, or one part of a nested one."""

    name: str
    type: Type
    sql_type: str
    logical: str = ""
    nullable: bool = True
    unique: bool = False
    allowed: tuple[Any, ...] | None = None
    """All values that there are, where they are listed."""
    forbidden: tuple[Any, ...] = ()
    limits: tuple[Limits, ...] = ()
    multiple_of: Decimal | None = None
    lengths: Limits = Limits()
    patterns: tuple[str, ...] = ()
    format: str = ""
    counts: Limits = Limits()
    """Number of items of a list."""
    distinct_items: bool = False
    parts: dict[str, Field] = {}
    """As of the type: ``item``, ``key`` and ``value``, or the fields of a struct."""
    examples: tuple[Any, ...] = ()
    at: tuple[str | int, ...] = ()


class UnsatisfiableError(DescriptorError):
    """No value keeps what the contract says about a required column."""

    code = "contract-unsatisfiable"


def fields_of(contract: Contract) -> tuple[Field, ...]:
    """The contract's columns, in order. Constraints that the audit refuses to read are left out here."""
    properties = contract.document.raw["schema"][0]["properties"]
    return tuple(
        _field(raw, column.at, sql_type=column.physical_type)
        for raw, column in zip(properties, contract.columns, strict=True)
    )


def plain_field(name: str, sql_type: str) -> Field:
    """A column of which the type alone is known."""
    return _bare(name, type_of(sql_type), sql_type)


def unsatisfiable(field: Field, document: Document | None) -> UnsatisfiableError:
    """The finding that a required column can have no value."""
    message = f"no value of type {field.sql_type} keeps what is said about column '{field.name}'"
    remedy = "Mend its type, enum, limits, lengths, pattern or format, which contradict each other."
    if field.type.kind == "unknown":
        message = f"column '{field.name}' is {field.sql_type}, for which no values can be generated"
        remedy = "Use a type that Delta Lake can store."
    if document is None:
        return UnsatisfiableError(message, remedy=remedy)
    line = document.error("", field.at).line
    return UnsatisfiableError(message, remedy=remedy, path=document.path, line=line)


def _bare(name: str, given: Type, sql_type: str) -> Field:
    parts = {part: _bare(part, kind, "") for part, kind in given.parts.items()}
    return Field(name=name, type=given, sql_type=sql_type, parts=parts)


def _field(raw: dict[str, Any], at: tuple[str | int, ...], *, sql_type: str = "", given: Type | None = None) -> Field:
    given = given or type_of(sql_type or physical_type(raw))
    options = raw.get("logicalTypeOptions") or {}
    entries = raw.get("enum")
    is_key = bool(raw.get("primaryKey"))
    return Field(
        name=raw.get("name") or "",
        type=given,
        sql_type=sql_type,
        logical=raw.get("logicalType") or "",
        nullable=not (raw.get("required") or is_key),
        unique=bool(raw.get("unique")),
        allowed=tuple(_values([entry["value"] for entry in entries], given)) if entries else None,
        limits=tuple(_limits(options, given, raw.get("logicalType") or "")),
        multiple_of=Decimal(str(options["multipleOf"])) if options.get("multipleOf", 0) > 0 else None,
        lengths=Limits(low=options.get("minLength"), high=options.get("maxLength")),
        patterns=(options["pattern"],) if options.get("pattern") else (),
        format=options.get("format") or "",
        counts=Limits(low=options.get("minItems"), high=options.get("maxItems")),
        distinct_items=bool(options.get("uniqueItems")),
        parts=_parts(raw, given, at),
        examples=tuple(_values(raw.get("examples") or (), given)),
        at=at,
    )


def _values(raw: Any, given: Type) -> list[Any]:
    return [value for value in (coerced(entry, given) for entry in raw) if value is not None]


def _limits(options: dict[str, Any], given: Type, logical: str) -> list[Limits]:
    """The range of the options, and that of an integer's format."""
    ends: dict[str, Any] = {}
    for end, inclusive, exclusive in (
        ("low", "minimum", "exclusiveMinimum"),
        ("high", "maximum", "exclusiveMaximum"),
    ):
        # ODCS 3.0 has a flag beside the limit, 3.1 a limit of its own.
        flag = options.get(exclusive)
        is_own = flag is not None and not isinstance(flag, bool)
        ends[end] = _bound(flag if is_own else options.get(inclusive), given, logical)
        ends[f"strict_{end}"] = is_own or flag is True
    found = [Limits(**ends)] if ends["low"] is not None or ends["high"] is not None else []
    if given.single:
        low, high = (coerced(end, given) if end is not None else None for end in (ends["low"], ends["high"]))
        found.append(Limits(low=low, high=high, strict_low=ends["strict_low"], strict_high=ends["strict_high"]))
    if given.kind in {"integer", "decimal"} and options.get("format") in _INTEGER_FORMATS:
        low, high = _INTEGER_FORMATS[options["format"]]
        found.append(Limits(low=low, high=high))
    return found


def _bound(value: Any, given: Type, logical: str) -> Bound | None:
    """The end as the column's values compare with it: numbers as written, times as moments."""
    if given.kind in {"integer", "decimal", "float"}:
        if isinstance(value, bool) or not isinstance(value, int | float):
            return None
        # As DuckDB compares: a DOUBLE with the nearest double, everything else with the number as written.
        return float(value) if given.kind == "float" else Decimal(str(value))
    if given.kind == "text":
        return value if isinstance(value, str) and logical in {"date", "timestamp", "time"} else None
    if given.kind == "date":
        return coerced(value, Type(kind="timestamp"))  # type: ignore[no-any-return]
    return coerced(value, given) if given.kind in {"timestamp", "time"} else None


def _parts(raw: dict[str, Any], given: Type, at: tuple[str | int, ...]) -> dict[str, Field]:
    """Descriptions of the parts where the contract has them; by type alone where it has not."""
    if given.kind == "list":
        said = {"item": (raw.get("items"), (*at, "items"))}
    elif given.kind == "map":
        said = {part: ((raw.get("map") or {}).get(part), (*at, "map", part)) for part in ("key", "value")}
    elif given.kind == "struct":
        listed = raw.get("properties") or ()
        said = {prop["name"]: (prop, (*at, "properties", number)) for number, prop in enumerate(listed)}
    else:
        return {}
    return {part: _part(part, kind, *said.get(part, (None, at))) for part, kind in given.parts.items()}


def _part(name: str, given: Type, raw: dict[str, Any] | None, at: tuple[str | int, ...]) -> Field:
    if raw is None:
        return _bare(name, given, "")
    return msgspec.structs.replace(_field(raw, at, given=given), name=name)
