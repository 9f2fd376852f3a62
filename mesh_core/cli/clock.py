"""The simulated clocks of the mesh: one for each source that replays a history."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import msgspec

from mesh_core.ingestion import Replay
from mesh_core.ingestion.files import package_file

if TYPE_CHECKING:
    from collections.abc import Callable

    from mesh_core.contracts.tree import Mesh
    from mesh_core.settings import Settings


class Clock(msgspec.Struct, frozen=True, kw_only=True):
    """One source's clock: what was dropped by this call, and where it stands now."""

    source: str
    folder: str
    dropped: tuple[date, ...]
    released: int
    pending: int
    latest: date | None
    next: date | None


def clocks(mesh: Mesh, settings: Settings, move: Callable[[Replay], list[date]] | None = None) -> list[Clock]:
    """Every clock, after ``move`` has been applied to it."""
    found = []
    for tree in mesh.domains.values():
        for step in tree.internals:
            if step.source is None or not step.source.replay:
                continue
            replay = Replay(step.source, package_file(step.source), settings)
            dropped = move(replay) if move else []
            found.append(_standing(".".join(step.key), replay, dropped))
    return found


def _standing(name: str, replay: Replay, dropped: list[date]) -> Clock:
    released, pending = replay.released(), replay.pending()
    return Clock(
        source=name,
        folder=str(replay.folder),
        dropped=tuple(dropped),
        released=len(released),
        pending=len(pending),
        latest=released[-1] if released else None,
        next=pending[0] if pending else None,
    )
