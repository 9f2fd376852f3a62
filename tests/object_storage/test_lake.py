"""Tables in an object store, as readers and writers meet them."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import duckdb
import msgspec
import pytest

from mesh_core.errors import CommitConflictError, MeshError
from mesh_core.settings import Secret, StoreAccess
from mesh_core.storage import Change, CommitUnknownError, Lake, ObjectStoreError, Place, connect
from mesh_core.storage import object_store as module
from mesh_core.storage.object_store import ObjectPath
from mesh_core.storage.places import files_below, read, remove, write

from .seaweed import KEY_ID, SECRET, Seaweed

COLUMNS = {"id": ("BIGINT", "Number."), "day": ("DATE", "Day.")}
REPLACE = Change()
TYPES = {name: kind for name, (kind, _) in COLUMNS.items()}


@pytest.fixture
def table(lake: Lake) -> Place:
    return lake.table("domain/port")


@pytest.fixture
def connection(tmp_path: Path, access: StoreAccess) -> Iterator[duckdb.DuckDBPyConnection]:
    with connect(tmp_path / "scratch", "500MB", access=access) as opened:
        yield opened


class Writer:
    """Commits numbers, each on the day of its own of January 2026."""

    def __init__(self, lake: Lake, table: Place, connection: duckdb.DuckDBPyConnection) -> None:
        self.lake, self.table, self.connection = lake, table, connection

    def __call__(self, *numbers: int, onto: int | None, change: Change = REPLACE, days: bool = False) -> int:
        values = ", ".join(f"({n}::BIGINT, DATE '2026-01-{n:02}')" for n in numbers)
        select = f"SELECT * FROM (VALUES {values}) AS v(id, day)"
        by = ("day",) if days else ()
        staged = self.lake.stage(self.connection, select, self.table, TYPES, partition_by=by)
        return self.lake.commit(staged, COLUMNS, onto=onto, facts={"rows": str(staged.rows)}, change=change)

    def ids(self, version: int | None = None) -> list[int]:
        pinned = self.lake.pin(self.table, version)
        assert pinned is not None
        return [row[0] for row in self.connection.execute(f"SELECT id FROM ({pinned.relation}) ORDER BY 1").fetchall()]


@pytest.fixture
def writer(lake: Lake, table: Place, connection: duckdb.DuckDBPyConnection) -> Writer:
    return Writer(lake, table, connection)


def test_a_version_replaces_and_the_old_one_still_reads(writer: Writer) -> None:
    lake, table = writer.lake, writer.table
    assert (lake.newest(table), lake.pin(table), lake.history(table)) == (None, None, [])
    assert writer(1, 2, onto=None) == 0
    assert writer(3, onto=0) == 1
    assert writer(4, onto=1, change=Change(mode="append")) == 2
    assert (writer.ids(0), writer.ids(1), writer.ids()) == ([1, 2], [3], [3, 4])
    assert [(commit.version, commit.rows) for commit in lake.history(table)] == [(2, 1), (1, 1), (0, 2)]


def test_one_partition_is_replaced(writer: Writer) -> None:
    writer(1, 2, 3, onto=None, days=True)
    kept = {found.name for found in files_below(writer.table) if "day=2026-01-02" not in found.name}
    writer(2, onto=0, days=True, change=Change(mode="partitions", partitions=("2026-01-02",)))
    assert writer.ids() == [1, 2, 3]
    assert kept <= {found.name for found in files_below(writer.table)}
    pinned = writer.lake.pin(writer.table)
    assert pinned is not None
    assert pinned.partitions == ("2026-01-01", "2026-01-02", "2026-01-03")
    plan = writer.connection.execute(
        f"EXPLAIN ANALYZE SELECT count(id) FROM ({pinned.relation}) WHERE day = '2026-01-02'"
    ).fetchall()
    assert "Scanning Files: 1/3" in plan[0][1], "two files were opened for nothing"


@pytest.mark.parametrize("onto", [None, 0])
def test_a_writer_that_saw_an_older_version_is_refused(writer: Writer, onto: int | None) -> None:
    writer(1, onto=None)
    writer(2, onto=0)
    with pytest.raises(CommitConflictError, match=f"is at version 1, the writer saw {onto}"):
        writer(3, onto=onto)
    assert writer.ids() == [2]


def test_what_is_discarded_is_gone(writer: Writer) -> None:
    writer(1, onto=None)
    before = files_below(writer.table)
    staged = writer.lake.stage(writer.connection, "SELECT 9::BIGINT AS id, NULL::DATE AS day", writer.table, TYPES)
    assert len(files_below(writer.table)) == len(before) + 1
    writer.lake.discard(staged)
    assert files_below(writer.table) == before


def test_staging_that_fails_leaves_nothing(writer: Writer) -> None:
    failing = "SELECT CASE WHEN i = 500000 THEN error('no') ELSE i END AS id, NULL::DATE AS day FROM range(600000) r(i)"
    with pytest.raises(duckdb.Error, match="no"):
        writer.lake.stage(writer.connection, failing, writer.table, TYPES)
    assert files_below(writer.table) == []


def test_a_large_file_goes_in_parts(writer: Writer) -> None:
    rows = 3_000_000
    select = f"SELECT hash(i)::BIGINT AS id, DATE '2026-01-01' AS day FROM (SELECT i::INT AS i FROM range({rows}) r(i))"
    select = select.replace("hash(i)::BIGINT", "(hash(i) >> 1)::BIGINT")
    staged = writer.lake.stage(writer.connection, select, writer.table, TYPES)
    assert staged.rows == rows
    assert staged.bytes > 20_000_000
    assert writer.lake.commit(staged, COLUMNS, onto=None, facts={"rows": str(rows)}) == 0
    pinned = writer.lake.pin(writer.table)
    assert pinned is not None
    assert writer.connection.execute(f"SELECT count(*) FROM ({pinned.relation})").fetchone() == (rows,)


def test_others_read_it_by_delta_lake_alone(writer: Writer, access: StoreAccess) -> None:
    from deltalake import DeltaTable

    writer(1, 2, onto=None)
    assert isinstance(writer.table, ObjectPath)
    delta = DeltaTable(str(writer.table), storage_options=writer.table.store.options)
    assert (delta.version(), [field.name for field in delta.schema().fields]) == (0, ["id", "day"])
    assert delta.to_pyarrow_dataset().count_rows() == 2


WRITER = """
import sys
from pathlib import Path
from mesh_core.errors import CommitConflictError
from mesh_core.settings import Secret, StoreAccess
from mesh_core.storage import Change, Lake, connect
from mesh_core.storage.places import place_at

url, scratch, me, mode, times, endpoint, key_id, secret = sys.argv[1:]
access = StoreAccess(key_id=Secret(key_id), secret=Secret(secret), endpoint=endpoint)
lake = Lake(place_at(url, access), access)
table = lake.table("t")
connection = connect(Path(scratch) / me, "200MB", access=access)
done = refused = 0
while done < int(times):
    before = lake.newest(table)
    kept = lake.pin(table) if mode == "replace" else None
    old = f"{kept.relation} UNION ALL " if kept else ""
    row = f"SELECT {done}::BIGINT AS id, '{me}' AS name"
    staged = lake.stage(connection, old + row, table, {"id": "BIGINT", "name": "VARCHAR"})
    columns = {"id": ("BIGINT", ""), "name": ("VARCHAR", "")}
    try:
        lake.commit(
            staged, columns, onto=before.head if before else None,
            facts={"rows": str(staged.rows)}, change=Change(mode=mode),
        )
        done += 1
    except CommitConflictError:
        lake.discard(staged)
        refused += 1
print(refused)
"""


@pytest.mark.parametrize(("mode", "times"), [("append", 5), ("replace", 3)])
def test_eight_processes_lose_and_double_nothing(
    lake: Lake, connection: duckdb.DuckDBPyConnection, seaweed: Seaweed, tmp_path: Path, mode: str, times: int
) -> None:
    """Each adds rows of its own to what is there; a refused one looks again."""
    command = [sys.executable, "-c", WRITER, str(lake.root), str(tmp_path / "scratch")]
    end = [mode, str(times), seaweed.endpoint, KEY_ID, SECRET]
    pipe = subprocess.PIPE
    writers = [subprocess.Popen([*command, f"w{n}", *end], stdout=pipe, stderr=pipe, text=True) for n in range(8)]
    told = [each.communicate(timeout=240) for each in writers]
    assert [(each.returncode, err) for each, (_, err) in zip(writers, told, strict=True)] == [(0, "")] * 8
    refused = [int(out) for out, _ in told]
    table = lake.table("t")
    newest, pinned = lake.newest(table), lake.pin(table)
    assert newest is not None
    assert pinned is not None
    assert newest.version == 8 * times - 1
    sql = f"SELECT name, count(*), count(DISTINCT id) FROM ({pinned.relation}) GROUP BY name ORDER BY name"
    assert connection.execute(sql).fetchall() == [(f"w{n}", times, times) for n in range(8)]
    assert sum(refused) > 0, "they never met: the test proves nothing"


class TestALongLog:
    """As a table has it after years: 1,002 versions of maintenance after one publication."""

    @pytest.fixture
    def long(self, writer: Writer) -> Writer:
        import obstore

        writer(1, onto=None)
        assert isinstance(writer.table, ObjectPath)
        info = json.dumps({"commitInfo": {"timestamp": 1, "operation": "OPTIMIZE"}}).encode()
        for version in range(1, 1003):
            obstore.put(writer.table.store.client, f"{writer.table.key}/_delta_log/{version:020}.json", info)
        return writer

    def test_the_publication_below_it_is_found(self, long: Writer) -> None:
        newest = long.lake.newest(long.table)
        assert newest is not None
        assert (newest.version, newest.head) == (0, 1002)

    def test_only_what_came_since_the_checkpoint_is_listed(self, long: Writer, monkeypatch: pytest.MonkeyPatch) -> None:
        log = long.table / "_delta_log"
        write(log / "_last_checkpoint", b'{"version":1000,"size":2}')
        write(log / f"{1003:020}.json", b'{"commitInfo":{"mesh.rows":"7"}}')
        listed: list[str] = []
        names = module.names
        monkeypatch.setattr(module, "names", lambda folder, after: listed.extend(names(folder, after)) or listed)
        newest = long.lake.newest(long.table)
        assert newest is not None
        assert (newest.version, newest.rows, newest.head) == (1003, 7, 1003)
        assert sorted(name for name in listed if name.endswith(".json")) == [f"{n:020}.json" for n in range(1000, 1004)]


class TestFailing:
    def test_reading_with_a_wrong_key(self, writer: Writer, access: StoreAccess) -> None:
        writer(1, onto=None)
        other = msgspec.structs.replace(access, secret=Secret("wrong"))
        lake = Lake(ObjectPath.parse(str(writer.lake.root), other), other)
        for act in (lake.newest, lake.pin, lake.history):
            with pytest.raises(ObjectStoreError, match="refuses these credentials"):
                act(lake.table("domain/port"))

    def test_staging_with_a_wrong_key(self, writer: Writer, access: StoreAccess, tmp_path: Path) -> None:
        other = msgspec.structs.replace(access, secret=Secret("wrong"))
        with (
            connect(tmp_path / "other", "200MB", access=other) as connection,
            pytest.raises(ObjectStoreError, match="refuses these credentials"),
        ):
            writer.lake.stage(connection, "SELECT 1::BIGINT AS id, NULL::DATE AS day", writer.table, TYPES)

    def test_staging_where_nothing_answers(self, writer: Writer, access: StoreAccess, tmp_path: Path) -> None:
        silent = msgspec.structs.replace(access, endpoint="http://127.0.0.1:9")
        with (
            connect(tmp_path / "other", "200MB", access=silent) as connection,
            pytest.raises(ObjectStoreError, match="does not answer"),
        ):
            writer.lake.stage(connection, "SELECT 1::BIGINT AS id, NULL::DATE AS day", writer.table, TYPES)

    def test_staging_into_no_bucket(self, connection: duckdb.DuckDBPyConnection, access: StoreAccess) -> None:
        lake = Lake(ObjectPath.parse("s3://nobody/x", access), access)
        with pytest.raises(MeshError, match="s3://nobody/x"):
            lake.stage(connection, "SELECT 1::BIGINT AS id, NULL::DATE AS day", lake.table("t"), TYPES)

    def test_a_damaged_file_is_no_fault_of_the_store(self, writer: Writer) -> None:
        writer(1, onto=None)
        [file] = [found.name for found in files_below(writer.table) if found.name.endswith(".parquet")]
        remove(writer.table / file)
        with pytest.raises(MeshError) as caught:
            writer.lake.pin(writer.table, 0)
        assert caught.value.code == "version-gone"

    @pytest.mark.parametrize("arrived", [True, False])
    def test_a_commit_whose_answer_is_lost(
        self, writer: Writer, monkeypatch: pytest.MonkeyPatch, arrived: bool
    ) -> None:
        """It counts if it is there; if it is not, it may still come, and its files stay."""
        from mesh_core.storage import places

        writer(1, onto=None)
        put = places.object_store.put_if_absent

        def lost(file: ObjectPath, content: bytes) -> bool:
            if arrived:
                put(file, content)
            message = "the object store does not answer"
            raise ObjectStoreError(message)

        select = "SELECT 2::BIGINT AS id, NULL::DATE AS day"
        staged = writer.lake.stage(writer.connection, select, writer.table, TYPES)
        with monkeypatch.context() as patch:
            patch.setattr(places.object_store, "put_if_absent", lost)
            if arrived:
                assert writer.lake.commit(staged, COLUMNS, onto=0, facts={"rows": "1"}) == 1
            else:
                with pytest.raises(CommitUnknownError):
                    writer.lake.commit(staged, COLUMNS, onto=0, facts={"rows": "1"})
        writer.lake.discard(staged)
        assert read(staged.files[0].file)
        assert writer.ids() == ([2] if arrived else [1])
