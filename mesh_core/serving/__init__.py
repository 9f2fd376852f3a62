"""Serving: from a name to a port, and read-only SQL over the ports.

``resolve`` answers where a port is, what it promises and how it stands::

    from mesh_core.serving import resolve

    resolve("fleet.aircraft", ">=1,<2").endpoint.location
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mesh_core.serving.discovery import write_discovery
    from mesh_core.serving.errors import ContractRetiredError, QueryError, UnresolvedError
    from mesh_core.serving.query import QueryResult, run_query
    from mesh_core.serving.resolution import Resolution
    from mesh_core.serving.resolver import Resolver, resolve

__all__ = [
    "ContractRetiredError",
    "QueryError",
    "QueryResult",
    "Resolution",
    "Resolver",
    "UnresolvedError",
    "resolve",
    "run_query",
    "write_discovery",
]

_HOMES = {
    "ContractRetiredError": "errors",
    "QueryError": "errors",
    "QueryResult": "query",
    "Resolution": "resolution",
    "Resolver": "resolver",
    "UnresolvedError": "errors",
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
