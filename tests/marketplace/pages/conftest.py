"""Pages of the service as a browser without JavaScript gets them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from fastapi.testclient import TestClient  # noqa: TC002 - fixtures are annotated with it

from mesh_core.settings import Settings, load_settings

from .reading import Page

BROWSER = {"Accept": "text/html,application/xhtml+xml"}


def opened(client: TestClient, url: str, status: int = 200) -> Page:
    """The page at ``url``; redirects are followed."""
    answer = client.get(url, headers=BROWSER)
    assert answer.status_code == status, f"{url}: {answer.status_code}\n{answer.text[:2000]}"
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    return Page(answer.text)


@pytest.fixture
def page(client: TestClient) -> Callable[..., Page]:
    """A page of the service over the small mesh, which nobody changes."""
    return lambda url, status=200: opened(client, url, status)


@pytest.fixture
def own_page(own_client: TestClient) -> Callable[..., Page]:
    """A page of the service over the test's own mesh."""
    return lambda url, status=200: opened(own_client, url, status)


@pytest.fixture
def settings_of() -> Callable[[Path], Settings]:
    """Settings of a tree without domains, whose catalog nobody has filled."""

    def made(folder: Path) -> Settings:
        (folder / "domains").mkdir()
        (folder / "workspace.yaml").write_text("load_from: []\n")
        settings = load_settings(folder)
        settings.home.mkdir()
        return settings

    return made
