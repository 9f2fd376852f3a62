"""What happened to many ports at once: what service levels and trust are computed from."""

from __future__ import annotations

from typing import Any

import msgspec

from mesh_core.catalog.events import Measurement


class ColumnRange(msgspec.Struct, frozen=True):
    """What a version's files say of one column; ``minimum`` and ``maximum`` are JSON values."""

    nulls: int | None
    minimum: Any
    maximum: Any


class PastAttempt(msgspec.Struct, frozen=True, kw_only=True):
    """One attempt; ``table_version`` is None if it published nothing."""

    at: str
    table_version: int | None
    rows: int
    clock: str = ""
    checked: int = 0
    """Rows that its checks of single rows looked at, in sum over the checks."""
    failing: int = 0
    """Those of them that broke the rule."""
    inputs: dict[str, int | None] = {}
    """Table version read, by the address of what was read."""
    columns: dict[str, ColumnRange] = {}


class CheckCount(msgspec.Struct, frozen=True, kw_only=True):
    """The checks of one severity at a port's newest version."""

    severity: str
    passed: int
    checks: int


class PortPast(msgspec.Struct, frozen=True, kw_only=True):
    """One port since some moment, and its newest publication before it; everything oldest first."""

    attempts: tuple[PastAttempt, ...] = ()
    confirmations: tuple[str, ...] = ()
    measurements: tuple[Measurement, ...] = ()
    checks: tuple[CheckCount, ...] = ()
