"""The form in which two contracts that promise the same are equal: no empty values, no defaults, no chance order."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

UNSAID = frozenset({"version", "contractCreatedTs"})
"""Keys of the contract that say nothing about the promise."""

_DEFAULTS: dict[str, Any] = {
    "required": False,
    "unique": False,
    "primaryKey": False,
    "primaryKeyPosition": -1,
    "partitioned": False,
    "partitionKeyPosition": -1,
    "criticalDataElement": False,
    "deprecated": False,
    "semanticType": "column",
}
"""What ODCS means by saying nothing, by key."""

_OPAQUE = frozenset({"value", "valueExt", "implementation", "answer"})
"""Keys whose values are somebody else's language: nothing in them is ours to drop or to sort."""

_ORDERED = frozenset({"properties", "from", "to", "mustBeBetween", "mustNotBeBetween"})
"""Lists whose order says something; so does every list that ODCS does not know."""

_UNORDERED = frozenset(
    {
        "authoritativeDefinitions",
        "constraints",
        "customProperties",
        "enum",
        "examples",
        "members",
        "missingValues",
        "quality",
        "relationships",
        "required",
        "roles",
        "schema",
        "servers",
        "slaProperties",
        "support",
        "synonyms",
        "tags",
        "team",
        "transformSourceObjects",
        "validValues",
        "verifiedStatements",
    }
)


def canonical(value: Any, key: str = "") -> Any:
    """``value``, which stands under ``key``, as it compares; None for what says nothing."""
    if key in _OPAQUE:
        return value
    if isinstance(value, Mapping):
        inner = {name: canonical(item, name) for name, item in value.items()}
        return {name: item for name, item in inner.items() if item is not None} or None
    if isinstance(value, list | tuple):
        items = [item for item in (canonical(item) for item in value) if item is not None]
        return (sorted(items, key=_text) if key in _UNORDERED else items) or None
    if key in _DEFAULTS and not isinstance(value, str) and value == _DEFAULTS[key]:
        return None
    return None if value == "column" and key == "semanticType" else value


def canonical_contract(raw: Mapping[str, Any]) -> dict[str, Any]:
    """What a whole contract promises, without its version and its date of creation."""
    found: dict[str, Any] = canonical({key: value for key, value in raw.items() if key not in UNSAID}) or {}
    return found


def same(old: Any, new: Any, key: str = "") -> bool:
    """Whether two values under ``key`` promise the same."""
    return equal(old, new) or equal(canonical(old, key), canonical(new, key))


def equal(old: Any, new: Any) -> bool:
    """Equality as YAML has it: ``true`` is not 1, unlike in Python, and 1 and 1.0 are one number."""
    if isinstance(old, str) or old is None:
        return bool(old == new)
    return bool(old == new) and _text(_floated(old)) == _text(_floated(new))


def _floated(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _floated(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_floated(item) for item in value]
    return float(value) if isinstance(value, int) and not isinstance(value, bool) else value


def _text(value: Any) -> str:
    return json.dumps(value, sort_keys=True, default=str)
