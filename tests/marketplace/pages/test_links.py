"""Every link of the marketplace leads somewhere: all pages that can be reached from the first one are opened."""

from __future__ import annotations

from collections import Counter
from urllib.parse import urldefrag, urlsplit

from fastapi.testclient import TestClient  # noqa: TC002 - tests are annotated with it

from .conftest import BROWSER
from .reading import Page

MOST = {"/search": 25, "/compare": 10, "/changes": 10}
"""Pages of these paths that are opened: each has links to itself with other choices, without end."""


def test_no_link_leads_nowhere(client: TestClient) -> None:
    seen: Counter[str] = Counter()
    waiting, known = ["/"], {"/"}
    found_on = {"/": "the address bar"}
    while waiting:
        url = waiting.pop(0)
        path = urlsplit(url).path
        seen[path] += 1
        if seen[path] > MOST.get(path, 40):
            continue
        answer = client.get(url, headers=BROWSER)
        assert answer.status_code == 200, f"{url}, linked on {found_on[url]}: {answer.status_code}"
        if not answer.headers["content-type"].startswith("text/html"):
            continue
        page = Page(answer.text)
        inside = {link.partition("#")[2] for link in page.urls() if link.startswith("#")}
        assert inside - {""} <= set(page.ids), f"{url} links to a place that is not on it"
        for link in page.urls():
            target = urldefrag(link).url
            if target.startswith("/") and target not in known:
                known.add(target)
                found_on[target] = url
                waiting.append(target)
    assert {
        "/search",
        "/ports/shop.orders",
        "/ports/shop.orders/lineage",
        "/products/shop.orders",
        "/domains/shop",
    } <= set(seen)
    assert {"/glossary/revenue", "/entities/customer", "/insights", "/changes", "/docs", "/openapi.json"} <= set(seen)
