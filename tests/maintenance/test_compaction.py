"""Small files put together: fewer files, the same rows, and a commit that is no publication."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import duckdb
import pytest

from mesh_core.errors import MeshError
from mesh_core.storage import Change
from mesh_core.storage.places import read

from .garden import Garden

JANUARY = [(number, date(2026, 1, 1 + number % 2)) for number in range(10)]


def test_small_files_become_one_and_the_publication_stands(garden: Garden) -> None:
    garden.plant(10)
    told = garden.maintain()
    assert (told.status, told.files_before, told.files_after, told.combined) == ("done", 10, 1, 10)
    assert garden.rows() == JANUARY
    newest = garden.newest()
    assert (newest.version, newest.head, newest.rows) == (9, 10, 1)
    assert garden.pinned().version == 9
    assert [commit.version for commit in garden.lake.history(garden.table) if commit.facts] == list(range(9, -1, -1))


def test_delta_rs_reads_what_came_out(garden: Garden) -> None:
    garden.plant(10)
    garden.maintain()
    delta = garden.delta()
    assert delta.version() == 10
    assert sorted(delta.to_pyarrow_table().column("id").to_pylist()) == list(range(10))
    info = delta.history(1)[0]
    assert info["operation"] == "OPTIMIZE"
    assert not [key for key in info if key.startswith("mesh.")]
    assert garden.lake.history(garden.table)[0].kind == "maintenance"


def test_the_commit_changes_no_data_and_no_schema(garden: Garden) -> None:
    garden.plant(6)
    garden.maintain()
    lines = read(garden.table / "_delta_log" / "00000000000000000006.json").splitlines()
    actions = [json.loads(line) for line in lines]
    kinds = [next(iter(action)) for action in actions]
    assert sorted(kinds) == ["add", "commitInfo", *["remove"] * 6]
    assert {
        action[kind]["dataChange"] for action, kind in zip(actions, kinds, strict=True) if kind != "commitInfo"
    } == {False}
    comments = [field.metadata["comment"] for field in garden.delta().schema().fields]
    assert comments == ["Its number.", "Its day."]


def test_nothing_to_do_leaves_no_commit(garden: Garden) -> None:
    garden.plant(4)
    before = garden.log()
    assert garden.maintain().status == "unchanged"
    assert garden.log() == before
    garden.plant(6, start=4)
    assert garden.maintain().status == "done"
    before = garden.log()
    assert garden.maintain().status == "unchanged"
    assert garden.log() == before


def test_a_dry_run_tells_and_does_nothing(garden: Garden) -> None:
    garden.plant(10)
    before = garden.log(), garden.files()
    told = garden.maintain(dry_run=True)
    assert (told.status, told.combined, told.files_after) == ("done", 10, 1)
    assert (garden.log(), garden.files()) == before


def test_partitions_are_put_together_each_for_itself(daily: Garden) -> None:
    daily.plant(10)
    told = daily.maintain()
    assert (told.combined, told.files_after) == (10, 2)
    pinned = daily.pinned()
    assert [file.partition for file in pinned.data] == [{"day": "2026-01-01"}, {"day": "2026-01-02"}]
    assert [file.rows for file in pinned.data] == [5, 5]
    assert daily.rows() == JANUARY


def test_the_partition_column_stays_in_the_file(daily: Garden) -> None:
    """DuckDB and the mesh's readers of single files look there; delta-rs's own compaction leaves it out."""
    daily.plant(10)
    daily.maintain()
    for file in daily.pinned().files:
        names = duckdb.sql(f"SELECT name FROM parquet_schema('{file}')").fetchall()
        assert ("day",) in names
        assert Path(file).parent.name in {"day=2026-01-01", "day=2026-01-02"}


def test_only_partitions_with_many_files_are_touched(daily: Garden) -> None:
    daily.plant(6)
    daily.publish("SELECT 100::BIGINT AS id, DATE '2026-02-01' AS day")
    [alone] = daily.files("day=2026-02-01/")
    told = daily.maintain(sizes={"least_files": 3})
    assert (told.combined, told.files_after) == (6, 3)
    assert alone in {file.entry for file in daily.pinned().data}


@pytest.mark.parametrize("value", ["a b", "50%", "é/ü", "x=y", "quo'te", "per%20cent", "+&?#", "."])
def test_odd_partition_values(tmp_path: Path, value: str) -> None:
    quoted = value.replace("'", "''")
    table = Garden(tmp_path, {"id": ("BIGINT", ""), "kind": ("VARCHAR", "")}, by=("kind",))
    for number in range(6):
        table.publish(f"SELECT {number}::BIGINT AS id, '{quoted}' AS kind")
    before = table.rows()
    assert table.maintain().combined == 6
    assert table.rows() == before
    [file] = table.pinned().data
    assert file.rows == 6
    read = table.delta().to_pyarrow_table().column("id").to_pylist()
    assert sorted(read) == list(range(6))


def test_null_is_a_partition_too(tmp_path: Path) -> None:
    table = Garden(tmp_path, {"id": ("BIGINT", ""), "kind": ("VARCHAR", "")}, by=("kind",))
    for number in range(6):
        table.publish(f"SELECT {number}::BIGINT AS id, NULL::VARCHAR AS kind")
    assert table.maintain().combined == 6
    assert table.rows() == [(number, None) for number in range(6)]


TYPES = {
    "BOOLEAN": "true",
    "TINYINT": "-128",
    "SMALLINT": "32767",
    "INTEGER": "-2147483648",
    "BIGINT": "9223372036854775807",
    "FLOAT": "'nan'::FLOAT",
    "DOUBLE": "'-inf'::DOUBLE",
    "DECIMAL(38,10)": "1234567890123456789012345678.0123456789::DECIMAL(38,10)",
    "DECIMAL(4,2)": "-99.99",
    "VARCHAR": "'Zoë ''s\\n🛫'",
    "BLOB": "'\\x00\\xFF'::BLOB",
    "DATE": "DATE '0001-01-01'",
    "TIMESTAMP": "TIMESTAMP '2026-03-29 02:30:00.123456'",
    "TIMESTAMP WITH TIME ZONE": "TIMESTAMPTZ '2026-03-29 02:30:00.123456+00'",
    "INTEGER[]": "[1, NULL, 3]",
    "STRUCT(a INTEGER, b VARCHAR[])": "{'a': NULL, 'b': ['x', NULL]}",
    "MAP(VARCHAR, DOUBLE)": "MAP {'k': 0.1, 'l': NULL}",
    "STRUCT(m MAP(VARCHAR, STRUCT(t TIMESTAMP WITH TIME ZONE)))": "{'m': MAP {'k': {'t': TIMESTAMPTZ '2026-01-01'}}}",
}


@pytest.mark.parametrize("kind", TYPES)
def test_every_type_comes_out_as_it_went_in(tmp_path: Path, kind: str) -> None:
    table = Garden(tmp_path, {"id": ("BIGINT", ""), "value": (kind, "")})
    for number in range(6):
        value = "NULL" if number == 3 else TYPES[kind]
        table.publish(f"SELECT {number}::BIGINT AS id, ({value})::{kind} AS value")
    with table.connect() as connection:
        before = connection.execute(
            f"SELECT id, typeof(value), value::VARCHAR FROM ({table.pinned().relation}) ORDER BY 1"
        )
        told = before.fetchall()
        assert table.maintain().combined == 6
        after = connection.execute(
            f"SELECT id, typeof(value), value::VARCHAR FROM ({table.pinned().relation}) ORDER BY 1"
        )
        assert after.fetchall() == told
        assert connection.execute(f"DESCRIBE {table.pinned().relation}").fetchall()[1][1] == kind
    assert table.delta().to_pyarrow_table().num_rows == 6


def test_columns_that_came_later_are_null_in_what_was_there_before(garden: Garden) -> None:
    garden.plant(3)
    garden.columns["note"] = ("VARCHAR", "New.")
    for number in range(3, 6):
        garden.publish(f"SELECT {number}::BIGINT AS id, DATE '2026-01-01' AS day, 'n{number}' AS note")
    before = garden.rows()
    assert garden.maintain().combined == 6
    assert garden.rows() == before
    assert [row[2] for row in garden.rows()] == [None, None, None, "n3", "n4", "n5"]


def test_files_are_written_for_parallel_scans(garden: Garden) -> None:
    for part in range(5):
        garden.publish(f"SELECT i AS id, DATE '2026-01-01' AS day FROM range({part} * 60000, {part + 1} * 60000) t(i)")
    garden.maintain()
    [file] = garden.pinned().files
    found = duckdb.sql(f"SELECT DISTINCT row_group_id, row_group_num_rows, compression FROM parquet_metadata('{file}')")
    groups = found.fetchall()
    assert sum(rows for _, rows, _ in groups) == 300_000
    assert len(groups) >= 3
    assert max(rows for _, rows, _ in groups) <= 125_000
    assert {compression for _, _, compression in groups} == {"ZSTD"}


def test_what_is_large_is_split_and_not_touched_again(garden: Garden) -> None:
    for part in range(6):
        garden.publish(
            f"SELECT i AS id, DATE '2026-01-01' + (hash(i) % 9999)::INT AS day "
            f"FROM range({part} * 200000, {part + 1} * 200000) t(i)"
        )
    sizes = {"target": 2_000_000, "small": 1_800_000}
    told = garden.maintain(sizes=sizes)
    assert (told.files_before, told.combined) == (6, 6)
    assert 2 <= told.files_after < 6
    assert garden.pinned().rows == 1_200_000
    assert garden.maintain(sizes=sizes).status == "unchanged"


def test_an_empty_table(garden: Garden) -> None:
    garden.publish("SELECT 1::BIGINT AS id, DATE '2026-01-01' AS day WHERE false")
    assert garden.maintain().status == "unchanged"
    assert garden.rows() == []


@pytest.mark.folder
def test_files_that_hold_less_than_the_log_says_stop_it(garden: Garden) -> None:
    garden.plant(6)
    commit = Path(str(garden.table)) / "_delta_log" / "00000000000000000002.json"
    told = commit.read_text()
    assert told.count('numRecords\\": 1') + told.count('numRecords\\":1') == 1
    commit.write_text(
        told.replace('numRecords\\": 1', 'numRecords\\": 2').replace('numRecords\\":1', 'numRecords\\":2')
    )
    before = garden.log(), garden.files()
    with pytest.raises(MeshError, match="6 files should hold 7 rows and hold 6") as stopped:
        garden.maintain()
    assert stopped.value.code == "rows-differ"
    assert (garden.log(), garden.files()) == before


def test_tables_that_others_made_are_left_alone_if_they_ask_for_more(garden: Garden) -> None:
    garden.plant(10)
    garden.delta().alter.set_table_properties({"delta.appendOnly": "true"})
    before = garden.log(), garden.files()
    with pytest.raises(MeshError, match="appendOnly"):
        garden.maintain()
    assert (garden.log(), garden.files()) == before


def test_a_merge_after_it_finds_the_files(garden: Garden) -> None:
    """What replaces single files names those that maintenance made."""
    garden.plant(6)
    garden.maintain()
    pinned = garden.pinned()
    with garden.connect() as connection:
        select = f"SELECT * FROM ({pinned.relation}) WHERE id <> 3"
        staged = garden.lake.stage(connection, select, garden.table, {"id": "BIGINT", "day": "DATE"})
    change = Change(mode="files", files=pinned.files)
    garden.lake.commit(staged, garden.columns, onto=pinned.physical, facts={"rows": "5"}, change=change)
    assert [row[0] for row in garden.rows()] == [0, 1, 2, 4, 5]
