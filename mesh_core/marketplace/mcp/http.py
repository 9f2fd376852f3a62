"""The tools at ``/mcp`` of the service: one POST a message, no sessions, no streams."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mcp.server.lowlevel.server import Server
    from starlette.types import Receive, Scope, Send

    from mesh_core.marketplace.market import Market

_LARGEST = 256 * 2**10
"""Bytes of a request: the longest arguments that a tool takes are a tenth of it."""


class McpOverHttp:
    """An ASGI application; the protocol's package, which takes a second to import, is loaded with the first request."""

    def __init__(self, market: Market) -> None:
        self._market = market
        self._server: Server[Any] | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        from anyio import to_thread

        server = await to_thread.run_sync(self._made) if self._server is None else self._server
        from mcp.server.streamable_http_manager import StreamableHTTPSessionManager

        # A manager for each request: without sessions it keeps nothing, and so needs no place in the service's life.
        manager = StreamableHTTPSessionManager(
            app=server, json_response=True, stateless=True, max_request_body_size=_LARGEST
        )
        async with manager.run():
            await manager.asgi_app(scope, receive, send)

    def _made(self) -> Server[Any]:
        from mcp.server import streamable_http_manager  # noqa: F401 - here, off the event loop, and not at the answer

        from mesh_core.marketplace.mcp.server import make_server

        self._server = make_server(self._market)
        return self._server
