"""Which contracts stand: of the catalog, and of a git revision."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Any

import pytest

from mesh_core.catalog import Catalog, ContractRecord
from mesh_core.checking.baseline import catalog_exists, published_baseline, revision_baseline
from mesh_core.contracts.loading import load_mesh
from mesh_core.settings import Settings
from mesh_core.testing import TinyMesh

ORDERS = "domains/shop/orders/orders.contract.yaml"


def keep(catalog: Catalog, contract: str, version: str, seen_at: str, **facts: Any) -> None:
    document = {"id": contract, "version": version, "domain": "shop", "status": "active", **facts}
    digest = f"{version}@{seen_at}"
    catalog.register_contract(
        ContractRecord(id=contract, version=version, status="active", digest=digest, document=document), seen_at
    )


def told(settings: Settings) -> dict[tuple[str, int], str]:
    return {key: standing.version for key, standing in published_baseline(settings).contracts.items()}


def test_without_a_catalog_nothing_stands_and_none_is_made(settings: Settings) -> None:
    assert told(settings) == {}
    assert not settings.home.joinpath("catalog.db").exists()


def test_the_newest_of_every_major_version_stands(settings: Settings) -> None:
    settings.home.mkdir(exist_ok=True)
    with Catalog(settings.catalog_url) as catalog:
        for version, day in (("1.9.0", "02"), ("1.10.0", "01"), ("2.0.0", "03"), ("1.2.0", "04")):
            keep(catalog, "shop.orders", version, f"2026-01-{day}")
        keep(catalog, "shop.returns", "1.0.0", "2026-01-01")
    assert told(settings) == {("shop.orders", 1): "1.10.0", ("shop.orders", 2): "2.0.0", ("shop.returns", 1): "1.0.0"}


def test_of_one_version_the_last_document_stands(settings: Settings) -> None:
    settings.home.mkdir(exist_ok=True)
    with Catalog(settings.catalog_url) as catalog:
        keep(catalog, "shop.orders", "1.0.0", "2026-01-02", name="Second")
        keep(catalog, "shop.orders", "1.0.0", "2026-01-01", name="First")
    (standing,) = published_baseline(settings).contracts.values()
    assert (standing.raw["name"], standing.status, standing.domain) == ("Second", "active", "shop")


def test_the_copy_in_the_cache_follows_the_catalog(settings: Settings) -> None:
    settings.home.mkdir(exist_ok=True)
    for version in ("1.0.0", "1.1.0", "1.2.0"):
        with Catalog(settings.catalog_url) as catalog:
            keep(catalog, "shop.orders", version, "2026-01-01")
        assert told(settings) == told(settings) == {("shop.orders", 1): version}


@pytest.mark.parametrize("rest", [b"", b"\x92\xa1x\x90", b"nothing like it"])
def test_a_torn_copy_is_only_slower(settings: Settings, rest: bytes) -> None:
    settings.home.mkdir(exist_ok=True)
    with Catalog(settings.catalog_url) as catalog:
        keep(catalog, "shop.orders", "1.0.0", "2026-01-01")
    told(settings)
    (settings.cache / "standing.msgpack").write_bytes(rest)
    assert told(settings) == {("shop.orders", 1): "1.0.0"}


def test_a_server_is_taken_to_hold_something(tmp_path: Path) -> None:
    assert catalog_exists("postgresql://db.mesh.example/catalog")
    assert not catalog_exists(f"sqlite:///{tmp_path}/catalog.db")


def git(root: Path, *words: str) -> None:
    author = ["-c", "user.name=Ada", "-c", "user.email=ada@example.com", "-c", "commit.gpgsign=false"]
    subprocess.run(["git", "-C", str(root), *author, *words], check=True, capture_output=True)


@pytest.mark.parametrize("algorithm", ["sha1", "sha256"])
def test_a_revision_holds_what_was_committed(tiny: TinyMesh, settings: Settings, algorithm: str) -> None:
    git(tiny.root, "init", "-q", f"--object-format={algorithm}")
    git(tiny.root, "add", "domains")
    git(tiny.root, "commit", "-q", "-m", "First")
    tiny.edit(ORDERS, "name: Orders", "name: All orders")
    baseline = revision_baseline(tiny.root, "HEAD", load_mesh(settings))
    names = {key: standing.raw["name"] for key, standing in baseline.contracts.items()}
    assert names == {("shop.orders", 1): "Orders", ("insight.revenue", 1): "Revenue"}
    assert baseline == revision_baseline(tiny.root, "HEAD")


def test_what_was_no_contract_then_does_not_count(tiny: TinyMesh) -> None:
    tiny.edit(ORDERS, "status: active", "status: [")
    git(tiny.root, "init", "-q")
    git(tiny.root, "add", "domains")
    git(tiny.root, "commit", "-q", "-m", "First")
    assert list(revision_baseline(tiny.root, "HEAD").contracts) == [("insight.revenue", 1)]


def test_a_revision_without_domains_holds_nothing(tiny: TinyMesh) -> None:
    git(tiny.root, "init", "-q")
    git(tiny.root, "add", "workspace.yaml")
    git(tiny.root, "commit", "-q", "-m", "First")
    assert revision_baseline(tiny.root, "HEAD").contracts == {}
