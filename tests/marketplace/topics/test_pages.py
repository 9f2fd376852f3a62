"""The pages as a client gets them: what they say, what they do with parameters, and hostile text."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import quote
from xml.etree import ElementTree as Xml

import pytest

from mesh_core.catalog import CharterDeclaration, FailedPublication
from mesh_core.governance import Entity, Term
from mesh_core.marketplace.pages import lineage

if TYPE_CHECKING:
    from fastapi.testclient import TestClient

    from ..small_mesh import SmallMesh

HOSTILE = '"><script>alert(1)</script>'
ATOM = "{http://www.w3.org/2005/Atom}"


def test_the_map_shows_domains_and_flows_as_a_drawing_and_as_tables(client: TestClient) -> None:
    page = client.get("/domains").text
    assert 'aria-label="insight: consumer-aligned, 1 port"' in page
    assert page.count("marker-end=") == 1
    assert "insight reads 1 port of shop: shop.orders; 3 rows" in page
    ports = client.get("/domains?view=ports").text
    assert "insight.revenue reads shop.orders" in ports
    only = client.get("/domains?view=ports&domain=clients").text
    assert "clients.customers" in only
    assert "shop.orders" not in only


def test_a_domain_says_who_and_how_to_reach_them(client: TestClient) -> None:
    page = client.get("/domains/clients").text
    for text in ("Client team", "mailto:karl@mesh.example", "https://chat.mesh.example/clients", "Knows who buys."):
        assert text in page


def test_lineage_one_way_and_by_depth(client: TestClient) -> None:
    whole = client.get("/ports/insight.revenue/lineage").text
    assert "shop.bronze.orders_feed" in whole
    near = client.get("/ports/insight.revenue/lineage?depth=1").text
    assert "shop.orders" in near
    assert "shop.bronze.orders_feed" not in near
    down = client.get("/ports/insight.revenue/lineage?direction=downstream").text
    assert "shop.orders" not in down
    assert "Nothing in the mesh reads it yet." in down


@pytest.mark.parametrize("query", ["column=nosuch", "depth=99", "direction=sideways", "depth=&column=&direction="])
def test_a_choice_that_there_is_not_is_the_usual_one(client: TestClient, query: str) -> None:
    answer = client.get(f"/ports/insight.revenue/lineage?{query}")
    assert answer.status_code == 200
    assert answer.text.count('aria-current="true">both') == 1


def test_a_term_says_how_each_link_was_found(client: TestClient) -> None:
    page = client.get("/glossary/turnover").text  # a synonym of revenue
    assert "The sum of all orders of a day in euros" in page
    assert "Is called so" in page
    assert "insight.revenue" in page


def test_an_entity_says_who_carries_it(client: TestClient) -> None:
    page = client.get("/entities/customer").text
    for text in ("clients.customers", "shop.orders", "entity:customer", "register"):
        assert text in page


@pytest.mark.parametrize(
    ("path", "remedy"),
    [
        ("/domains/shpo", "shop"),
        ("/glossary/revenu", "revenue"),
        ("/entities/custmer", "customer"),
        ("/ports/shop.ordrs/lineage", "shop.orders"),
    ],
)
def test_a_name_that_is_nearly_right_is_told(client: TestClient, path: str, remedy: str) -> None:
    answer = client.get(path, headers={"Accept": "text/html"})
    assert answer.status_code == 404
    assert remedy in answer.text


@pytest.mark.parametrize(
    "path",
    [
        f"/domains/{quote(HOSTILE, safe='')}",
        f"/glossary/{quote(HOSTILE, safe='')}",
        f"/entities/{quote(HOSTILE, safe='')}",
        f"/glossary?q={quote(HOSTILE)}",
        f"/changes?domain={quote(HOSTILE)}&type={quote(HOSTILE)}",
        f"/domains?view={quote(HOSTILE)}&domain={quote(HOSTILE)}",
        f"/ports/insight.revenue/lineage?column={quote(HOSTILE)}",
        "/glossary/" + "x" * 5000,
        "/entities/%00",
        "/domains/..%2f..%2fetc",
        "/changes?before=-5",
        "/changes?before=99999999999",
        "/insights?days=-1",
    ],
)
def test_a_hostile_url_is_harmless(client: TestClient, path: str) -> None:
    answer = client.get(path, headers={"Accept": "text/html"})
    assert answer.status_code in {200, 404}
    assert "<script>alert" not in answer.text


def test_hostile_text_in_the_catalog_is_shown_as_text(own_mesh: SmallMesh, own_client: TestClient) -> None:
    with own_mesh.catalog() as catalog:
        known = catalog.charter()
        term = Term(term="evil/term", definition=HOSTILE, owner=HOSTILE, synonyms=(HOSTILE,), defined_by=HOSTILE)
        entity = Entity(name=HOSTILE, port=HOSTILE, id_column=HOSTILE, tag=HOSTILE, description=HOSTILE)
        charter = CharterDeclaration(terms=(*known.terms, term), entities=(*known.entities, entity))
        catalog.declare_charter(charter, "2026-11-21T09:00:00+00:00")
        catalog.register_failure(
            FailedPublication(
                address="shop.orders", run_id="x", failed_at="2099-11-21T10:00:00+00:00", error=f"{HOSTILE}\x00\x1b"
            )
        )
    for path in (
        "/glossary",
        "/glossary/evil%2Fterm",
        "/entities",
        f"/entities/{quote(HOSTILE, safe='')}",
        "/changes",
        "/domains/shop",
    ):
        answer = own_client.get(path)
        assert answer.status_code == 200, path
        assert "<script>alert" not in answer.text, path
        assert "&lt;script&gt;" in answer.text, path
    feed = Xml.fromstring(own_client.get("/changes.atom").content)
    assert feed.findtext(f"{ATOM}entry/{ATOM}title") == f"shop.orders could not be published: {HOSTILE}\ufffd\ufffd"


def test_the_feed_has_what_atom_asks_for(client: TestClient) -> None:
    answer = client.get("/changes.atom?domain=shop&type=port.published")
    assert answer.headers["content-type"].startswith("application/atom+xml")
    feed = Xml.fromstring(answer.content)
    for name in ("id", "title", "updated", "author"):
        assert feed.find(ATOM + name) is not None
    entries = feed.findall(f"{ATOM}entry")
    assert [entry.findtext(f"{ATOM}title") for entry in entries] == [
        "shop.orders was published as version 0 with 3 rows"
    ]
    assert (entries[0].findtext(f"{ATOM}id") or "").startswith("urn:uuid:")
    link = entries[0].find(f"{ATOM}link")
    assert link is not None
    assert link.get("href") == "http://127.0.0.1/ports/shop.orders"


def test_changes_are_filtered_and_paged(client: TestClient) -> None:
    page = client.get("/changes?domain=insight&type=port.published").text
    assert "insight.revenue" in page
    assert "shop.orders</a> was" not in page
    assert 'href="/changes.atom?domain=insight&amp;type=port.published"' in page


def test_too_many_tables_are_listed_and_drawn_when_asked(client: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lineage, "DRAWABLE", 2)
    listed = client.get("/ports/insight.revenue/lineage?depth=3").text
    assert "These are 3 tables" in listed
    assert 'class="graph' not in listed
    assert "shop.bronze.orders_feed" in listed
    assert 'href="/ports/insight.revenue/lineage?depth=3&amp;draw_all=1"' in listed
    assert 'class="graph' in client.get("/ports/insight.revenue/lineage?depth=3&draw_all=1").text


def test_a_domain_that_was_withdrawn_still_shows_what_it_published(own_mesh: SmallMesh, own_client: TestClient) -> None:
    with own_mesh.catalog() as catalog:
        catalog.withdraw("clients", "2026-11-21T09:00:00+00:00")
    page = own_client.get("/domains/clients")
    assert page.status_code == 200
    assert "does not declare anything" in page.text
    assert "clients.customers" in page.text
    assert "clients.customers" not in own_client.get("/domains?view=ports").text


def test_insights_tell_what_is_not_recorded(client: TestClient) -> None:
    page = client.get("/insights?days=7").text
    assert 'aria-current="true">7 days' in page
    assert "insight took 3 rows from shop" in page
    time_to_use = page.partition("Lead time to use")[2][:60]
    assert "not recorded" in time_to_use
