"""The simulated clock of replayed data: every table that is made from them carries it in its commits.

A replay releases a day of some old year. How late its rows are at a port can only be told by the clock that released
them: by this machine's, all of them are years late.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from mesh_core.contracts import Source
from mesh_core.ingestion.replay import clock_after

if TYPE_CHECKING:
    from mesh_core.publishing.inputs import PinnedInput
    from mesh_core.publishing.services import Services

CLOCK = "clock"


def clock_of_inputs(inputs: Iterable[PinnedInput], services: Services) -> dict[str, str]:
    """The fact that a commit carries: the latest clock of what it was made from; nothing where no input has one."""
    newest = (services.lake.newest(given.pinned.path) for given in inputs)
    return _fact(max((commit.facts.get(CLOCK, "") for commit in newest if commit), default=""))


def clock_of_files(source: Source, files: Iterable[str]) -> dict[str, str]:
    """The same of a landing zone's table, by the files that it holds."""
    return _fact(clock_after(files) if source.replay else "")


def _fact(clock: str) -> dict[str, str]:
    return {CLOCK: clock} if clock else {}
