"""Templates to pages: one environment, which escapes whatever a descriptor or a row may hold."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from mesh_core.marketplace.pages import wording

if TYPE_CHECKING:
    from fastapi import Request

TEMPLATES = Path(__file__).parents[1] / "templates"
STATIC = Path(__file__).parents[1] / "static"
THEMES = ("light", "dark")
THEME_COOKIE = "theme"
_LONGEST_WAY_BACK = 600
"""Characters: a page writes its own URL into each button for the colours."""

_FILTERS = {
    "ago": wording.ago,
    "amount": wording.amount,
    "breakable": wording.breakable,
    "count": wording.count,
    "extreme": wording.extreme,
    "exactly": wording.exactly,
    "marked": wording.marked,
    "measure": wording.measure,
    "lasting": wording.lasting,
    "outward": wording.outward,
    "percent": wording.percent,
    "segment": wording.segment,
    "shortened": wording.shortened,
    "size": wording.size,
    "value": wording.value,
}


def render(request: Request, template: str, *, status: int = 200, **values: Any) -> HTMLResponse:
    """The page that ``template`` makes of ``values``; every template also has ``request``, ``theme`` and ``here``."""
    theme = request.cookies.get(THEME_COOKIE, "")
    here = request.url.path + (f"?{request.url.query}" if request.url.query else "")
    html = (
        environment()
        .get_template(template)
        .render(
            request=request,
            path=request.url.path,
            here=here,
            theme=theme if theme in THEMES else "",
            **values,
        )
    )
    # The theme is in the cookie: a page that is kept for one must not be shown for the other.
    return HTMLResponse(html, status_code=status, headers={"Vary": "Cookie", "Cache-Control": "no-cache"})


@cache
def environment() -> Environment:
    """Escapes always: no template's name or setting turns it off."""
    made = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters.update(_FILTERS)
    made.globals["asset"] = asset
    made.globals["theme_link"] = theme_link
    made.globals["ui"] = made.get_template("macros.html").module  # not imported by each template: blocks don't inherit
    return made


@cache
def asset(name: str) -> str:
    """URL of a static file, with a mark of its content, so that a browser may keep it."""
    import hashlib

    return f"/static/{name}?{hashlib.sha256((STATIC / name).read_bytes()).hexdigest()[:8]}"


def theme_link(name: str, here: str) -> str:
    """Where a form posts to for the theme ``name``, or '' for that of the system, and comes back from."""
    back = here if len(here) <= _LONGEST_WAY_BACK else "/"
    return f"/theme/{name or 'auto'}?back={quote(back, safe='')}"
