"""The past of ports is the same from either database."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from catalog.databases import Postgres, postgres

from mesh_core.catalog import (
    Catalog,
    CheckRecord,
    ColumnRecord,
    Confirmation,
    ContractRecord,
    DomainDeclaration,
    DomainRecord,
    FailedPublication,
    Measurement,
    ProductRecord,
    PublicationRecord,
)
from mesh_core.governance import Office
from mesh_core.observability import standings

from .ports import NOW, ago

LEVELS = [
    {"property": "frequency", "value": 1, "unit": "d"},
    {"property": "latency", "value": 1, "unit": "d", "element": "day"},
    {"property": "completeness", "value": 90, "unit": "percent"},
    {"property": "errorRate", "value": 5, "unit": "percent"},
    {"property": "availability", "value": 99, "unit": "percent"},
    {"property": "retention", "value": 1, "unit": "y"},
]


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Postgres]:
    with postgres(tmp_path_factory.mktemp("observed")) as running:
        yield running


def fill(catalog: Catalog) -> None:
    """One port with all that service levels are measured by: two versions, a failure, a confirmation, two probes."""
    office = Office(team="Shop team", owner="olga@mesh.example")
    catalog.declare(DomainDeclaration(domain=DomainRecord(name="shop"), office=office), ago(days=50).isoformat())
    for number, days in enumerate((40, 2)):
        catalog.register(publication(number, days))
    failed = CheckRecord(name="amount", success=False, element_count=100, unexpected_count=10)
    catalog.register_failure(
        FailedPublication(
            address="shop.sales", run_id="run", failed_at=ago(days=1).isoformat(), error="no", checks=(failed,)
        )
    )
    catalog.confirm([Confirmation(address="shop.sales", table_version=1, at=ago(hours=9).isoformat())])
    probes = [
        Measurement(address="shop.sales", indicator="availability", at=ago(hours=hours).isoformat(), value=1, good=good)
        for hours, good in ((2, True), (1, False))
    ]
    catalog.record_measurements(probes)


def publication(number: int, days: int) -> PublicationRecord:
    document = {
        "id": "shop.sales",
        "version": "1.0.0",
        "status": "active",
        "domain": "shop",
        "dataProduct": "sales",
        "schema": [{"name": "sales", "properties": [{"name": "day", "logicalType": "date", "required": True}]}],
        "slaProperties": LEVELS,
    }
    return PublicationRecord(
        address="shop.sales",
        uri="mesh://shop/sales/v1",
        domain=DomainRecord(name="shop"),
        product=ProductRecord(id="shop.sales", name="Sales"),
        contract=ContractRecord(id="shop.sales", version="1.0.0", status="active", digest="d", document=document),
        owner="Shop team",
        table_version=number,
        published_at=ago(days=days).isoformat(),
        run_id=f"run-{number}",
        rows=100,
        bytes=1,
        code_digest="",
        clock="2013-03-01T00:00:00+00:00",
        columns=(
            ColumnRecord(
                name="day",
                logical_type="date",
                physical_type="DATE",
                nulls=5,
                minimum="2013-01-01",
                maximum="2013-02-27",
            ),
        ),
        checks=(
            CheckRecord(name="a", success=True, element_count=100, unexpected_count=0),
            CheckRecord(name="b", success=False, severity="warning", element_count=100, unexpected_count=2),
        ),
    )


@pytest.mark.parametrize("database", ["sqlite", "postgresql"])
def test_every_indicator_from_either_database(database: str, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    url = f"sqlite:///{tmp_path}/catalog.db"
    if database == "postgresql":
        running: Postgres = request.getfixturevalue("server")
        url = running.fresh()
    with Catalog(url) as catalog:
        fill(catalog)
        found = standings(catalog, NOW)["shop.sales"]
    assert [(level.property, level.measured, level.status) for level in found.levels] == [
        ("frequency", 540.0, "breached"),
        ("latency", 1440.0, "met"),
        ("completeness", 95.0, "met"),
        ("errorRate", 10.0, "breached"),
        ("availability", 50.0, "at risk"),
        ("retention", 84960.0, "met"),
    ]
    assert [part.points for part in found.trust.parts] == [15, 16, 11, 7, 0, 0]
    assert found.trust.score == 49
