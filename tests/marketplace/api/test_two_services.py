"""Two services on one PostgreSQL: what one learns, the other tells."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
from catalog.databases import postgres
from fastapi.testclient import TestClient

from mesh_core.catalog import Catalog
from mesh_core.marketplace.app import create_app
from mesh_core.settings import Secret, Settings

from ..small_mesh import SmallMesh, declare

SHOWN = {"Authorization": "Bearer t"}


@pytest.fixture(scope="module")
def settings(small_mesh: SmallMesh, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Settings]:
    """Of the small mesh, whose catalog is a PostgreSQL database."""
    with postgres(tmp_path_factory.mktemp("postgres")) as server:
        made = msgspec.structs.replace(small_mesh.settings, catalog_url=server.fresh(), registration_token=Secret("t"))
        with Catalog(made.catalog_url):
            declare(made)
        yield made


@pytest.fixture
def both(settings: Settings, tmp_path: Path) -> Iterator[tuple[TestClient, TestClient]]:
    """Clients of two services, each with a cache of its own."""
    first, second = (create_app(msgspec.structs.replace(settings, home=tmp_path / name)) for name in ("a", "b"))
    with TestClient(first, base_url="http://127.0.0.1") as one, TestClient(second, base_url="http://127.0.0.1") as two:
        yield one, two


def test_what_is_declared_at_one_is_seen_at_the_other(both: tuple[TestClient, TestClient]) -> None:
    one, two = both
    path = "/api/v1/ports/clients.customers"
    seen = two.get(path)
    assert seen.json()["limitations"] == "People who left are kept."
    declared: dict[str, Any] = one.get("/api/v1/domains/clients").json()
    contract = declared["ports"][0]["contract"]
    contract["document"]["description"]["limitations"] = "Nobody from abroad."
    contract["digest"] = "0123456789abcdef"
    assert one.put("/api/v1/domains/clients", json=declared, headers=SHOWN).json()["changed"] is True
    after = two.get(path, headers={"If-None-Match": seen.headers["etag"]})
    assert (after.status_code, after.json()["limitations"]) == (200, "Nobody from abroad.")
    assert [hit["address"] for hit in two.get("/api/v1/search?q=abroad").json()["items"]] == ["clients.customers"]
    assert (
        two.get("/api/v1/changes?limit=1000").json()["items"] == one.get("/api/v1/changes?limit=1000").json()["items"]
    )


def test_every_kind_of_answer_comes_from_postgresql_too(both: tuple[TestClient, TestClient]) -> None:
    one, _ = both
    port = "/api/v1/ports/shop.orders"
    for path in (
        "/healthz",
        "/api/v1/domains",
        "/api/v1/products/shop.orders/odps",
        f"{port}/contract",
        f"{port}/lineage",
        f"{port}/quality",
        f"{port}/versions",
        f"{port}/service-levels",
        f"{port}/trust",
        f"{port}/joins",
        "/api/v1/entities/customer",
        "/api/v1/dcat",
        "/api/v1/kpis",
        "/api/v1/topology",
    ):
        assert one.get(path).status_code == 200, path
    assert one.get(f"{port}/sample").status_code == 404  # declared there, published elsewhere
