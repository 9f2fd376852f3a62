"""The database goes away, is slow, or belongs to somebody else for a while."""

from __future__ import annotations

import threading
import time

import pytest
from sqlalchemy import NullPool, create_engine, text

from mesh_core.catalog import Catalog, CatalogError, database
from mesh_core.catalog.database import writing

from .databases import Postgres
from .declarations import domain
from .records import flights

LOCK = "SELECT pg_advisory_lock(hashtextextended('catalog of a mesh in ' || current_schema(), 0))"
END_OTHERS = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> "


@pytest.fixture
def remote(server: Postgres) -> str:
    return server.fresh()


def test_a_writer_waits_for_its_turn(remote: str) -> None:
    with Catalog(remote) as catalog, create_engine(remote, poolclass=NullPool).connect() as other:
        other.execute(text(LOCK))
        threading.Timer(0.5, lambda: other.execute(text("SELECT pg_advisory_unlock_all()"))).start()
        start = time.perf_counter()
        assert catalog.register(flights(1))
        assert time.perf_counter() - start > 0.4


def test_a_writer_does_not_wait_for_ever(remote: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(database, "BUSY_SECONDS", 1)
    with Catalog(remote) as catalog, create_engine(remote, poolclass=NullPool).connect() as other:
        other.execute(text(LOCK))
        with pytest.raises(CatalogError, match="lock timeout"):
            catalog.register(flights(1))
        assert catalog.cards() == ()  # who reads does not wait at all


def test_a_connection_that_is_cut_while_it_writes_is_made_anew(remote: str) -> None:
    cut: list[int] = []

    with Catalog(remote) as catalog:

        def change(connection: object) -> int:
            if not cut:
                cut.append(1)
                connection.execute(text("SELECT pg_terminate_backend(pg_backend_pid())"))  # type: ignore[attr-defined]
            return 7

        assert writing(catalog._engine, change) == 7


def test_connections_that_were_cut_between_two_calls_are_made_anew(remote: str) -> None:
    with Catalog(remote) as catalog:
        catalog.register(flights(1))
        with create_engine(remote, poolclass=NullPool).connect() as other:
            other.execute(text(END_OTHERS + "pg_backend_pid()"))
        assert len(catalog.cards()) == 1
        with create_engine(remote, poolclass=NullPool).connect() as other:
            other.execute(text(END_OTHERS + "pg_backend_pid()"))
        assert catalog.register(flights(2))


def test_a_reader_sees_one_state_through_all_its_queries(remote: str) -> None:
    from mesh_core.catalog import browsing
    from mesh_core.catalog.database import reading

    with Catalog(remote) as catalog, Catalog(remote) as other:
        other.declare(domain("ops", "ops.flights"), "2013-01-01")

        def look(connection: object) -> tuple[int, int]:
            before = len(browsing.cards(connection, None))  # type: ignore[arg-type]
            other.declare(domain("ops", "ops.flights", "ops.delays"), "2013-01-02")
            return before, len(browsing.cards(connection, None))  # type: ignore[arg-type]

        assert reading(catalog._engine, look) == (1, 1)
        assert len(catalog.cards()) == 2


def test_reading_does_not_write(remote: str) -> None:
    from mesh_core.catalog.database import reading

    with Catalog(remote) as catalog, pytest.raises(CatalogError, match="read-only transaction"):
        reading(catalog._engine, lambda connection: connection.execute(text("DELETE FROM cards")))


def test_a_server_that_is_not_there_is_told_soon() -> None:
    start = time.perf_counter()
    with pytest.raises(CatalogError, match="can't be used") as error:
        Catalog("postgresql+psycopg://ann:s3cret@127.0.0.1:9/mesh")
    assert time.perf_counter() - start < 10
    assert "s3cret" not in str(error.value)


def test_times_of_any_zone_are_kept_in_utc(remote: str) -> None:
    engine = create_engine(remote, poolclass=NullPool)
    with engine.begin() as connection:
        connection.execute(text("ALTER ROLE postgres SET timezone = 'Asia/Kathmandu'"))
    try:
        with Catalog(remote) as catalog:
            catalog.register(flights(1, published_at="2013-01-05T01:00:00+02:00"))
            assert catalog.cards()[0].published_at == "2013-01-04T23:00:00.000000+00:00"
    finally:
        with engine.begin() as connection:
            connection.execute(text("ALTER ROLE postgres RESET timezone"))
