"""Light or dark: kept in a cookie, so that it works without JavaScript."""

from __future__ import annotations

from fastapi import APIRouter
from fastapi.responses import RedirectResponse

from mesh_core.marketplace.pages.rendering import THEME_COOKIE, THEMES

router = APIRouter(include_in_schema=False)

_A_YEAR = 365 * 86_400


@router.post("/theme/{name}")
def theme(name: str, back: str = "/") -> RedirectResponse:
    """Back to the page that asked, in the theme that was asked for; any other name means the system's."""
    answer = RedirectResponse(_local(back), status_code=303)
    if name in THEMES:
        answer.set_cookie(THEME_COOKIE, name, max_age=_A_YEAR, samesite="lax", httponly=True)
    else:
        answer.delete_cookie(THEME_COOKIE, samesite="lax", httponly=True)
    return answer


def _local(back: str) -> str:
    """A path of this service, or its first page: never another host's."""
    local = back.startswith("/") and not back.startswith(("//", "/\\")) and back.isprintable()
    return back if local else "/"
