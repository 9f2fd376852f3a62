"""What one request has seen of the catalog: all that it answers is of one state, looked for once."""

from __future__ import annotations

from contextvars import ContextVar
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mesh_core.marketplace.shelf import State


class Seen:
    """Filled by the first look; shared by the threads of one request."""

    def __init__(self) -> None:
        self.state: State | None = None


seen: ContextVar[Seen] = ContextVar("seen")
"""Set for each request by the edge; outside of requests every look is a new one."""
