"""The service as a process: one socket, one event loop, stopped by a signal without cutting anybody off."""

from __future__ import annotations

import asyncio
import logging
import signal
import socket
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from types import FrameType
from typing import TYPE_CHECKING

import uvicorn

from mesh_core.errors import ConfigurationError
from mesh_core.marketplace.app import create_app

if TYPE_CHECKING:
    from mesh_core.settings import Settings

_STOPPING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
_GRACE_SECONDS = 5
"""For answers that are under way when the service is asked to stop."""
_IDLE_SECONDS = 30
"""Between two requests on one connection."""


class _Server(uvicorn.Server):
    """Tells when it answers. uvicorn's own handling of signals would end the process as if it had failed."""

    def __init__(self, config: uvicorn.Config, ready: Callable[[], None]) -> None:
        super().__init__(config)
        self._ready = ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started:
            self._ready()

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


def serve(
    settings: Settings, *, host: str, port: int, ready: Callable[[str], None], declare: Callable[[], object] | None
) -> None:
    """Serve the catalog until SIGINT, SIGTERM or SIGHUP; ``ready`` is called with the URL when it answers.

    Port 0 is any free one. The catalog is looked after while it runs, which begins with ``declare``.
    ConfigurationError if nothing can listen there.
    """
    with closing(_listening(host, port)) as listener:
        url = f"http://{_in_url(host)}:{listener.getsockname()[1]}"
        config = uvicorn.Config(
            create_app(settings, host=_in_url(host), declare=declare, upkeep=True),
            log_config=None,
            access_log=False,
            server_header=False,
            proxy_headers=False,
            ws="none",
            timeout_keep_alive=_IDLE_SECONDS,
            timeout_graceful_shutdown=_GRACE_SECONDS,
        )
        server = _Server(config, lambda: ready(url))
        with _stopped_by_signals(server):
            asyncio.run(server.serve([listener]))


def log_to_stderr(*, requests: bool) -> None:
    """Warnings and decisions of the service on stderr, one line each; a line a request where that is asked for."""
    logging.basicConfig(format="%(asctime)s %(name)s %(levelname)s %(message)s", level=logging.WARNING)
    logging.getLogger("mesh.access").setLevel(logging.INFO if requests else logging.WARNING)


def check_free(host: str, port: int) -> None:
    """ConfigurationError if nothing can listen there."""
    _listening(host, port).close()


def _listening(host: str, port: int) -> socket.socket:
    try:
        family, _, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        listener = socket.socket(family)
    except OSError as error:
        message = f"cannot listen on {host}:{port}: {error.strerror}"
        raise ConfigurationError(message, remedy="Give an address of this machine as --host.") from error
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind(address)
    except OSError as error:
        listener.close()
        message = f"cannot listen on {host}:{port}: {error.strerror}"
        raise ConfigurationError(message, remedy="End what listens there, or choose another --port.") from error
    return listener


@contextmanager
def _stopped_by_signals(server: uvicorn.Server) -> Iterator[None]:
    """A first signal lets answers end, a second does not."""

    def stop(_number: int, _frame: FrameType | None) -> None:
        server.force_exit = server.should_exit
        server.should_exit = True

    before = {number: signal.signal(number, stop) for number in _STOPPING}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _in_url(host: str) -> str:
    return f"[{host}]" if ":" in host else host
