"""The server as an agent's program starts it: a process that speaks over stdin and stdout."""

import sys
from pathlib import Path

import anyio
from marketplace.small_mesh import SmallMesh
from mcp import Client, StdioServerParameters

MESH = Path(sys.executable).with_name("mesh")


def test_mesh_mcp_serves_a_client(small_mesh: SmallMesh) -> None:
    started = StdioServerParameters(command=str(MESH), args=["--root", str(small_mesh.settings.root), "mcp"])

    async def talk() -> tuple[str, list[str], int]:
        async with Client(started, read_timeout_seconds=60) as client:
            listed = await client.list_tools()
            found = await client.call_tool("search", {"words": "ordres"})
            return client.server_info.name, [tool.name for tool in listed.tools], found.structured_content["total"]

    name, tools, total = anyio.run(talk)
    assert (name, len(tools)) == ("data-mesh", 5)
    assert total > 0


def test_nothing_but_the_protocol_is_on_stdout(small_mesh: SmallMesh) -> None:
    import subprocess

    words = [str(MESH), "--root", str(small_mesh.settings.root), "mcp"]
    done = subprocess.run(words, input="", capture_output=True, text=True, timeout=60, check=True)
    assert (done.stdout, done.stderr) == ("", "")
