"""What changed in the mesh, newest first, as a page and as an Atom feed."""

from __future__ import annotations

import re
from itertools import groupby
from typing import TYPE_CHECKING
from urllib.parse import urlencode
from xml.etree import ElementTree as Xml

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import HTMLResponse

from mesh_core.marketplace.pages.happenings import TYPES, Told, newest, told
from mesh_core.marketplace.pages.rendering import render

if TYPE_CHECKING:
    from mesh_core.marketplace.market import Market

router = APIRouter(include_in_schema=False)

_ON_A_PAGE = 50
_IN_A_FEED = 50
_ATOM = "http://www.w3.org/2005/Atom"
_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""Characters that no XML document may hold, escaped or not; an error message may."""


@router.get("/changes", response_class=HTMLResponse)
def changes(request: Request, domain: str = "", kind: str = Query("", alias="type"), before: int = 0) -> HTMLResponse:
    """Changes of one domain, of one type, or all; ``before`` is the ``seq`` at which the page begins."""
    market: Market = request.app.state.market
    kind = kind if kind in TYPES else ""
    found = newest(market.catalog, domain=domain, kind=kind, before=before, size=_ON_A_PAGE)
    lines = [told(change) for change in found.changes]
    return render(
        request,
        "changes.html",
        days=[(day, list(each)) for day, each in groupby(lines, key=lambda line: line.at[:10])],
        domain=domain,
        type=kind,
        types=list(TYPES.items()),
        domains=sorted({card.domain for card in market.cards.values()} | ({domain} if domain else set())),
        before=before,
        older=found.older,
        older_url=_url("/changes", domain, kind, found.older) if found.older else "",
        newest_url=_url("/changes", domain, kind),
        feed=_url("/changes.atom", domain, kind),
    )


@router.get("/changes.atom")
def feed(request: Request, domain: str = "", kind: str = Query("", alias="type")) -> Response:
    """The newest changes as Atom 1.0; the ids are those of the CloudEvents."""
    market: Market = request.app.state.market
    kind = kind if kind in TYPES else ""
    found = newest(market.catalog, domain=domain, kind=kind, size=_IN_A_FEED)
    base = str(request.base_url).rstrip("/")
    document = _feed([told(change) for change in found.changes], base, _url("", domain, kind))
    return Response(document, media_type="application/atom+xml", headers={"Cache-Control": "no-cache"})


def _feed(lines: list[Told], base: str, query: str) -> bytes:
    root = Xml.Element("feed", xmlns=_ATOM)
    _text(root, "id", f"{base}/changes{query}")
    _text(root, "title", "Changes of the mesh")
    _text(root, "updated", lines[0].at if lines else "1970-01-01T00:00:00Z")
    _text(_text(root, "author"), "name", "The mesh's catalog")
    Xml.SubElement(root, "link", rel="self", type="application/atom+xml", href=f"{base}/changes.atom{query}")
    Xml.SubElement(root, "link", rel="alternate", type="text/html", href=f"{base}/changes{query}")
    for line in lines:
        entry = Xml.SubElement(root, "entry")
        _text(entry, "id", f"urn:uuid:{line.id}")
        _text(entry, "title", f"{line.subject} {line.sentence}")
        _text(entry, "updated", line.at)
        Xml.SubElement(entry, "link", rel="alternate", type="text/html", href=base + line.href)
        Xml.SubElement(entry, "category", term=line.type, label=line.label)
        if line.domain:
            Xml.SubElement(entry, "category", term=line.domain, scheme=f"{base}/domains")
        _text(entry, "summary", f"{line.subject} {line.sentence}.")
    document: bytes = Xml.tostring(root, encoding="utf-8", xml_declaration=True)
    return document


def _text(parent: Xml.Element, name: str, text: str = "") -> Xml.Element:
    element = Xml.SubElement(parent, name)
    element.text = _NOT_XML.sub("\N{REPLACEMENT CHARACTER}", text) or None
    return element


def _url(path: str, domain: str, kind: str, before: int = 0) -> str:
    given = {"domain": domain, "type": kind, "before": before or ""}
    query = urlencode({name: value for name, value in given.items() if value})
    return path + (f"?{query}" if query else "")
