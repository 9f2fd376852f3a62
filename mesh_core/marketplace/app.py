"""The catalog service as one ASGI application: pages at the root, the API under ``/api/v1``."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from http import HTTPStatus
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

from anyio import to_thread
from fastapi import FastAPI, HTTPException, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.staticfiles import StaticFiles
from starlette.exceptions import HTTPException as StarletteHTTPException
from starlette.routing import Route

from mesh_core import __version__
from mesh_core.errors import MeshError
from mesh_core.marketplace.api import PREFIX, TOPICS, service
from mesh_core.marketplace.edge import Edge
from mesh_core.marketplace.market import Market
from mesh_core.marketplace.mcp.http import McpOverHttp
from mesh_core.marketplace.openapi import methods_at
from mesh_core.marketplace.pages import PAGES
from mesh_core.marketplace.pages.problem import problem_page, wants_page
from mesh_core.marketplace.problems import Finding, Problem, problem, problem_of
from mesh_core.marketplace.responses import problem_answer
from mesh_core.marketplace.upkeep import Upkeep
from mesh_core.settings import LOOPBACK

if TYPE_CHECKING:
    from starlette.types import ASGIApp

    from mesh_core.settings import Settings

_STATIC = Path(__file__).parent / "static"
_THREADS = 12
"""Handlers at once: the interpreter runs one at a time, and each may hold one of the catalog's 15 connections."""


class _Service(FastAPI):
    """The application inside its edge, which also sees what the framework itself answers to a mistake of ours."""

    def build_middleware_stack(self) -> ASGIApp:
        return Edge(super().build_middleware_stack(), hosts=self.state.hosts)


def create_app(
    settings: Settings, *, host: str = "", declare: Callable[[], object] | None = None, upkeep: bool = False
) -> FastAPI:
    """The service for one catalog; nothing is opened before the first request.

    ``host`` is the name that it is bound to, by which it may be called beside those of this machine. With
    ``upkeep`` it looks after the catalog while it runs, and begins with ``declare``.
    """
    # On an address of this machine it is the login's own; elsewhere nobody knows who asks.
    market = Market(settings, visitor=settings.principal if host in LOOPBACK else "")

    @asynccontextmanager
    async def life(_app: FastAPI) -> AsyncIterator[None]:
        to_thread.current_default_thread_limiter().total_tokens = _THREADS
        work = Upkeep(market, declare=declare) if upkeep else None
        if work is not None:
            work.start()
        yield
        if work is not None:
            await to_thread.run_sync(work.stop)
        market.close()

    app = _Service(
        title="Data mesh", version=__version__, docs_url=None, redoc_url=None, openapi_url=None, lifespan=life
    )
    app.state.market = market
    app.state.hosts = (*settings.service_hosts, host)
    _handle_errors(app)
    for name in TOPICS:
        app.include_router(import_module(f"mesh_core.marketplace.api.{name}").router, prefix=PREFIX)
    app.include_router(service.router)
    for name in PAGES:
        app.include_router(import_module(f"mesh_core.marketplace.pages.{name}").router, include_in_schema=False)
    app.router.routes.append(Route("/mcp", McpOverHttp(market), methods=["POST"], include_in_schema=False))
    app.mount("/static", StaticFiles(directory=_STATIC), name="static")
    return app


def _handle_errors(app: FastAPI) -> None:
    handlers: dict[type[Exception], Callable[[Request, Exception], Response]] = {
        MeshError: _mesh_error,
        StarletteHTTPException: _http_error,
        RequestValidationError: _wrong_request,
        Exception: _surprise,
    }
    for kind, handler in handlers.items():
        app.add_exception_handler(kind, handler)


def _mesh_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, MeshError)  # noqa: S101 - registered for it
    answer = _told(request, problem_of(error))
    if answer.status_code == HTTPStatus.UNAUTHORIZED:
        answer.headers["WWW-Authenticate"] = 'Bearer realm="registration"'
    if answer.status_code == HTTPStatus.SERVICE_UNAVAILABLE:
        answer.headers["Retry-After"] = "5"
    return answer


def _http_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException | StarletteHTTPException)  # noqa: S101 - registered for it
    told = problem(error.status_code, str(error.detail))
    answer = _told(request, told)
    for name, value in (error.headers or {}).items():
        answer.headers[name] = value
    if error.status_code == HTTPStatus.METHOD_NOT_ALLOWED:  # the router names the methods of one route alone
        known = methods_at(service.openapi_of(request.app), request.url.path)
        answer.headers["Allow"] = ", ".join(known) or answer.headers.get("Allow", "")
    return answer


def _wrong_request(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)  # noqa: S101 - registered for it
    findings = tuple(
        Finding(code="parameter", message=str(each["msg"]), key=".".join(str(part) for part in each["loc"]))
        for each in error.errors()
    )
    detail = "; ".join(f"{each.key}: {each.message}" for each in findings)
    return _told(
        request, problem(422, detail, remedy="See /docs for what it takes.", code="parameter", errors=findings)
    )


def _surprise(request: Request, error: Exception) -> Response:
    """A mistake of ours: the server's log has all of it, the client a sentence."""
    del error
    return _told(request, problem(500, "The service made a mistake.", remedy="Its log says which.", code="internal"))


def _told(request: Request, told: Problem) -> Response:
    """The problem as a page for a person who browses, else as JSON."""
    return problem_page(request, told) if wants_page(request) else problem_answer(told)
