"""What people do in the marketplace: find, look, follow, compare; with a keyboard, without JavaScript, on paper."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from playwright.sync_api import expect

from .conftest import Open
from .pages import KINDS

if TYPE_CHECKING:
    from playwright.sync_api import Page

REVENUE_COLUMN = "/ports/insight.revenue/lineage?column=revenue"


def where(page: Page) -> str:
    """Path and query of the page that is shown."""
    parts = urlsplit(page.url)
    return parts.path + (f"?{parts.query}" if parts.query else "")


def test_from_a_word_to_the_column_it_was_made_from(open_page: Open) -> None:
    page = open_page("/")
    search = page.get_by_role("main").get_by_role("search")
    search.get_by_role("searchbox").fill("revenu")  # a letter short
    search.get_by_role("button", name="Search").click()
    page.get_by_role("main").get_by_role("link", name="Revenue").first.click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Revenue")
    assert where(page) == "/ports/insight.revenue"

    page.get_by_role("main").get_by_role("link", name="Lineage of revenue").first.click()
    assert where(page) == REVENUE_COLUMN
    start = page.locator("svg.graph a[aria-current=true]")
    expect(start).to_have_attribute("aria-label", "revenue of revenue")
    assert page.locator("svg.graph .edge.path title").all_text_contents() == [
        "shop.bronze.orders_feed.amount → shop.orders.amount",
        "shop.orders.amount → insight.revenue.revenue",
    ]

    page.get_by_role("link", name="amount of orders").click()
    assert where(page) == "/ports/shop.orders/lineage?column=amount"
    expect(page.get_by_role("heading", level=1)).to_have_text("Lineage of Orders")


def test_back_and_forward_keep_what_was_chosen(open_page: Open) -> None:
    page = open_page("/search?q=orders")
    page.get_by_role("navigation", name="Filters").get_by_role("link", name=re.compile("^shop")).first.click()
    page.wait_for_url(re.compile("domain=shop"))
    chosen = where(page)
    page.get_by_role("main").get_by_role("heading", name="Orders").get_by_role("link").click()
    page.wait_for_url("**/ports/shop.orders")
    page.go_back()
    assert where(page) == chosen
    expect(page.get_by_role("searchbox", name=re.compile("Search names"))).to_have_value("orders")
    expect(page.get_by_role("list", name="Chosen filters")).to_contain_text("shop")
    page.go_forward()
    assert where(page) == "/ports/shop.orders"


def test_two_ports_are_ticked_and_compared(open_page: Open) -> None:
    page = open_page("/search")
    for address in ("shop.orders", "insight.revenue"):
        page.get_by_role("checkbox", name=f"compare {address}").check()
    page.get_by_role("button", name="Compare the chosen ports").click()
    page.wait_for_url(re.compile("/compare"))
    assert page.get_by_role("heading", level=1).inner_text().count(" and ") == 1
    expect(page.get_by_role("row", name=re.compile("^Rows differs 3 .* 2 "))).to_be_visible()
    assert page.get_by_role("region", name="Columns side by side").get_by_role("row").count() > 3


def test_the_map_leads_to_a_domain_and_its_flows(open_page: Open) -> None:
    page = open_page("/domains")
    page.get_by_role("link", name=re.compile("^insight: consumer-aligned")).click()
    assert where(page) == "/domains/insight"
    expect(page.get_by_role("main")).to_contain_text("ines@mesh.example")
    expect(page.get_by_role("table", name="What insight reads")).to_contain_text("shop.orders")
    expect(page.get_by_role("table", name="Who reads insight")).to_have_count(0)


def test_the_whole_way_with_a_keyboard(open_page: Open) -> None:
    page = open_page("/")
    page.keyboard.press("Tab")
    skip = page.get_by_role("link", name="Skip to the content")
    expect(skip).to_be_focused()
    box = skip.bounding_box()
    assert box is not None
    assert box["y"] >= 0, "who tabs to it must see it"
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    expect(page.get_by_role("searchbox", name="Search products")).to_be_focused()
    page.keyboard.type("revenue")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile("/search"))

    page.get_by_role("heading", level=2).get_by_role("link", name="Revenue").focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**/ports/insight.revenue")


def test_tab_reaches_everything_and_shows_where_it_is(open_page: Open) -> None:
    page = open_page(REVENUE_COLUMN)
    expected = page.evaluate(
        """[...document.querySelectorAll('a[href], button, input, select, [tabindex="0"]')]
            .filter(each => each.checkVisibility()).length"""
    )
    reached, unseen = 0, []
    for _ in range(expected):
        page.keyboard.press("Tab")
        seen = page.evaluate(
            """() => {
                const at = document.activeElement, box = at.querySelector(':scope > rect');
                const style = getComputedStyle(at);
                const ring = style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 2;
                const frame = box && parseFloat(getComputedStyle(box).strokeWidth) >= 3;
                return [at.tagName, (at.textContent || at.getAttribute('aria-label') || '').trim().slice(0, 30),
                        Boolean(ring || frame)];
            }"""
        )
        reached += seen[0] != "BODY"
        if not seen[2]:
            unseen.append(seen)
    assert unseen == []
    assert reached == expected


def test_a_wide_drawing_scrolls_by_keyboard_on_a_phone(open_page: Open) -> None:
    page = open_page("/ports/insight.revenue/lineage", width=320, height=700)
    frame = page.get_by_role("region", name=re.compile("drawing$"))
    frame.focus()
    before = frame.evaluate("each => each.scrollLeft")
    page.keyboard.press("ArrowLeft")
    page.wait_for_function("before => document.activeElement.scrollLeft !== before", arg=before)
    assert page.evaluate("document.documentElement.scrollWidth") <= 320


def background(page: Page) -> int:
    """How bright the page's ground is, 0 to 255."""
    page.wait_for_load_state()  # a click returns before the page that it leads to has a body
    colour = page.locator("body").evaluate("body => getComputedStyle(body).backgroundColor")
    return max(int(part) for part in re.findall(r"\d+", colour)[:3])


def test_dark_as_the_system_or_as_chosen(open_page: Open) -> None:
    page = open_page("/domains", color_scheme="dark")
    assert background(page) < 60
    page.get_by_role("button", name="Light").click()
    assert where(page) == "/domains"
    assert background(page) > 200
    page.goto("/glossary")
    assert background(page) > 200
    page.get_by_role("button", name="As the system").click()
    assert background(page) < 60


def test_everything_can_be_read_and_chosen_without_javascript(open_page: Open) -> None:
    page = open_page("/", java_script_enabled=False)
    page.get_by_role("main").get_by_role("searchbox").fill("orders")
    page.get_by_role("main").get_by_role("button", name="Search").click()
    page.get_by_role("main").get_by_role("heading", level=2).get_by_role("link", name="Orders").click()
    assert where(page) == "/ports/shop.orders"
    for heading in ("Columns", "Sample"):
        expect(page.get_by_role("heading", name=re.compile(heading)).first).to_be_visible()
    page.goto("/ports/insight.revenue/lineage")
    page.get_by_role("navigation", name="Follow a column").get_by_role("link", name="revenue", exact=True).click()
    assert where(page) == REVENUE_COLUMN
    page.goto("/changes")
    page.get_by_label("What happened").select_option("port.published")
    page.get_by_role("button", name="Filter").click()
    labels = page.locator(".happening .badge").all_inner_texts()
    assert labels
    assert set(labels) == {"published"}
    page.get_by_role("button", name="Dark").click()
    assert where(page) == "/changes?domain=&type=port.published"


def test_paper_shows_the_content_and_nothing_to_click(open_page: Open) -> None:
    page = open_page(REVENUE_COLUMN, width=760)
    page.emulate_media(media="print")
    for hidden in ("header.top", ".choices", "footer"):
        expect(page.locator(hidden).first).to_be_hidden()
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    drawing = page.locator("svg.graph").first.bounding_box()
    assert drawing is not None
    assert drawing["width"] <= 760
    assert page.pdf(format="A4").startswith(b"%PDF")
    for kind in ("port", "domain"):
        page.goto(KINDS[kind])
        assert page.evaluate("document.documentElement.scrollWidth") <= 760, kind
