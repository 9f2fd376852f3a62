"""What the installed delta-rs must not do, whatever the mesh itself does: double rows or lose them.

Release 1.6.6 lets two ``optimize`` calls on one version both succeed, which doubles the rows, and lets an overwrite
from a handle that was opened before an ``optimize`` keep the old rows. Other tools may maintain a table of the mesh
with the same library: a release that fails here must not be installed.
"""

from __future__ import annotations

import threading
from pathlib import Path

import pyarrow as pa
import pytest
from deltalake import CommitProperties, DeltaTable, write_deltalake
from deltalake.exceptions import CommitFailedError, DeltaError

pytestmark = pytest.mark.folder

ONCE = CommitProperties(max_commit_retries=0)


@pytest.fixture
def table(tmp_path: Path) -> str:
    """Ten files of one row each."""
    place = str(tmp_path / "table")
    for number in range(10):
        write_deltalake(place, pa.table({"id": [number]}), mode="append")
    return place


def _ids(place: str) -> list[int]:
    return sorted(DeltaTable(place).to_pyarrow_table().column("id").to_pylist())


@pytest.mark.parametrize("race", range(5))
def test_two_that_optimize_at_once(table: str, race: int) -> None:
    start = threading.Barrier(2)
    refused: list[Exception] = []

    def optimize(delta: DeltaTable) -> None:
        start.wait()
        try:
            delta.optimize.compact()
        except DeltaError as error:
            refused.append(error)

    threads = [threading.Thread(target=optimize, args=(DeltaTable(table),)) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert _ids(table) == list(range(10))
    assert len(refused) == 1


def test_the_second_of_two_handles_is_refused(table: str) -> None:
    first, second = DeltaTable(table), DeltaTable(table)
    first.optimize.compact()
    with pytest.raises(CommitFailedError):
        second.optimize.compact()
    assert _ids(table) == list(range(10))


def test_an_overwrite_from_a_handle_that_was_opened_before(table: str) -> None:
    stale = DeltaTable(table)
    DeltaTable(table).optimize.compact()
    with pytest.raises(CommitFailedError):
        write_deltalake(stale, pa.table({"id": [99]}), mode="overwrite", commit_properties=ONCE)
    assert _ids(table) == list(range(10))
