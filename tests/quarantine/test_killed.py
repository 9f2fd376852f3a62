"""kill -9 around a quarantine: good and bad rows come together or not at all, and nothing is doubled."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import orchestration.killed_step
import pytest
from orchestration.workbench import ORDERS, Workbench

from mesh_core.publishing.outcomes import quarantine_in
from mesh_core.storage.places import names_in

BAD = "5,dan@example.com,-1.00,2026-01-03"


@pytest.mark.parametrize(("stage", "version", "quarantined"), [("commit", 0, 0), ("register", 1, 1)])
def test_killed_on_entering(bench: Workbench, stage: str, version: int, quarantined: int) -> None:
    bench.run()
    bench.tiny.deliver("2026-01-03", ["4,cleo@example.com,7.00,2026-01-03", BAD])
    bench.step("shop.bronze.orders_feed")
    script = Path(orchestration.killed_step.__file__)
    paths = os.pathsep.join([str(script.parents[1]), str(script.parents[2])])
    killed = subprocess.run(
        [sys.executable, str(script), str(bench.tiny.root), ORDERS, stage],
        env={**os.environ, "PYTHONPATH": paths},
        check=False,
        timeout=120,
    )
    assert killed.returncode == -signal.SIGKILL
    found = quarantine_in(bench.commit(ORDERS))
    assert (bench.version(ORDERS), found.rows if found else 0) == (version, quarantined)
    assert [row[0] for row in bench.rows(ORDERS)] == ([1, 2, 3, 4] if version else [1, 2, 3])

    bench.run(run_id="again")
    found = quarantine_in(bench.commit(ORDERS))
    assert found is not None
    assert (bench.version(ORDERS), found.rows) == (1, 1)
    assert [row[0] for row in bench.rows(ORDERS)] == [1, 2, 3, 4]
    folder = bench.lake.table("shop/orders") / "_mesh"
    left = [name for name in names_in(folder) if name not in found.file]
    assert len(left) == (0 if version else 1)  # what the killed one put aside; no commit names it
