"""mesh lineage"""

from __future__ import annotations

from mesh_core.testing import TinyMesh

from .calling import Mesh


def test_both_ways_with_versions(mesh: Mesh, published: TinyMesh) -> None:
    answer = mesh("lineage", "shop.orders", "--root", published.root)
    assert answer.out.splitlines() == [
        "shop.orders is made from",
        "└── shop.bronze.orders_feed v0",
        "shop.orders is read by",
        "└── insight.revenue",
    ]


def test_one_way(mesh: Mesh, published: TinyMesh) -> None:
    answer = mesh("lineage", "insight.revenue", "--upstream", "--root", published.root)
    assert answer.out.splitlines() == [
        "insight.revenue is made from",
        "└── shop.orders v0",
        "    └── shop.bronze.orders_feed v0",
    ]


def test_an_internal_asset(mesh: Mesh, published: TinyMesh) -> None:
    answer = mesh("lineage", "shop.bronze.orders_feed", "--downstream", "--root", published.root)
    assert answer.out.splitlines() == [
        "shop.bronze.orders_feed is read by",
        "└── shop.orders",
        "    └── insight.revenue",
    ]


def test_column_by_column(mesh: Mesh, published: TinyMesh) -> None:
    answer = mesh("lineage", "insight.revenue", "--upstream", "--columns", "--root", published.root)
    assert answer.out.splitlines() == [
        "insight.revenue is made from",
        "├── day",
        "│   └── shop.orders.ordered_on",
        "│       └── shop.bronze.orders_feed.ordered_on",
        "└── revenue",
        "    └── shop.orders.amount",
        "        └── shop.bronze.orders_feed.amount",
    ]


def test_json_is_one_graph(mesh: Mesh, published: TinyMesh) -> None:
    told = mesh("lineage", "shop.orders", "--json", "--root", published.root).json
    assert told["source"] == "catalog"
    assert told["edges"] == [
        {"upstream": "shop.bronze.orders_feed", "downstream": "shop.orders", "version": 0},
        {"upstream": "shop.orders", "downstream": "insight.revenue", "version": 0},
    ]
    assert {
        "upstream": "shop.orders",
        "upstream_column": "amount",
        "downstream": "insight.revenue",
        "downstream_column": "revenue",
        "kind": "sql",
    } in told["columns"]


def test_before_the_first_publication_what_is_declared(mesh: Mesh, tiny: TinyMesh) -> None:
    answer = mesh("lineage", "shop.orders", "--root", tiny.root)
    assert answer.out.splitlines() == [
        "shop.orders is made from",
        "└── shop.bronze.orders_feed",
        "shop.orders is read by",
        "└── insight.revenue",
    ]
    assert answer.err.startswith("Never published: this is what the tree declares")
