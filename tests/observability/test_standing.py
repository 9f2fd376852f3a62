"""How ports stand, from a catalog with real publications in it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
import pytest
from orchestration.workbench import CONTRACT, ORDERS, REVENUE, Workbench
from sqlalchemy import event

from mesh_core.catalog import Catalog, Confirmation, ContractRecord, DomainRecord, ProductRecord, PublicationRecord
from mesh_core.contracts import Document, contract_from
from mesh_core.errors import MeshError
from mesh_core.observability import Standing, standing_of, standings
from mesh_core.observability.standing import freshness_of
from mesh_core.testing import write_tiny_mesh

from .ports import NOW, ago, card


@pytest.fixture
def bench(tmp_path: Path) -> Workbench:
    return Workbench(write_tiny_mesh(tmp_path / "mesh"))


@pytest.fixture
def catalog(bench: Workbench) -> Iterator[Catalog]:
    with Catalog(bench.settings.catalog_url) as opened:
        yield opened


def alone(catalog: Catalog, address: str, now: datetime) -> Standing:
    [one] = catalog.cards([address])
    document = catalog.document(address)
    assert document is not None
    return standing_of(catalog, one, contract_from(Document(Path(), document, "")), now)


def without_points(standing: Standing) -> Standing:
    levels = tuple(msgspec.structs.replace(level, points=()) for level in standing.levels)
    return msgspec.structs.replace(standing, levels=levels)


def statuses(standing: Standing) -> dict[str, str]:
    return {level.indicator: level.status for level in standing.levels}


def test_a_mesh_that_ran_just_now(bench: Workbench, catalog: Catalog) -> None:
    bench.run()
    now = datetime.now(UTC)
    found = standings(catalog, now)
    assert statuses(found[ORDERS]) == {"frequency": "met", "latency": "met", "retention": "met"}
    assert statuses(found[REVENUE]) == {"latency": "met"}
    assert found[ORDERS].freshness == "today"
    assert {address: standing.slo for address, standing in found.items()} == {ORDERS: "met", REVENUE: "met"}
    assert {address: without_points(alone(catalog, address, now)) for address in found} == found


def test_three_days_later_the_promises_are_broken(bench: Workbench, catalog: Catalog) -> None:
    bench.run()
    later = datetime.now(UTC) + timedelta(days=3)
    found = standings(catalog, later)
    assert statuses(found[ORDERS]) == {"frequency": "breached", "latency": "breached", "retention": "met"}
    assert statuses(found[REVENUE]) == {"latency": "met"}  # it has what its input has
    assert found[ORDERS].freshness == "this week"


def test_an_input_that_was_not_taken_up_makes_its_reader_late(bench: Workbench, catalog: Catalog) -> None:
    bench.run()
    bench.tiny.deliver("2026-01-03", ["4,eve@example.com,1.00,2026-01-03"])
    bench.step("shop.bronze.orders_feed")
    bench.step(ORDERS)
    later = datetime.now(UTC) + timedelta(hours=30)
    assert statuses(standings(catalog, later)[REVENUE]) == {"latency": "at risk"}
    assert without_points(alone(catalog, REVENUE, later)) == standings(catalog, later)[REVENUE]


def test_an_attempt_that_failed_shows_in_the_error_rate(bench: Workbench, catalog: Catalog) -> None:
    old = "  - {property: frequency, value: 1, unit: d}\n"
    bench.tiny.edit(CONTRACT, old, old + "  - {property: errorRate, value: 1, unit: percent}\n")
    bench.run()
    now = datetime.now(UTC)
    assert statuses(standings(catalog, now)[ORDERS])["errorRate"] == "met"
    bench.tiny.deliver("2026-01-03", ["5,eve@example.com,-1.00,2026-01-03"])
    bench.step("shop.bronze.orders_feed")
    with pytest.raises(MeshError, match="amount"):
        bench.step(ORDERS)
    found = standings(catalog, datetime.now(UTC))[ORDERS]
    assert statuses(found)["errorRate"] == "at risk"
    [rate] = [level for level in found.levels if level.indicator == "errorRate"]
    assert rate.measured is not None
    assert rate.measured > 1
    assert "1 of 2 attempts failed" in rate.sentence


def test_the_last_confirmation_before_the_window_is_known(bench: Workbench, catalog: Catalog) -> None:
    """Published today, confirmed in 9 and 16 days: in 40 days' time the window begins between the two."""
    bench.tiny.edit(CONTRACT, "{property: frequency, value: 1, unit: d}", "{property: frequency, value: 10, unit: d}")
    bench.run()
    begun = datetime.now(UTC)
    for days in (9, 16):
        at = (begun + timedelta(days=days)).isoformat()
        catalog.confirm([Confirmation(address=ORDERS, table_version=0, at=at)])
    level = standings(catalog, begun + timedelta(days=40))[ORDERS].levels[0]
    assert level.budget is not None
    # Kept for 11 days after the 16th: of the 30 days from the 10th to the 40th, all from the 27th on are broken.
    assert level.budget.used_percent == pytest.approx(4333.33, abs=0.02)


@pytest.mark.parametrize(
    ("hours", "told"), [(1, "today"), (23, "today"), (25, "this week"), (167, "this week"), (169, "older")]
)
def test_freshness(hours: int, told: str) -> None:
    assert (
        freshness_of(card(published_at=ago(days=90).isoformat(), confirmed_at=ago(hours=hours).isoformat()), NOW)
        == told
    )


def test_what_was_never_published_is_never_fresh() -> None:
    assert freshness_of(card(table_version=None), NOW) == "never"


def test_a_thousand_ports_take_as_many_queries_as_one(tmp_path: Path) -> None:
    counted: list[int] = []
    for ports in (1, 40):
        with Catalog(f"sqlite:///{tmp_path}/{ports}.db") as catalog:
            for number in range(ports):
                catalog.register(publication(f"p{number}"))
            seen: list[str] = []
            event.listen(catalog._engine, "before_cursor_execute", lambda *given, seen=seen: seen.append(given[2]))
            assert len(standings(catalog, NOW)) == ports
            counted.append(len(seen))
    assert counted[0] == counted[1] < 40


def publication(port: str) -> PublicationRecord:
    document = {
        "id": f"shop.{port}",
        "version": "1.0.0",
        "status": "active",
        "domain": "shop",
        "dataProduct": port,
        "schema": [{"name": port, "properties": [{"name": "id", "logicalType": "integer"}]}],
        "slaProperties": [{"property": "frequency", "value": 1, "unit": "d"}],
    }
    return PublicationRecord(
        address=f"shop.{port}",
        uri=f"mesh://shop/{port}/v1",
        domain=DomainRecord(name="shop"),
        product=ProductRecord(id=f"shop.{port}", name=port),
        contract=ContractRecord(id=f"shop.{port}", version="1.0.0", status="active", digest=port, document=document),
        owner="Shop team",
        table_version=0,
        published_at=ago(hours=2).isoformat(),
        run_id="run",
        rows=1,
        bytes=1,
        code_digest="",
    )
