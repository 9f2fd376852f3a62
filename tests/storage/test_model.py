"""Any sequence of commits leaves just the rows that a dictionary would hold, in every version, to every reader."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from mesh_core.storage import Change, Pinned
from mesh_core.storage.places import files_below
from storage.shelf import Row, Shelf

DAYS = ("2013-01-01", "2013-01-02", "2013-01-03")
Model = dict[int, tuple[str, str | None]]
Step = tuple[str, Any]

_NAMES = st.none() | st.text(st.characters(exclude_categories=("Cs",), exclude_characters="\x00"), max_size=4)
_ROWS = st.dictionaries(st.integers(0, 9), st.tuples(st.sampled_from(DAYS), _NAMES), max_size=5)
_STEPS: st.SearchStrategy[Step] = st.one_of(
    st.tuples(st.just("replace"), _ROWS),
    st.tuples(st.just("append"), _ROWS),
    st.tuples(st.just("merge"), _ROWS),
    st.tuples(st.just("delete"), st.sets(st.integers(0, 9), max_size=3)),
    st.tuples(st.just("partitions"), st.tuples(st.sets(st.sampled_from(DAYS), min_size=1), _ROWS)),
    st.tuples(st.just("compact"), st.sampled_from([*DAYS, ""])),
)


def _sorted(rows: Model) -> list[Row]:
    return sorted(((number, *rest) for number, rest in rows.items()), key=lambda row: row[0])


class Walk:
    """A table and the dictionary that says what it holds; a publication for each step but ``compact``."""

    def __init__(self, shelf: Shelf) -> None:
        self.shelf = shelf
        self.model: Model = {}
        self.versions: dict[int, Model] = {}
        self.pins: list[tuple[Pinned, Model]] = []
        self.publish([], Change())

    def publish(self, rows: list[Row], change: Change) -> None:
        version = self.shelf.put(rows, change)
        self.versions[version] = dict(self.model)

    def replace(self, rows: Model) -> None:
        self.model = dict(rows)
        self.publish(_sorted(rows), Change())

    def append(self, rows: Model) -> None:
        new = {number: rest for number, rest in rows.items() if number not in self.model}
        self.model |= new
        self.publish(_sorted(new), Change(mode="append"))

    def merge(self, rows: Model) -> None:
        self._rewrite(set(rows), rows)

    def delete(self, numbers: set[int]) -> None:
        self._rewrite(numbers, {})

    def _rewrite(self, numbers: set[int], rows: Model) -> None:
        """Copy on write: only files that hold one of the keys are written anew."""
        pinned = self.shelf.pinned()
        held = {file: self.shelf.rows_of(pinned.relation_of([file])) for file in pinned.files}
        touched = tuple(file for file, those in held.items() if any(row[0] in numbers for row in those))
        staying = [row for file in touched for row in held[file] if row[0] not in numbers]
        self.model = {number: rest for number, rest in self.model.items() if number not in numbers} | rows
        self.publish([*staying, *_sorted(rows)], Change(mode="files", files=touched))

    def partitions(self, asked: tuple[set[str], Model]) -> None:
        days, rows = asked
        if not self.shelf.by:
            return
        staying = {number: rest for number, rest in self.model.items() if rest[0] not in days}
        new = {number: rest for number, rest in rows.items() if rest[0] in days and number not in staying}
        self.model = staying | new
        self.publish(_sorted(new), Change(mode="partitions", partitions=tuple(sorted(days))))

    def compact(self, day: str) -> None:
        pinned = self.shelf.pinned()
        chosen = pinned.only({day}) if day and self.shelf.by else pinned
        change = Change(mode="files", files=chosen.files, data_change=False, operation="OPTIMIZE")
        if chosen.files:
            self.shelf.put(chosen.relation, change, facts={})

    def check(self) -> None:
        pinned = self.shelf.pinned()
        expected = _sorted(self.model)
        assert self.shelf.rows(pinned) == expected
        assert sorted(self.shelf.rows_by_delta_rs(), key=lambda row: row[0]) == expected
        assert pinned.rows == len(expected)
        assert pinned.version == max(self.versions)
        self.pins.append((pinned, dict(self.model)))

    def check_the_past(self) -> None:
        """Every version, every pin that a reader took on the way, and no file that nobody names."""
        for version, rows in self.versions.items():
            assert self.shelf.rows(self.shelf.pinned(version)) == _sorted(rows)
        for pinned, rows in self.pins:
            assert self.shelf.rows(pinned) == _sorted(rows)
        named = {name for entry in self.shelf.lake.intervening(self.shelf.table, -1) for name in entry.added}
        found = {found.name for found in files_below(self.shelf.table) if not found.name.startswith("_delta_log/")}
        assert found == named


def _walk(folder: Path, steps: list[Step], by: tuple[str, ...]) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    walk = Walk(Shelf(folder, by=by))
    acts: dict[str, Callable[[Any], None]] = {name: getattr(walk, name) for name in _acts()}
    for name, argument in steps:
        acts[name](argument)
        walk.check()
    walk.check_the_past()
    walk.shelf.connection.close()


def _acts() -> list[str]:
    return ["replace", "append", "merge", "delete", "partitions", "compact"]


_BY = st.sampled_from([(), ("day",)])
_QUIET = [HealthCheck.function_scoped_fixture, HealthCheck.too_slow]


@pytest.mark.folder
@settings(max_examples=20, deadline=None, derandomize=True, suppress_health_check=_QUIET, phases=[Phase.generate])
@given(steps=st.lists(_STEPS, min_size=3, max_size=8), by=_BY)
def test_a_table_is_what_its_commits_say(tmp_path: Path, steps: list[Step], by: tuple[str, ...]) -> None:
    _walk(tmp_path / "walk", steps, by)


@pytest.mark.folder
@pytest.mark.slow
@settings(max_examples=400, deadline=None, suppress_health_check=_QUIET)
@given(steps=st.lists(_STEPS, min_size=5, max_size=25), by=_BY)
def test_a_table_is_what_many_commits_say(tmp_path: Path, steps: list[Step], by: tuple[str, ...]) -> None:
    _walk(tmp_path / "walk", steps, by)
