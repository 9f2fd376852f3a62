"""The first page, products, the comparison, and the colours."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from fastapi.testclient import TestClient  # noqa: TC002 - tests are annotated with it

from ..small_mesh import SmallMesh
from .conftest import BROWSER
from .reading import Page

Open = Callable[..., Page]


def test_the_first_page_tells_what_this_mesh_is(page: Open) -> None:
    found = page("/")
    assert "3 products with 3 output ports from 3 domains, 7 rows" in found.text
    assert ("/domains/shop", "shop") in found.links
    assert "Sells things. Shop team, olga@mesh.example" in found.text
    assert ("/ports/insight.revenue", "Revenue") in found.links
    assert found.html.count('type="search"') == 1
    assert 'placeholder="For example: revenue, order"' in found.html


def test_what_is_in_trouble_stands_on_the_first_page(own_page: Open, own_mesh: SmallMesh) -> None:
    own_mesh.tiny.deliver("2026-01-03", ["4,eve@example.com,-1.00,2026-01-03"])
    own_mesh.publish("shop.bronze.orders_feed")
    with pytest.raises(Exception, match="amount"):
        own_mesh.publish("shop.orders")
    assert "failed Orders shop.orders Its newest attempt failed" in own_page("/").text


def test_a_product_has_ports_inputs_and_people(page: Open) -> None:
    found = page("/products/insight.revenue")
    assert found.headings[0] == (1, "Revenue")
    for told in (
        "What the shop earns.",
        "shop.orders version >=1.0.0,<2",
        "owner ines@mesh.example",
        "Revenue of each day.",
    ):
        assert told in found.text, told
    assert ("/ports/shop.orders", "shop.orders") in found.links
    customers = page("/products/clients.customers")
    assert ("https://chat.mesh.example/clients", "#clients") in customers.links
    assert "It reads no other product." in customers.text
    assert "insight.revenue" in page("/products/shop.orders").text


def test_an_unknown_product_leads_to_near_ones(page: Open) -> None:
    assert ("/products/shop.orders", "shop.orders") in page("/products/shop.ordrs", 404).links


def test_two_ports_side_by_side(page: Open) -> None:
    found = page("/compare?port=shop.orders&port=insight.revenue")
    assert found.headings[0] == (1, "Orders and Revenue")
    for told in (
        "Status same",
        "Rows differs 3",
        "Each row differs One row for each order. One row for each day with orders.",
        "Owner differs Shop team Insight team",
        "customer VARCHAR required, restricted – only in shop.orders",  # noqa: RUF001
        "revenue – DOUBLE required, internal only in insight.revenue",  # noqa: RUF001
    ):
        assert told in found.text, told


def test_columns_of_one_entity_stand_beside_each_other(page: Open) -> None:
    found = page("/compare?port=shop.orders&port=clients.customers")
    assert (
        "customer entity customer VARCHAR required, restricted email VARCHAR key, restricted other name, same entity"
        in found.text
    )


def test_the_same_port_twice_or_none_asks_for_another(page: Open) -> None:
    one = page("/compare?port=insight.revenue&port=insight.revenue")
    assert "insight.revenue and which other port?" in one.text
    assert ("/compare?port=insight.revenue&port=shop.orders", "Orders") in one.links
    assert "Choose two or three ports." in page("/compare").text
    wrong = page("/compare?port=insight.revenue&port=shop.ordres")
    assert "the catalog knows no port shop.ordres. Did you mean shop.orders" in wrong.text


def test_a_fourth_port_is_left_out_and_named(page: Open) -> None:
    names = ["shop.orders", "insight.revenue", "clients.customers"]
    three = "&".join(f"port={name}" for name in names)
    assert page(f"/compare?{three}").headings[0] == (1, "Orders, Revenue and Customers")
    assert "left out" not in page(f"/compare?{three}&port=mesh://shop/orders/v1").text


@pytest.mark.parametrize(("theme", "kept"), [("dark", 'data-theme="dark"'), ("light", 'data-theme="light"')])
def test_the_colours_are_kept_in_a_cookie(own_client: TestClient, theme: str, kept: str) -> None:
    assert "data-theme" not in own_client.get("/search", headers=BROWSER).text
    answer = own_client.post(f"/theme/{theme}?back=/search%3Fq%3Dx", headers=BROWSER, follow_redirects=False)
    assert (answer.status_code, answer.headers["location"]) == (303, "/search?q=x")
    assert "HttpOnly" in answer.headers["set-cookie"]
    assert kept in own_client.get("/search", headers=BROWSER).text
    own_client.post("/theme/auto?back=/", headers=BROWSER)
    assert "data-theme" not in own_client.get("/search", headers=BROWSER).text


@pytest.mark.parametrize(
    "back", ["//evil.example", "/\\evil.example", "https://evil.example", "/%0d%0aSet-Cookie:a=b", "javascript:x", ""]
)
def test_the_way_back_stays_here(own_client: TestClient, back: str) -> None:
    answer = own_client.post(f"/theme/dark?back={back}", headers=BROWSER, follow_redirects=False)
    assert answer.headers["location"] == "/"


def test_a_colour_that_there_is_not_changes_nothing(own_client: TestClient) -> None:
    own_client.cookies.set("theme", '"><script>')
    assert "<script>" not in own_client.get("/", headers=BROWSER).text.replace('<script src="/static/', "")
