"""Resolving in Python: which version is meant, what is told of it, and who is refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from mesh_core.errors import MeshError, UnknownAddressError
from mesh_core.publishing.publication import publish
from mesh_core.serving import ContractRetiredError, UnresolvedError, resolve
from mesh_core.testing import TinyMesh

from .conftest import Bench
from .majors import CONTRACT, NEEDS, add_version_2, deprecate_version_1, let_end, share_one_sql


@pytest.fixture
def two(tiny: TinyMesh) -> TinyMesh:
    """shop.orders in two versions, the first deprecated; nothing has run."""
    add_version_2(tiny)
    share_one_sql(tiny)
    deprecate_version_1(tiny)
    return tiny


def test_two_lines_from_a_notebook(tiny: TinyMesh, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tiny.file("domains/shop"))
    assert resolve("shop.orders").endpoint.location == str(tiny.home / "lake/shop/orders")


def test_before_the_first_publication(tiny: TinyMesh) -> None:
    found = resolve("shop.orders", root=tiny.root)
    assert (found.address, found.uri, found.discovery) == (
        "shop.orders",
        "mesh://shop/orders/v1",
        "mesh://shop/orders/v1/discovery",
    )
    assert (found.contract_id, found.version, found.status, found.owner) == (
        "shop.orders",
        "1.0.0",
        "active",
        "Shop team",
    )
    assert (found.endpoint.type, found.endpoint.format, found.endpoint.path) == ("local", "delta", "shop/orders")
    assert [(c.name, c.physical_type, c.required, c.primary_key, c.classification) for c in found.columns] == [
        ("order_id", "BIGINT", True, True, "internal"),
        ("customer", "VARCHAR", True, False, "restricted"),
        ("amount", "DOUBLE", True, False, "internal"),
        ("ordered_on", "DATE", True, False, "internal"),
    ]
    assert [(sla.property, sla.value, sla.unit) for sla in found.service_levels][:2] == [
        ("frequency", 1, "d"),
        ("latency", 1, "d"),
    ]
    assert (found.table, found.others, found.source, found.successor) == (None, (), "tree", "")
    assert found.document["dataProduct"] == "orders"
    assert not (tiny.home / "catalog.db").exists(), "looking made a catalog"


def test_after_a_publication(bench: Bench) -> None:
    bench.run()
    table = resolve("shop.orders", root=bench.tiny.root).table
    assert table is not None
    assert (table.version, table.rows, table.contract_version) == (0, 3, "1.0.0")
    assert table.published_at.startswith("20")


@pytest.mark.parametrize(
    ("target", "version", "found"),
    [
        ("shop.orders", "", "2.0.0"),  # active before deprecated
        ("shop/orders", "", "2.0.0"),
        ("mesh://shop/orders", "", "2.0.0"),
        ("shop.orders@1", "", "1.1.0"),
        ("shop.orders", "1.x", "1.1.0"),
        ("shop.orders", ">=1.1,<2", "1.1.0"),
        ("shop.orders", ">=1", "2.0.0"),
        ("shop.orders", "~=2.0", "2.0.0"),
        ("mesh://shop/orders/v1", "", "1.1.0"),
        ("mesh://shop/orders/v1/discovery", "", "1.1.0"),
        ("mesh://shop/orders/v2", "", "2.0.0"),
        ("shop.orders_v2", "", "2.0.0"),
        ("shop/orders_v2", "2.0.0", "2.0.0"),
    ],
)
def test_which_version_is_meant(two: TinyMesh, target: str, version: str, found: str) -> None:
    assert resolve(target, version, root=two.root).version == found


@pytest.mark.parametrize(
    ("target", "told"),
    [
        ("shop.orders@3", "no version of shop.orders meets '3'"),
        ("shop.orders@>=1.2,<2", "no version of shop.orders meets '>=1.2,<2'"),
        ("shop.orders_v3", "no version of shop.orders meets major 3"),
        ("mesh://shop/orders/v1@2", "no version of shop.orders meets major 1 and '2'"),
    ],
)
def test_what_nothing_meets(two: TinyMesh, target: str, told: str) -> None:
    with pytest.raises(UnresolvedError) as caught:
        resolve(target, root=two.root)
    assert (caught.value.what, caught.value.code) == (told, "unresolved")
    assert caught.value.remedy == "There are 1.1.0 (deprecated), 2.0.0 (active)."


def test_what_nobody_knows(tiny: TinyMesh) -> None:
    with pytest.raises(UnknownAddressError, match=r"the mesh has no port shop\.ordrs"):
        resolve("shop.ordrs", root=tiny.root)
    with pytest.raises(UnknownAddressError, match="'orders' is not an address"):
        resolve("orders", root=tiny.root)
    with pytest.raises(MeshError, match=r"'\^1' is no version or range of versions"):
        resolve("shop.orders@^1", root=tiny.root)


def test_a_deprecated_version_names_what_follows(two: TinyMesh) -> None:
    found = resolve("shop.orders@1", root=two.root)
    assert (found.status, found.end_of_support, found.announced_at) == ("deprecated", "2099-12-31", "")
    assert found.successor == "mesh://shop/orders/v2"
    assert [(other.address, other.version, other.status) for other in found.others] == [
        ("shop.orders_v2", "2.0.0", "active")
    ]


def test_the_catalog_knows_since_when(bench: Bench, two: TinyMesh) -> None:
    bench.run()
    assert resolve("shop.orders@1", root=two.root).announced_at.startswith("20")
    assert resolve("shop.orders@2", root=two.root).announced_at == ""


def test_a_deprecated_version_is_meant_where_nothing_newer_is_live(tiny: TinyMesh) -> None:
    add_version_2(tiny, status="draft")
    share_one_sql(tiny)
    deprecate_version_1(tiny)
    assert resolve("shop.orders", root=tiny.root).version == "1.1.0"
    assert resolve("shop.orders@2", root=tiny.root).status == "draft"


def test_drafts_and_retired_ones_are_found_by_version_only(tiny: TinyMesh) -> None:
    tiny.edit(CONTRACT, "status: active", "status: retired")
    with pytest.raises(UnresolvedError) as caught:
        resolve("shop.orders", root=tiny.root)
    assert caught.value.what == "no version of shop.orders is active or deprecated"
    assert caught.value.remedy == "There is 1.0.0 (retired). Ask for one: shop.orders@1.0.0."
    assert resolve("shop.orders@1", root=tiny.root).status == "retired"


def _publish_revenue(bench: Bench) -> None:
    services = bench.services()
    try:
        publish(services.mesh.port("insight.revenue"), services.mesh.domains["insight"], services, run_id="run-2")
    finally:
        services.close()


def test_a_retired_port_is_read_by_nobody(bench: Bench, two: TinyMesh) -> None:
    bench.run()
    let_end(two)
    with pytest.raises(ContractRetiredError) as caught:
        _publish_revenue(bench)
    assert caught.value.what == "shop.orders is retired (shop.orders 1.1.0)"
    assert caught.value.remedy == "Its successor is mesh://shop/orders/v2."
    assert caught.value.code == "contract-retired"


def test_a_retired_port_without_successor(bench: Bench) -> None:
    bench.run()
    let_end(bench.tiny)
    with pytest.raises(ContractRetiredError) as caught:
        _publish_revenue(bench)
    assert caught.value.remedy == "Nothing took its place."


def test_a_file_alone_takes_nothing_from_its_readers(bench: Bench) -> None:
    """Until the catalog has let the port end, which it does after notice only."""
    bench.run()
    bench.tiny.edit(CONTRACT, "status: active", "status: retired")
    bench.tiny.edit("domains/insight/revenue/revenue.sql", "GROUP BY ordered_on", "GROUP BY ALL")
    _publish_revenue(bench)
    assert len(bench.rows("insight/revenue")) == 2


def test_the_last_published_contract_of_a_domain_that_does_not_load(bench: Bench) -> None:
    bench.run()
    bench.tiny.edit(CONTRACT, "status: active", "statuss: active")
    found = resolve("shop.orders", root=bench.tiny.root)
    assert (found.version, found.source, found.owner) == ("1.0.0", "catalog", "Shop team")
    assert found.table is not None
    with pytest.raises(UnresolvedError):
        resolve("shop.orders@2", root=bench.tiny.root)


def test_a_domain_that_does_not_load_and_never_published(tiny: TinyMesh) -> None:
    tiny.edit(CONTRACT, "status: active", "statuss: active")
    with pytest.raises(MeshError, match="unknown key 'statuss'"):
        resolve("shop.orders", root=tiny.root)


def test_the_last_published_contract_must_be_in_the_range(bench: Bench) -> None:
    bench.run()
    bench.tiny.edit(CONTRACT, "status: active", "statuss: active")
    bench.tiny.edit(NEEDS, ">=1.0.0,<2", ">=1.5.0,<2")
    with pytest.raises(MeshError, match=r"shop\.orders was never published, and its domain 'shop' does not load"):
        _publish_revenue(bench)


def test_the_cwd_must_be_a_mesh(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(MeshError, match="is not inside a mesh"):
        resolve("shop.orders")
