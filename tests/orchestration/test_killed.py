"""kill -9 wherever a publication can be: readers see an audited version, the next run completes, nothing is double."""

from __future__ import annotations

import json
import random
import signal
import subprocess
import sys
import time
from datetime import date
from pathlib import Path

import pytest

from .workbench import ORDERS, REVENUE, Workbench

SCRIPT = Path(__file__).with_name("killed_step.py")
OLD = [(1, 10.5), (2, 4.0), (3, 20.0)]
NEW = [*OLD, (4, 7.0)]


def _start(bench: Workbench, asset: str, stage: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen([sys.executable, str(SCRIPT), str(bench.tiny.root), asset, stage])


def _killed_at(bench: Workbench, asset: str, stage: str) -> None:
    assert _start(bench, asset, stage).wait(timeout=60) == -signal.SIGKILL


def _orders(bench: Workbench) -> list[tuple[int, float]]:
    return [(row[0], row[2]) for row in bench.rows(ORDERS)]


@pytest.mark.parametrize(
    ("stage", "version", "rows"),
    [
        ("resolve", 0, OLD),
        ("transform", 0, OLD),
        ("stage", 0, OLD),
        ("audit", 0, OLD),
        ("commit", 0, OLD),
        ("register", 1, NEW),
        ("done", 1, NEW),
    ],
)
def test_a_republication_killed_on_entering(published: Workbench, stage: str, version: int, rows: list) -> None:
    published.tiny.deliver("2026-01-03", ["4,cleo@example.com,7.00,2026-01-03"])
    published.step("shop.bronze.orders_feed")
    _killed_at(published, ORDERS, stage)

    assert (published.version(ORDERS), _orders(published)) == (version, rows)
    assert all(check["success"] for check in json.loads(published.commit(ORDERS).facts["audit"]))

    published.run(run_id="again")
    assert (published.version(ORDERS), _orders(published)) == (1, NEW)
    assert published.rows(REVENUE)[-1] == (date(2026, 1, 3), 1, 7.0)
    assert published.commit(ORDERS).facts["runId"] == ("killed" if version == 1 else "again")
    with published.catalog() as catalog:
        assert catalog.missing(ORDERS, [0, 1]) == ()
        registered = catalog.publication(ORDERS)
        assert registered is not None
        assert (registered.table_version, registered.rows) == (1, 4)
        assert [attempt.table_version for attempt in catalog.publications(ORDERS)] == [1, 0]


@pytest.mark.parametrize("stage", ["audit", "commit", "register"])
def test_a_first_publication_killed_on_entering(bench: Workbench, stage: str) -> None:
    bench.step("shop.bronze.orders_feed")
    _killed_at(bench, ORDERS, stage)
    assert bench.version(ORDERS) == (0 if stage == "register" else None)
    bench.run(run_id="again")
    assert (bench.version(ORDERS), _orders(bench)) == (0, OLD)
    with bench.catalog() as catalog:
        assert catalog.missing(ORDERS, [0]) == ()


def test_an_internal_step_killed(bench: Workbench) -> None:
    _killed_at(bench, "shop.bronze.orders_feed", "transform")
    bench.run()
    assert _orders(bench) == OLD


def test_a_new_catalog_is_filled_from_the_commits(published: Workbench) -> None:
    """What a crash between commit and register loses is in the commit; so is everything, if the catalog is lost."""
    with published.catalog() as catalog:
        before = catalog.publication(REVENUE)
    (published.settings.home / "catalog.db").unlink()
    assert published.run(run_id="again")[REVENUE].status == "unchanged"
    with published.catalog() as catalog:
        assert catalog.publication(REVENUE) == before


@pytest.mark.slow
def test_killed_at_any_moment(published: Workbench) -> None:
    """Fifty kills at random moments: whatever is readable is a whole delivery, and the last run ends it all."""
    chance = random.Random(2013)
    for number in range(50):
        published.tiny.deliver("2026-01-03", [f"{n},x@example.com,1.00,2026-01-03" for n in range(4, 5 + number)])
        published.step("shop.bronze.orders_feed")
        process = _start(published, ORDERS, "never")
        time.sleep(chance.uniform(0.2, 1.2))
        process.kill()
        process.wait()
        assert len(published.rows(ORDERS)) == int(published.commit(ORDERS).facts["rows"])
    published.run(run_id="again")
    assert len(published.rows(ORDERS)) == 53
