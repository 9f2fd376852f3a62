"""A change as one line that people read."""

from __future__ import annotations

from typing import Any

from mesh_core.contracts.comparison.change import Change

_LONGEST = 60


def sentence(change: Change) -> str:
    """``orders.amount: type changed from number to string``."""
    words = change.kind.replace("-", " ")
    if change.kind in {"column-renamed", "field-renamed", "object-renamed"}:
        return f"{change.element}: {words} to {change.new}"
    if change.kind in _NAMED_BY_ELEMENT or (change.old is None and change.new is None):
        return f"{change.element}: {words}"
    if change.old is None:
        return f"{change.element}: {words}, {_value(change.new)}"
    if change.new is None:
        return f"{change.element}: {words}, was {_value(change.old)}"
    return f"{change.element}: {words} from {_value(change.old)} to {_value(change.new)}"


_NAMED_BY_ELEMENT = frozenset(
    f"{thing}-{what}"
    for thing in ("column", "field", "object", "role", "channel", "member")
    for what in ("added", "removed")
)
"""Kinds whose old or new value is the element's own name."""


def _value(value: Any) -> str:
    """A value as YAML would have it, in one line, cut where nobody reads on."""
    if isinstance(value, bool):
        text = str(value).lower()
    elif isinstance(value, list | tuple):
        text = ", ".join(_value(item) for item in value) or "none"
    elif isinstance(value, dict):
        text = "{" + ", ".join(f"{key}: {_value(item)}" for key, item in value.items()) + "}"
    else:
        text = " ".join(str(value).split())
    shown = text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"
    return f"'{shown}'" if isinstance(value, str) and (" " in shown or not shown) else shown
