"""The graph over two ports and the internal assets between them."""

from __future__ import annotations

import pytest

from mesh_core.catalog import Catalog, LineageRecord
from mesh_core.errors import UnknownAddressError

from .records import airports, flights


@pytest.fixture
def catalog(catalog: Catalog) -> Catalog:
    catalog.register(airports())
    catalog.register(flights())
    catalog.register_internal("airports.bronze.register", {})
    catalog.register_internal("ops.bronze.feed", {})
    catalog.register_internal(
        "ops.silver.clean",
        {"bronze.feed": 4},
        [LineageRecord("number", "bronze.feed", "no"), LineageRecord("delay", "bronze.feed", "dep_delay")],
        lineage_kind="sql",
    )
    return catalog


def test_upstream_walks_to_the_sources(catalog: Catalog) -> None:
    graph = catalog.lineage("ops.flights")
    assert [(node.address, node.kind) for node in graph.nodes] == [
        ("airports.airports", "port"),
        ("airports.bronze.register", "internal"),
        ("ops.bronze.feed", "internal"),
        ("ops.flights", "port"),
        ("ops.silver.clean", "internal"),
    ]
    assert [(edge.upstream, edge.downstream, edge.version) for edge in graph.edges] == [
        ("airports.airports", "ops.flights", 7),
        ("airports.bronze.register", "airports.airports", None),
        ("ops.bronze.feed", "ops.silver.clean", 4),
        ("ops.silver.clean", "ops.flights", None),
    ]
    assert len(graph.columns) == 7


def test_downstream_walks_to_the_consumers(catalog: Catalog) -> None:
    graph = catalog.lineage("airports.bronze.register", "downstream")
    assert [node.address for node in graph.nodes] == ["airports.airports", "airports.bronze.register", "ops.flights"]
    assert [f"{e.upstream}.{e.upstream_column} > {e.downstream}.{e.downstream_column}" for e in graph.columns] == [
        "airports.airports.time_zone > ops.flights.delay",
        "airports.bronze.register.name > airports.airports.name",
        "airports.bronze.register.tz > airports.airports.time_zone",
    ]


def test_one_column_up(catalog: Catalog) -> None:
    graph = catalog.lineage("ops.flights", column="flight_id")
    assert [f"{e.upstream}.{e.upstream_column} > {e.downstream}.{e.downstream_column}" for e in graph.columns] == [
        "ops.bronze.feed.no > ops.silver.clean.number",
        "ops.silver.clean.number > ops.flights.flight_id",
    ]
    assert [node.address for node in graph.nodes] == ["ops.bronze.feed", "ops.flights", "ops.silver.clean"]
    assert [(edge.upstream, edge.downstream) for edge in graph.edges] == [
        ("ops.bronze.feed", "ops.silver.clean"),
        ("ops.silver.clean", "ops.flights"),
    ]


def test_one_column_down(catalog: Catalog) -> None:
    graph = catalog.lineage("airports.bronze.register", "downstream", column="tz")
    assert [(e.downstream, e.downstream_column, e.kind) for e in graph.columns] == [
        ("ops.flights", "delay", "sql"),
        ("airports.airports", "time_zone", "sql"),
    ]


def test_depth_stops_the_walk(catalog: Catalog) -> None:
    graph = catalog.lineage("ops.flights", depth=1)
    assert [node.address for node in graph.nodes] == ["airports.airports", "ops.flights", "ops.silver.clean"]
    assert {edge.downstream for edge in graph.columns} == {"ops.flights"}
    assert len(catalog.lineage("ops.flights", column="flight_id", depth=1).columns) == 1


def test_only_the_newest_publication_counts(catalog: Catalog) -> None:
    catalog.register(flights(4, inputs={"silver.clean": None}, lineage=(), lineage_kind=""))
    assert [edge.upstream for edge in catalog.lineage("ops.flights", depth=1).edges] == ["ops.silver.clean"]
    assert catalog.lineage("airports.airports", "downstream").edges == ()
    catalog.register(flights(2))
    assert catalog.lineage("airports.airports", "downstream").edges == ()


def test_an_internal_asset_is_replaced(catalog: Catalog) -> None:
    feed = {"bronze.feed": 4}
    lineage = [LineageRecord("number", "bronze.feed", "no"), LineageRecord("delay", "bronze.feed", "dep_delay")]
    assert not catalog.register_internal("ops.silver.clean", feed, lineage, lineage_kind="sql")
    assert catalog.register_internal("ops.silver.clean", {"bronze.other": 1})
    graph = catalog.lineage("ops.silver.clean")
    assert [(node.address, node.kind) for node in graph.nodes] == [
        ("ops.bronze.other", "unregistered"),
        ("ops.silver.clean", "internal"),
    ]
    assert graph.columns == ()


def test_an_unknown_address_is_told(catalog: Catalog) -> None:
    with pytest.raises(UnknownAddressError, match=r"no port or internal asset 'ops\.flight'"):
        catalog.lineage("ops.flight")


def test_a_circle_ends(catalog: Catalog) -> None:
    catalog.register_internal("ops.bronze.feed", {"ops.flights": 3}, [LineageRecord("no", "ops.flights", "flight_id")])
    assert len(catalog.lineage("ops.flights").nodes) == 5
    assert len(catalog.lineage("ops.flights", column="flight_id").columns) == 3


def test_a_thousand_consumers(catalog: Catalog) -> None:
    for number in range(1000):
        catalog.register_internal(f"planning.silver.s{number}", {"ops.flights": 3})
    assert len(catalog.lineage("ops.flights", "downstream").edges) == 1000
