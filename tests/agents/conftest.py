"""The small published mesh of the marketplace's tests, and the package's own client in front of the tools."""

from collections.abc import Callable, Iterator
from typing import Any

import anyio
import pytest
from marketplace.small_mesh import SmallMesh, build
from mcp import Client
from mcp_types import CallToolResult
from surroundings import no_domains_of_other_tests, no_settings_from_outside

from mesh_core.marketplace.market import Market
from mesh_core.marketplace.mcp.server import make_server

__all__ = ["no_domains_of_other_tests", "no_settings_from_outside"]

Call = Callable[..., CallToolResult]


@pytest.fixture(scope="session")
def small_mesh(tmp_path_factory: pytest.TempPathFactory) -> SmallMesh:
    return build(tmp_path_factory.mktemp("mcp") / "mesh")


@pytest.fixture(scope="session")
def market(small_mesh: SmallMesh) -> Iterator[Market]:
    made = Market(small_mesh.settings)
    yield made
    made.close()


@pytest.fixture
def call(market: Market) -> Call:
    """Call a tool as a client in the same process, through the whole protocol."""

    def called(name: str, **arguments: Any) -> CallToolResult:
        async def talk() -> CallToolResult:
            async with Client(make_server(market)) as client:
                return await client.call_tool(name, arguments)

        return anyio.run(talk)

    return called
