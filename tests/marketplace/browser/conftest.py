"""The real service in a thread, and one Chromium: what the tests of this folder look at it with."""

from __future__ import annotations

import os
import shutil
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import uvicorn
from playwright.sync_api import Browser, Page, expect, sync_playwright

from mesh_core.catalog import Use
from mesh_core.marketplace.app import create_app

from ..small_mesh import SmallMesh

# Read when the folder is collected: no setting from outside reaches a test.
_REQUIRED = os.environ.get("MESH_REQUIRE_BROWSER") == "1"
_ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
_PATIENCE = 10_000
"""Milliseconds that an action may take: the machine has two cores and runs other tests beside."""

_FAILED = pytest.StashKey[bool]()

Open = Callable[..., Page]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    folder = Path(__file__).parent
    for item in items:
        if folder in item.path.parents:
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="session")
def chromium() -> str:
    """The path of Debian's Chromium; without one the tests are skipped, or fail where it has to be there."""
    found = shutil.which("chromium") or shutil.which("chromium-browser")
    if found is None:
        reason = "no Chromium: install Debian's package (apt-get install chromium)"
        if _REQUIRED:
            pytest.fail(reason)
        pytest.skip(reason)
    return found


@pytest.fixture(scope="session")
def shown_mesh(small_mesh: SmallMesh, tmp_path_factory: pytest.TempPathFactory) -> SmallMesh:
    """A copy of the small mesh to which something has happened: a second version, and somebody who reads."""
    mesh = small_mesh.copy(tmp_path_factory.mktemp("shown") / "mesh")
    mesh.publish("shop.orders")
    uses = [
        Use(
            kind=kind,
            address="shop.orders",
            at=f"2026-11-20T1{hour}:00:00+00:00",
            consumer="ada@mesh.example",
            via="web",
        )
        for hour, kind in enumerate(("view", "view", "read"))
    ]
    with mesh.catalog() as catalog:
        catalog.record_uses(uses)
    return mesh


@pytest.fixture(scope="session")
def service(chromium: str, shown_mesh: SmallMesh) -> Iterator[str]:
    """The URL of the running service, without a slash at its end."""
    server = uvicorn.Server(
        uvicorn.Config(create_app(shown_mesh.settings), host="127.0.0.1", port=0, log_level="warning", ws="none")
    )
    thread = threading.Thread(target=server.run, name="service")
    thread.start()
    deadline = time.monotonic() + 20
    while not server.started:
        assert thread.is_alive()
        assert time.monotonic() < deadline
        time.sleep(0.02)
    host, port = server.servers[0].sockets[0].getsockname()
    yield f"http://{host}:{port}"
    server.should_exit = True
    thread.join(10)
    assert not thread.is_alive()


# Not for the session: Playwright's loop, while it runs, keeps other tests of the process from running their own.
@pytest.fixture(scope="package")
def browser(chromium: str) -> Iterator[Browser]:
    expect.set_options(timeout=_PATIENCE)
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=chromium, args=list(_ARGUMENTS))
        yield started
        started.close()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Iterator[None]:
    report = yield
    if report.when == "call":
        item.stash[_FAILED] = report.failed
    return report


@pytest.fixture
def open_page(browser: Browser, service: str, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Open]:
    """Opens a path, or none, in a context of its own: ``open_page("/search", width=390, color_scheme="dark")``."""
    contexts = []

    def opened(path: str = "/", *, width: int = 1280, height: int = 900, **options: Any) -> Page:
        # Without transitions: a colour that is half-way between two themes has any contrast.
        options = {"reduced_motion": "reduce", **options}
        context = browser.new_context(base_url=service, viewport={"width": width, "height": height}, **options)
        context.set_default_timeout(_PATIENCE)
        contexts.append(context)
        page = context.new_page()
        if path:
            page.goto(path)
        return page

    yield opened
    for context in contexts:
        if request.node.stash.get(_FAILED, False) and context.pages:
            file = tmp_path / f"failed-{contexts.index(context)}.png"
            context.pages[0].screenshot(path=file)
            print(f"what was shown: {file}")
        context.close()
