"""Allowed values of a column."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from mesh_core.contracts.comparison.canonical import equal
from mesh_core.contracts.comparison.change import Change
from mesh_core.contracts.comparison.place import Place, entries


def compare_enums(place: Place, old: Any, new: Any) -> Iterator[Change]:
    """One change for all values that came, one for all that went; labels are documentation."""
    before, after = (_by_value(value) for value in (old, new))
    if not before:
        yield place.change("enum-added", "compatible", "Only listed values come any more.", None, _values(after))
        return
    if not after:
        reason = "Any value may come, and a reader may handle the listed ones only."
        yield place.change("enum-dropped", "risky", reason, _values(before), None)
        return
    came = [value for key, value in after.items() if key not in before]
    went = [value for key, value in before.items() if key not in after]
    if came:
        reason = "A reader that handles each listed value meets one that it does not know."
        yield place.change("enum-extended", "risky", reason, None, _values(dict(enumerate(came))))
    if went:
        reason = "Every value that comes now was listed before."
        yield place.change("enum-reduced", "compatible", reason, _values(dict(enumerate(went))), [])
    told = [value for key, value in after.items() if key in before and not equal(before[key], value)]
    if told:
        reason = "What values are called explains them."
        yield place.change("enum-described", "documentation", reason, None, _values(dict(enumerate(told))))


def _by_value(value: Any) -> dict[str, Any]:
    """Entries by value, where 1 and '1' are two; plain scalars stand for themselves."""
    found: dict[str, Any] = {}
    for entry in entries(value):
        plain = entry.get("value") if isinstance(entry, Mapping) else entry
        found[_text(plain)] = entry
    return found


def _text(value: Any) -> str:
    if isinstance(value, int | float) and not isinstance(value, bool):
        return f"number {float(value)}"
    return f"{type(value).__name__} {value}"


def _values(found: Mapping[Any, Any]) -> list[Any]:
    return [entry.get("value") if isinstance(entry, Mapping) else entry for entry in found.values()]
