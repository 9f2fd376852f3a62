"""The four things that a commit does to the rows before it, each read back through DuckDB and through delta-rs."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from mesh_core.errors import CommitConflictError, MeshError
from mesh_core.storage import Change, Staged
from mesh_core.storage.places import files_below, read
from storage.shelf import COLUMNS, Shelf

A, B, C, D = (1, "2013-01-01", "a"), (2, "2013-01-02", "b"), (3, "2013-01-02", "c"), (4, "2013-01-03", "d")


@pytest.fixture(params=[(), ("day",)], ids=["plain", "partitioned"])
def shelf(tmp_path: Path, request: pytest.FixtureRequest) -> Shelf:
    return Shelf(tmp_path, by=request.param)


def _actions(shelf: Shelf, version: int) -> list[dict[str, Any]]:
    content = read(shelf.table / "_delta_log" / f"{version:020}.json")
    return [json.loads(line) for line in content.splitlines()]


def _same_in_both(shelf: Shelf, *rows: tuple[int, str, str]) -> bool:
    return shelf.rows() == list(rows) and shelf.rows_by_delta_rs() == list(rows)


def test_replace_takes_all(shelf: Shelf) -> None:
    assert shelf.put([A, B, C]) == 0
    assert shelf.put([D]) == 1
    assert _same_in_both(shelf, D)
    assert shelf.rows(shelf.pinned(0)) == [A, B, C]


def test_append_keeps_all(shelf: Shelf) -> None:
    shelf.put([A, B])
    assert shelf.put([C, D], Change(mode="append")) == 1
    assert _same_in_both(shelf, A, B, C, D)
    assert shelf.rows(shelf.pinned(0)) == [A, B]
    assert [list(action) for action in _actions(shelf, 1) if "remove" in action] == []


def test_partitions_takes_the_asked_ones_and_no_other(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path, by=("day",))
    shelf.put([A, B, C])
    new = (9, "2013-01-02", "new")
    shelf.put([new, D], Change(mode="partitions", partitions=("2013-01-02", "2013-01-03")))
    assert _same_in_both(shelf, A, D, new)
    assert shelf.rows(shelf.pinned(0)) == [A, B, C]
    gone = [action["remove"] for action in _actions(shelf, 1) if "remove" in action]
    assert [(each["partitionValues"], each["dataChange"]) for each in gone] == [({"day": "2013-01-02"}, True)]


def test_a_partition_that_comes_out_empty_is_empty(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path, by=("day",))
    shelf.put([A, B, C])
    shelf.put([], Change(mode="partitions", partitions=("2013-01-02",)))
    assert _same_in_both(shelf, A)
    assert shelf.pinned().partitions == ("2013-01-01",)


def test_rows_of_a_partition_that_nobody_asked_for_are_refused(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path, by=("day",))
    shelf.put([A])
    with pytest.raises(MeshError, match="rows were made for partitions that were not asked for: 2013-01-03"):
        shelf.put([B, D], Change(mode="partitions", partitions=("2013-01-02",)))
    assert shelf.rows() == [A]


def test_files_takes_the_named_ones(shelf: Shelf) -> None:
    shelf.put([A])
    shelf.put([B, C], Change(mode="append"))
    first, second = shelf.pinned(0).files, shelf.pinned().files
    [touched] = set(second) - set(first)
    later = (2, "2013-01-02", "later")
    shelf.put([later, C, D], Change(mode="files", files=(touched,)))
    assert _same_in_both(shelf, A, later, C, D)
    assert set(first) < set(shelf.pinned().files), "the untouched file is the same one"
    commit = _actions(shelf, 2)
    assert commit[0]["commitInfo"]["operation"] == "MERGE"
    [removed] = [action["remove"] for action in commit if "remove" in action]
    [old] = [file for file in shelf.pinned(1).data if file.file == touched]
    assert (removed["path"], removed["size"], removed["extendedFileMetadata"]) == (old.entry, old.bytes, True)
    assert removed["partitionValues"] == ({"day": "2013-01-02"} if shelf.by else {})


def test_a_file_that_is_gone_is_a_conflict(shelf: Shelf) -> None:
    shelf.put([A])
    old = shelf.pinned().files
    shelf.put([B])
    with pytest.raises(CommitConflictError, match="no longer in version 1"):
        shelf.put([C], Change(mode="files", files=old))
    assert shelf.rows() == [B]


def test_maintenance_changes_files_and_no_row(shelf: Shelf) -> None:
    shelf.put([A], facts={"rows": "1", "runId": "first"})
    shelf.put([B], Change(mode="append"), facts={"rows": "2", "runId": "second"})
    before = shelf.pinned()
    kept = shelf.rows(before)
    same = Change(mode="files", files=before.files, data_change=False, operation="OPTIMIZE")
    assert shelf.put(before.relation, same, facts={}) == 2
    after = shelf.pinned()
    assert (after.version, after.physical, shelf.rows(after)) == (1, 2, kept)
    assert set(after.files).isdisjoint(before.files)
    assert [(c.version, c.kind, c.operation) for c in shelf.lake.history(shelf.table)] == [
        (2, "maintenance", "OPTIMIZE"),
        (1, "publication", "WRITE"),
        (0, "publication", "WRITE"),
    ]
    changes = [
        action[kind]["dataChange"] for action in _actions(shelf, 2) for kind in ("add", "remove") if kind in action
    ]
    assert set(changes) == {False}
    assert shelf.pinned(1) == after, "the publication is read from the files that are kept longest"
    assert shelf.rows(shelf.pinned(0)) == [A]


def test_a_commit_of_nothing_remembers_its_facts(shelf: Shelf) -> None:
    shelf.put([A], facts={"fingerprint": "old"})
    nothing = Staged(shelf.table, (), {name: kind for name, (kind, _) in COLUMNS.items()}, shelf.by)
    shelf.lake.commit(nothing, COLUMNS, onto=0, facts={"fingerprint": "new"}, change=Change(mode="append"))
    newest = shelf.lake.newest(shelf.table)
    assert newest is not None
    assert (newest.version, newest.facts) == (1, {"fingerprint": "new"})
    assert _same_in_both(shelf, A)


def test_no_rows_at_all_are_typed(shelf: Shelf) -> None:
    shelf.put([])
    described = shelf.connection.execute(f"DESCRIBE {shelf.pinned().relation}").fetchall()
    assert [(row[0], row[1]) for row in described] == [("id", "BIGINT"), ("day", "DATE"), ("name", "VARCHAR")]
    assert _same_in_both(shelf)
    shelf.put([A], Change(mode="append"))
    shelf.put([], Change(mode="append"))
    assert _same_in_both(shelf, A)
    assert shelf.pinned().rows == 1


def test_a_column_may_come_to_a_table_that_keeps_its_files(shelf: Shelf) -> None:
    shelf.put([A])
    columns = {**COLUMNS, "delay": ("INTEGER", "Minutes."), "tags": ("VARCHAR[]", "")}
    kinds = {name: kind for name, (kind, _) in columns.items()}
    sql = "SELECT 2::BIGINT AS id, DATE '2013-01-02' AS day, 'b' AS name, 5 AS delay, ['x'] AS tags"
    staged = shelf.lake.stage(shelf.connection, sql, shelf.table, kinds, partition_by=shelf.by)
    shelf.lake.commit(staged, columns, onto=0, facts={"rows": "2"}, change=Change(mode="append"))
    pinned = shelf.pinned()
    read = shelf.connection.execute(f"SELECT id, delay, tags FROM ({pinned.relation}) ORDER BY id").fetchall()
    assert read == [(1, None, None), (2, 5, ["x"])]
    old = pinned.relation_of([file for file in pinned.files if file in shelf.pinned(0).files])
    assert shelf.connection.execute(f"SELECT id, delay, tags FROM ({old})").fetchall() == [(1, None, None)]
    assert list(shelf.pinned(0).columns) == ["id", "day", "name"]
    assert shelf.rows_by_delta_rs() == [A, B]


def test_a_wider_type_needs_all_files_anew(shelf: Shelf) -> None:
    shelf.put([A])
    wider = {**COLUMNS, "id": ("DECIMAL(20,0)", "")}
    kinds = {name: kind for name, (kind, _) in wider.items()}
    sql = "SELECT 2::DECIMAL(20,0) AS id, DATE '2013-01-02' AS day, 'b' AS name"
    staged = shelf.lake.stage(shelf.connection, sql, shelf.table, kinds, partition_by=shelf.by)
    with pytest.raises(MeshError, match=r"column 'id' widens from long to decimal\(20,0\)") as caught:
        shelf.lake.commit(staged, wider, onto=0, facts={"rows": "2"}, change=Change(mode="append"))
    assert caught.value.code == "table-not-upgradable"
    assert shelf.lake.commit(staged, wider, onto=0, facts={"rows": "1"}) == 1
    assert shelf.connection.execute(f"SELECT id FROM ({shelf.pinned().relation})").fetchall() == [(2,)]


def test_a_table_is_partitioned_anew_by_a_commit_that_replaces_all(tmp_path: Path) -> None:
    plain, by_day = Shelf(tmp_path), Shelf(tmp_path, by=("day",))
    plain.put([A, B])
    with pytest.raises(MeshError, match="is partitioned by nothing, the staged files by day"):
        by_day.put([C], Change(mode="append"))
    by_day.put([A, B, C])
    assert by_day.pinned().partitions == ("2013-01-01", "2013-01-02")
    assert _same_in_both(by_day, A, B, C)
    plain.put([D])
    assert (plain.pinned().partition_by, plain.rows(), plain.rows_by_delta_rs()) == ((), [D], [D])


def test_files_that_a_commit_names_are_never_discarded(shelf: Shelf) -> None:
    staged = shelf.stage([A])
    shelf.lake.commit(staged, COLUMNS, onto=None, facts={"rows": "1"})
    shelf.lake.discard(staged)
    assert shelf.rows() == [A]
    lost = shelf.stage([B])
    with pytest.raises(CommitConflictError):
        shelf.lake.commit(lost, COLUMNS, onto=None, facts={"rows": "1"})
    shelf.lake.discard(lost)
    files = {found.name for found in files_below(shelf.table) if found.name.endswith(".parquet")}
    assert files == {file.entry for file in shelf.pinned().data}


def test_an_interrupted_commit_loses_nothing(shelf: Shelf, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ctrl-C may arrive when the commit is in the log and its writer does not know it yet."""
    from mesh_core.storage import committing

    def create(file: Any, content: bytes) -> bool:
        real(file, content)
        raise KeyboardInterrupt

    real = committing.create
    monkeypatch.setattr(committing, "create", create)
    staged = shelf.stage([A])
    with pytest.raises(KeyboardInterrupt):
        shelf.lake.commit(staged, COLUMNS, onto=None, facts={"rows": "1"})
    shelf.lake.discard(staged)
    assert shelf.rows() == [A]


@pytest.mark.folder
def test_a_commit_whose_answer_is_lost_counts(shelf: Shelf, monkeypatch: pytest.MonkeyPatch) -> None:
    from mesh_core.storage import committing

    def create(file: Any, content: bytes) -> bool:
        real(file, content)
        raise OSError(5, "Input/output error")

    real = committing.create
    monkeypatch.setattr(committing, "create", create)
    assert shelf.put([A]) == 0
    assert shelf.rows() == [A]


@pytest.mark.folder
def test_a_commit_that_cannot_be_written_says_so(shelf: Shelf, monkeypatch: pytest.MonkeyPatch) -> None:
    from mesh_core.storage import committing

    def create(_file: Any, _content: bytes) -> bool:
        raise OSError(28, "No space left on device")

    shelf.put([A])
    monkeypatch.setattr(committing, "create", create)
    with pytest.raises(MeshError, match="the commit could not be written: No space left on device") as caught:
        shelf.put([B])
    assert caught.value.code == "commit-failed"
    assert shelf.rows() == [A]
