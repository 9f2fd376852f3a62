"""The page of a port over the small mesh; the numbers are those of its three orders and two customers."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from fastapi.testclient import TestClient

from mesh_core.catalog import Use
from mesh_core.catalog.journal import Journal

from ..small_mesh import SmallMesh, declare
from .conftest import BROWSER
from .reading import Page

Open = Callable[..., Page]


def test_a_stranger_learns_what_it_is_and_who_answers(page: Open) -> None:
    found = page("/ports/shop.orders")
    assert found.headings[0] == (1, "Orders")
    for told in (
        "mesh://shop/orders/v1",
        "What was ordered, by whom and when.",
        "Limitations Cancelled orders stay.",
        "Rows 3",
        "owner olga@mesh.example",
        "steward stig@mesh.example",
        "curator cara@mesh.example",
        "Made by sql, source-aligned",
    ):
        assert told in found.text
    assert ("mailto:olga@mesh.example", "olga@mesh.example") in found.links
    assert ("https://mesh.example/orders", "mesh.example/orders") in found.links


def test_headings_do_not_skip_a_level_and_ids_are_single(page: Open) -> None:
    found = page("/ports/shop.orders")
    levels = [level for level, _ in found.headings]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after - before <= 1 for before, after in pairwise(levels))
    assert len(found.ids) == len(set(found.ids))
    inside = {url[1:] for url in found.urls() if url.startswith("#")}
    assert inside <= set(found.ids)
    assert {"about", "trust", "service-levels", "contract", "columns", "sample", "use", "joins", "flow"} <= inside


def test_the_contract_is_told_in_sentences(page: Open) -> None:
    contract = page("/ports/shop.orders").section("contract").text
    for told in (
        "Each row One row for each order.",
        "Key order_id is never null and stands on one row only.",
        "A publication Replaces all rows.",
        "readers keep the version before",
        "can be read for at least 30 days",
        "customer is restricted: those who may not see it get it masked.",
        "comes as version 2, beside this one",
        "kept A shop without orders is closed.",
        "kept Orders above a thousand are looked at by hand. modest_orders is reported",
    ):
        assert told in contract, told


def test_columns_lead_to_their_lineage_and_entities(page: Open) -> None:
    columns = page("/ports/insight.revenue").section("columns")
    assert "revenue DOUBLE required Their sum in euros. Made from shop.orders.amount internal" in columns.text
    assert "/ports/insight.revenue/lineage?column=revenue" in columns.urls()
    orders = page("/ports/shop.orders").section("columns")
    assert "order_id BIGINT key" in orders.text
    assert "Identifies customer: clients.customers knows 1 of 2 ids; unknown: 1, in 1 row." in orders.text
    assert orders.link("customer") == "/entities/customer"


def test_no_value_of_a_restricted_column_is_on_the_page(page: Open) -> None:
    found = page("/ports/shop.orders")
    assert "example.com" not in found.html
    sample = found.section("sample").text
    assert "3 rows of 3" in sample
    assert "10.5 2026-01-01" in sample
    assert "amount 0 " in sample
    assert "customer 0 2 hidden" in sample
    assert "hidden" in sample
    assert "ordered_on 0" in sample
    assert "2026-01-01 2026-01-02" in sample


def test_it_tells_what_it_is_made_from_and_who_reads_it(page: Open) -> None:
    flow = page("/ports/insight.revenue").section("flow")
    assert "shop.orders version 0, the newest" in flow.text
    assert "No product declares to read it." in flow.text
    orders = page("/ports/shop.orders").section("flow")
    assert "insight.revenue declares it as input" in orders.text
    assert "/products/insight.revenue" in orders.urls()


def test_it_links_to_everything_about_it(page: Open) -> None:
    found = page("/ports/shop.orders")
    assert found.link("Lineage graph") == "/ports/shop.orders/lineage"
    assert found.link("Contract (ODCS)") == "/api/v1/ports/shop.orders/contract?format=yaml"
    assert found.link("Product (ODPS)") == "/api/v1/products/shop.orders/odps"
    assert found.link("JSON of this port") == "/api/v1/ports/shop.orders"
    assert found.link("Orders") == "/products/shop.orders"
    assert "Asset in Dagster" not in found.text


@pytest.mark.parametrize("link", ["Contract (ODCS)", "Product (ODPS)", "JSON of this port", "Orders", "Lineage graph"])
def test_its_links_lead_somewhere(page: Open, client: TestClient, link: str) -> None:
    assert client.get(page("/ports/shop.orders").link(link), headers=BROWSER).status_code == 200


def test_dagster_is_linked_where_it_is_known(own_mesh: SmallMesh) -> None:
    import msgspec

    from mesh_core.marketplace.app import create_app

    settings = msgspec.structs.replace(own_mesh.settings, dagster_url="http://127.0.0.1:3000/")
    with TestClient(create_app(settings), base_url="http://127.0.0.1") as client:
        found = Page(client.get("/ports/shop.orders", headers=BROWSER).text)
    assert found.link("Asset in Dagster") == "http://127.0.0.1:3000/assets/shop/orders"


def test_a_view_is_noted(own_page: Open, own_mesh: SmallMesh) -> None:
    journal = Journal(own_mesh.settings.home / "journal")
    with own_mesh.catalog() as catalog:
        catalog.absorb(journal)
        before = len(catalog.uses("insight.revenue"))
        own_page("/ports/insight.revenue")
        own_page("/ports/insight.revenue")
        catalog.absorb(journal)
        uses = catalog.uses("insight.revenue")
    assert len(uses) == before + 2
    assert {(use.kind, use.via) for use in uses} == {("view", "web")}


def test_the_history_is_drawn_and_written(own_page: Open, own_mesh: SmallMesh) -> None:
    assert "<svg" not in own_page("/ports/shop.orders").section("history").html.replace('<svg class="icon"', "")
    own_mesh.tiny.deliver("2026-01-03", ["4,eve@example.com,1.00,2026-01-03"])
    for name in ("shop.bronze.orders_feed", "shop.orders"):
        own_mesh.publish(name)
    history = own_page("/ports/shop.orders").section("history")
    assert "From 3 rows to 4 rows in 2 publications." in history.html
    titles = [given for tag, given in history.tags if tag == "svg" and given.get("role") == "img"]
    assert [given["aria-labelledby"] for given in titles] == ["rows-title rows-desc", "checks-title checks-desc"]
    assert history.text.count("published ") >= 2


def test_a_failed_attempt_is_told_on_top(own_page: Open, own_mesh: SmallMesh) -> None:
    own_mesh.tiny.deliver("2026-01-03", ["4,eve@example.com,-1.00,2026-01-03"])
    own_mesh.publish("shop.bronze.orders_feed")
    with pytest.raises(Exception, match="amount"):
        own_mesh.publish("shop.orders")
    found = own_page("/ports/shop.orders")
    assert "The newest attempt failed just now. Readers still get version 0" in found.text
    assert "failed" in found.section("history").text


def test_a_deprecation_is_told_with_date_and_successor(own_page: Open, own_mesh: SmallMesh) -> None:
    tiny, contract = own_mesh.tiny, "domains/insight/revenue/revenue.contract.yaml"
    tiny.edit(contract, "status: active", "status: deprecated")
    tiny.edit(
        contract,
        "slaProperties:\n",
        "slaProperties:\n  - {property: endOfSupport, value: '2099-12-31'}\n",
    )
    declare(own_mesh.settings)
    found = own_page("/ports/insight.revenue")
    assert "Deprecated. Support ends on 2099-12-31" in found.text
    assert "days left). No successor is named." in found.text


@pytest.mark.parametrize(
    ("successor", "told"),
    [
        ("mesh://shop/orders/v1", "Move to shop.orders; what differs."),
        ("mesh://shop/orders/v9", "Move to mesh://shop/orders/v9."),
        ("javascript:alert(1)", "Move to javascript:alert(1)."),
    ],
)
def test_a_named_successor_is_a_link_if_it_is_there(
    own_page: Open, own_mesh: SmallMesh, successor: str, told: str
) -> None:
    tiny, contract = own_mesh.tiny, "domains/insight/revenue/revenue.contract.yaml"
    tiny.edit(contract, "status: active", "status: deprecated")
    tiny.edit(
        contract,
        "slaProperties:\n",
        f'customProperties:\n  - {{property: successor, value: "{successor}"}}\nslaProperties:\n',
    )
    declare(own_mesh.settings)
    found = own_page("/ports/insight.revenue")
    assert told in found.text
    assert ("what differs" in [text for _, text in found.links]) == (successor == "mesh://shop/orders/v1")
    assert not [url for url in found.urls() if url.startswith("javascript")]


def test_a_withdrawn_port_says_so(own_page: Open, own_mesh: SmallMesh) -> None:
    with own_mesh.catalog() as catalog:
        catalog.withdraw("insight", "2026-11-21T10:00:00+00:00")
    assert "Withdrawn. Its domain ceased to declare it" in own_page("/ports/insight.revenue").text


def test_other_spellings_lead_to_the_page(client: TestClient) -> None:
    answer = client.get("/ports/shop.orders_v1", headers=BROWSER, follow_redirects=False)
    assert (answer.status_code, answer.headers["location"]) == (308, "/ports/shop.orders")


@pytest.mark.parametrize(
    ("url", "near"),
    [("/ports/shop.order", "shop.orders"), ("/ports/insight.revenues", "insight.revenue")],
)
def test_a_wrong_address_leads_to_near_ones(page: Open, url: str, near: str) -> None:
    found = page(url, 404)
    assert found.headings == [(1, "There is nothing here")]
    assert (f"/ports/{near}", near) in found.links


@pytest.mark.parametrize(
    "url", ["/ports/%3Cscript%3Ealert(1)%3C%2Fscript%3E", "/products/a%00b", "/ports/" + "x" * 5000]
)
def test_no_address_at_all_is_not_found(page: Open, url: str) -> None:
    found = page(url, 404)
    assert "<script>alert" not in found.html
    assert len(found.html) < 20_000


def test_who_was_seen_to_read_it_is_counted(own_page: Open, own_mesh: SmallMesh) -> None:
    now = datetime.now(UTC)
    uses = [
        Use(kind="read", address="shop.orders", at=(now - timedelta(days=day)).isoformat(), consumer=who, via=via)
        for day, who, via in ((0, "ada", "query"), (1, "ada", "query"), (2, "", "python"), (100, "old", "query"))
    ]
    with own_mesh.catalog() as catalog:
        catalog.record_uses(uses)
    flow = own_page("/ports/shop.orders").section("flow").text
    assert "ada 2 reads by query, last just now" in flow
    assert "somebody unknown 1 read by python, last 2 days ago" in flow
    assert "old" not in flow.replace("shop.orders", "")


def test_measured_service_levels_have_a_chart_and_its_numbers(own_page: Open, own_mesh: SmallMesh) -> None:
    own_mesh.publish("shop.orders")
    own_mesh.publish("shop.orders")
    levels = own_page("/ports/shop.orders").section("service-levels")
    drawn = [given for tag, given in levels.tags if tag == "svg" and given.get("class") == "spark"]
    assert drawn[0]["aria-labelledby"] == "spark-1-title"
    assert "frequency met" in levels.text
    assert "100 % left" in levels.text
    assert "3 measured values" in levels.text
    declared = own_page("/ports/clients.customers").section("service-levels").text
    assert "generalAvailability declared only" in declared
