"""Lead times and use, from a real catalog in which every moment was typed by hand."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest

from mesh_core.catalog import (
    Catalog,
    ContractRecord,
    DomainDeclaration,
    DomainRecord,
    PortDeclaration,
    ProductRecord,
    PublicationRecord,
    Use,
)
from mesh_core.governance import Office
from mesh_core.observability.beginnings import first_commits
from mesh_core.observability.kpis import Kpis, ProductKpis, kpis

NOW = datetime(2026, 11, 21, tzinfo=UTC)


@pytest.fixture
def catalog(tmp_path: Path) -> Iterator[Catalog]:
    with Catalog(f"sqlite:///{tmp_path / 'catalog.db'}") as opened:
        yield opened


def contract(name: str) -> ContractRecord:
    return ContractRecord(id=name, version="1.0.0", status="active", digest=name, document={"id": name})


def declare(catalog: Catalog, domain: str, at: str, **products: dict[str, Any]) -> None:
    """A domain of products with one port each, of the same name."""
    names = [f"{domain}.{name}" for name in products]
    catalog.declare(
        DomainDeclaration(
            domain=DomainRecord(name=domain),
            office=Office(team=domain, owner=domain),
            products=tuple(
                ProductRecord(id=name, name=name, version="1.0.0", document=document)
                for name, document in zip(names, products.values(), strict=True)
            ),
            ports=tuple(
                PortDeclaration(
                    address=name, uri=f"mesh://{name.replace('.', '/')}/v1", product_id=name, contract=contract(name)
                )
                for name in names
            ),
        ),
        at,
    )


def publish(catalog: Catalog, name: str, at: str, version: int = 0, **inputs: int) -> None:
    domain = name.partition(".")[0]
    catalog.register(
        PublicationRecord(
            address=name,
            uri=f"mesh://{name.replace('.', '/')}/v1",
            domain=DomainRecord(name=domain),
            product=ProductRecord(id=name, name=name),
            contract=contract(name),
            owner=domain,
            table_version=version,
            published_at=at,
            run_id=f"{name}-{version}",
            rows=10,
            bytes=100,
            code_digest="",
            inputs={given.replace("__", "."): number for given, number in inputs.items()},
        )
    )


def use(catalog: Catalog, kind: str, name: str, at: str, consumer: str = "ann", domain: str = "") -> None:
    given: Any = kind
    catalog.record_uses([Use(kind=given, address=name, at=at, consumer=consumer, domain=domain)])


def product(found: Kpis, name: str) -> ProductKpis:
    [one] = [each for each in found.products if each.product_id == name]
    return one


def test_a_product_takes_from_its_first_sign_to_its_first_version(catalog: Catalog) -> None:
    written = {"productCreatedTs": "2026-11-01T00:00:00Z"}
    declare(catalog, "shop", "2026-11-10T00:00:00+00:00", orders={}, stock=written, returns=written, later={})
    for name in ("orders", "stock", "returns"):
        publish(catalog, f"shop.{name}", "2026-11-11T06:00:00+00:00")
        publish(catalog, f"shop.{name}", "2026-11-15T00:00:00+00:00", version=1)
    found = kpis(catalog, NOW, created={"shop.returns": "2026-11-11T00:00:00+00:00"})
    told = {p.product_id: p.lead_time_to_create for p in found.products}
    shown = {name: lead and (lead.start_is, lead.hours) for name, lead in told.items()}
    assert shown == {
        "shop.orders": ("first declaration", 30.0),
        "shop.stock": ("productCreatedTs", 246.0),
        "shop.returns": ("first commit", 6.0),
        "shop.later": None,
    }
    assert found.mesh.lead_time_to_create == 30.0, "the middle one of three"
    assert (found.mesh.products, found.mesh.published, found.mesh.create_known) == (4, 3, 3)
    [shop] = found.domains
    assert msgspec.structs.replace(shop, name="") == found.mesh


def test_a_sign_that_is_younger_than_the_product_tells_nothing(catalog: Catalog) -> None:
    publish(catalog, "shop.orders", "2026-11-01T00:00:00+00:00")
    publish(catalog, "shop.stock", "2026-11-01T00:00:00+00:00")
    written = {"productCreatedTs": "2026-10-31T00:00:00Z"}
    declare(catalog, "shop", "2026-11-10T00:00:00+00:00", orders={}, stock=written)
    found = kpis(catalog, NOW, created={"shop.stock": "2026-11-05T00:00:00+00:00"})
    assert product(found, "shop.orders").lead_time_to_create is None
    lead = product(found, "shop.stock").lead_time_to_create
    assert lead is not None
    assert (lead.start_is, lead.hours) == ("productCreatedTs", 24.0)
    assert found.mesh.create_known == 1


def test_a_time_that_is_none_is_not_guessed(catalog: Catalog) -> None:
    publish(catalog, "shop.orders", "2026-11-01T00:00:00+00:00")
    declare(catalog, "shop", "2026-11-10T00:00:00+00:00", orders={"productCreatedTs": "last summer"})
    assert kpis(catalog, NOW).products[0].lead_time_to_create is None


def test_using_takes_from_a_consumers_first_look_to_its_first_read(catalog: Catalog) -> None:
    publish(catalog, "shop.orders", "2026-11-01T00:00:00+00:00")
    use(catalog, "view", "shop.orders", "2026-11-02T00:00:00+00:00", "ann")
    use(catalog, "view", "shop.orders", "2026-11-04T00:00:00+00:00", "ann")
    use(catalog, "read", "shop.orders", "2026-11-05T00:00:00+00:00", "ann")
    use(catalog, "read", "shop.orders", "2026-11-06T00:00:00+00:00", "ann")
    use(catalog, "sample", "shop.orders", "2026-11-02T00:00:00+00:00", "bob")
    use(catalog, "read", "shop.orders", "2026-11-02T12:00:00+00:00", "bob")
    use(catalog, "read", "shop.orders", "2026-11-02T00:00:00+00:00", "eve")  # read before she looked
    use(catalog, "view", "shop.orders", "2026-11-03T00:00:00+00:00", "eve")
    use(catalog, "view", "shop.orders", "2026-11-03T00:00:00+00:00", "joe")  # never read
    use(catalog, "view", "shop.orders", "2026-11-01T00:00:00+00:00", "")
    use(catalog, "read", "shop.orders", "2026-11-09T00:00:00+00:00", "")  # nobody knows who
    found = product(kpis(catalog, NOW), "shop.orders")
    assert [lead.hours for lead in found.lead_times_to_use] == [72.0, 12.0]
    assert found.lead_time_to_use == 42.0
    assert (found.views, found.reads, found.readers) == (5, 5, 3)
    [port] = found.ports
    assert (port.viewers, port.readers, port.lead_time_to_use) == (4, 3, 42.0)


def test_counts_are_of_the_span_and_lead_times_of_all_time(catalog: Catalog) -> None:
    publish(catalog, "shop.orders", "2026-01-01T00:00:00+00:00")
    use(catalog, "view", "shop.orders", "2026-10-01T00:00:00+00:00")
    use(catalog, "read", "shop.orders", "2026-10-02T00:00:00+00:00")
    use(catalog, "read", "shop.orders", "2026-11-20T00:00:00+00:00")
    week, year = kpis(catalog, NOW, days=7), kpis(catalog, NOW, days=365)
    assert (week.mesh.views, week.mesh.reads, week.mesh.readers) == (0, 1, 1)
    assert (year.mesh.views, year.mesh.reads, year.mesh.readers) == (1, 2, 1)
    assert week.mesh.lead_time_to_use == year.mesh.lead_time_to_use == 24.0
    assert (week.days, year.days) == (7, 365)


def test_a_product_is_used_when_somebody_else_reads_it(catalog: Catalog) -> None:
    needs = {"inputPorts": [{"name": "orders", "contractId": "shop.orders", "version": ">=1.0.0,<2"}]}
    declare(catalog, "shop", "2026-11-10T00:00:00+00:00", orders={}, stock={}, own={}, nobody={})
    declare(catalog, "insight", "2026-11-10T00:00:00+00:00", revenue=needs)
    publish(catalog, "shop.orders", "2026-11-11T00:00:00+00:00")
    publish(catalog, "insight.revenue", "2026-11-12T00:00:00+00:00", shop__orders=0)
    use(catalog, "read", "shop.stock", "2026-11-20T00:00:00+00:00", "insight.revenue", "insight")
    use(catalog, "read", "shop.own", "2026-11-20T00:00:00+00:00", "shop.orders", "shop")
    found = kpis(catalog, NOW)
    assert (found.mesh.used, found.mesh.consumers) == (2, 1)
    assert product(found, "shop.orders").consumers == 1
    assert product(found, "shop.orders").publications == 1
    assert [(group.name, group.used) for group in found.domains] == [("insight", 0), ("shop", 2)]


def test_what_was_withdrawn_does_not_count(catalog: Catalog) -> None:
    declare(catalog, "shop", "2026-11-10T00:00:00+00:00", orders={}, stock={})
    declare(catalog, "shop", "2026-11-11T00:00:00+00:00", orders={})
    assert [each.product_id for each in kpis(catalog, NOW).products] == ["shop.orders"]


def test_an_empty_catalog_knows_nothing(catalog: Catalog) -> None:
    found = kpis(catalog, NOW)
    assert found.products == found.domains == ()
    assert found.mesh.lead_time_to_create is None
    assert found.mesh.lead_time_to_use is None
    assert found.mesh.reads == 0


def git(folder: Path, *words: str, at: str = "2026-11-01T08:00:00+00:00") -> None:
    environment = {"GIT_COMMITTER_DATE": at, "GIT_AUTHOR_DATE": at, "HOME": str(folder), "PATH": "/usr/bin:/bin"}
    identity = ["-c", "user.name=t", "-c", "user.email=t@mesh.example"]
    subprocess.run(["git", *identity, *words], cwd=folder, env=environment, check=True, capture_output=True)


def test_a_folder_begins_with_its_first_commit(tmp_path: Path) -> None:
    tree = tmp_path / "tree"
    one, two = tree / "domains/shop/orders/product.yaml", tree / "domains/shop/stock/product.yaml"
    for file in (one, two):
        file.parent.mkdir(parents=True)
    git(tree, "init", "-q")
    one.write_text("a")
    git(tree, "add", ".")
    git(tree, "commit", "-qm", "2026-10-10T00:00:00+00:00")
    two.write_text("b")
    (one.parent / "with space.sql").write_text("c")
    git(tree, "add", ".", at="2026-11-02T08:00:00+00:00")
    git(tree, "commit", "-qm", "two", at="2026-11-02T08:00:00+00:00")
    folders = {"shop.orders": one.parent, "shop.stock": two.parent, "shop.no": tree / "domains/shop/no"}
    found = first_commits(tree, {**folders, "outside": tmp_path / "other"})
    assert found == {"shop.orders": "2026-11-01T08:00:00+00:00", "shop.stock": "2026-11-02T08:00:00+00:00"}
    shallow = tmp_path / "shallow"
    git(tmp_path, "clone", "-q", "--depth", "1", f"file://{tree}", str(shallow))
    assert first_commits(shallow, {"shop.orders": shallow / "domains/shop/orders"}) == {}
    (tmp_path / "plain").mkdir()
    assert first_commits(tmp_path / "plain", {"shop.orders": tmp_path / "plain"}) == {}
