"""A page as a browser without JavaScript has it: text, links, headings, forms, and whatever could run."""

from __future__ import annotations

from html.parser import HTMLParser

VOID = {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"}
UNSEEN = {"script", "style", "title", "desc", "defs"}


class Page(HTMLParser):
    """What a test asks of a page."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.html = html
        self.links: list[tuple[str, str]] = []
        """URL and text, in order."""
        self.headings: list[tuple[int, str]] = []
        self.tags: list[tuple[str, dict[str, str]]] = []
        self.texts: list[str] = []
        self.ids: list[str] = []
        self._open: list[tuple[str, dict[str, str], int]] = []
        self.feed(html)

    @property
    def text(self) -> str:
        """All visible text in one line."""
        return " ".join("".join(self.texts).split())

    def link(self, text: str) -> str:
        """The URL of the one link with this text."""
        [found] = {url for url, shown in self.links if shown == text}
        return found

    def urls(self) -> list[str]:
        return [url for url, _ in self.links]

    def section(self, name: str) -> Page:
        """The section with this id alone."""
        begin = self.html.index(f'<section class="section" id="{name}"')
        return Page(self.html[begin : self.html.index("</section>", begin)])

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        self.tags.append((tag, given))
        if given.get("id"):
            self.ids.append(given["id"])
        if tag in {"br", "tr", "li", "p", "dd", "dt", "h1", "h2", "h3", "td", "th", "option"}:
            self.texts.append(" ")
        if tag not in VOID:
            self._open.append((tag, given, len(self.texts)))

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, {name: value or "" for name, value in attrs}))

    def handle_endtag(self, tag: str) -> None:
        while self._open:
            name, given, start = self._open.pop()
            text = " ".join("".join(self.texts[start:]).split())
            if name == "a" and "href" in given:
                self.links.append((given["href"], text))
            if name in {"h1", "h2", "h3", "h4"}:
                self.headings.append((int(name[1]), text))
            if name == tag:
                return

    def handle_data(self, data: str) -> None:
        if not any(name in UNSEEN for name, _, _ in self._open):
            self.texts.append(data)
