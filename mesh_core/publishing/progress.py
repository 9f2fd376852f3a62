"""What a run is doing now, for whoever shows it: the CLI's live view listens, everyone else pays nothing."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from contextvars import ContextVar
from typing import Literal

import msgspec

Stage = Literal["resolve", "transform", "stage", "audit", "commit", "register"]


class Progress(msgspec.Struct, frozen=True):
    """One step of one asset: its dotted name, the stage it enters, and a few words."""

    name: str
    stage: Stage
    detail: str = ""


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """How one port's publication ended."""

    name: str
    status: Literal["published", "unchanged", "failed", "skipped", "retired"]
    rows: int = 0
    table_version: int | None = None
    checks_passed: int = 0
    checks_failed: int = 0
    quarantined: int = 0
    """Rows that broke a rule and were put aside."""
    partitions: int | None = None
    """How many partitions were made; None for a port without."""
    seconds: float = 0.0
    error: str = ""


Listener = Callable[[Progress | Outcome], None]

_listener: ContextVar[Listener | None] = ContextVar("mesh_progress", default=None)


@contextlib.contextmanager
def listening(listener: Listener | None) -> Iterator[None]:
    """Send every step inside the block to ``listener``."""
    token = _listener.set(listener)
    try:
        yield
    finally:
        _listener.reset(token)


def report(name: str, stage: Stage, detail: str = "") -> None:
    """Tell the listener, if there is one."""
    listener = _listener.get()
    if listener is not None:
        listener(Progress(name, stage, detail))


def report_outcome(outcome: Outcome) -> None:
    """Tell the listener how a publication ended."""
    listener = _listener.get()
    if listener is not None:
        listener(outcome)
