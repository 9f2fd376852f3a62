"""Who the contract is, and where it stands in its life."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from mesh_core.contracts.comparison.change import Change, Impact
from mesh_core.contracts.comparison.place import Place

_SPELLINGS = {"current": "active", "published": "active", "production": "active", "development": "draft"}
_KNOWN = ("proposed", "draft", "active", "deprecated", "retired")
_UNBOUND = frozenset({"proposed", "draft"})


def compare_status(place: Place, old: Any, new: Any) -> Iterator[Change]:
    """A step in the life of the contract; one without status is a draft."""
    before, after = (_status(value) for value in (old, new))
    if before == after:
        yield place.change("status-restated", "documentation", "The same status in other words.", old, new)
        return
    impact, reason = _step(before, after)
    kind = f"status-{after}" if after in _KNOWN else "status-changed"
    yield place.change(kind, impact, reason, before, after)


def _status(value: Any) -> str:
    text = str(value or "draft").strip().lower()
    return _SPELLINGS.get(text, text)


def _step(before: str, after: str) -> tuple[Impact, str]:
    if before not in _KNOWN or after not in _KNOWN:
        return "risky", "What the status means is not known."
    if after in _UNBOUND and before in _UNBOUND:
        return "documentation", "Neither status binds anybody."
    if after == "deprecated" and before == "retired":
        return "compatible", "It is served again for a while."
    return _STEPS[after]


_STEPS: dict[str, tuple[Impact, str]] = {
    "proposed": ("breaking", "What was promised may change from day to day."),
    "draft": ("breaking", "What was promised may change from day to day."),
    "active": ("compatible", "It is promised for good."),
    "deprecated": ("risky", "Readers have to move before its support ends."),
    "retired": ("breaking", "It is not served any more."),
}
"""By the new status."""


def compare_tenant(place: Place, old: Any, new: Any) -> Iterator[Change]:
    """Letter case says nothing, says ODCS."""
    if str(old or "").lower() == str(new or "").lower():
        yield place.change("tenant-restated", "documentation", "Letter case says nothing here.", old, new)
    else:
        yield place.change("tenant-changed", "risky", "It belongs to somebody else, and access may end.", old, new)
