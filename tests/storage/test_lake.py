"""Tables as readers and writers meet them: pinned versions, invisible staging, compare and swap."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import pytest

from mesh_core.errors import CommitConflictError, MeshError
from mesh_core.storage import Lake, connect

COLUMNS = {"id": ("BIGINT", "Number."), "name": ("VARCHAR", "Name.")}
Write = Callable[..., int]

WRITER = """
import sys
from pathlib import Path
from mesh_core.errors import CommitConflictError
from mesh_core.storage import Lake, connect

root, me, times = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])
lake = Lake(root)
table = lake.table("t")
connection = connect(root / f"scratch-{me}", "200MB")
done = refused = 0
while done < times:
    before = lake.newest(table)
    kept = lake.pin(table)
    old = f"{kept.relation} UNION ALL " if kept else ""
    staged = lake.stage(connection, f"{old} SELECT 1::BIGINT AS id, '{me}' AS name", table, ("id", "name"))
    columns = {"id": ("BIGINT", ""), "name": ("VARCHAR", "")}
    try:
        lake.commit(staged, columns, onto=before.version if before else None, facts={"rows": str(staged.rows)})
        done += 1
    except CommitConflictError:
        lake.discard(staged)
        refused += 1
print(refused)
"""


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    return Lake(tmp_path / "lake")


@pytest.fixture
def connection(tmp_path: Path) -> duckdb.DuckDBPyConnection:
    return connect(tmp_path / "scratch", "500MB")


@pytest.fixture
def table(lake: Lake) -> Path:
    return lake.table("domain/port")


@pytest.fixture
def write(lake: Lake, connection: duckdb.DuckDBPyConnection, table: Path) -> Write:
    """Stage and commit one row for each number."""

    def act(*numbers: int, onto: int | None, **facts: str) -> int:
        values = ", ".join(f"({n}::BIGINT, 'n{n}')" for n in numbers)
        staged = lake.stage(connection, f"SELECT * FROM (VALUES {values}) AS v(id, name)", table, tuple(COLUMNS))
        return lake.commit(staged, COLUMNS, onto=onto, facts={"rows": str(staged.rows), **facts})

    return act


def _ids(relation: str) -> list[Any]:
    return [row[0] for row in duckdb.sql(f"SELECT id FROM ({relation}) ORDER BY id").fetchall()]


def test_nothing_before_the_first_commit(lake: Lake, table: Path) -> None:
    assert (lake.newest(table), lake.pin(table), lake.history(table)) == (None, None, [])


def test_a_version_replaces_and_the_old_one_still_reads(lake: Lake, table: Path, write: Write) -> None:
    assert write(1, 2, onto=None) == 0
    old = lake.pin(table)
    assert write(3, onto=0, runId="second") == 1
    new = lake.pin(table)
    assert old is not None
    assert new is not None
    assert (_ids(old.relation), _ids(new.relation)) == ([1, 2], [3])
    again = lake.pin(table, 0)
    assert again == old
    assert [(c.version, c.rows, c.facts.get("runId")) for c in lake.history(table)] == [(1, 1, "second"), (0, 2, None)]


def test_staged_rows_are_invisible(
    lake: Lake, table: Path, write: Write, connection: duckdb.DuckDBPyConnection
) -> None:
    from deltalake import DeltaTable

    write(1, onto=None)
    staged = lake.stage(connection, "SELECT 9::BIGINT AS id, 'x' AS name", table, ("id", "name"))
    pinned = lake.pin(table)
    assert pinned is not None
    assert _ids(pinned.relation) == [1]
    assert staged.files[0].file.is_file()
    assert staged.files[0].file.name not in str(DeltaTable(str(table)).file_uris())
    lake.discard(staged)
    assert not staged.files[0].file.exists()


def test_rows_are_staged_in_the_order_of_the_columns(
    lake: Lake, table: Path, connection: duckdb.DuckDBPyConnection
) -> None:
    staged = lake.stage(connection, "SELECT 'x' AS name, 9::BIGINT AS id", table, ("id", "name"))
    assert duckdb.sql(f"DESCRIBE {staged.relation}").fetchall()[0][:2] == ("id", "BIGINT")
    assert (staged.rows, staged.bytes) == (1, staged.files[0].file.stat().st_size)


def test_staging_that_fails_leaves_no_file(lake: Lake, table: Path, connection: duckdb.DuckDBPyConnection) -> None:
    failing = "SELECT CASE WHEN i = 500000 THEN error('no') ELSE i END AS id, 'x' AS name FROM range(600000) r(i)"
    with pytest.raises(duckdb.Error):
        lake.stage(connection, failing, table, ("id", "name"))
    assert list(table.iterdir()) == []


@pytest.mark.parametrize("onto", [None, 0])
def test_a_writer_that_saw_an_older_version_is_refused(lake: Lake, table: Path, write: Write, onto: int | None) -> None:
    write(1, onto=None)
    write(2, onto=0)
    with pytest.raises(CommitConflictError) as caught:
        write(3, onto=onto)
    assert caught.value.what == f"{table} is at version 1, the writer saw {onto}"
    pinned = lake.pin(table)
    assert pinned is not None
    assert _ids(pinned.relation) == [2]


def test_eight_processes_lose_no_commit(tmp_path: Path) -> None:
    """Each adds a row of its own five times to what it read; a refused one reads again."""
    root = tmp_path / "lake"
    command = [sys.executable, "-c", WRITER, str(root)]
    writers = [subprocess.Popen([*command, f"w{n}", "5"], stdout=subprocess.PIPE) for n in range(8)]
    refused = [int(writer.communicate(timeout=120)[0]) for writer in writers]
    assert [writer.returncode for writer in writers] == [0] * 8
    lake = Lake(root)
    newest = lake.newest(lake.table("t"))
    assert newest is not None
    assert (newest.version, newest.rows) == (39, 40)
    pinned = lake.pin(lake.table("t"))
    assert pinned is not None
    counted = duckdb.sql(f"SELECT name, count(*) FROM ({pinned.relation}) GROUP BY name ORDER BY name").fetchall()
    assert counted == [(f"w{n}", 5) for n in range(8)]
    assert sum(refused) > 0, "they never met: the test proves nothing"
    assert len(lake.history(lake.table("t"))) == 40


def test_an_independent_reader(lake: Lake, table: Path, write: Write) -> None:
    import pyarrow.fs
    from deltalake import DeltaTable

    write(1, 2, onto=None)
    write(3, 4, 5, onto=0)
    delta = DeltaTable(str(table))
    local = pyarrow.fs.SubTreeFileSystem(str(table), pyarrow.fs.LocalFileSystem())
    read = delta.to_pyarrow_dataset(filesystem=local)
    assert read.to_table(columns=["id"]).column("id").to_pylist() == [3, 4, 5]
    import pyarrow.dataset as ds

    assert read.to_table(filter=ds.field("id") > 3).num_rows == 2
    assert [field.metadata for field in delta.schema().fields] == [{"comment": "Number."}, {"comment": "Name."}]


@pytest.mark.parametrize("path", ["../outside", "/etc", "a/../../outside", "a/../.."])
def test_a_path_that_leaves_the_lake_is_refused(lake: Lake, path: str) -> None:
    with pytest.raises(MeshError, match="leaves the lake"):
        lake.table(path)


def test_internal_tables_lie_apart_from_ports(lake: Lake) -> None:
    assert lake.internal(("shop", "silver", "orders")) == lake.root / "shop" / "_internal" / "silver" / "orders"


@pytest.mark.parametrize("kind", ["UBIGINT", "HUGEINT", "TIME", "UUID", "INTERVAL"])
def test_a_type_without_a_place_in_delta_is_refused(
    lake: Lake, table: Path, connection: duckdb.DuckDBPyConnection, kind: str
) -> None:
    staged = lake.stage(connection, f"SELECT NULL::{kind} AS id", table, ("id",))
    with pytest.raises(MeshError) as caught:
        lake.commit(staged, {"id": (kind, "")}, onto=None, facts={})
    assert caught.value.what == f"column 'id' has type {kind}, which Delta Lake cannot store"
    assert lake.newest(table) is None


def test_a_table_may_gain_a_naive_timestamp(
    lake: Lake, table: Path, write: Write, connection: duckdb.DuckDBPyConnection
) -> None:
    """delta-rs alone commits this and leaves a table that nobody can read."""
    from deltalake import DeltaTable

    write(1, onto=None, runId="first")
    columns = {"id": ("BIGINT", ""), "seen": ("TIMESTAMP", "")}
    staged = lake.stage(
        connection, "SELECT 2::BIGINT AS id, TIMESTAMP '2013-01-01 10:00' AS seen", table, tuple(columns)
    )
    version = lake.commit(staged, columns, onto=0, facts={"rows": "1", "runId": "second"})
    pinned = lake.pin(table)
    assert pinned is not None
    assert (version, pinned.version, _ids(pinned.relation)) == (1, 1, [2])
    protocol = DeltaTable(str(table)).protocol()
    assert (protocol.min_reader_version, protocol.min_writer_version) == (3, 7)
    assert (protocol.reader_features, sorted(protocol.writer_features or ())) == (
        ["timestampNtz"],
        ["appendOnly", "invariants", "timestampNtz"],
    )
    assert DeltaTable(str(table), version=0).protocol().min_reader_version == 1
