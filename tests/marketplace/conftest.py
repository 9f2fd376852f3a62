"""One small published mesh for all tests of the marketplace; who changes it takes a copy."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from surroundings import no_domains_of_other_tests, no_settings_from_outside  # noqa: F401

from mesh_core.marketplace.app import create_app
from mesh_core.marketplace.market import Market

from .small_mesh import SmallMesh, build

BASE = "http://127.0.0.1"
"""What the service is called by in tests: another name is refused."""


@pytest.fixture(scope="session")
def small_mesh(tmp_path_factory: pytest.TempPathFactory) -> SmallMesh:
    """``shop.orders``, ``insight.revenue`` and ``clients.customers``, published and declared. Read it only."""
    return build(tmp_path_factory.mktemp("marketplace") / "mesh")


@pytest.fixture
def own_mesh(small_mesh: SmallMesh, tmp_path: Path) -> SmallMesh:
    """The same for one test, which may do with it what it wants."""
    return small_mesh.copy(tmp_path / "mesh")


@pytest.fixture(scope="session")
def app(small_mesh: SmallMesh) -> FastAPI:
    """The service over the small mesh."""
    return create_app(small_mesh.settings)


@pytest.fixture(scope="session")
def market(app: FastAPI) -> Market:
    """What the service's pages and API stand on."""
    found: Market = app.state.market
    return found


@pytest.fixture(scope="session")
def client(app: FastAPI) -> Iterator[TestClient]:
    """A client of the service; mistakes of the service come out as answers, as for any client."""
    with TestClient(app, base_url=BASE, raise_server_exceptions=False) as made:
        yield made


@pytest.fixture
def own_client(own_mesh: SmallMesh) -> Iterator[TestClient]:
    """A client of a service over the test's own mesh."""
    with TestClient(create_app(own_mesh.settings), base_url=BASE, raise_server_exceptions=False) as made:
        yield made
