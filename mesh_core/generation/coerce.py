"""Values as files write them (YAML, JSON) turned into values of a type, and back into JSON for DuckDB."""

from __future__ import annotations

import math
import struct
from collections.abc import Callable
from datetime import UTC, date, datetime, time
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Any
from uuid import UUID

if TYPE_CHECKING:
    from mesh_core.generation.types import Type

_JSON_INTEGERS = 2**63


def coerced(value: Any, given: Type) -> Any:
    """``value`` as the type's own, None if it is none: '1' is no number, and 1 no text.

    As strict as the audit, which never casts what it compares.
    """
    read = _READERS.get(given.kind)
    return read(value, given) if read is not None and value is not None else None


def _text(value: Any, given: Type) -> str | None:
    return value if isinstance(value, str) and (not given.members or value in given.members) else None


def _boolean(value: Any, given: Type) -> bool | None:  # noqa: ARG001 - the readers' signature
    return bool(value) if value in (True, False) and not isinstance(value, str) else None


def _number(value: Any, given: Type) -> int | float | Decimal | None:
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal):
        return None
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if given.kind == "float":
        return _single(float(value)) if given.single else float(value) + 0.0  # -0.0 is 0.0 to a key
    try:
        exact = Decimal(str(value)).scaleb(given.scale)
    except InvalidOperation:
        return None
    if exact != exact.to_integral_value() or not (given.low or 0) <= exact <= (given.high or 0):
        return None
    return int(exact) if given.kind == "integer" else Decimal(int(exact)).scaleb(-given.scale)


def _single(value: float) -> float | None:
    """The nearest number that 32 bits hold."""
    try:
        nearest: float = struct.unpack("f", struct.pack("f", value))[0]
    except OverflowError:
        return None
    return nearest


def _moment(value: Any, given: Type) -> date | datetime | None:
    """A date, or a moment: in UTC if the type has a zone, else without one."""
    if isinstance(value, str):
        try:
            value = datetime.fromisoformat(value)
        except ValueError:
            return None
    if not isinstance(value, date):
        return None
    if given.kind == "date":
        return value.date() if isinstance(value, datetime) else value
    if not isinstance(value, datetime):
        value = datetime(value.year, value.month, value.day)
    at: datetime = value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)
    return at if given.zoned else at.replace(tzinfo=None)


def _clock(value: Any, given: Type) -> time | None:  # noqa: ARG001 - the readers' signature
    try:
        at = time.fromisoformat(value)
    except (TypeError, ValueError):
        return value if isinstance(value, time) else None
    return at.replace(tzinfo=None)


def _uuid(value: Any, given: Type) -> str | None:  # noqa: ARG001 - the readers' signature
    try:
        return str(UUID(value))
    except (TypeError, ValueError, AttributeError):
        return None


def _nested(value: Any, given: Type) -> Any:
    """A list, struct or map whose every part fits; a missing field of a struct is null."""
    parts = given.parts
    if given.kind == "list":
        if not isinstance(value, list) or given.size not in {None, len(value)}:
            return None
        items = [coerced(item, parts["item"]) for item in value]
        return items if _same_nulls(value, items) else None
    if not isinstance(value, dict):
        return None
    if given.kind == "map":
        made = {key: coerced(entry, parts["value"]) for key, entry in value.items()}
        keys_fit = all(coerced(key, parts["key"]) == key for key in made)
        return made if keys_fit and _same_nulls(value.values(), made.values()) else None
    if value.keys() - parts.keys():
        return None
    fields = {name: coerced(value.get(name), part) for name, part in parts.items()}
    return fields if _same_nulls((value.get(name) for name in parts), fields.values()) else None


_READERS: dict[str, Callable[[Any, Type], Any]] = {
    **dict.fromkeys(("integer", "decimal", "float"), _number),
    **dict.fromkeys(("date", "timestamp"), _moment),
    **dict.fromkeys(("list", "struct", "map"), _nested),
    "text": _text,
    "boolean": _boolean,
    "time": _clock,
    "uuid": _uuid,
}


def _same_nulls(before: Any, after: Any) -> bool:
    return all((one is None) == (other is None) for one, other in zip(before, after, strict=True))


def plain(value: Any) -> Any:
    """The value in JSON's types, as DuckDB casts them back without loss."""
    if isinstance(value, list):
        return [plain(item) for item in value]
    if isinstance(value, dict):
        return {str(plain(key)): plain(entry) for key, entry in value.items()}
    if isinstance(value, bool) or value is None or isinstance(value, str | float):
        return value
    if isinstance(value, int):
        return value if abs(value) < _JSON_INTEGERS else str(value)
    if isinstance(value, bytes):
        return value.decode("ascii")
    return value.isoformat() if isinstance(value, date | time) else str(value)


def identity(value: Any) -> str:
    """Equal for values that a key holds equal."""
    return repr(value)
