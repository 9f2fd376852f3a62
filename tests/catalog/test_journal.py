"""What happens often costs its writer a line, and the catalog takes every line over once, whatever crashes."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from mesh_core.catalog import Catalog, Confirmation, Use
from mesh_core.catalog import journal as journals
from mesh_core.catalog.journal import Journal

from .declarations import domain
from .records import flights

AT = "2026-11-01T10:00:00+00:00"


@pytest.fixture
def journal(tmp_path: Path) -> Journal:
    return Journal(tmp_path / "journal")


def use(detail: str = "", **fields: str) -> Use:
    return Use(**{"kind": "view", "address": "ops.flights", "at": AT, "detail": detail, **fields})  # type: ignore[arg-type]


def test_what_was_noted_is_taken_over_once(catalog: Catalog, journal: Journal) -> None:
    catalog.register(flights(3))
    assert journal.note(use(via="web", consumer="ann", domain="planning"))
    assert journal.note(use())
    assert journal.note(Confirmation(address="ops.flights", table_version=3, at=AT, run_id="r"))
    absorbed = catalog.absorb(journal)
    assert (absorbed.uses, absorbed.confirmations, absorbed.unreadable) == (2, 1, 0)
    again = catalog.absorb(journal)
    assert (again.uses, again.confirmations, again.unreadable) == (0, 0, 0)
    kept = catalog.uses("ops.flights")
    assert sorted((found.via, found.consumer, found.domain, found.at) for found in kept) == [
        ("", "", "", "2026-11-01T10:00:00.000000+00:00"),
        ("web", "ann", "planning", "2026-11-01T10:00:00.000000+00:00"),
    ]
    assert catalog.cards()[0].confirmed_at == "2026-11-01T10:00:00.000000+00:00"
    assert catalog.confirmations("ops.flights")[0].run_id == "r"


def test_nothing_noted_is_nothing_taken(catalog: Catalog, journal: Journal) -> None:
    assert catalog.absorb(journal).uses == 0
    assert not journal.folder.exists()


def test_lines_that_cannot_be_read_are_counted_and_kept(catalog: Catalog, journal: Journal) -> None:
    journal.note(use())
    with (journal.folder / "events.jsonl").open("ab") as file:
        file.write(b'["use", {"kind": "vi\n')
        file.write(b"\xff\xfe\n")
        file.write(b'["use", {"kind": "view", "address": "a", "at": "noon", "id": "x"}]\n')
        file.write(b'["use", {"kind": "dream", "address": "a", "at": "2026-11-01", "id": "x"}]\n')
        file.write(b'["wish", {}]\n\n')
    journal.note(use())
    absorbed = catalog.absorb(journal)
    assert (absorbed.uses, absorbed.unreadable) == (2, 5)
    assert (journal.folder / "unreadable.jsonl").read_bytes().splitlines()[0] == b'["use", {"kind": "vi'


def test_text_that_nobody_can_store_is_noted_all_the_same(catalog: Catalog, journal: Journal) -> None:
    assert journal.note(use("\0 \ud800 \n ☃"))
    assert journal.note(use("x" * 100_000, kind="search", address=""))
    assert catalog.absorb(journal).uses == 2
    assert {len(found.detail) for found in catalog.uses()} == {7, 500}


def test_a_folder_that_cannot_be_written_is_no_error(tmp_path: Path) -> None:
    (tmp_path / "journal").write_text("in the way")
    assert not Journal(tmp_path / "journal").note(use())


def test_a_journal_that_nobody_takes_over_is_bounded(
    catalog: Catalog, journal: Journal, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(journals, "LIMIT", 10_000)
    for number in range(1000):
        journal.note(use(str(number)))
    assert sum(file.stat().st_size for file in journal.folder.iterdir()) < 21_000
    kept = {int(found.detail) for found in catalog.uses() or () if found.detail}
    assert not kept
    catalog.absorb(journal)
    numbers = sorted(int(found.detail) for found in catalog.uses())
    assert numbers == list(range(numbers[0], 1000))  # the newest are kept, without a gap
    assert len(numbers) > 50


WRITER = """
import sys
from pathlib import Path
from mesh_core.catalog import Use
from mesh_core.catalog.journal import Journal
assert "sqlalchemy" not in sys.modules
for number in range(2000):
    assert Journal(Path(sys.argv[1])).note(Use(kind="view", address="ops.flights", at="2026-11-01", detail=f"{number}"))
"""
ABSORBER = """
import sys
from pathlib import Path
from mesh_core.catalog import Catalog
from mesh_core.catalog.journal import Journal
with Catalog(sys.argv[2]) as catalog:
    while True:
        catalog.absorb(Journal(Path(sys.argv[1])))
"""


def test_many_write_while_others_take_over(url: str, journal: Journal) -> None:
    Catalog(url).close()
    absorbers = [subprocess.Popen([sys.executable, "-c", ABSORBER, str(journal.folder), url]) for _ in range(2)]
    writers = [subprocess.Popen([sys.executable, "-c", WRITER, str(journal.folder)]) for _ in range(3)]
    assert [writer.wait(timeout=120) for writer in writers] == [0, 0, 0]
    for absorber in absorbers:
        absorber.kill()
        absorber.wait()
    with Catalog(url) as catalog:
        catalog.absorb(journal)
        details = sorted(int(found.detail) for found in catalog.uses())
    assert details == sorted([*range(2000)] * 3)


KILLED = """
import os, signal, sys
from pathlib import Path
from mesh_core.catalog import Catalog, absorbing
from mesh_core.catalog.journal import Journal

def die(*_: object) -> None:
    os.kill(os.getpid(), signal.SIGKILL)

where = sys.argv[3]
if where == "after renaming":
    Journal.read = die
elif where == "after inserting":
    Journal.done = die
elif where == "while inserting":
    absorbing.happening.confirm = die
Catalog(sys.argv[2]).absorb(Journal(Path(sys.argv[1])))
"""


@pytest.mark.parametrize("where", ["after renaming", "while inserting", "after inserting"])
def test_a_process_killed_on_the_way_loses_and_doubles_nothing(url: str, journal: Journal, where: str) -> None:
    with Catalog(url) as catalog:
        catalog.declare(domain("ops", "ops.flights"), AT)
    for number in range(5):
        journal.note(use(str(number)))
        journal.note(Confirmation(address="ops.flights", table_version=number, at=f"2026-11-0{number + 1}"))
    command = [sys.executable, "-c", KILLED, str(journal.folder), url, where]
    assert subprocess.run(command, check=False).returncode == -signal.SIGKILL
    assert list(journal.folder.glob("taken-*"))
    journal.note(use("5"))
    with Catalog(url) as catalog:
        absorbed = catalog.absorb(journal)
        assert absorbed.uses == (1 if where == "after inserting" else 6)
        assert sorted(found.detail for found in catalog.uses()) == ["0", "1", "2", "3", "4", "5"]
        assert len(catalog.confirmations("ops.flights")) == 5
    assert not list(journal.folder.glob("taken-*"))


def test_a_writer_that_was_overtaken_by_the_rename_writes_into_the_new_file(
    catalog: Catalog, journal: Journal, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between opening the file and locking it, somebody takes the file and reads it."""
    journal.note(use("first"))
    lock = journals.fcntl.flock
    taken: list[int] = []

    def overtaken(file: int, how: int) -> None:
        if how == journals.fcntl.LOCK_SH and not taken:
            taken.append(1)
            catalog.absorb(journal)
        lock(file, how)

    monkeypatch.setattr(journals.fcntl, "flock", overtaken)
    journal.note(use("second"))
    monkeypatch.undo()
    catalog.absorb(journal)
    assert sorted(found.detail for found in catalog.uses()) == ["first", "second"]


def test_noting_takes_less_than_a_millisecond(journal: Journal) -> None:
    journal.note(use())
    spent = []
    for _ in range(200):
        start = time.perf_counter()
        journal.note(use())
        spent.append(time.perf_counter() - start)
    assert sorted(spent)[100] < 0.001


def test_old_uses_are_forgotten_once_a_day(catalog: Catalog, journal: Journal) -> None:
    old = "2020-01-01"
    catalog.record_uses([use(at=old)])
    journal.note(use())
    catalog.absorb(journal)
    assert len(catalog.uses()) == 1
    catalog.record_uses([use(at=old)])
    journal.note(use())
    catalog.absorb(journal)
    assert len(catalog.uses()) == 3  # looked for today already
    marker = journal.folder / ".forgotten"
    yesterday = time.time() - 25 * 3600
    os.utime(marker, (yesterday, yesterday))
    catalog.absorb(journal)
    assert len(catalog.uses()) == 2
