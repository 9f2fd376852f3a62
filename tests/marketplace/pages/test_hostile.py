"""Whatever a descriptor, a row or a URL holds, a page shows it as text: nothing of it runs and nothing is followed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

import msgspec
import pytest

from mesh_core.catalog import DomainDeclaration

from ..small_mesh import SmallMesh
from .reading import Page

Open = Callable[..., Page]

SCRIPT = "<script>alert(1)</script>"
BREAKOUT = "\"'><img src=x onerror=alert(1)>{{ 7*7 }}{% raw %}"
HOSTILE = SCRIPT + BREAKOUT
BAD_URL = "javascript:alert(1)//https://x.example"
KEPT = frozenset(
    {"apiVersion", "kind", "id", "version", "status", "domain", "dataProduct", "logicalType", "physicalType", "type"}
    | {"classification", "severity", "metric", "query", "server", "environment", "path", "format", "property", "value"}
    | {"unit", "primaryKeyPosition", "dimension", "contractId", "kind", "tool", "scope"}
)
"""Keys whose values mean something to the mesh: another text there is an error, not a description."""

PAGES = (
    "/",
    "/search",
    "/search?q=script+alert+7",
    "/ports/shop.orders",
    "/ports/shop.orders/lineage",
    "/products/shop.orders",
    "/compare?port=shop.orders&port=insight.revenue",
    "/compare?port=shop.orders",
    "/domains",
    "/domains/shop",
    "/glossary",
    "/entities",
    "/insights",
    "/changes",
)


def poisoned(given: Any, key: str = "") -> Any:
    """The document with every text that a person writes replaced."""
    if isinstance(given, dict):
        return {name: poisoned(value, name) for name, value in given.items()}
    if isinstance(given, list):
        return [poisoned(each, key) for each in given]
    if not isinstance(given, str) or key in KEPT:
        return given
    if key == "url":
        return BAD_URL
    return given if key == "name" and given.isidentifier() and given.islower() else f"{given} {HOSTILE}"


@pytest.fixture
def hostile(own_mesh: SmallMesh) -> None:
    """``shop`` declares itself again, by somebody who means no good."""
    with own_mesh.catalog() as catalog:
        [shop] = [each for each in catalog.declared_domains() if each.domain.name == "shop"]
        catalog.declare(_poisoned_domain(shop), "2026-11-21T10:00:00+00:00")


def _poisoned_domain(shop: DomainDeclaration) -> DomainDeclaration:
    raw = msgspec.to_builtins(shop)
    raw["domain"] |= {"owner": HOSTILE, "description": HOSTILE}
    raw["office"] = {"team": HOSTILE, "owner": f"a@b.c{HOSTILE}", "steward": HOSTILE, "curator": "javascript:alert(1)"}
    for product in raw["products"]:
        product["name"] = HOSTILE
        product["document"] = poisoned(product["document"]) | {
            "support": [{"channel": HOSTILE, "url": BAD_URL}],
            "authoritativeDefinitions": [{"type": HOSTILE, "url": BAD_URL}],
            "tags": [HOSTILE],
        }
    for port in raw["ports"]:
        port["endpoint"] = HOSTILE
        port["contract"]["digest"] = "another"
        port["contract"]["document"] = poisoned(port["contract"]["document"]) | {
            "support": [{"channel": HOSTILE, "url": BAD_URL, "tool": HOSTILE}],
            "authoritativeDefinitions": [{"type": HOSTILE, "url": BAD_URL}],
            "team": {"name": HOSTILE, "members": [{"username": HOSTILE, "role": HOSTILE}]},
            "tags": [HOSTILE, "../../etc/passwd"],
        }
    return msgspec.convert(raw, DomainDeclaration)


def harmless(found: Page) -> None:
    """No script but ours, no handler, no form or link that leads where it must not, no template that was evaluated."""
    scripts = [given for tag, given in found.tags if tag == "script"]
    assert all(urlsplit(given.get("src", "")).path.startswith("/static/") for given in scripts)
    assert not [tag for tag, _ in found.tags if tag in {"img", "iframe", "object", "embed", "base"}]
    for tag, given in found.tags:
        assert not [name for name in given if name.startswith("on") or name == "style"], (tag, given)
        for name in ("href", "src", "action", "formaction", "xlink:href"):
            scheme = urlsplit(given.get(name, "")).scheme
            assert scheme in {"", "https", "http", "mailto"}, (tag, given)
    assert SCRIPT not in found.html
    assert "alert(1)>49" not in found.html


@pytest.mark.usefixtures("hostile")
@pytest.mark.parametrize("url", PAGES)
def test_a_hostile_descriptor_is_harmless(own_page: Open, url: str) -> None:
    harmless(own_page(url))


@pytest.mark.usefixtures("hostile")
def test_it_is_shown_as_the_text_that_it_is(own_page: Open) -> None:
    found = own_page("/ports/shop.orders")
    assert f"What was ordered, by whom and when. {HOSTILE}" in found.text
    assert BAD_URL in found.text
    assert not [url for url in found.urls() if "javascript" in url.lower()]


def test_hostile_rows_are_harmless(own_page: Open, own_mesh: SmallMesh) -> None:
    own_mesh.tiny.edit("domains/clients/customers/customers.sql", "'private'", f"'{SCRIPT}'")
    own_mesh.publish("clients.customers")
    found = own_page("/ports/clients.customers")
    harmless(found)
    assert SCRIPT in found.section("sample").text


@pytest.mark.parametrize(
    "url",
    [
        "/search?q=%3Cscript%3Ealert(1)%3C/script%3E",
        "/search?tag=%22%3E%3Cscript%3Ealert(1)%3C/script%3E&sort=%22%3E",
        "/compare?port=%3Cscript%3Ealert(1)%3C/script%3E",
        "/compare?port=javascript:alert(1)&port=shop.orders",
        "/ports/shop.orders?%22%3E%3Cscript%3Ealert(1)%3C/script%3E",
    ],
)
def test_a_hostile_url_is_harmless(page: Open, url: str) -> None:
    harmless(page(url))
