"""kill -9 anywhere: readers see the last audited version, the next run completes, nothing is lost or double.

The long form kills at least 45 publications in each of five worlds, 76 times in maintenance and 40 in restoration.
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest

from .conftest import Forge
from .worlds import WORLDS, World

pytestmark = pytest.mark.folder
MODES = tuple(WORLDS)
EACH = 5
"""Kills a mode in the short form; the long form has some forty."""


def done(told: dict[str, Any]) -> dict[str, Any]:
    assert told["ended"] == "done", told
    return told


class Life:
    """A world in which processes die, and what must hold after each death."""

    def __init__(self, forge: Forge, world: World) -> None:
        self.forge, self.world, self.kills = forge, world, 0
        for _ in range(3):
            world.deliver()
            done(self.act("run"))
        self.must_show(world.expected)

    def act(self, name: str, **when: Any) -> dict[str, Any]:
        return self.forge.act(name, self.world.root, **when)

    def must_show(self, *allowed: list[tuple[object, ...]]) -> None:
        assert self.world.shown in allowed

    def publication(self, **when: Any) -> None:
        """Something is delivered and its publication killed; then another one completes."""
        before = self.world.expected
        self.world.deliver()
        told = self.act("run", **when)
        assert told["ended"] in {"killed", "done"}, told
        self.kills += told["ended"] == "killed"
        self.must_show(before, self.world.expected)
        done(self.act("run"))
        self.must_show(self.world.expected)

    def maintenance(self, name: str, **when: Any) -> None:
        """No row may change, however maintenance ends; afterwards everything goes on."""
        for _ in range(2):
            self.world.deliver()
            done(self.act("run"))
        told = self.act(name, **when)
        assert told["ended"] in {"killed", "done"}, told
        self.kills += told["ended"] == "killed"
        self.must_show(self.world.expected)
        done(self.act(name))
        self.must_show(self.world.expected)

    def restoration(self, **when: Any) -> None:
        """The port has the rows of the newest version or of the one before it."""
        before = self.world.shown
        self.world.deliver()
        done(self.act("run"))
        newest = self.world.shown
        told = self.act("back", **when)
        assert told["ended"] in {"killed", "done"}, told
        self.kills += told["ended"] == "killed"
        self.must_show(before, newest)

    def end(self) -> None:
        """What the dead left behind is cleaned away, and the rows are still those of the model."""
        for _ in range(2):  # what the first puts together is the second's to remove
            done(self.act("clean"))
        self.must_show(self.world.expected)
        ledger = self.world.ledger
        for table in (ledger.lake.table("shop/orders"), ledger.lake.internal(("shop", "bronze", "orders_feed"))):
            pinned = ledger.lake.pin(table)
            assert pinned is not None
            assert {str(file) for file in Path(str(table)).rglob("part-*.parquet")} == set(pinned.files)
        assert self._others() == []
        with ledger.catalog() as catalog:
            assert catalog.publications("shop.orders", 1)

    def _others(self) -> list[str]:
        """Temporary files of any kind."""
        lake = self.world.ledger.settings.lake
        return [str(file) for file in lake.rglob("*") if file.is_file() and (file.name[0] == "." or "#" in file.name)]


def some(places: int, number: int | None) -> Iterable[int]:
    """Every place, or so many of them, the first and the last among them."""
    if number is None or number >= places:
        return range(1, places + 1)
    return sorted({1, places, *random.Random(places).sample(range(1, places + 1), number)})


def moments(seconds: float, number: int) -> Iterator[float]:
    chance = random.Random(number)
    return (chance.uniform(0, seconds) for _ in range(number))


def killed_publications(forge: Forge, folder: Path, mode: str, *, places: int | None, times: int) -> int:
    life = Life(forge, WORLDS[mode](folder))
    life.world.deliver()
    whole = done(life.act("run"))
    for at in some(whole["passed"], places):
        life.publication(at=at)
    for after in moments(whole["seconds"], times):
        life.publication(after=after)
    life.end()
    return life.kills


@pytest.mark.parametrize("mode", MODES)
def test_a_publication_is_killed(forge: Forge, tmp_path: Path, mode: str) -> None:
    assert killed_publications(forge, tmp_path / "mesh", mode, places=EACH - 2, times=1) >= EACH - 2


@pytest.mark.slow
@pytest.mark.parametrize("mode", MODES)
def test_a_publication_is_killed_anywhere(forge: Forge, tmp_path: Path, mode: str) -> None:
    assert killed_publications(forge, tmp_path / "mesh", mode, places=None, times=25) >= 45


@pytest.mark.parametrize("mode", ["append", "partitions"])
def test_the_first_publication_is_killed(forge: Forge, tmp_path: Path, mode: str) -> None:
    world = WORLDS[mode](tmp_path / "mesh")
    world.deliver()
    for at in (6, 13, 20):
        told = forge.act("run", world.root, at=at)
        assert told["ended"] == "killed", told
        assert world.shown in ([], world.expected)
    done(forge.act("run", world.root))
    assert world.shown == world.expected


def killed_maintenance(forge: Forge, folder: Path, mode: str, name: str, *, places: int | None, times: int) -> int:
    life = Life(forge, WORLDS[mode](folder))
    for _ in range(2):
        life.world.deliver()
        done(life.act("run"))
    whole = done(life.act(name))
    for at in some(max(whole["passed"], 1), places):
        life.maintenance(name, at=at)
    for after in moments(whole["seconds"], times):
        life.maintenance(name, after=after)
    life.end()
    return life.kills


@pytest.mark.parametrize("name", ["upkeep", "clean"])
def test_maintenance_is_killed(forge: Forge, tmp_path: Path, name: str) -> None:
    assert killed_maintenance(forge, tmp_path / "mesh", "append", name, places=2, times=1) >= 2


@pytest.mark.slow
@pytest.mark.parametrize("name", ["upkeep", "clean"])
@pytest.mark.parametrize("mode", ["append", "merge", "partitions"])
def test_maintenance_is_killed_anywhere(forge: Forge, tmp_path: Path, mode: str, name: str) -> None:
    least = 8 if mode == "partitions" else 15  # a day of one file has nothing to put together
    assert killed_maintenance(forge, tmp_path / "mesh", mode, name, places=20, times=15) >= least


@pytest.mark.parametrize("mode", ["merge", "partitions"])
def test_a_restoration_is_killed(forge: Forge, tmp_path: Path, mode: str) -> None:
    life = Life(forge, WORLDS[mode](tmp_path / "mesh"))
    for at in (3, 9):
        life.restoration(at=at)
    assert life.kills == 2


@pytest.mark.slow
@pytest.mark.parametrize("mode", ["snapshot", "append", "merge", "partitions"])
def test_a_restoration_is_killed_anywhere(forge: Forge, tmp_path: Path, mode: str) -> None:
    life = Life(forge, WORLDS[mode](tmp_path / "mesh"))
    for at in range(1, 26):
        life.restoration(at=at)
    assert life.kills >= 10
