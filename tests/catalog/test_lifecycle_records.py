"""What the catalog keeps for the life of a contract: dates, retired versions, people's decisions."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from mesh_core.catalog import Catalog, ContractRecord, DecisionRecord
from mesh_core.contracts.lifecycle import Milestone

from .records import flights

V1 = Path(__file__).with_name("catalog_v1.sql")
OVERRIDE = DecisionRecord(
    gate="publish",
    kind="override",
    rule="breaking-change",
    subject="ops.flights",
    version="1.1.0",
    by="ada@mesh.example",
    role="governance",
    reason="Nobody reads the column.",
)


@pytest.fixture
def url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path}/catalog.db"


@pytest.fixture
def catalog(url: str) -> Iterator[Catalog]:
    with Catalog(url) as opened:
        yield opened


def _file(url: str) -> str:
    return url.removeprefix("sqlite:///")


def _contract(version: str, status: str, end: str = "") -> ContractRecord:
    slas = [{"property": "endOfSupport", "value": end}] if end else []
    document = {"id": "ops.flights", "version": version, "slaProperties": slas}
    return ContractRecord(id="ops.flights", version=version, status=status, digest=version, document=document)


class TestMilestones:
    def test_each_version_is_dated_by_its_first_publication(self, catalog: Catalog) -> None:
        catalog.register(flights(1, contract=_contract("1.0.0", "active")))
        catalog.register(flights(2, contract=_contract("1.0.0", "active")))
        catalog.register(flights(3, contract=_contract("1.1.0", "deprecated", "2014-01-01")))
        assert catalog.milestones() == {
            "ops.flights": (
                Milestone(version="1.0.0", status="active", seen_at="2013-01-01T06:30:00.000000+00:00"),
                Milestone(
                    version="1.1.0",
                    status="deprecated",
                    seen_at="2013-01-03T06:30:00.000000+00:00",
                    end_of_support="2014-01-01",
                ),
            )
        }
        assert catalog.milestones("ops.flights") == catalog.milestones()
        assert catalog.milestones("ops.planes") == {}

    def test_a_retired_version_is_kept_without_a_publication(self, catalog: Catalog) -> None:
        catalog.register(flights(1, contract=_contract("1.0.0", "active")))
        before = catalog.publication("ops.flights")
        retired = _contract("1.1.0", "retired")
        assert catalog.register_contract(retired, "2013-06-01T02:00:00+02:00", decisions=[OVERRIDE], run_id="r")
        assert not catalog.register_contract(retired, "2013-07-01T00:00:00+00:00", decisions=[OVERRIDE], run_id="s")
        assert [(m.version, m.status, m.seen_at) for m in catalog.milestones()["ops.flights"]] == [
            ("1.0.0", "active", "2013-01-01T06:30:00.000000+00:00"),
            ("1.1.0", "retired", "2013-06-01T00:00:00.000000+00:00"),
        ]
        assert [(d.at, d.run_id) for d in catalog.decisions()] == [("2013-06-01T00:00:00.000000+00:00", "r")]
        assert catalog.publication("ops.flights") == before
        [port] = catalog.ports()
        assert (port.contract_version, port.table_version) == ("1.0.0", 1)


class TestDecisions:
    def test_they_come_back_newest_first(self, catalog: Catalog) -> None:
        waiver = DecisionRecord(
            gate="publish",
            kind="waiver",
            rule="airport-ids",
            subject="ops.flights",
            version="1.1.0",
            by="b",
            reason="w",
        )
        catalog.register(flights(1, decisions=(OVERRIDE, waiver)))
        catalog.register(flights(2, decisions=(waiver,)))
        told = [(d.kind, d.rule, d.run_id, d.at) for d in catalog.decisions("ops.flights")]
        assert told == [
            ("waiver", "airport-ids", "run-2", "2013-01-02T06:30:00.000000+00:00"),
            ("override", "breaking-change", "run-1", "2013-01-01T06:30:00.000000+00:00"),
            ("waiver", "airport-ids", "run-1", "2013-01-01T06:30:00.000000+00:00"),
        ]
        [newest] = catalog.decisions(limit=1)
        assert newest.run_id == "run-2"
        assert catalog.decisions("ops.planes") == ()

    def test_registering_again_adds_none(self, catalog: Catalog) -> None:
        for _ in range(2):
            catalog.register(flights(1, decisions=(OVERRIDE,)))
        [decision] = catalog.decisions()
        assert (decision.by, decision.role, decision.reason) == (
            "ada@mesh.example",
            "governance",
            "Nobody reads the column.",
        )

    @pytest.mark.parametrize("change", ["UPDATE decisions SET reason = 'better'", "DELETE FROM decisions"])
    def test_they_are_never_changed(self, catalog: Catalog, url: str, change: str) -> None:
        catalog.register(flights(1, decisions=(OVERRIDE,)))
        connection = sqlite3.connect(_file(url))
        with pytest.raises(sqlite3.IntegrityError, match="decisions are kept as they were made"):
            connection.execute(change)
        connection.close()
        assert len(catalog.decisions()) == 1


@pytest.fixture
def of_version_1(url: str) -> str:
    """A catalog as version 1 of the schema left it, with one publication."""
    connection = sqlite3.connect(_file(url))
    connection.executescript(V1.read_text())
    connection.executescript("""
        PRAGMA journal_mode = WAL;
        INSERT INTO catalog_schema VALUES (1);
        INSERT INTO domains VALUES ('ops', 'source-aligned', 'Ops team', 'Flies.', '2013-01-01');
        INSERT INTO products VALUES ('ops.flights', 'ops', 'Flights', '1.0.0', '{}', '2013-01-01');
        INSERT INTO contracts VALUES ('ops.flights', '1.0.0', 'd1', 'active', '{"n": 1}', '2013-01-01T00:00:00+00:00');
        INSERT INTO ports VALUES
            ('ops.flights', 'mesh://ops/flights/v1', 'ops.flights', 'ops.flights', 'Ops team', 'ops.flights@0', 0);
        INSERT INTO attempts VALUES
            ('ops.flights@0', 'ops.flights', 'published', '2013-01-01T00:00:00+00:00', 'r', 0, '1.0.0', 0, 0, '');
        INSERT INTO publications VALUES ('ops.flights@0', 'ops.flights', 'd1', 12, 3456, 'c', '');
    """)
    connection.close()
    return url


class TestMigration:
    def test_what_version_1_kept_is_there_and_more_can_be_kept(self, of_version_1: str) -> None:
        with Catalog(of_version_1) as catalog:
            kept = catalog.publication("ops.flights")
            assert kept is not None
            assert (kept.rows, kept.contract.document) == (12, {"n": 1})
            assert catalog.decisions() == ()
            catalog.register(flights(1, decisions=(OVERRIDE,)))
            assert len(catalog.decisions()) == 1
            assert catalog.milestones()["ops.flights"][0].seen_at == "2013-01-01T00:00:00+00:00"
        connection = sqlite3.connect(_file(of_version_1))
        assert connection.execute("SELECT version FROM catalog_schema").fetchall() == [(4,)]
        with pytest.raises(sqlite3.IntegrityError):
            connection.execute("DELETE FROM decisions")
        connection.close()

    def test_several_processes_may_meet_it_at_once(self, of_version_1: str) -> None:
        code = "import sys; from mesh_core.catalog import Catalog; print(Catalog(sys.argv[1]).decisions())"
        command = [sys.executable, "-c", code, of_version_1]
        started = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(4)]
        assert [process.communicate(timeout=60)[0] for process in started] == ["()\n"] * 4

    def test_a_migrated_catalog_is_like_a_new_one(self, of_version_1: str, tmp_path: Path) -> None:
        Catalog(of_version_1).close()
        new = f"sqlite:///{tmp_path}/new.db"
        Catalog(new).close()
        described = "SELECT type, name FROM sqlite_master ORDER BY 1, 2"
        shapes = []
        for url in (of_version_1, new):
            connection = sqlite3.connect(_file(url))
            tables = connection.execute(described).fetchall()
            columns = {name: connection.execute(f"PRAGMA table_info({name})").fetchall() for _, name in tables}
            shapes.append((tables, columns))
            connection.close()
        assert shapes[0] == shapes[1]


class TestExisting:
    def test_looking_creates_nothing(self, url: str) -> None:
        assert Catalog.existing(url) is None
        assert not Path(_file(url)).exists()

    def test_a_database_without_a_catalog(self, url: str) -> None:
        sqlite3.connect(_file(url)).close()
        Path(_file(url)).touch()
        assert Catalog.existing(url) is None
        assert Path(_file(url)).stat().st_size == 0

    def test_a_catalog_is_opened(self, url: str) -> None:
        Catalog(url).close()
        found = Catalog.existing(url)
        assert found is not None
        assert found.ports() == ()
        found.close()

    def test_a_missing_file_is_found_out_without_sqlalchemy(self, url: str) -> None:
        code = (
            "import sys; from mesh_core.catalog import Catalog; "
            "assert Catalog.existing(sys.argv[1]) is None; sys.exit('sqlalchemy' in sys.modules)"
        )
        assert subprocess.run([sys.executable, "-c", code, url], check=False).returncode == 0
