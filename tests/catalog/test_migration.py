"""A catalog of an older schema is brought up to date where it is, with all that it kept."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import NullPool, create_engine, inspect, text
from sqlalchemy.exc import DBAPIError

from mesh_core.catalog import Catalog, DecisionRecord

from .databases import Postgres, execute, rows
from .records import flights

HERE = Path(__file__).parent
OVERRIDE = DecisionRecord(
    gate="publish", kind="override", rule="breaking-change", subject="ops.flights", version="1.1.0", by="a", reason="b"
)
KEPT = """
    INSERT INTO domains VALUES ('ops', 'source-aligned', 'Ops team', 'Flies.', '2013-01-01');
    INSERT INTO products VALUES ('ops.flights', 'ops', 'Flights', '1.0.0',
        '{"inputPorts": [{"contractId": "airports.airports", "version": "1.x"}]}', '2013-01-01');
    INSERT INTO contracts VALUES ('ops.flights', '1.0.0', 'd1', 'active',
        '{"name": "All flights", "schema": [{"name": "flights", "properties": [{"name": "flight_id"}]}]}',
        '2013-01-01T00:00:00+00:00');
    INSERT INTO ports VALUES
        ('ops.flights', 'mesh://ops/flights/v1', 'ops.flights', 'ops.flights', 'Ops team', 'ops.flights@0', 0);
    INSERT INTO attempts VALUES
        ('ops.flights@0', 'ops.flights', 'published', '2013-01-01T00:00:00+00:00', 'r', 0, '1.0.0', 0, 0, '');
    INSERT INTO publications VALUES ('ops.flights@0', 'ops.flights', 'd1', 12, 3456, 'c', '');
"""
V2 = """
    CREATE TABLE decisions (
        key TEXT NOT NULL, at TEXT NOT NULL, gate TEXT NOT NULL, kind TEXT NOT NULL, rule TEXT NOT NULL,
        subject TEXT NOT NULL, version TEXT NOT NULL, by TEXT NOT NULL, role TEXT NOT NULL, reason TEXT NOT NULL,
        run_id TEXT NOT NULL, PRIMARY KEY (key));
    CREATE INDEX decisions_by_subject ON decisions (subject, at);
    CREATE TRIGGER decisions_no_update BEFORE UPDATE ON decisions
        BEGIN SELECT RAISE(ABORT, 'decisions are kept as they were made'); END;
    CREATE TRIGGER decisions_no_delete BEFORE DELETE ON decisions
        BEGIN SELECT RAISE(ABORT, 'decisions are kept as they were made'); END;
"""
V3 = "ALTER TABLE check_results ADD COLUMN quarantined BIGINT DEFAULT 0 NOT NULL;"


def run_script(url: str, script: str) -> None:
    engine = create_engine(url, poolclass=NullPool)
    with engine.begin() as connection:
        if url.startswith("sqlite"):
            connection.connection.driver_connection.executescript(script)  # type: ignore[union-attr]
        else:
            connection.connection.driver_connection.execute(script)  # type: ignore[union-attr]


@pytest.fixture(params=["sqlite 1", "sqlite 2", "sqlite 3", "postgresql 3"])
def old(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of a catalog as an older version of the mesh left it, with one publication."""
    dialect, version = request.param.split()
    if dialect == "sqlite":
        url = f"sqlite:///{tmp_path}/old.db"
        script = "PRAGMA journal_mode = WAL;" + (HERE / "catalog_v1.sql").read_text()
        script += "".join([V2, V3][: int(version) - 1])
    else:
        server: Postgres = request.getfixturevalue("server")
        url = server.fresh()
        script = (HERE / "catalog_v3_postgresql.sql").read_text()
    run_script(url, f"{script} INSERT INTO catalog_schema VALUES ({version}); {KEPT}")
    return url


def test_what_was_kept_is_there_and_more_can_be_kept(old: str) -> None:
    with Catalog(old) as catalog:
        kept = catalog.publication("ops.flights")
        assert kept is not None
        assert (kept.rows, kept.contract.document["name"], kept.keys) == (12, "All flights", ())
        assert catalog.decisions() == ()
        catalog.register(flights(1, decisions=(OVERRIDE,)))
        assert len(catalog.decisions()) == 1
        assert catalog.milestones()["ops.flights"][0].seen_at == "2013-01-01T00:00:00+00:00"
    assert execute(old, "SELECT version FROM catalog_schema") == [(4,)]
    with pytest.raises(DBAPIError, match="decisions are kept as they were made"):
        execute(old, "DELETE FROM decisions")


def test_its_ports_have_cards_and_are_told_of(old: str) -> None:
    with Catalog(old) as catalog:
        [card] = catalog.cards()
        assert (card.address, card.name, card.product_name, card.owner) == (
            "ops.flights",
            "All flights",
            "Flights",
            "Ops team",
        )
        assert [column.name for column in card.columns] == ["flight_id"]
        assert (card.table_version, card.rows, card.published_at) == (0, 12, "2013-01-01T00:00:00+00:00")
        assert card.declared_at == ""
        assert [(change.seq, change.type, change.subject) for change in catalog.changes()] == [
            (1, "port.published", "ops.flights")
        ]
    assert rows(old)["needs"] == 1


def test_several_processes_may_meet_it_at_once(old: str) -> None:
    code = "import sys; from mesh_core.catalog import Catalog; print(len(Catalog(sys.argv[1]).cards()))"
    command = [sys.executable, "-c", code, old]
    started = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(4)]
    assert [process.communicate(timeout=60)[0] for process in started] == ["1\n"] * 4
    assert rows(old)["changes"] == 1


def shape(url: str) -> dict[str, Any]:
    """Tables, columns with types and defaults, indexes and triggers."""
    engine = create_engine(url, poolclass=NullPool)
    found = inspect(engine)
    tables = {
        name: (
            [(c["name"], str(c["type"]), c["nullable"], c["default"]) for c in found.get_columns(name)],
            sorted((str(i["name"]), i["column_names"]) for i in found.get_indexes(name)),
            found.get_pk_constraint(name)["constrained_columns"],
        )
        for name in sorted(found.get_table_names())
    }
    triggers = (
        "SELECT name FROM sqlite_master WHERE type = 'trigger' ORDER BY 1"
        if url.startswith("sqlite")
        else "SELECT tgname FROM pg_trigger WHERE NOT tgisinternal ORDER BY 1"
    )
    with engine.connect() as connection:
        return {**tables, "triggers": [row[0] for row in connection.execute(text(triggers))]}


def test_a_migrated_catalog_is_like_a_new_one(old: str, request: pytest.FixtureRequest, tmp_path: Path) -> None:
    new = f"sqlite:///{tmp_path}/new.db" if old.startswith("sqlite") else request.getfixturevalue("server").fresh()
    Catalog(old).close()
    Catalog(new).close()
    assert shape(old) == shape(new)
