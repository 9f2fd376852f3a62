"""Serving: from a name to a port, its rows as they are or were, and read-only SQL over the ports.

``resolve`` answers where a port is, what it promises and how it stands::

    from mesh_core.serving import resolve

    resolve("fleet.aircraft", ">=1,<2").endpoint.location

``open_port`` gives its rows, now or at an earlier time::

    from mesh_core.serving import open_port

    with open_port("fleet.aircraft", at="2026-01-31") as aircraft:
        aircraft.polars()
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mesh_core.serving.discovery import write_discovery
    from mesh_core.serving.errors import ContractRetiredError, QueryError, UnresolvedError
    from mesh_core.serving.moments import Moment, moment_of
    from mesh_core.serving.query import QueryResult, QuerySession, run_query
    from mesh_core.serving.reading import OpenPort, PortReader, open_port
    from mesh_core.serving.resolution import Resolution
    from mesh_core.serving.resolver import Resolver, resolve

__all__ = [
    "ContractRetiredError",
    "Moment",
    "OpenPort",
    "PortReader",
    "QueryError",
    "QueryResult",
    "QuerySession",
    "Resolution",
    "Resolver",
    "UnresolvedError",
    "moment_of",
    "open_port",
    "resolve",
    "run_query",
    "write_discovery",
]

_HOMES = {
    "ContractRetiredError": "errors",
    "Moment": "moments",
    "OpenPort": "reading",
    "PortReader": "reading",
    "QueryError": "errors",
    "QueryResult": "query",
    "QuerySession": "query",
    "Resolution": "resolution",
    "Resolver": "resolver",
    "UnresolvedError": "errors",
    "moment_of": "moments",
    "open_port": "reading",
    "resolve": "resolver",
    "run_query": "query",
    "write_discovery": "discovery",
}


def __getattr__(name: str) -> Any:
    """Loaded with the first use: who resolves an input need not load the engine of queries."""
    if name not in _HOMES:
        message = f"module {__name__} has no attribute {name}"
        raise AttributeError(message)
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
