"""Maintenance beside readers, publications and other maintenance, and what a kill leaves."""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import random
import signal
import sys
import threading
import time
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from mesh_core.errors import CommitConflictError, MeshError
from mesh_core.storage import Change, places
from mesh_core.storage import maintenance as care
from mesh_core.storage.maintenance import Maintained

from .garden import DAY, Garden

ROW = "SELECT {}::BIGINT AS id, DATE '2026-01-01' AS day"
NOTHING = timedelta(0)


@pytest.fixture
def meanwhile(monkeypatch: pytest.MonkeyPatch) -> Callable[[Callable[[], object]], None]:
    """Let something happen after the new files are written and before they are committed."""

    def arrange(act: Callable[[], object]) -> None:
        rewrite = care.rewrite

        def disturbed(*given: Any, **named: Any) -> Any:
            made = rewrite(*given, **named)
            monkeypatch.setattr(care, "rewrite", rewrite)
            act()
            return made

        monkeypatch.setattr(care, "rewrite", disturbed)

    return arrange


def test_a_reader_goes_on_with_what_it_pinned(garden: Garden) -> None:
    garden.plant(10)
    pinned = garden.pinned()
    garden.maintain()
    garden.maintain(retention=NOTHING)
    with garden.connect() as connection:
        assert connection.execute(f"SELECT count(*), sum(id) FROM ({pinned.relation})").fetchall() == [(10, 45)]


def test_a_publication_that_adds_rows_meanwhile_is_kept(garden: Garden, meanwhile: Callable[..., None]) -> None:
    garden.plant(6)
    meanwhile(lambda: garden.plant(1, start=6))
    told = garden.maintain()
    assert (told.status, told.combined) == ("done", 6)
    assert [row[0] for row in garden.rows()] == list(range(7))
    newest = garden.newest()
    assert (newest.version, newest.head) == (6, 7)


def test_a_publication_that_replaces_the_rows_meanwhile_wins(garden: Garden, meanwhile: Callable[..., None]) -> None:
    garden.plant(6)
    meanwhile(lambda: garden.publish(ROW.format(99), replacing=True))
    before = garden.files()
    told = garden.maintain()
    assert (told.status, told.reason, told.combined) == ("skipped", "a publication came meanwhile", 0)
    assert garden.rows() == [(99, date(2026, 1, 1))]
    # What had been written is gone again; only the publication's file came.
    assert len(garden.files() - before) == 1


def test_a_publication_that_saw_the_table_before_it_is_told(garden: Garden) -> None:
    """It commits onto the head that it saw: the mesh then commits again or does the work again, and loses nothing."""
    garden.plant(6)
    before = garden.newest()
    with garden.connect() as connection:
        staged = garden.lake.stage(connection, ROW.format(6), garden.table, {"id": "BIGINT", "day": "DATE"})
    garden.maintain()
    append = Change(mode="append")
    with pytest.raises(CommitConflictError):
        garden.lake.commit(staged, garden.columns, onto=before.head, facts={"rows": "1"}, change=append)
    now = garden.newest()
    assert now.version == before.version
    garden.lake.commit(staged, garden.columns, onto=now.head, facts={"rows": "1"}, change=append)
    assert [row[0] for row in garden.rows()] == list(range(7))


def test_two_that_put_the_same_files_together_double_nothing(garden: Garden, meanwhile: Callable[..., None]) -> None:
    garden.plant(8)
    others: list[Maintained] = []
    meanwhile(lambda: others.append(garden.maintain()))
    told = garden.maintain()
    assert (others[0].status, told.status) == ("done", "skipped")
    assert [row[0] for row in garden.rows()] == list(range(8))
    assert garden.pinned().rows == 8


def test_a_table_that_never_comes_to_rest_is_left(garden: Garden, monkeypatch: pytest.MonkeyPatch) -> None:
    garden.plant(6)

    def always(*given: Any, **named: Any) -> int:
        message = "somebody was faster"
        raise CommitConflictError(message)

    monkeypatch.setattr(garden.lake, "commit", always)
    before = garden.files()
    assert garden.maintain().status == "skipped"
    assert garden.files() == before


def test_ctrl_c_while_rows_are_written_leaves_nothing(garden: Garden, monkeypatch: pytest.MonkeyPatch) -> None:
    garden.plant(6)
    before = garden.files(), garden.log()

    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("mesh_core.storage.compaction._check", interrupted)
    with pytest.raises(KeyboardInterrupt):
        garden.maintain()
    assert (garden.files(), garden.log()) == before


def test_ctrl_c_in_the_middle_of_duckdb_s_work_is_ctrl_c(tmp_path: Path) -> None:
    """DuckDB calls it a RuntimeError, which would be taken for a mistake of ours."""
    garden = Garden(tmp_path, {"id": ("BIGINT", ""), "note": ("VARCHAR", "")})
    garden.publish("SELECT i AS id, md5(i::VARCHAR) AS note FROM range(3000000) t(i)")
    before = garden.files(), garden.log()
    alarm = threading.Timer(0.4, os.kill, (os.getpid(), signal.SIGINT))
    alarm.start()
    with pytest.raises(KeyboardInterrupt):
        garden.maintain(cluster_by=("note", "id"))
    assert (garden.files(), garden.log()) == before


def test_ctrl_c_right_after_the_commit_takes_no_file_of_the_table(
    garden: Garden, monkeypatch: pytest.MonkeyPatch
) -> None:
    garden.plant(6)
    commit = garden.lake.commit

    def interrupted(*given: Any, **named: Any) -> int:
        commit(*given, **named)
        raise KeyboardInterrupt

    monkeypatch.setattr(garden.lake, "commit", interrupted)
    with pytest.raises(KeyboardInterrupt):
        garden.maintain()
    assert [row[0] for row in garden.rows()] == list(range(6))


@pytest.mark.folder
def test_a_full_disk_is_told_and_leaves_the_table(garden: Garden, monkeypatch: pytest.MonkeyPatch) -> None:
    garden.plant(6)
    before = garden.files(), garden.log()

    def full(*_: object) -> bool:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("mesh_core.storage.committing.create", full)
    with pytest.raises(MeshError, match="No space left on device"):
        garden.maintain()
    assert (garden.files(), garden.log()) == before


# Not plain forks: delta-rs works in no process whose parent has used it.
fork = multiprocessing.get_context("forkserver")
fork.set_forkserver_preload(["deltalake", "duckdb", "mesh_core.storage.maintenance"])


def _publish_all(garden: Garden, first: int, number: int) -> None:
    """Append one row after another, each again until it is committed."""
    with garden.connect() as connection:
        for value in range(first, first + number):
            staged = garden.lake.stage(connection, ROW.format(value), garden.table, {"id": "BIGINT", "day": "DATE"})
            while True:
                with contextlib.suppress(CommitConflictError):
                    garden.lake.commit(
                        staged,
                        garden.columns,
                        onto=garden.newest().head,
                        facts={"rows": "1"},
                        change=Change(mode="append"),
                    )
                    break


def _maintain_often(garden: Garden, times: int) -> None:
    for _ in range(times):
        garden.maintain(retention=NOTHING, sizes={"least_files": 2}, checkpoint_every=3)


def _finish(processes: list[Any]) -> None:
    for process in processes:
        process.start()
    for process in processes:
        process.join(300)
        assert process.exitcode == 0


@pytest.mark.folder
def test_publications_and_maintenance_of_several_processes_lose_and_double_nothing(garden: Garden) -> None:
    garden.plant(4)
    workers = [fork.Process(target=_publish_all, args=(garden, 100 * writer, 5)) for writer in (1, 2)]
    workers += [fork.Process(target=_maintain_often, args=(garden, 6)) for _ in range(2)]
    _finish(workers)
    expected = [*range(4), *range(100, 105), *range(200, 205)]
    assert [row[0] for row in sorted(garden.rows())] == expected
    garden.maintain_all(sizes={"least_files": 2})
    assert [row[0] for row in sorted(garden.rows())] == expected
    assert garden.files() == {file.entry for file in garden.pinned().data}


def _child(garden: Garden, step: int) -> None:
    """Maintain, and die by SIGKILL at the given one of the steps that touch the disk."""
    left = [step]

    def dying(name: str, module: Any) -> None:
        real = getattr(module, name)

        def once(*given: Any, **named: Any) -> Any:
            if left[0] == 0:
                os.kill(os.getpid(), signal.SIGKILL)
            left[0] -= 1
            result = real(*given, **named)
            if left[0] == 0:
                os.kill(os.getpid(), signal.SIGKILL)
            left[0] -= 1
            return result

        setattr(module, name, once)

    dying("remove", care)
    dying("rewrite", care)
    dying("create", sys.modules["mesh_core.storage.committing"])
    dying("open_table", care)  # the checkpoint
    dying("replace_file", places)
    garden.maintain(at=40 * DAY, retention=timedelta(days=30), checkpoint_every=3)


def _grown(garden: Garden) -> None:
    """A table with something to do for every step: old versions, leftovers, small files, a long log."""
    garden.plant(4)
    garden.publish("SELECT i AS id, DATE '2026-01-01' AS day FROM range(3) t(i)", replacing=True)
    garden.maintain(checkpoint_every=3)
    garden.plant(6, start=3)
    with garden.connect() as connection:
        garden.lake.stage(connection, ROW.format(77), garden.table, {"id": "BIGINT", "day": "DATE"})


def _killed(garden: Garden, step: int) -> bool:
    """Whether the child came as far as the step."""
    child = fork.Process(target=_child, args=(garden, step))
    child.start()
    child.join(60)
    return child.exitcode == -signal.SIGKILL


@pytest.mark.folder
def test_killed_at_some_steps_it_reads_and_the_next_one_completes(tmp_path: Path) -> None:
    _kill_at(range(1, 24, 6), tmp_path)


@pytest.mark.folder
@pytest.mark.slow
def test_killed_at_every_step_it_reads_and_the_next_one_completes(tmp_path: Path) -> None:
    _kill_at(range(24), tmp_path)


def _kill_at(steps: range, folder: Path) -> None:
    for step in steps:
        garden = Garden(folder / str(step))
        _grown(garden)
        assert _killed(garden, step), f"there is no step {step}"
        assert [row[0] for row in garden.rows()] == list(range(9)), step
        garden.maintain(at=40 * DAY, retention=timedelta(days=30), checkpoint_every=3)
        _check_clean(garden, step)


def _check_clean(garden: Garden, step: int) -> None:
    garden.maintain_all(checkpoint_every=1)
    garden.maintain_all()  # what the first one put together is replaced by now
    assert [row[0] for row in garden.rows()] == list(range(9)), step
    assert garden.files() == {file.entry for file in garden.pinned().data}, step
    assert not [name for name in garden.log() if name.startswith(".") or name.endswith(".tmp")], step


@pytest.mark.folder
@pytest.mark.slow
def test_killed_at_any_time_it_reads_and_the_next_one_completes(tmp_path: Path) -> None:
    chance = random.Random(1)
    for number in range(40):
        garden = Garden(tmp_path / str(number))
        _grown(garden)
        child = fork.Process(target=_child, args=(garden, 10_000))
        child.start()
        time.sleep(chance.random() * 0.25)
        child.kill()
        child.join()
        assert [row[0] for row in garden.rows()] == list(range(9))
        _check_clean(garden, number)
