"""What a comparison says: changes, each with its impact on a consumer and the version bump that it requires."""

from __future__ import annotations

from typing import Any, Literal

import msgspec

Impact = Literal["breaking", "risky", "compatible", "documentation"]
Bump = Literal["major", "minor", "patch", "none"]

_BUMPS: dict[Impact, Bump] = {"breaking": "major", "risky": "minor", "compatible": "minor", "documentation": "patch"}
IMPACTS: tuple[Impact, ...] = ("documentation", "compatible", "risky", "breaking")
"""From the mildest to the worst."""


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """One difference, as a consumer meets it."""

    section: str
    """Of ODCS: identity, status, schema, quality, sla, servers, roles, team, support, terms, price, custom."""
    kind: str
    """Stable word for machines: ``column-removed``, ``type-narrowed`` …"""
    element: str
    """What changed, as a person names it: ``orders.amount``, ``latency``, ``servers.local``."""
    column: str = ""
    """The top-level column of the old contract that is hit; '' if none is."""
    old: Any = None
    new: Any = None
    impact: Impact
    reason: str
    """One sentence: why this impact."""
    at: tuple[str | int, ...] = ()
    """Key path in the new document, or in the old one where the element is gone."""
    near: tuple[str | int, ...] = ()
    """Key path in the new document: ``at``, or what held the element that is gone."""

    @property
    def bump(self) -> Bump:
        return _BUMPS[self.impact]


class Comparison(msgspec.Struct, frozen=True, kw_only=True):
    """All changes between two documents, worst first; empty when they say the same."""

    old_version: str
    new_version: str
    changes: tuple[Change, ...]

    @property
    def impact(self) -> Impact | None:
        """The worst impact; None when nothing changed."""
        found = {change.impact for change in self.changes}
        return next((impact for impact in reversed(IMPACTS) if impact in found), None)

    @property
    def bump(self) -> Bump:
        """The smallest version bump that the changes allow (semantic versioning)."""
        return _BUMPS[self.impact] if self.impact else "none"

    @property
    def breaking(self) -> tuple[Change, ...]:
        return tuple(change for change in self.changes if change.impact == "breaking")

    @property
    def bumped(self) -> Bump:
        """What the two version numbers do; ``none`` also when the version went backwards."""
        old, new = (_parts(version) for version in (self.old_version, self.new_version))
        if new <= old:
            return "none"
        return "major" if new[0] > old[0] else "minor" if new[1] > old[1] else "patch"

    @property
    def enough(self) -> bool:
        """Whether the new version number admits the changes."""
        order: tuple[Bump, ...] = ("none", "patch", "minor", "major")
        return order.index(self.bumped) >= order.index(self.bump)


def _parts(version: str) -> tuple[int, int, int]:
    numbers = [int(part) if part.isdigit() else 0 for part in version.split(".")]
    major, minor, patch = [*numbers, 0, 0, 0][:3]
    return major, minor, patch
