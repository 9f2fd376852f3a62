"""The same tools at ``/mcp`` of the service."""

import socket
import threading
import time
from collections.abc import Iterator

import anyio
import httpx
import pytest
import uvicorn
from marketplace.small_mesh import SmallMesh
from mcp import Client

from mesh_core.marketplace.app import create_app


@pytest.fixture(scope="module")
def url(small_mesh: SmallMesh) -> Iterator[str]:
    """The service on a free port of this machine."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    server = uvicorn.Server(
        uvicorn.Config(create_app(small_mesh.settings), host="127.0.0.1", port=port, log_level="error")
    )
    thread = threading.Thread(target=server.run)
    thread.start()
    while not server.started:
        time.sleep(0.02)
    yield f"http://127.0.0.1:{port}/mcp"
    server.should_exit = True
    thread.join(10)


def test_a_client_calls_tools_over_http(url: str) -> None:
    async def talk() -> tuple[int, str, bool]:
        async with Client(url) as client:
            tools = (await client.list_tools()).tools
            told = await client.call_tool("describe", {"address": "shop.orders"})
            wrong = await client.call_tool("describe", {"address": "no.such"})
            return len(tools), told.structured_content["address"], wrong.is_error

    assert anyio.run(talk) == (5, "shop.orders", True)


def test_many_clients_at_once(url: str) -> None:
    async def one(found: list[str]) -> None:
        async with Client(url) as client:
            answer = await client.call_tool("search", {"words": "orders", "limit": 1})
            found.append(answer.structured_content["hits"][0]["address"])

    async def talk() -> list[str]:
        found: list[str] = []
        async with anyio.create_task_group() as group:
            for _ in range(10):
                group.start_soon(one, found)
        return found

    assert anyio.run(talk) == ["shop.orders"] * 10


@pytest.mark.parametrize(
    ("method", "sent", "status"),
    [
        ("GET", {}, 405),
        ("DELETE", {}, 405),
        ("POST", {"content": b"not json", "headers": {"content-type": "application/json"}}, 400),
        ("POST", {"content": b"{}" * 200_000, "headers": {"content-type": "application/json"}}, 413),
        ("POST", {"json": {}, "headers": {"host": "evil.example"}}, 421),
    ],
)
def test_what_is_no_message_is_refused(url: str, method: str, sent: dict[str, object], status: int) -> None:
    headers = {"accept": "application/json, text/event-stream", **sent.pop("headers", {})}  # type: ignore[dict-item]
    assert httpx.request(method, url, headers=headers, **sent).status_code == status  # type: ignore[arg-type]
