"""Whether a value keeps all that a contract says about it: the judge of examples, keys and random values."""

from __future__ import annotations

import re
from datetime import date, datetime
from decimal import Decimal
from functools import cache
from typing import TYPE_CHECKING, Any

from mesh_core.contracts.patterns import python_pattern
from mesh_core.generation.coerce import identity

if TYPE_CHECKING:
    from mesh_core.generation.fields import Field

_LABEL = "[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_FORMATS = {
    "email": r"^[^@\s]+@[^@\s.]+(\.[^@\s.]+)+\Z",
    "uuid": r"^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}\Z",
    "uri": r"^[A-Za-z][A-Za-z0-9+.-]*:\S+\Z",
    "hostname": rf"^{_LABEL}(\.{_LABEL})*\Z",
    "ipv4": r"^((25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])(\.|\Z)){4}\Z",
    "byte": r"^([A-Za-z0-9+/]{4})*([A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?\Z",
}
"""What ``mesh_core.quality`` tests; formats that are not here say nothing that a machine could test."""


def keeps(field: Field, value: Any) -> bool:
    """Whether ``value``, which has the field's type and is not null, keeps every constraint."""
    if field.allowed is not None and value not in field.allowed:
        return False
    if value in field.forbidden or (field.type.members and value not in field.type.members):
        return False
    if not all(limits.hold(_comparable(value)) for limits in field.limits):
        return False
    return _keeps_kind(field, value)


def _comparable(value: Any) -> Any:
    is_day = isinstance(value, date) and not isinstance(value, datetime)
    return datetime(value.year, value.month, value.day) if is_day else value


def _keeps_kind(field: Field, value: Any) -> bool:
    match field.type.kind:
        case "text":
            return _keeps_text(field, value)
        case "integer" | "decimal" | "float":
            return _keeps_number(field, value)
        case "list":
            item, seen = field.parts["item"], [identity(item) for item in value]
            is_set = not field.distinct_items or len(set(seen)) == len(seen)
            return is_set and field.counts.hold(len(value)) and all(_keeps_part(item, entry) for entry in value)
        case "struct":
            return all(_keeps_part(part, value.get(name)) for name, part in field.parts.items())
        case "map":
            key, entry = field.parts["key"], field.parts["value"]
            return all(keeps(key, name) and _keeps_part(entry, content) for name, content in value.items())
        case _:
            return True


def _keeps_part(field: Field, value: Any) -> bool:
    return field.nullable if value is None else keeps(field, value)


def _keeps_text(field: Field, value: str) -> bool:
    if not field.lengths.hold(len(value)):
        return False
    if field.format in _FORMATS and not _compiled(_FORMATS[field.format]).search(value):
        return False
    patterns = [compiled(pattern) for pattern in field.patterns]
    return all(pattern is None or pattern.search(value) for pattern in patterns)


def _keeps_number(field: Field, value: Any) -> bool:
    patterns = [compiled(pattern) for pattern in field.patterns]
    if field.type.kind == "integer" and not all(p is None or p.search(str(value)) for p in patterns):
        return False
    return field.multiple_of is None or Decimal(str(value)) % field.multiple_of == 0


@cache
def compiled(pattern: str) -> re.Pattern[str] | None:
    """The ECMA-262 pattern as Python has it; None if Python can't, which the audit reports on its own."""
    try:
        return _compiled(python_pattern(pattern))
    except re.error:
        return None


@cache
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern, flags=re.ASCII)
