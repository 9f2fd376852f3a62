"""A page for what went wrong: what is not there, with what is nearly called so, and what a reader cannot help."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from mesh_core.marketplace.pages.rendering import render

if TYPE_CHECKING:
    from fastapi import Request, Response

    from mesh_core.marketplace.problems import Problem

_NAMES = re.compile(r"[a-z][a-z0-9_]*\.[a-z][a-z0-9_]*")
_AN_ADDRESS = re.compile(r"[A-Za-z0-9_. -]{2,80}")


def wants_page(request: Request) -> bool:
    """Whether a person browses: not the API, and a client that takes HTML."""
    path = request.url.path
    return not path.startswith(("/api/", "/mcp")) and "text/html" in request.headers.get("accept", "")


def problem_page(request: Request, problem: Problem) -> Response:
    """The problem in words; near names, of ports and products, are links."""
    last = request.url.path.rstrip("/").rpartition("/")[2]
    words = last.replace(".", " ").replace("_", " ") if _AN_ADDRESS.fullmatch(last) else ""
    return render(
        request,
        "problem.html",
        status=problem.status,
        problem=problem,
        near=_near(request, problem.remedy) if problem.status == 404 else [],
        words=words if problem.status == 404 else "",
    )


def _near(request: Request, remedy: str) -> list[tuple[str, str]]:
    """URL and name of what the remedy names."""
    kind = "products" if request.url.path.startswith("/products/") else "ports"
    return [(f"/{kind}/{name}", name) for name in dict.fromkeys(_NAMES.findall(remedy))]
