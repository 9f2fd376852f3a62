"""What the service does by itself: declare the tree at the start; every minute absorb, measure, refresh and send."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

from mesh_core.errors import MeshError
from mesh_core.feeds.openlineage.sending import wake

if TYPE_CHECKING:
    from mesh_core.marketplace.market import Market

EVERY_SECONDS = 60.0
_PATIENCE = 20.0
"""Seconds for a pass that is under way when the service stops."""
_LOG = logging.getLogger("mesh.service")


class Upkeep:
    """One thread; a pass that fails is told and tried again with the next."""

    def __init__(
        self, market: Market, *, declare: Callable[[], object] | None = None, every: float = EVERY_SECONDS
    ) -> None:
        self._market, self._declare, self._every = market, declare, every
        self._stop = threading.Event()
        # A future keeps whatever its step raised: a mistake in one pass must not end the passes after it.
        self._pool = ThreadPoolExecutor(1, "upkeep-step")
        self._thread = threading.Thread(target=self._work, name="upkeep", daemon=True)
        self.passes = 0

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """Let the pass that is under way come to its end; nothing of it is lost if it does not."""
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join(_PATIENCE)
        self._pool.shutdown(wait=False, cancel_futures=True)

    def _work(self) -> None:
        steps: tuple[tuple[str, Callable[[], object]], ...] = (
            ("uses could not be taken over", self._market.absorb),
            ("service levels could not be measured", self._market.observe),
            ("the search could not be refreshed", lambda: self._market.refresh_search(again=True)),
            ("lineage events could not be sent", lambda: wake(self._market.settings.openlineage)),
        )
        if self._declare is not None:
            self._try("the tree could not be declared", self._declare)
        while not self._stop.is_set():
            for what, step in steps:
                if not self._stop.is_set():
                    self._try(what, step)
            self.passes += 1
            self._stop.wait(self._every)

    def _try(self, what: str, step: Callable[[], object]) -> None:
        error = self._pool.submit(step).exception()
        if isinstance(error, MeshError | OSError):
            _LOG.warning("%s: %s", what, error)
        elif error is not None:
            _LOG.error("%s", what, exc_info=error)
