"""Any life of a table: every version that must be kept reads as it was published, and nothing else stays for ever."""

from __future__ import annotations

import tempfile
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from .garden import Garden

pytestmark = pytest.mark.folder

RETENTION = 10
EVENT = st.one_of(
    st.tuples(st.just("append"), st.integers(0, 5)),
    st.tuples(st.just("replace"), st.integers(0, 5)),
    st.tuples(st.just("stage"), st.just(1)),
    st.tuples(st.just("days"), st.sampled_from([0.5, 2, 6, 11])),
    st.tuples(st.just("maintain"), st.sampled_from([2, 3, 5])),
)


class Life:
    """A table and what is known of it: the rows of each version, and how many days ago it was replaced."""

    def __init__(self, folder: Path) -> None:
        self.garden = Garden(folder)
        self.versions: dict[int, list[int]] = {}
        self.replaced: dict[int, float] = {}
        self.newest = -1
        self.next = 0

    def happen(self, what: str, number: float) -> None:
        getattr(self, what)(number)

    def append(self, rows: float) -> None:
        self._publish(int(rows), replacing=False)

    def replace(self, rows: float) -> None:
        self._publish(int(rows), replacing=True)

    def _publish(self, rows: int, *, replacing: bool) -> None:
        made = list(range(self.next, self.next + rows))
        self.next += rows
        select = f"SELECT i AS id, DATE '2026-01-01' AS day FROM range({self.next - rows}, {self.next}) t(i)"
        version = self.garden.publish(select, replacing=replacing)
        before = [] if replacing else self.versions.get(self.newest, [])
        if self.newest >= 0:
            self.replaced[self.newest] = 0.0
        self.versions[version] = before + made
        self.newest = version

    def stage(self, _: float) -> None:
        with self.garden.connect() as connection:
            self.garden.lake.stage(connection, "SELECT 1::BIGINT AS id", self.garden.table, {"id": "BIGINT"})

    def days(self, days: float) -> None:
        if self.newest >= 0:
            self.garden.pass_days(days)
            self.replaced = {version: ago + days for version, ago in self.replaced.items()}

    def maintain(self, least_files: float) -> None:
        sizes = {"least_files": int(least_files)}
        self.garden.maintain(retention=timedelta(days=RETENTION), sizes=sizes, checkpoint_every=2)
        for version, rows in self.versions.items():
            if version == self.newest or self.replaced[version] <= RETENTION - 0.1:
                assert [row[0] for row in self.garden.rows(version)] == sorted(rows, key=lambda row: str((row,)))

    def end(self) -> None:
        """In the end the newest version's files are all there is, in a log that begins at a checkpoint."""
        if self.newest < 0:
            return
        for _ in range(2):
            self.days(60)
            self.maintain(2)
        assert self.garden.files() == {file.entry for file in self.garden.pinned().data}
        assert len(self.garden.log()) <= 8
        assert self.garden.newest().version == self.newest


def _live(events: list[tuple[str, float]]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        life = Life(Path(folder))
        for what, number in events:
            life.happen(what, number)
        life.end()


QUIET = {"deadline": None, "suppress_health_check": list(HealthCheck)}


@settings(max_examples=12, **QUIET)
@given(st.lists(EVENT, max_size=12))
@example([("append", 0), ("append", 1), ("days", 11), ("append", 0), ("maintain", 3)])
def test_any_short_life(events: list[tuple[str, float]]) -> None:
    _live(events)


@pytest.mark.slow
@settings(max_examples=300, **QUIET)
@given(st.lists(EVENT, min_size=5, max_size=40))
def test_any_long_life(events: list[tuple[str, float]]) -> None:
    _live(events)
