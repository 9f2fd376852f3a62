"""Probes: can the newest version of a port be opened and its first row be read, as a reader would?"""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from mesh_core.catalog.events import Measurement
from mesh_core.errors import MeshError
from mesh_core.observability.level import noted
from mesh_core.storage import connect, open_lake

if TYPE_CHECKING:
    import duckdb

    from mesh_core.observability.promises import Promise
    from mesh_core.settings import Settings
    from mesh_core.storage import Lake

Probes = dict[tuple[str, str], Measurement]
"""By address and indicator."""

PATIENCE = 20.0
"""Seconds for the probes of one pass, so that a slow store does not hold up the service; the rest has its turn next."""


def probe(due: Iterable[tuple[str, str]], promises: Mapping[str, Promise], settings: Settings, now: datetime) -> Probes:
    """One measurement for each address and indicator that is due: 100 percent if it could be read, else 0.

    In the order given, and as many as there is time for. None where this machine has no lake at all: a service may run
    beside the catalog alone, and then knows nothing of tables.
    """
    wanted = tuple(due)
    lake = open_lake(settings) if wanted else None
    if lake is None or (isinstance(lake.root, Path) and not lake.root.is_dir()):
        return {}
    connection: duckdb.DuckDBPyConnection | None = None
    found: Probes = {}
    begun = time.monotonic()
    try:
        for address, indicator in wanted:
            if time.monotonic() - begun > PATIENCE:
                break
            problem = _place_problem(promises[address], settings)
            if not problem:
                connection = connection or connect(settings.scratch, settings.memory_limit, access=lake.access)
                problem = _problem(promises[address], lake, connection, settings)
            found[address, indicator] = Measurement(
                address=address,
                indicator=indicator,
                at=now.isoformat(),
                value=0.0 if problem else 100.0,
                good=not problem,
                detail=noted("unknown", problem),
            )
    finally:
        if connection is not None:
            connection.close()
    return found


def _place_problem(promise: Promise, settings: Settings) -> str:
    if any(server.environment == settings.environment for server in promise.servers):
        return ""
    return f"the contract names no server for environment '{settings.environment}'"


def _problem(promise: Promise, lake: Lake, connection: duckdb.DuckDBPyConnection, settings: Settings) -> str:
    """Why the newest version can't be read, in one line; '' if it can."""
    import duckdb

    server = next(server for server in promise.servers if server.environment == settings.environment)
    try:
        pinned = lake.pin(lake.place_of(server))
        if pinned is None:
            return "there is no table"
        connection.execute(f"SELECT * FROM ({pinned.relation}) LIMIT 1").fetchall()
    except MeshError as error:
        return error.what
    except (duckdb.Error, OSError) as error:
        return str(error).partition("\n")[0]
    return ""
