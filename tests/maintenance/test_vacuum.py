"""What is removed and, above all, what is not."""

from __future__ import annotations

import json
import os
import time
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from deltalake import DeltaTable

from mesh_core.errors import MeshError
from mesh_core.storage.log import commits_of
from mesh_core.storage.past import past_of

from .garden import DAY, Garden

pytestmark = pytest.mark.folder


def _replace(garden: Garden, times: int) -> None:
    for number in range(times):
        garden.publish(f"SELECT {number}::BIGINT AS id, DATE '2026-01-01' AS day", replacing=True)


def _age(file: Path, days: float) -> None:
    moment = time.time() - days * DAY
    os.utime(file, (moment, moment))


def _commit_of(garden: Garden, version: int) -> Path:
    return garden.table / "_delta_log" / f"{version:020}.json"


def _make_old(garden: Garden, version: int, days: float) -> None:
    """As if the commit, with its files, had been made so many days ago."""
    commit = _commit_of(garden, version)
    then = time.time() - days * DAY
    lines = [json.loads(line) for line in commit.read_text().splitlines()]
    for line in lines:
        if "commitInfo" in line:
            line["commitInfo"]["timestamp"] = int(then * 1000)
    commit.write_text("".join(json.dumps(line) + "\n" for line in lines))
    _age(commit, days)
    for file in garden.lake.intervening(garden.table, version - 1)[0].added:
        _age(garden.table / file, days)


def test_versions_replaced_long_ago_go_and_the_others_stay(garden: Garden) -> None:
    _replace(garden, 4)
    for version, days in enumerate((90, 40, 20, 10)):
        _make_old(garden, version, days)
    told = garden.maintain(retention=timedelta(days=30))
    # Version 0 was replaced 40 days ago, version 1 20 days ago.
    assert (told.status, told.removed, told.versions_kept) == ("done", 1, 3)
    assert [garden.rows(version)[0][0] for version in (1, 2, 3)] == [1, 2, 3]
    with pytest.raises(MeshError) as gone:
        garden.pinned(0)
    assert gone.value.code == "version-gone"


def test_the_newest_version_stays_however_old_it_is(garden: Garden) -> None:
    _replace(garden, 2)
    for version, days in enumerate((900, 800)):
        _make_old(garden, version, days)
    assert garden.maintain(retention=timedelta(0)).removed == 1
    assert garden.rows() == [(1, date(2026, 1, 1))]
    assert garden.maintain(retention=timedelta(0)).status == "unchanged"


def test_a_reader_has_a_day_where_the_contract_keeps_no_version(garden: Garden) -> None:
    _replace(garden, 2)
    before = garden.files()
    assert garden.maintain(retention=timedelta(0)).status == "unchanged"
    assert garden.files() == before
    assert garden.maintain(retention=timedelta(0), at=1.1 * DAY).removed == 1


def test_files_of_a_publication_that_runs_survive(garden: Garden) -> None:
    _replace(garden, 1)
    with garden.connect() as connection:
        staged = garden.lake.stage(
            connection, "SELECT 7::BIGINT AS id, DATE '2026-01-01' AS day", garden.table, ("id", "day")
        )
    assert garden.maintain(retention=timedelta(0)).status == "unchanged"
    garden.lake.commit(staged, garden.columns, onto=0, facts={"rows": "1"})
    assert garden.rows()[0][0] == 7


def test_leftovers_of_one_that_died_go_after_a_day(daily: Garden) -> None:
    daily.plant(2)
    with daily.connect() as connection:
        select = "SELECT 7::BIGINT AS id, DATE '2026-05-01' + i::INT AS day FROM range(3) t(i)"
        kinds = {"id": "BIGINT", "day": "DATE"}
        daily.lake.stage(connection, select, daily.table, kinds, partition_by=("day",))
    named = {file.entry for file in daily.pinned().data}
    assert len(daily.files()) == 5
    assert daily.maintain(at=0.9 * DAY).removed == 0
    assert daily.maintain(at=1.1 * DAY).removed == 3
    assert daily.files() == named


def test_a_first_publication_that_died_leaves_nothing(garden: Garden) -> None:
    with garden.connect() as connection:
        garden.lake.stage(connection, "SELECT 1::BIGINT AS id", garden.table, ("id",))
    assert garden.maintain().status == "unchanged"
    assert garden.maintain(at=2 * DAY).removed == 1
    assert garden.files() == set()
    assert garden.maintain(at=2 * DAY).status == "unchanged"


@pytest.mark.parametrize(
    "name",
    [
        "part-1.zstd.parquet#1",
        "day=2026-01-01/part-1.parquet#2",
        "_delta_log/00000000000000000001.json#1",
        "_delta_log/.00000000000000000001.json.4711.abcdef01",
        "_delta_log/_commit_4a1c.json.tmp",
        "._discovery.json.x81v2",
        "_mesh/.deleted.parquet.1",
    ],
)
def test_what_died_on_its_way_goes_after_a_day(garden: Garden, name: str) -> None:
    _replace(garden, 1)
    file = garden.table / name
    file.parent.mkdir(exist_ok=True)
    file.write_text("half")
    assert garden.maintain().status == "unchanged"
    assert garden.maintain(at=2 * DAY, retention=timedelta(0)).removed == 1
    assert not file.exists()
    assert garden.rows()[0][0] == 0


@pytest.mark.parametrize(
    "name",
    [
        "_discovery.json",
        "README.md",
        "notes/part-1.parquet",
        "other/_delta_log/00000000000000000000.json",
        "other/part-1.parquet",
        "day=1/_delta_log/00000000000000000000.json",
        "_delta_log/_last_checkpoint",
        "_delta_log/00000000000000000000.crc",
        "_change_data/cdc-1.parquet",
    ],
)
def test_what_is_not_known_stays(garden: Garden, name: str) -> None:
    _replace(garden, 1)
    file = garden.table / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text("{}")
    assert garden.maintain(at=900 * DAY, retention=timedelta(0)).removed == 0
    assert file.exists()


def test_a_table_in_the_folder_of_another_is_its_own(garden: Garden) -> None:
    _replace(garden, 1)
    inner = Garden(garden.folder)
    inner.table = garden.table / "year=2026"
    inner.plant(1)
    assert garden.maintain_all().status == "unchanged"
    assert inner.rows() == [(0, date(2026, 1, 1))]


def test_hidden_files_stay_as_long_as_a_kept_commit_names_them(garden: Garden) -> None:
    hidden = garden.table / "_mesh"
    hidden.mkdir(parents=True)
    for name in ("quarantine-1", "quarantine-2", "deleted-2", "quarantine-nobody", "refused-1"):
        (hidden / f"{name}.parquet").write_text("x")
    row = "SELECT 1::BIGINT AS id, DATE '2026-01-01' AS day"
    garden.publish(row, replacing=True, quarantine='{"file": "_mesh/quarantine-1.parquet", "rows": 1}')
    garden.publish(
        row,
        replacing=True,
        quarantine='{"file": "_mesh/quarantine-2.parquet"}',
        deletedKeys="_mesh/deleted-2.parquet",
    )
    assert garden.maintain().status == "unchanged"
    assert len(list(hidden.iterdir())) == 5
    garden.maintain(at=40 * DAY, retention=timedelta(days=30))
    # Version 0 was replaced 40 days ago; who refused rows keeps them for as long as a version.
    assert sorted(file.name for file in hidden.iterdir()) == ["deleted-2.parquet", "quarantine-2.parquet"]


def test_maintenance_does_not_part_a_publication_from_its_hidden_files(garden: Garden) -> None:
    hidden = garden.table / "_mesh" / "deleted-1.parquet"
    hidden.parent.mkdir(parents=True)
    hidden.write_text("x")
    garden.plant(9)
    garden.publish("SELECT 9::BIGINT AS id, DATE '2026-01-01' AS day", deletedKeys="_mesh/deleted-1.parquet")
    assert garden.maintain().checkpoint == 10
    for _ in range(3):
        garden.maintain(at=90 * DAY, retention=timedelta(days=1))
    assert hidden.exists()
    assert garden.newest().facts["deletedKeys"] == "_mesh/deleted-1.parquet"
    assert len(garden.rows()) == 10


def test_the_log_is_cut_at_a_checkpoint_that_kept_versions_start_from(garden: Garden) -> None:
    garden.plant(12)
    assert garden.maintain().checkpoint == 12
    garden.plant(3, start=12)
    garden.maintain(at=40 * DAY, retention=timedelta(days=30))
    names = {name for name in garden.log() if name.endswith(".json")}
    # 15 is kept, and rebuilt from the checkpoint of 12.
    assert sorted(names) == [f"{version:020}.json" for version in (12, 13, 14, 15)]
    assert garden.maintain(at=40 * DAY).status == "unchanged"
    assert len(garden.rows()) == 15
    assert DeltaTable(str(garden.table)).to_pyarrow_table().num_rows == 15
    assert garden.newest().version == 15
    garden.plant(1, start=15)
    assert len(garden.rows()) == 16


def test_every_kept_version_reads_after_the_log_was_cut(garden: Garden) -> None:
    for round_ in range(6):
        garden.plant(5, start=round_ * 5)
        garden.maintain(sizes={"least_files": 3}, checkpoint_every=4)
    expected = {version: garden.rows(version) for version in range(20, 30) if _is_publication(garden, version)}
    for version in range(12):
        _age(_commit_of(garden, version), 100)
    # By what the commits say of themselves, nothing is old: the later of two times counts.
    assert garden.maintain().removed == 0
    for version in range(12):
        _make_old(garden, version, 100)
    assert garden.maintain().removed > 0
    assert {version: garden.rows(version) for version in expected} == expected


def _is_publication(garden: Garden, version: int) -> bool:
    return next(c for c in garden.lake.history(garden.table) if c.version == version).kind == "publication"


def test_a_clock_that_went_back_removes_nothing_early(garden: Garden) -> None:
    """Version 1 replaced version 0 just now, by a clock that stood at the year 2000."""
    _replace(garden, 2)
    _make_old(garden, 1, 9000)
    assert garden.maintain(retention=timedelta(days=30)).removed == 0
    assert garden.rows(0)[0][0] == 0
    # As soon as a commit makes sense again, its time counts.
    _replace(garden, 1)
    assert garden.maintain(retention=timedelta(days=30)).removed == 0
    assert garden.maintain(retention=timedelta(days=30), at=40 * DAY).removed == 2


def test_a_clock_that_is_behind_now_removes_nothing(garden: Garden) -> None:
    _replace(garden, 3)
    assert garden.maintain(retention=timedelta(0), at=-900 * DAY).status == "unchanged"


def test_a_staged_file_with_an_impossible_time_stays(garden: Garden) -> None:
    _replace(garden, 1)
    file = garden.table / "part-2.zstd.parquet"
    file.write_text("x")
    os.utime(file, (0, 0))
    assert garden.maintain(retention=timedelta(0)).removed == 0
    assert file.exists()


def test_a_damaged_log_stops_it(garden: Garden) -> None:
    _replace(garden, 3)
    for version, days in enumerate((90, 80, 70)):
        _make_old(garden, version, days)
    _commit_of(garden, 1).write_text("{oops")
    before = garden.files()
    with pytest.raises(MeshError):
        garden.maintain()
    assert garden.files() == before


def test_a_gap_in_the_log_stops_it(garden: Garden) -> None:
    _replace(garden, 4)
    _commit_of(garden, 1).unlink()
    before = garden.files()
    with pytest.raises(MeshError):
        garden.maintain_all()
    assert garden.files() == before


def test_a_dry_run_counts_and_leaves_everything(garden: Garden) -> None:
    _replace(garden, 3)
    before: Any = garden.files(), garden.log()
    told = garden.maintain(dry_run=True, retention=timedelta(days=1), at=2 * DAY)
    assert (told.removed, told.status) == (2, "done")
    assert told.bytes_freed > 0
    assert (garden.files(), garden.log()) == before


def test_a_log_that_is_cut_while_somebody_reads_it_begins_later(garden: Garden) -> None:
    _replace(garden, 5)
    history = garden.lake.history
    reading = commits_of(garden.table)
    past = past_of(garden.table)
    assert (next(reading).version, next(past)[0].version) == (4, 4)
    for version in (0, 1):
        _commit_of(garden, version).unlink()
    assert [commit.version for commit in reading] == [3, 2]
    assert [commit.version for commit, _ in past] == [3, 2]
    assert [commit.version for commit in history(garden.table)] == [4, 3, 2]


def test_a_file_that_is_older_than_the_log_goes_when_its_time_has_come(garden: Garden) -> None:
    """A table may have it for years, while the log goes back a month."""
    garden.plant(1)
    garden.pass_days(400)
    garden.plant(3, start=1)
    garden.maintain(checkpoint_every=1)
    garden.pass_days(40)
    garden.maintain(checkpoint_every=1)
    assert "00000000000000000000.json" not in garden.log()
    assert len(garden.files()) == 4
    garden.maintain(sizes={"least_files": 2})
    assert garden.pinned().rows == 4
    garden.pass_days(29)
    assert garden.maintain().removed == 0
    garden.pass_days(2)
    assert garden.maintain().removed >= 4
    assert len(garden.files()) == 1
    assert [row[0] for row in garden.rows()] == [0, 1, 2, 3]
