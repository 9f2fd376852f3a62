"""Writers in several processes at once, in every way that a commit knows: nothing is lost and nothing doubled."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import duckdb
import pytest
from deltalake import DeltaTable, QueryBuilder

from mesh_core.storage import Lake, Place, connect
from mesh_core.storage.places import files_below
from storage.racing_writer import COLUMNS, DAYS

WRITER = Path(__file__).with_name("racing_writer.py")


@pytest.mark.folder
@pytest.mark.parametrize("mode", ["replace", "append", "partitions", "files", "maintenance"])
def test_two_processes_lose_and_double_nothing(tmp_path: Path, mode: str) -> None:
    _race(tmp_path, mode, writers=2, times=5)


@pytest.mark.folder
@pytest.mark.slow
@pytest.mark.parametrize("mode", ["replace", "append", "partitions", "files", "maintenance"])
def test_eight_processes_lose_and_double_nothing(tmp_path: Path, mode: str) -> None:
    _race(tmp_path, mode, writers=8, times=20)


def _race(folder: Path, mode: str, *, writers: int, times: int) -> None:
    lake = Lake(folder / "lake")
    table = lake.table("t")
    zero = "SELECT DATE '{}' AS day, {}::BIGINT AS id, 0::BIGINT AS count"
    rows = " UNION ALL ".join(zero.format(day, number) for number, day in enumerate(DAYS))
    kinds = {name: kind for name, (kind, _) in COLUMNS.items()}
    with connect(folder / "scratch", "200MB") as connection:
        staged = lake.stage(connection, rows, table, kinds, partition_by=("day",))
        lake.commit(staged, COLUMNS, onto=None, facts={"rows": "3"})
    command = [sys.executable, str(WRITER), str(folder), mode]
    running = [subprocess.Popen([*command, str(me), str(times)]) for me in range(writers)]
    assert [process.wait(timeout=300) for process in running] == [0] * writers

    adding = writers - (mode == "maintenance")
    pinned = lake.pin(table)
    assert pinned is not None
    appended = adding * times if mode in {"append", "maintenance"} else 0
    expected = (3 + appended, adding * times)
    assert duckdb.sql(f"SELECT count(*), sum(count)::BIGINT FROM ({pinned.relation})").fetchone() == expected
    assert _by_delta_rs(table) == expected
    history = lake.history(table)
    assert [commit.version for commit in history] == list(range(writers * times, -1, -1))
    named = {entry for commit in history for entry in _files(lake, commit.version)}
    data = {found.name for found in files_below(table) if not found.name.startswith("_delta_log/")}
    assert data == named


def _by_delta_rs(table: Place) -> tuple[int, int]:
    query = QueryBuilder().register("t", DeltaTable(str(table)))
    [batch] = query.execute("SELECT count(*) AS rows, sum(count) AS sum FROM t").read_all().to_batches()
    [row] = batch.to_struct_array().to_pylist()
    return row["rows"], row["sum"]


def _files(lake: Lake, version: int) -> list[str]:
    delta = DeltaTable(str(lake.table("t")), version=version)
    return [path for batch in delta.get_add_actions().to_batches() for path in batch.column("path").to_pylist()]
