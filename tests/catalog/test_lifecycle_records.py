"""What the catalog keeps for the life of a contract: dates, retired versions, people's decisions."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy.exc import DBAPIError

from mesh_core.catalog import Catalog, ContractRecord, DecisionRecord
from mesh_core.contracts.lifecycle import Milestone

from .databases import Postgres, execute
from .records import flights

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
        with pytest.raises(DBAPIError, match="decisions are kept as they were made"):
            execute(url, change)
        assert len(catalog.decisions()) == 1

    def test_a_whole_table_of_them_is_not_emptied(self, server: Postgres) -> None:
        with Catalog(url := server.fresh()) as catalog:
            catalog.register(flights(1, decisions=(OVERRIDE,)))
            with pytest.raises(DBAPIError, match="decisions are kept as they were made"):
                execute(url, "TRUNCATE decisions")
            assert len(catalog.decisions()) == 1


class TestExisting:
    def test_looking_creates_nothing(self, url: str) -> None:
        assert Catalog.existing(url) is None
        assert Catalog.existing(url) is None
        if url.startswith("sqlite"):
            assert not Path(url.removeprefix("sqlite:///")).exists()

    def test_an_empty_file_is_no_catalog(self, tmp_path: Path) -> None:
        file = tmp_path / "catalog.db"
        file.touch()
        assert Catalog.existing(f"sqlite:///{file}") is None
        assert file.stat().st_size == 0

    def test_a_catalog_is_opened(self, url: str) -> None:
        Catalog(url).close()
        found = Catalog.existing(url)
        assert found is not None
        assert found.ports() == ()
        found.close()

    def test_a_missing_file_is_found_out_without_sqlalchemy(self, tmp_path: Path) -> None:
        code = (
            "import sys; from mesh_core.catalog import Catalog; "
            "assert Catalog.existing(sys.argv[1]) is None; sys.exit('sqlalchemy' in sys.modules)"
        )
        url = f"sqlite:///{tmp_path}/catalog.db"
        assert subprocess.run([sys.executable, "-c", code, url], check=False).returncode == 0
