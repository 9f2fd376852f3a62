"""Which write mode an attempt works in: the contract's, or a rebuild where there is nothing to build upon."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mesh_core.publishing.modes.append import Append
from mesh_core.publishing.modes.merge import Merge
from mesh_core.publishing.modes.partitions import Partitions
from mesh_core.publishing.modes.write import Write

if TYPE_CHECKING:
    from mesh_core.publishing.attempt import Attempt

_MODES: dict[str, type[Write]] = {"snapshot": Write, "append": Append, "merge": Merge, "partitions": Partitions}


def write_of(attempt: Attempt) -> Write:
    """How the attempt writes its contract's table."""
    return _MODES[attempt.publishing.mode](attempt)
