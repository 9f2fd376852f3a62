"""The search page: the URL is the state, and everything on it is a link or a plain form."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

import pytest
from fastapi.testclient import TestClient
from starlette.datastructures import QueryParams

from mesh_core.catalog import Catalog
from mesh_core.marketplace.app import create_app
from mesh_core.marketplace.pages.search import query_of, search_url
from mesh_core.search import Query
from mesh_core.settings import Settings

from .conftest import BROWSER
from .reading import Page

Open = Callable[..., Page]


def names(found: Page) -> list[str]:
    """The addresses that were found, in order."""
    return [given["value"] for tag, given in found.tags if tag == "input" and given.get("type") == "checkbox"]


def test_words_find_a_port_and_show_where(page: Open) -> None:
    found = page("/search?q=ordered")
    assert names(found)[0] == "shop.orders"
    assert "<mark>ordered</mark>" in found.html
    assert "Found in " in found.text
    assert found.headings[:2] == [(1, "Products"), (2, "Orders")]


def test_without_words_everything_is_there(page: Open) -> None:
    found = page("/search")
    assert sorted(names(found)) == ["clients.customers", "insight.revenue", "shop.orders"]
    assert "3 ports" in found.text


def test_a_facet_narrows_and_its_chip_widens_again(page: Open) -> None:
    [url] = [url for url, text in page("/search").links if text.startswith("insight 1")]
    narrowed = page(url)
    assert names(narrowed) == ["insight.revenue"]
    [chip] = [given for tag, given in narrowed.tags if given.get("aria-label") == "Remove Domain: insight"]
    assert chip["href"] == "/search"
    # Values of one facet widen: the other domains are still offered.
    [both] = [url for url, text in narrowed.links if text.startswith("shop 1")]
    assert sorted(names(page(both))) == ["insight.revenue", "shop.orders"]


def test_the_form_keeps_what_was_chosen(page: Open) -> None:
    found = page("/search?q=revenue&domain=insight&sort=newest")
    hidden = [(given["name"], given["value"]) for tag, given in found.tags if given.get("type") == "hidden"]
    assert hidden == [("domain", "insight"), ("sort", "newest")]
    assert 'value="revenue"' in found.html


def test_a_misspelt_word_is_taken_for_what_was_meant(page: Open) -> None:
    found = page("/search?q=revenu")
    assert "insight.revenue" in names(found)


def test_nothing_found_says_what_to_do(page: Open) -> None:
    found = page("/search?q=xylophone&domain=shop")
    assert "0 ports" in found.text
    assert "Nothing was found" in found.text
    assert found.link("Remove all filters") == "/search?q=xylophone"
    assert found.link("Browse all 3 ports") == "/search"


def test_two_can_be_ticked_and_compared(page: Open) -> None:
    found = page("/search")
    assert ("form", {"action": "/compare", "class": "hits"}) in found.tags
    assert page("/compare?port=shop.orders&port=insight.revenue").headings[0][0] == 1


@pytest.mark.parametrize(
    "url",
    [
        "/search?page=0",
        "/search?page=-1",
        "/search?page=99999999999999999999",
        "/search?page=%C2%B2",
        "/search?page=abc&sort=upside",
        "/search?q=%00%22%27%3B+DROP+TABLE+ports%3B--",
        "/search?q=((%5B%2A%3F~%5E%3A%2F%5C",
        "/search?q=" + "a+" * 2000,
        "/search?domain=&domain=nowhere&tag=%3Cscript%3E",
        "/search?q=" + "%F0%9F%92%A9" * 50,
        "/search?unknown=1",
    ],
)
def test_whatever_is_in_the_url_the_page_answers(page: Open, url: str) -> None:
    found = page(url)
    assert found.headings[0] == (1, "Products")
    assert "<script>" not in found.html.replace('<script src="/static/', "")


def test_the_url_is_the_state() -> None:
    query = Query(words="a & b", domain=("x", "y z"), slo=("at risk",), sort="trust", page=3)
    url = search_url(query, page=3)
    assert url == "/search?q=a+%26+b&domain=x&domain=y+z&slo=at+risk&sort=trust&page=3"
    assert query_of(QueryParams(urlsplit(url).query)) == query
    assert parse_qsl(urlsplit(search_url(query, sort="relevance")).query)[-1] == ("slo", "at risk")


def test_an_empty_catalog_says_how_to_fill_it(tmp_path: Path, settings_of: Callable[[Path], Settings]) -> None:
    settings = settings_of(tmp_path)
    Catalog(settings.catalog_url).close()
    with TestClient(create_app(settings), base_url="http://127.0.0.1") as client:
        search = Page(client.get("/search", headers=BROWSER).text)
        home = Page(client.get("/", headers=BROWSER).text)
    assert "The catalog is empty" in search.text
    assert "No domain has registered yet." in home.text
