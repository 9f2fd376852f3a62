"""Publishers, readers and maintenance in any order, and in each other's way: the table is what a model says."""

from __future__ import annotations

import contextlib
import shutil
import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from mesh_core.publishing.progress import Outcome, Progress, listening
from mesh_core.publishing.services import Services
from mesh_core.storage import Pinned

from . import acts
from .worlds import WORLDS, World

STAGES = ("transform", "stage", "audit", "commit", "register")


class Table(RuleBasedStateMachine):
    """One port in one write mode; every reader that ever pinned a version still holds it."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp())
        self.pending = False
        self.published: list[tuple[object, ...]] = []
        self.readers: list[tuple[Pinned, list[tuple[Any, ...]]]] = []

    @initialize(mode=st.sampled_from(sorted(WORLDS)))
    def begin(self, mode: str) -> None:
        self.world: World = WORLDS[mode](self.folder / "mesh")
        self.deliver()
        self.publish()

    @rule()
    def deliver(self) -> None:
        self.world.deliver()
        self.pending = True

    @rule()
    def publish(self) -> None:
        acts.run(self.world.root)
        self._is_published()

    @precondition(lambda self: self.pending)
    @rule(stage=st.sampled_from(STAGES), other=st.sampled_from(["run", "upkeep", "deliver and run"]))
    def publish_while_somebody_else(self, stage: str, other: str) -> None:
        """A rival publishes the same or more, or maintenance runs, when the publication has come to ``stage``."""
        with self._meeting(stage, other):
            acts.run(self.world.root)
        acts.run(self.world.root)  # of what was delivered meanwhile
        self._is_published()

    @rule()
    def maintain(self) -> None:
        acts.upkeep(self.world.root)

    @rule()
    def read(self) -> None:
        pinned = self.world.ledger.lake.pin(self.world.ledger.lake.table("shop/orders"))
        assert pinned is not None
        self.readers.append((pinned, self._rows(pinned)))

    @invariant()
    def readers_see_one_state(self) -> None:
        for pinned, rows in self.readers:
            assert self._rows(pinned) == rows

    @invariant()
    def the_port_is_as_published(self) -> None:
        if self.published:
            assert self.world.shown == self.published

    def teardown(self) -> None:
        shutil.rmtree(self.folder, ignore_errors=True)

    def _is_published(self) -> None:
        self.pending, self.published = False, self.world.expected

    def _rows(self, pinned: Pinned) -> list[tuple[Any, ...]]:
        with Services(self.world.ledger.settings).connect() as connection:
            return sorted(connection.execute(pinned.relation).fetchall(), key=str)

    def _meeting(self, stage: str, other: str) -> contextlib.AbstractContextManager[None]:
        busy = False

        def hear(event: Progress | Outcome) -> None:
            nonlocal busy
            if busy or not isinstance(event, Progress) or (event.name, event.stage) != (acts.ORDERS, stage):
                return
            busy = True  # once: the rival's own steps are heard, too
            if other == "deliver and run":
                self.world.deliver()
            act = acts.upkeep if other == "upkeep" else acts.run
            act(self.world.root)

        return listening(hear)


QUIET = {"deadline": None, "suppress_health_check": list(HealthCheck)}


def test_any_short_story() -> None:
    run_state_machine_as_test(Table, settings=settings(max_examples=5, stateful_step_count=8, **QUIET))


@pytest.mark.slow
def test_any_long_story() -> None:
    run_state_machine_as_test(Table, settings=settings(max_examples=60, stateful_step_count=25, **QUIET))
