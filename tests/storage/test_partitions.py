"""Partitioned files: where they lie, what is in them, what their readers leave out."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import threading
from pathlib import Path

import duckdb
import pytest

from mesh_core.errors import MeshError
from mesh_core.storage import Change, Lake, connect, scan
from mesh_core.storage.places import files_below
from storage.shelf import Shelf

A, B, C = (1, "2013-01-01", "a"), (2, "2013-01-02", "b"), (3, "2013-01-02", "c")


@pytest.mark.folder
def test_a_file_lies_in_its_partitions_folder_and_has_the_column_too(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path, by=("day",))
    staged = shelf.stage([A, B, C])
    assert [(file.partition, file.rows) for file in sorted(staged.files, key=lambda file: file.rows)] == [
        ({"day": "2013-01-01"}, 1),
        ({"day": "2013-01-02"}, 2),
    ]
    for file in staged.files:
        assert file.file.parent.name == f"day={file.partition['day']}"
        read = f"SELECT DISTINCT day::VARCHAR FROM read_parquet('{file.file}', hive_partitioning = false)"
        assert duckdb.sql(read).fetchall() == [(file.partition["day"],)]
    assert (staged.rows, staged.partitions) == (3, ("2013-01-01", "2013-01-02"))
    assert (staged.statistics["id"].minimum, staged.statistics["id"].maximum) == ("1", "3")
    assert duckdb.sql(staged.relation + " ORDER BY id").fetchall()[2][2] == "c"


def test_a_filter_on_the_column_opens_no_other_file(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path, by=("day",))
    shelf.put("SELECT range AS id, DATE '2013-01-01' + (range % 50)::INTEGER AS day, 'x' AS name FROM range(500)")
    query = f"EXPLAIN ANALYZE SELECT sum(id) FROM ({shelf.pinned().relation}) WHERE day = DATE '2013-01-07'"
    plan = shelf.connection.execute(query).fetchall()[0][1]
    assert re.search(r"Scanning Files: 1/50", plan), plan


def test_only_and_without_are_the_two_halves(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path, by=("day",))
    shelf.put([A, B, C])
    pinned = shelf.pinned()
    assert shelf.rows(pinned.only({"2013-01-02"})) == [B, C]
    assert shelf.rows(pinned.without({"2013-01-02"})) == [A]
    assert shelf.rows(pinned.only({"2014-01-01"})) == []
    assert (pinned.rows, pinned.only({"2013-01-02"}).rows) == (3, 2)


VALUES = ["a b/c", "ü%20=&", "2013-01-01.csv", "it's", 'x"y', "..", "%2F", "a?b#c[1]", "k=v", " ", "NULL"]


def test_odd_values_and_null_are_partitions_like_any_other(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path)
    columns = {"id": ("BIGINT", ""), "file": ("VARCHAR", "")}
    kinds = {"id": "BIGINT", "file": "VARCHAR"}
    listed = ", ".join(f"({number}, '{value.replace(chr(39), chr(39) * 2)}')" for number, value in enumerate(VALUES))
    sql = f"SELECT id::BIGINT AS id, file FROM (VALUES {listed}, (99, NULL)) AS v(id, file)"
    staged = shelf.lake.stage(shelf.connection, sql, shelf.table, kinds, partition_by=("file",))
    shelf.lake.commit(staged, columns, onto=None, facts={"rows": "12"})
    pinned = shelf.pinned()
    read = shelf.connection.execute(f"SELECT id, file FROM ({pinned.relation}) ORDER BY id").fetchall()
    assert read == [*enumerate(VALUES), (99, None)]
    assert pinned.partitions == (None, *sorted(VALUES))
    for number, value in enumerate(VALUES):
        one = shelf.connection.execute(f"SELECT id FROM ({pinned.only({value}).relation})").fetchall()
        assert one == [(number,)]
    again = "SELECT 50::BIGINT AS id, 'a b/c' AS file"
    staged = shelf.lake.stage(shelf.connection, again, shelf.table, kinds, partition_by=("file",))
    change = Change(mode="partitions", partitions=("a b/c", "ü%20=&"))
    shelf.lake.commit(staged, columns, onto=0, facts={"rows": "?"}, change=change)
    left = shelf.connection.execute(f"SELECT id FROM ({shelf.pinned().relation}) ORDER BY id").fetchall()
    assert left == [(2,), (3,), (4,), (5,), (6,), (7,), (8,), (9,), (10,), (50,), (99,)]


def test_an_empty_text_is_no_partition(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path)
    kinds = {"id": "BIGINT", "file": "VARCHAR"}
    with pytest.raises(MeshError, match="an empty text cannot be a partition, and column 'file' has one"):
        shelf.lake.stage(
            shelf.connection, "SELECT 1::BIGINT AS id, '' AS file", shelf.table, kinds, partition_by=("file",)
        )
    assert files_below(shelf.table) == []


@pytest.mark.parametrize("kind", ["DOUBLE", "TIMESTAMP", "BOOLEAN", "BIGINT[]"])
def test_a_type_whose_text_is_not_the_same_to_all_is_refused(tmp_path: Path, kind: str) -> None:
    shelf = Shelf(tmp_path)
    with pytest.raises(MeshError, match=r"cannot be partitioned by column 'x' of type"):
        shelf.lake.stage(shelf.connection, "", shelf.table, {"x": kind}, partition_by=("x",))


@pytest.mark.parametrize("by", [(), ("day",)], ids=["plain", "partitioned"])
def test_a_lake_below_a_folder_that_reads_like_a_partition(tmp_path: Path, by: tuple[str, ...]) -> None:
    """DuckDB takes ``id=7`` in a path for the value of column id, in every row."""
    shelf = Shelf(tmp_path / "id=7" / "other=1" / "name=é x", by=by)
    shelf.put([A, B, C])
    assert shelf.rows() == [A, B, C]
    assert list(shelf.pinned().columns) == ["id", "day", "name"]
    assert shelf.rows(shelf.pinned()) == shelf.rows_by_delta_rs()


def test_a_partition_column_may_stand_twice_in_the_path(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path / "day=1999-01-01", by=("day",))
    shelf.put([A, B])
    assert shelf.rows() == [A, B]


@pytest.mark.folder
@pytest.mark.parametrize("by", [(), ("day",)], ids=["plain", "partitioned"])
def test_a_failed_write_leaves_no_file(tmp_path: Path, by: tuple[str, ...]) -> None:
    shelf = Shelf(tmp_path, by=by)
    shelf.put([A])
    before = {found.name for found in files_below(shelf.table)}
    failing = (
        "SELECT range AS id, DATE '2013-01-01' + (range % 9)::INTEGER AS day, "
        "CASE WHEN range < 900000 THEN 'x' ELSE error('late') END AS name FROM range(1000000)"
    )
    with pytest.raises(duckdb.Error, match="late"):
        shelf.stage(failing)
    assert {found.name for found in files_below(shelf.table)} == before


@pytest.mark.folder
@pytest.mark.parametrize("by", [(), ("day",)], ids=["plain", "partitioned"])
def test_an_interrupted_write_leaves_no_file(tmp_path: Path, by: tuple[str, ...]) -> None:
    shelf = Shelf(tmp_path, by=by)
    timer = threading.Timer(0.3, shelf.connection.interrupt)
    timer.start()
    columns = "range AS id, DATE '2013-01-01' + (range % 9)::INTEGER AS day, 'x' || range AS name"
    endless = f"SELECT {columns} FROM range(1000000000)"
    with pytest.raises(duckdb.Error, match="INTERRUPT"):
        shelf.stage(endless)
    timer.join()
    assert files_below(shelf.table) == []


@pytest.mark.folder
def test_many_partitions_in_no_order_become_one_file_each(tmp_path: Path) -> None:
    lake = Lake(tmp_path / "lake")
    table = lake.table("t")
    with connect(tmp_path / "scratch", "300MB") as connection:
        sql = "SELECT range AS id, DATE '2013-01-01' + (hash(range) % 365)::INTEGER AS day FROM range(200000)"
        kinds = {"id": "BIGINT", "day": "DATE"}
        staged = lake.stage(connection, sql, table, kinds, partition_by=("day",))
        assert (len(staged.files), len(staged.partitions), staged.rows) == (365, 365, 200_000)
        assert len(list(Path(str(table)).iterdir())) == 365
        assert connection.execute(f"SELECT sum(id) FROM ({staged.relation})").fetchall() == [(19_999_900_000,)]


@pytest.mark.folder
@pytest.mark.parametrize("by", [(), ("day",)], ids=["plain", "partitioned"])
def test_what_keeps_files_from_being_written_is_no_fault_of_the_statement(tmp_path: Path, by: tuple[str, ...]) -> None:
    shelf = Shelf(tmp_path, by=by)
    (tmp_path / "lake").mkdir()
    (tmp_path / "lake" / "domain").write_text("in the way")
    with pytest.raises(MeshError, match=r"rows cannot be written: .*Not a directory") as caught:
        shelf.stage([A])
    assert (caught.value.code, caught.value.path) == ("lake-not-writable", shelf.table)
    assert "the last version stands" in caught.value.remedy


@pytest.mark.folder
def test_a_disk_that_is_full_leaves_no_file(tmp_path: Path) -> None:
    """In a process of its own that may write no file above 1 MiB: DuckDB meets it in the middle of the write."""
    script = """
import resource, signal, sys
from pathlib import Path
from mesh_core.errors import MeshError
from storage.shelf import Shelf

shelf = Shelf(Path(sys.argv[1]), by=("day",))
shelf.put([(1, "2013-01-01", "a")])
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 20, 1 << 20))
try:
    shelf.stage("SELECT range AS id, DATE '2013-01-01' AS day, md5(range::VARCHAR) AS name FROM range(300000)")
except MeshError as error:
    print(error.code, "|", error.what)
print(len(list(Path(str(shelf.table)).rglob("*.parquet"))), shelf.rows())
"""
    command = [sys.executable, "-c", script, str(tmp_path)]
    here = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[1])}
    said = subprocess.run(command, env=here, capture_output=True, text=True, check=True).stdout.splitlines()
    assert said[0].startswith("lake-not-writable | rows cannot be written: ")
    assert "File too large" in said[0]
    assert said[1] == "1 [(1, '2013-01-01', 'a')]"


def test_no_files_are_typed_nothing() -> None:
    sql = scan((), {"a b": "DECIMAL(18,3)", "s": 'STRUCT("x y" INTEGER[])'})
    relation = duckdb.sql(sql)
    assert relation.columns == ["a b", "s"]
    assert [str(kind) for kind in relation.types] == ["DECIMAL(18,3)", 'STRUCT("x y" INTEGER[])']
    assert relation.fetchall() == []
