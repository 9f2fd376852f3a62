"""What holds on every kind of page: accessible in both themes, in bounds, from this host alone, without errors."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe

from .conftest import Open
from .pages import KINDS, UNKNOWN

if TYPE_CHECKING:
    from playwright.sync_api import Page

AXE = Axe()
ALL_RULES = {"resultTypes": ["violations"]}
THOSE_OF_THE_LOOK = ALL_RULES | {"runOnly": ["color-contrast", "link-in-text-block", "scrollable-region-focusable"]}
"""Rules whose verdict may be another in the dark or on a phone; the others need not run twice."""
PHONES = (390, 320)


@pytest.mark.parametrize("path", KINDS.values(), ids=KINDS.keys())
def test_a_page_without_fault(open_page: Open, service: str, path: str) -> None:
    """One look at each page: a page load is what takes the time."""
    page = open_page("", color_scheme="light")
    asked: list[str] = []
    said: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.on("pageerror", lambda error: said.append(str(error)))
    page.on("console", lambda line: said.append(line.text) if line.type in {"error", "warning"} else None)
    answer = page.goto(path)
    assert answer is not None
    assert answer.status == (404 if path in UNKNOWN else 200)

    for repeated in (".operation", ".schema"):  # the API's page has a hundred alike, and axe looks at each element
        page.locator(repeated).evaluate_all("all => all.slice(5).forEach(each => each.remove())")
    assert serious(page, ALL_RULES) == []
    page.emulate_media(color_scheme="dark")
    for width in PHONES:
        page.set_viewport_size({"width": width, "height": 800})
        assert page.evaluate("document.documentElement.scrollWidth") <= width, f"{width} px: {beyond(page, width)}"
    page.set_viewport_size({"width": PHONES[0], "height": 800})
    assert serious(page, THOSE_OF_THE_LOOK) == []

    assert page.locator("h1").count() == 1
    assert page.locator("main").count() == 1
    assert page.locator("html").get_attribute("lang") == "en"
    assert not page.title().startswith("Data mesh"), "every page has a title of its own"
    assert {urlsplit(url).netloc for url in asked if not url.startswith("data:")} == {urlsplit(service).netloc}
    assert [line for line in said if path not in UNKNOWN or "404" not in line] == []


def test_every_link_of_every_page_leads_somewhere(open_page: Open, service: str) -> None:
    page = open_page("", java_script_enabled=False)
    links: dict[str, str] = {}
    for path in KINDS.values():
        page.goto(path, wait_until="commit")
        page.wait_for_selector("footer", state="attached")
        for link in page.locator("a[href]").evaluate_all("links => links.map(link => link.getAttribute('href'))"):
            url = link.removeprefix(service).partition("#")[0]
            if url.startswith("/"):
                links.setdefault(url, path)
    assert len(links) > 60
    broken = {url: path for url, path in links.items() if page.request.get(url, max_redirects=2).status >= 400}
    assert broken == {}


def serious(page: Page, options: dict[str, Any]) -> list[str]:
    """What axe finds serious or critical, each with its first elements."""
    found = AXE.run(page, options=options).response["violations"]
    return [
        f"{each['impact']} {each['id']}: {each['help']} {[node['html'][:160] for node in each['nodes'][:3]]}"
        for each in found
        if each["impact"] in {"serious", "critical"}
    ]


def beyond(page: Page, width: int) -> list[str]:
    """The innermost elements that stick out to the right and do not scroll by themselves."""
    found: list[str] = page.evaluate(
        """width => [...document.querySelectorAll('body *')].filter(each => {
            if (each.getBoundingClientRect().right <= width + 1 || each.closest('svg svg')) return false;
            for (let up = each.parentElement; up; up = up.parentElement)
                if (getComputedStyle(up).overflowX !== 'visible') return false;
            return true;
        }).slice(-6).map(each => `${each.tagName} .${each.className}: ${each.textContent.trim().slice(0, 60)}`)""",
        width,
    )
    return found
