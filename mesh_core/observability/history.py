"""What happened to one port, as far as its service levels and its trust depend on it."""

from __future__ import annotations

from datetime import datetime

import msgspec

from mesh_core.catalog.events import Measurement


class ColumnFacts(msgspec.Struct, frozen=True, kw_only=True):
    """What a version's files say of one column."""

    nulls: int | None = None
    minimum: datetime | None = None
    """Of a column of days or moments; other columns' ranges decide no service level."""
    maximum: datetime | None = None


class Version(msgspec.Struct, frozen=True, kw_only=True):
    """One publication."""

    at: datetime
    table_version: int
    rows: int
    clock: datetime | None = None
    """The simulated clock by which its data arrived, if they were replayed."""
    inputs: dict[str, int | None] = {}
    columns: dict[str, ColumnFacts] = {}
    checked: int = 0
    """Rows that its checks of single rows looked at, in sum over the checks."""
    failing: int = 0
    """Those of them that broke the rule."""


class Failure(msgspec.Struct, frozen=True, kw_only=True):
    """An attempt that published nothing."""

    at: datetime
    checked: int = 0
    failing: int = 0


class Arrival(msgspec.Struct, frozen=True, kw_only=True):
    """A publication of a port that this one reads."""

    upstream: str
    table_version: int
    at: datetime


class Outcomes(msgspec.Struct, frozen=True, kw_only=True):
    """How many checks of one severity the newest version has, and how many it passed."""

    severity: str
    passed: int
    checks: int


class History(msgspec.Struct, frozen=True, kw_only=True):
    """Everything oldest first; of the window, and the newest publication before it."""

    versions: tuple[Version, ...] = ()
    failures: tuple[Failure, ...] = ()
    confirmations: tuple[datetime, ...] = ()
    arrivals: tuple[Arrival, ...] = ()
    measurements: tuple[Measurement, ...] = ()
    outcomes: tuple[Outcomes, ...] = ()
