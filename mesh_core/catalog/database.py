"""Opening the catalog's database: many processes at once, on a file that may not exist yet."""

from __future__ import annotations

import random
import sqlite3
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import msgspec
from sqlalchemy import URL, Connection, Engine, create_engine, event, insert, inspect, make_url, select
from sqlalchemy.exc import ArgumentError, DBAPIError, IntegrityError, NoSuchModuleError, OperationalError

from mesh_core.catalog.errors import CatalogError
from mesh_core.catalog.migration import migrate
from mesh_core.catalog.schema import SCHEMA_VERSION, catalog_schema, metadata
from mesh_core.catalog.storable import to_json

BUSY_SECONDS = 30
_ATTEMPTS = 8

Result = TypeVar("Result")


def open_engine(url: str) -> Engine:
    """An engine on a catalog of this version's schema, created if the database is empty.

    One of an older schema is brought up to date. CatalogError when the database can't be opened or was written
    by a newer version of the mesh.
    """
    engine = _engine(url)
    try:
        version = _version(engine)
        if version is None:
            version = _create(engine)
        if version < SCHEMA_VERSION:
            version = writing(engine, migrate)
    except sqlite3.Error as error:  # not yet wrapped: it came from a new connection's first statements
        engine.dispose()
        raise _unusable(engine.url, error) from error
    except BaseException:
        engine.dispose()
        raise
    if version > SCHEMA_VERSION:
        engine.dispose()
        message = f"the catalog {safe(engine.url)} has schema {version}, this mesh knows {SCHEMA_VERSION}"
        raise CatalogError(message, remedy="Update the mesh, or point MESH_CATALOG_URL elsewhere.")
    return engine


def is_empty(url: str) -> bool:
    """Whether the database can be read and holds no catalog; one that can't be read is for ``open_engine`` to tell."""
    engine = _engine(url)
    try:
        return not inspect(engine).has_table(catalog_schema.name)
    except (DBAPIError, sqlite3.Error):
        return False
    finally:
        engine.dispose()


def safe(url: URL) -> str:
    """The URL without password, user and query: fit for messages and logs."""
    return URL.create(url.drivername, host=url.host, port=url.port, database=url.database).render_as_string()


def writing(engine: Engine, change: Callable[[Connection], Result]) -> Result:
    """What ``change`` returns, run in one transaction, again when another process got in its way.

    ``change`` must look before it inserts: on the second try it finds what the other process wrote.
    """
    deadline = time.monotonic() + BUSY_SECONDS
    for attempt in range(1, _ATTEMPTS + 1):
        try:
            with engine.connect().execution_options(catalog_writes=True) as connection, connection.begin():
                _take_turn(connection)
                return change(connection)
        except (IntegrityError, OperationalError) as error:
            if attempt == _ATTEMPTS or time.monotonic() > deadline:
                raise _unusable(engine.url, error.orig) from error
        except DBAPIError as error:
            raise _unusable(engine.url, error.orig) from error
        _pause(attempt)
    raise AssertionError


def reading(engine: Engine, query: Callable[[Connection], Result]) -> Result:
    """What ``query`` returns, read in one transaction, so that its parts belong together."""
    try:
        with engine.connect() as connection:
            if engine.dialect.name == "postgresql":
                # Otherwise each statement sees what was committed before it; SQLite always has one view.
                connection.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
            with connection.begin():
                return query(connection)
    except DBAPIError as error:
        raise _unusable(engine.url, error.orig) from error


def _engine(url: str) -> Engine:
    try:
        parsed = make_url(url)
        # Parameters hold sampled rows: they must not reach a log by way of an exception.
        engine = create_engine(
            parsed,
            json_serializer=to_json,
            json_deserializer=msgspec.json.decode,
            hide_parameters=True,
            pool_pre_ping=parsed.get_backend_name() != "sqlite",  # a server may have been restarted
        )
    except ArgumentError as error:
        message = "MESH_CATALOG_URL is not a database URL"
        raise CatalogError(message, remedy="Write one like sqlite:////path/to/catalog.db.") from error
    except (NoSuchModuleError, ModuleNotFoundError) as error:
        message = f"the catalog {safe(parsed)} needs a database driver that is not installed: {error}"
        raise CatalogError(message, remedy="Install the driver that the URL's scheme names.") from error
    if engine.dialect.name == "sqlite":
        _tune_sqlite(engine)
    return engine


def _take_turn(connection: Connection) -> None:
    """One transaction writes at a time, in PostgreSQL as in SQLite, and sees all that was written before it.

    So the numbers of changes have no gaps in which a slower transaction appears later, and no two writers meet.
    """
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql(
            f"SELECT set_config('lock_timeout', '{BUSY_SECONDS}s', true), "
            "pg_advisory_xact_lock(hashtextextended('catalog of a mesh in ' || current_schema(), 0))"
        )


def _tune_sqlite(engine: Engine) -> None:
    database = engine.url.database
    if database and database != ":memory:":
        try:
            Path(database).parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise _unusable(engine.url, error) from error

    @event.listens_for(engine, "connect")
    def connected(dbapi: Any, _record: Any) -> None:
        # The driver would begin transactions of its own and late; ``begin`` below does it instead.
        dbapi.isolation_level = None
        dbapi.execute(f"PRAGMA busy_timeout = {BUSY_SECONDS * 1000}")
        dbapi.execute("PRAGMA foreign_keys = ON")
        dbapi.execute("PRAGMA synchronous = NORMAL")

    @event.listens_for(engine, "begin")
    def begun(connection: Connection) -> None:
        # A transaction that reads first and writes later fails at once, without waiting, when another wrote
        # in between: writers take their turn at the start, readers never wait.
        writes = connection.get_execution_options().get("catalog_writes")
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def _version(engine: Engine) -> int | None:
    """The schema version in the database; None when there is none, or nothing can be read."""
    try:
        with engine.connect() as connection:
            version: int | None = connection.scalar(select(catalog_schema.c.version))
            return version
    except DBAPIError:
        return None  # creating it finds out whether the table or the whole database is missing


def _create(engine: Engine) -> int:
    if engine.dialect.name == "sqlite":
        _use_wal(engine)

    def create(connection: Connection) -> int:
        metadata.create_all(connection)
        version: int | None = connection.scalar(select(catalog_schema.c.version))
        if version is None:
            connection.execute(insert(catalog_schema), {"version": SCHEMA_VERSION})
        return version or SCHEMA_VERSION

    return writing(engine, create)


def _use_wal(engine: Engine) -> None:
    """Readers beside a writer; kept in the file. Switching needs the file alone and does not wait by itself."""
    for attempt in range(1, _ATTEMPTS + 1):
        connection = engine.raw_connection()
        try:
            connection.cursor().execute("PRAGMA journal_mode = WAL")
        except sqlite3.OperationalError as error:
            if attempt == _ATTEMPTS:
                raise _unusable(engine.url, error) from error
        else:
            return
        finally:
            connection.close()
        _pause(attempt)


def _pause(attempt: int) -> None:
    """Wait a little, longer with every attempt and never as long as the other process."""
    time.sleep(random.uniform(0.01, 0.05) * attempt)  # noqa: S311


def _unusable(url: URL, error: BaseException | None) -> CatalogError:
    message = f"the catalog {safe(url)} can't be used: {error}"
    return CatalogError(message, remedy="Check MESH_CATALOG_URL and that the database is up and writable.")
