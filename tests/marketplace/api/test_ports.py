"""What a consumer's program learns of a port."""

import msgspec
import pytest
from fastapi.testclient import TestClient

from mesh_core.marketplace.app import create_app

from ..small_mesh import SmallMesh

API = "/api/v1"
ORDERS = f"{API}/ports/shop.orders"
REVENUE = f"{API}/ports/insight.revenue"


def test_a_port(client: TestClient) -> None:
    card = client.get(ORDERS).json()
    assert (card["address"], card["uri"], card["rows"]) == ("shop.orders", "mesh://shop/orders/v1", 3)
    assert card["consumers"] == ["insight.revenue"]
    assert [column["name"] for column in card["columns"]] == ["order_id", "customer", "amount", "ordered_on"]
    assert card["columns"][1]["entity"] == "customer"


def test_an_unknown_port_is_told_with_near_ones(client: TestClient) -> None:
    answer = client.get(f"{API}/ports/shop.order")
    assert (answer.status_code, answer.headers["content-type"]) == (404, "application/problem+json")
    assert answer.json() == {
        "type": "urn:mesh:problem:unknown-address",
        "title": "Not Found",
        "status": 404,
        "detail": "the catalog knows no port shop.order",
        "remedy": "Did you mean shop.orders?",
        "code": "unknown-address",
        "errors": [],
    }


def test_the_contract_as_its_domain_wrote_it(client: TestClient, small_mesh: SmallMesh) -> None:
    written = msgspec.yaml.decode(small_mesh.tiny.file("domains/shop/orders/orders.contract.yaml").read_bytes())
    assert client.get(f"{ORDERS}/contract").json() == written
    for answer in (
        client.get(f"{ORDERS}/contract?format=yaml"),
        client.get(f"{ORDERS}/contract", headers={"Accept": "application/yaml"}),
    ):
        assert answer.headers["content-type"] == "application/yaml; charset=utf-8"
        assert msgspec.yaml.decode(answer.content) == written


def test_the_product_as_odps(client: TestClient, small_mesh: SmallMesh) -> None:
    written = msgspec.yaml.decode(small_mesh.tiny.file("domains/shop/orders/product.yaml").read_bytes())
    assert client.get(f"{API}/products/shop.orders/odps?registered=true").json() == written
    told = client.get(f"{API}/products/shop.orders/odps").json()
    assert (told["kind"], told["id"]) == ("DataProduct", "shop.orders")
    assert client.get(f"{API}/products/shop.orders").json()["ports"][0]["address"] == "shop.orders"


def test_the_schema_in_several_tongues(client: TestClient) -> None:
    assert client.get(f"{REVENUE}/schema").json()["granularity"] == "One row for each day with orders."
    sql = client.get(f"{REVENUE}/schema?format=sql")
    assert (sql.headers["content-type"], "CREATE TABLE" in sql.text) == ("application/sql", True)
    assert client.get(f"{REVENUE}/schema?format=json-schema").json()["required"] == ["day", "orders", "revenue"]
    assert client.get(f"{REVENUE}/schema?format=avro").json()["type"] == "record"
    assert "sources:" in client.get(f"{REVENUE}/schema?format=dbt-sources").text
    assert client.get(f"{REVENUE}/schema?format=xml").status_code == 422


def test_lineage_by_table_and_column(client: TestClient) -> None:
    both = client.get(f"{ORDERS}/lineage").json()
    assert [(node["address"], node["kind"]) for node in both["nodes"]] == [
        ("insight.revenue", "port"),
        ("shop.bronze.orders_feed", "internal"),
        ("shop.orders", "port"),
    ]
    assert both["source"] == "recorded"
    assert {(edge["upstream"], edge["downstream"]) for edge in both["edges"]} == {
        ("shop.bronze.orders_feed", "shop.orders"),
        ("shop.orders", "insight.revenue"),
    }
    amount = client.get(f"{ORDERS}/lineage?direction=downstream&column=amount").json()
    assert [(edge["upstream_column"], edge["downstream_column"]) for edge in amount["columns"]] == [
        ("amount", "revenue")
    ]
    upstream = client.get(f"{REVENUE}/lineage?direction=upstream&depth=1").json()
    assert [node["address"] for node in upstream["nodes"]] == ["insight.revenue", "shop.orders"]
    wrong = client.get(f"{ORDERS}/lineage?column=price")
    assert (wrong.status_code, wrong.json()["detail"]) == (404, "shop.orders has no column 'price'")


def test_quality_sample_and_profile(client: TestClient) -> None:
    quality = client.get(f"{ORDERS}/quality").json()
    assert [attempt["status"] for attempt in quality["attempts"]] == ["published"]
    assert {"some_orders", "modest_orders"} <= {outcome["check"]["name"] for outcome in quality["outcomes"]}
    one = client.get(f"{ORDERS}/quality?check=some_orders").json()
    assert [outcome["check"]["success"] for outcome in one["outcomes"]] == [True]
    sample = client.get(f"{ORDERS}/sample").json()
    assert sorted(row["amount"] for row in sample["rows"]) == [4.0, 10.5, 20.0]
    assert "example.com" not in client.get(f"{ORDERS}/sample").text
    profile = client.get(f"{ORDERS}/profile").json()
    found = {column["name"]: column for column in profile["columns"]}
    assert (found["amount"]["minimum"], found["amount"]["maximum"]) == ("4.0", "20.0")
    assert (found["customer"]["minimum"], found["customer"]["nulls"]) == (None, 0)


def test_versions_standing_and_joins(client: TestClient) -> None:
    versions = client.get(f"{ORDERS}/versions").json()
    assert [(each["version"], each["status"]) for each in versions["contracts"]] == [("1.0.0", "active")]
    assert [attempt["rows"] for attempt in versions["attempts"]] == [3]
    levels = client.get(f"{ORDERS}/service-levels").json()["levels"]
    assert [level["property"] for level in levels] == ["frequency", "latency", "retention"]
    score = client.get(f"{ORDERS}/trust").json()["trust"]
    assert 0 <= score["score"] <= 100
    joins = client.get(f"{ORDERS}/joins").json()["joins"]
    assert [(join["address"], join["column"], join["other_column"]) for join in joins] == [
        ("clients.customers", "customer", "email")
    ]


@pytest.mark.parametrize(
    "target", ["shop.orders", "mesh://shop/orders/v1", "shop.orders@>=1,<2", "mesh://shop/orders/v1/discovery"]
)
def test_resolve(client: TestClient, target: str) -> None:
    found = client.get(f"{API}/resolve", params={"target": target}).json()
    assert (found["uri"], found["version"], found["status"]) == ("mesh://shop/orders/v1", "1.0.0", "active")
    assert found["endpoint"]["location"].endswith("/lake/shop/orders")
    assert found["table"]["rows"] == 3


@pytest.mark.parametrize(
    ("target", "status", "code"),
    [
        ("shop.orders@>=2", 404, "unresolved"),
        ("shop.nothing", 404, "unknown-address"),
        ("no address", 404, "unknown-address"),
        ("shop.orders@newest", 400, "range"),
        ("", 422, "parameter"),
    ],
)
def test_what_resolves_to_nothing(client: TestClient, target: str, status: int, code: str) -> None:
    answer = client.get(f"{API}/resolve", params={"target": target})
    assert (answer.status_code, answer.json()["code"]) == (status, code)


def test_search_with_facets(client: TestClient) -> None:
    found = client.get(f"{API}/search?q=revenue").json()
    assert found["items"][0]["address"] == "insight.revenue"
    found = client.get(f"{API}/search?q=turnover").json()  # a synonym of the glossary
    assert found["items"][0]["address"] == "insight.revenue"
    browsed = client.get(f"{API}/search?domain=shop&domain=clients&limit=1").json()
    assert (browsed["total"], len(browsed["items"])) == (2, 1)
    assert {value["value"]: value["count"] for value in browsed["facets"]["domain"]} == {
        "clients": 1,
        "insight": 1,
        "shop": 1,
    }
    following = client.get(f"{API}/search?domain=shop&domain=clients&limit=1&cursor={browsed['next']}").json()
    assert following["items"][0]["address"] != browsed["items"][0]["address"]
    assert following["next"] == ""


def test_the_words_of_the_mesh(client: TestClient) -> None:
    assert [term["term"] for term in client.get(f"{API}/glossary").json()["items"]] == ["revenue", "order"]
    assert client.get(f"{API}/glossary/Turnover").json()["term"] == "revenue"
    assert client.get(f"{API}/glossary/revenu").json()["remedy"] == "Did you mean revenue?"
    found = client.get(f"{API}/entities/customer").json()
    assert [(bearer["address"], bearer["column"]) for bearer in found["bearers"]] == [
        ("clients.customers", "email"),
        ("shop.orders", "customer"),
    ]
    orders = found["bearers"][1]
    assert (orders["keys"], orders["resolved"], orders["rows"], orders["resolved_rows"]) == (2, 1, 3, 2)
    assert client.get(f"{API}/entities/order").status_code == 404


def test_feeds_and_figures(client: TestClient) -> None:
    batch = client.get(f"{API}/changes", headers={"Accept": "application/cloudevents-batch+json"})
    assert batch.headers["content-type"] == "application/cloudevents-batch+json"
    assert {event["specversion"] for event in batch.json()} == {"1.0"}
    dcat = client.get(f"{API}/dcat")
    assert dcat.headers["content-type"] == "application/ld+json"
    assert "mesh://" in dcat.text or "shop.orders" in dcat.text
    assert client.get(f"{API}/dcat?address=shop.orders").status_code == 200
    assert client.get(f"{API}/kpis").json()["mesh"]["products"] == 3
    flows = client.get(f"{API}/topology").json()["flows"]
    assert [(flow["upstream"], flow["downstream"]) for flow in flows] == [("shop", "insight")]


def test_reading_is_recorded(own_client: TestClient, own_mesh: SmallMesh) -> None:
    own_client.get(ORDERS)
    own_client.get(f"{ORDERS}/sample")
    own_client.get(f"{API}/search?q=orders")
    own_client.app.state.market.absorb()  # type: ignore[attr-defined]
    with own_mesh.catalog() as catalog:
        uses = {(use.kind, use.address, use.via, use.detail) for use in catalog.uses() if use.via != "input port"}
    assert uses == {
        ("view", "shop.orders", "api", ""),
        ("sample", "shop.orders", "api", ""),
        ("search", "", "api", "orders"),
    }
    assert own_client.get(ORDERS).json()["views"] == 1


def test_a_service_on_this_machine_knows_its_visitor(own_mesh: SmallMesh) -> None:
    settings = msgspec.structs.replace(own_mesh.settings, principal="mara@mesh.example")
    for host, visitor in [("127.0.0.1", "mara@mesh.example"), ("0.0.0.0", "")]:
        with TestClient(create_app(settings, host=host), base_url="http://127.0.0.1") as client:
            client.get(f"{ORDERS}/sample")
            client.app.state.market.absorb()  # type: ignore[attr-defined]
        with own_mesh.catalog() as catalog:
            assert catalog.uses(kinds=["sample"])[0].consumer == visitor, host
