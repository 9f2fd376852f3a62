"""Versions by number and by time, the log between two of them, and what is said of a table that is damaged."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from mesh_core.errors import MeshError
from mesh_core.storage import Change, Place
from mesh_core.storage.log import commit_file
from mesh_core.storage.places import read, remove, write
from storage.shelf import Row, Shelf

A, B, C, D = (1, "2013-01-01", "a"), (2, "2013-01-02", "b"), (3, "2013-01-02", "c"), (4, "2013-01-03", "d")
APPEND = Change(mode="append")


@pytest.fixture(params=[(), ("day",)], ids=["plain", "partitioned"])
def shelf(tmp_path: Path, request: pytest.FixtureRequest) -> Shelf:
    return Shelf(tmp_path, by=request.param)


def _publish(shelf: Shelf, at: str, *rows: Row) -> int:
    return shelf.put(rows, facts={"rows": "?", "publishedAt": f"2026-03-01T{at}+00:00"})


def _compact(shelf: Shelf, files: tuple[str, ...] = ()) -> None:
    pinned = shelf.pinned()
    chosen = files or pinned.files
    change = Change(mode="files", files=chosen, data_change=False, operation="OPTIMIZE")
    shelf.put(pinned.relation_of(chosen), change, facts={})


def _refusal(shelf: Shelf, **of: object) -> MeshError:
    with pytest.raises(MeshError) as caught:
        shelf.lake.pin(shelf.table, **of)  # type: ignore[arg-type]
    return caught.value


def _what(error: MeshError) -> str:
    """Without the URL, which an error of an object store has among what is wrong."""
    return error.what.partition(" (s3://")[0]


def test_the_version_that_was_current_then(shelf: Shelf) -> None:
    _publish(shelf, "10:00:00", A)
    _publish(shelf, "11:00:00", B)
    at = {
        "2026-03-01T10:00:00+00:00": 0,
        "2026-03-01T10:59:59.999+00:00": 0,
        "2026-03-01T11:00:00": 1,
        "2026-03-01T13:00:00+02:00": 1,
        "2030-01-01": 1,
    }
    for moment, version in at.items():
        pinned = shelf.lake.pin(shelf.table, at=datetime.fromisoformat(moment))
        assert pinned is not None
        assert pinned.version == version, moment
    early = _refusal(shelf, at=datetime(2026, 3, 1, 9, tzinfo=UTC))
    assert (early.code, _what(early)) == (
        "version-gone",
        "nothing was published yet at 2026-03-01T09:00:00+00:00: the first version is of 2026-03-01T10:00:00+00:00",
    )


def test_the_logs_order_decides_when_a_clock_went_back(shelf: Shelf) -> None:
    for at, row in (("10:00:00", A), ("09:00:00", B), ("09:30:00", C), ("11:00:00", D)):
        _publish(shelf, at, row)
    versions = []
    for hour in (10, 10.5, 11):
        pinned = shelf.lake.pin(shelf.table, at=datetime(2026, 3, 1, tzinfo=UTC) + timedelta(hours=hour))
        assert pinned is not None
        versions.append(pinned.version)
    assert versions == [2, 2, 3]
    assert _refusal(shelf, at=datetime(2026, 3, 1, 9, 45, tzinfo=UTC)).code == "version-gone"


def test_a_version_that_never_was(shelf: Shelf) -> None:
    assert shelf.lake.pin(shelf.table, 3) is None
    shelf.put([A])
    shelf.put([B])
    error = _refusal(shelf, version=7)
    assert (error.code, _what(error), error.remedy) == (
        "version-gone",
        "version 7 was never written",
        "These versions can be read: 1, 0.",
    )


def test_a_version_whose_files_were_removed(shelf: Shelf) -> None:
    for row in (A, B, C):
        shelf.put([row])
    for file in shelf.pinned(1).data:
        remove(shelf.table / file.file.removeprefix(f"{shelf.table}/"))
    error = _refusal(shelf, version=1)
    assert error.code == "version-gone"
    assert _what(error).startswith("version 1 can no longer be read: 1 of 1 files, first: ")
    assert _what(error).endswith(" is missing")
    assert error.remedy == "These versions can be read: 2, 0."


def test_a_version_that_the_log_has_lost(shelf: Shelf) -> None:
    from deltalake import DeltaTable

    from mesh_core.storage.places import storage_options

    for row in (A, B, C, D):
        shelf.put([row])
    DeltaTable(str(shelf.table), version=2, storage_options=storage_options(shelf.table)).create_checkpoint()
    for version in (0, 1):
        remove(commit_file(shelf.table, version))
    error = _refusal(shelf, version=1)
    assert (_what(error), error.remedy) == ("version 1 is not in the log any more", "These versions can be read: 3, 2.")
    assert shelf.rows(shelf.pinned(2)) == [C]
    assert [commit.version for commit in shelf.lake.history(shelf.table)] == [3, 2]
    assert shelf.lake.added(shelf.table, 0, shelf.pinned()) is None


@pytest.mark.parametrize("content", [b"", b'{"commitInfo":{"timest', b"\x00" * 500, b"not json\n"])
def test_a_damaged_commit_is_named_and_older_versions_read(shelf: Shelf, content: bytes) -> None:
    shelf.put([A])
    shelf.put([B])
    file = commit_file(shelf.table, 1)
    write(file, content)
    acts = (shelf.lake.newest, shelf.lake.pin, shelf.lake.history, lambda table: shelf.lake.intervening(table, 0))
    for act in acts:
        with pytest.raises(MeshError) as caught:
            act(shelf.table)
        assert (caught.value.code, _what(caught.value)) == ("table-damaged", "the log's file of version 1 is damaged")
        assert str(file) in str(caught.value)
    assert shelf.rows(shelf.pinned(0)) == [A]
    remove(file)
    assert shelf.rows() == [A]
    assert shelf.put([C]) == 1


@pytest.mark.folder
@pytest.mark.parametrize(("size", "told"), [(None, "is missing"), (9, "has 9 bytes instead of ")])
def test_a_damaged_file_is_named_and_the_way_out_works(shelf: Shelf, size: int | None, told: str) -> None:
    shelf.put([A])
    shelf.put([B])
    file = Path(shelf.pinned().files[0])
    content = read(file)
    remove(file)
    if size is not None:
        write(file, content[:size])
    error = _refusal(shelf)
    assert error.code == "table-damaged"
    assert _what(error).startswith(f"version 1 is damaged: 1 of 1 files, first: {file} {told}")
    assert error.remedy.startswith("An older one can be restored (`mesh restore`): 0.")
    assert shelf.rows(shelf.pinned(0)) == [A]
    assert shelf.put([C]) == 2
    assert shelf.rows() == [C]


def test_a_publication_is_read_from_the_files_it_was_last_in(shelf: Shelf) -> None:
    shelf.put([A])
    shelf.put([B], APPEND)
    _compact(shelf)
    maintained = shelf.pinned()
    shelf.put([D], APPEND)
    for file in shelf.pinned(0).data:
        remove(shelf.table / file.file.removeprefix(f"{shelf.table}/"))
    assert shelf.pinned(1) == maintained
    assert shelf.pinned(2).version == 1, "a version of maintenance stands for the publication before it"
    assert shelf.rows(shelf.pinned(1)) == [A, B]
    assert _refusal(shelf, version=0).remedy == "These versions can be read: 3, 1."


def test_what_was_added_since(shelf: Shelf) -> None:
    shelf.put([A])
    shelf.put([B], APPEND)
    shelf.put([C], APPEND)

    def added(since: int) -> list[Row]:
        pinned = shelf.pinned()
        files = shelf.lake.added(shelf.table, since, pinned)
        assert files is not None
        return shelf.rows_of(pinned.relation_of(files))

    assert (added(0), added(1), added(2)) == ([B, C], [C], [])
    _compact(shelf)
    assert (added(0), added(1), added(2)) == ([B, C], [C], []), "old and new rows are in one file now"
    shelf.put([D], APPEND)
    assert (added(1), added(2)) == ([C, D], [D])
    shelf.put([A, D])
    assert added(2) == [A, D], "all of them are new"
    assert shelf.lake.added(shelf.table, 9, shelf.pinned()) is None


def test_what_was_added_and_then_merged_with_older_rows_cannot_be_told(shelf: Shelf) -> None:
    shelf.put([A, B])
    shelf.put([C], APPEND)
    _compact(shelf)
    [file] = [file.file for file in shelf.pinned().data if file.partition.get("day", "2013-01-02") == "2013-01-02"]
    shelf.put([(2, "2013-01-02", "later"), C], Change(mode="files", files=(file,)))
    assert shelf.lake.added(shelf.table, 0, shelf.pinned()) is None


def test_what_maintenance_put_together_of_new_rows_alone_is_new(shelf: Shelf) -> None:
    shelf.put([A])
    shelf.put([B], APPEND)
    shelf.put([C], APPEND)
    new = tuple(file for file in shelf.pinned().files if file not in shelf.pinned(0).files)
    _compact(shelf, new)
    for version in (1, 2):
        assert shelf.lake.added(shelf.table, 0, shelf.pinned(version)) is not None
    for file in new:
        remove(shelf.table / file.removeprefix(f"{shelf.table}/"))
    pinned = shelf.pinned()
    files = shelf.lake.added(shelf.table, 0, pinned)
    assert files is not None
    assert len(files) == 1
    assert shelf.lake.added(shelf.table, 1, pinned) is None, "the file of the one alone is gone"


def test_who_came_between(shelf: Shelf) -> None:
    shelf.put([A])
    first = shelf.pinned()
    shelf.put([B], APPEND, facts={"rows": "2", "runId": "other"})
    _compact(shelf)
    entries = shelf.lake.intervening(shelf.table, 0)
    assert [(entry.commit.version, entry.commit.kind) for entry in entries] == [(1, "publication"), (2, "maintenance")]
    assert (entries[0].commit.facts["runId"], entries[0].removed, len(entries[0].added)) == ("other", (), 1)
    assert {file.entry for file in first.data} < set(entries[1].removed)
    assert set(entries[1].added) == {file.entry for file in shelf.pinned().data}
    assert shelf.lake.intervening(shelf.table, 2) == []


def test_history_tells_when_and_what(shelf: Shelf) -> None:
    began = datetime.now(UTC) - timedelta(milliseconds=1)
    shelf.put([A], facts={"rows": "1"})
    shelf.put([B], APPEND, facts={"rows": "2"})
    commits = shelf.lake.history(shelf.table)
    assert [(commit.version, commit.rows, commit.kind) for commit in commits] == [
        (1, 2, "publication"),
        (0, 1, "publication"),
    ]
    assert began <= commits[1].written_at <= commits[0].written_at <= datetime.now(UTC)
    assert shelf.lake.history(shelf.table, 1) == commits[:1]


def test_a_long_log_is_not_listed(shelf: Shelf, monkeypatch: pytest.MonkeyPatch) -> None:
    """The hint of the last checkpoint and a few looks lead to the head, however far it is from there."""
    from mesh_core.storage import log

    shelf.put([A])
    content = read(commit_file(shelf.table, 0))
    for version in range(1, 40):
        write(commit_file(shelf.table, version), content)
        write(shelf.table / "_delta_log" / "_last_checkpoint", b'{"version":%d,"size":1}' % (version // 10 * 10))
        newest = shelf.lake.newest(shelf.table)
        assert newest is not None
        assert (newest.version, newest.head) == (version, version)
    looked: list[object] = []

    def exists(file: Place) -> bool:
        looked.append(file)
        return real(file)

    real = log.exists
    monkeypatch.setattr(log, "exists", exists)
    if isinstance(shelf.table, Path):
        monkeypatch.setattr(log, "names_in", None)
    newest = shelf.lake.newest(shelf.table)
    assert newest is not None
    assert newest.version == 39
    assert len(looked) <= 10
    write(shelf.table / "_delta_log" / "_last_checkpoint", b"{")
    monkeypatch.undo()
    assert shelf.lake.newest(shelf.table) == newest
