"""Every delivered file's rows are in the bronze table once: after a crash, a second delivery, two runs at a time."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import zipfile
from concurrent.futures import ThreadPoolExecutor

import pytest

from mesh_core.errors import MeshError
from mesh_core.testing.tiny import HEADER

from .days import BRONZE, Days


def _killed(days: Days, when: str) -> None:
    """Run bronze in a process of its own that dies before or after the commit."""
    code = (
        "import os, signal, sys\n"
        "from mesh_core.contracts.graph import key_of, ordered\n"
        "from mesh_core.publishing.steps.internals import refresh\n"
        "from mesh_core.publishing.services import Services\n"
        "from mesh_core.settings import load_settings\n"
        "from mesh_core.storage import Lake\n"
        "from pathlib import Path\n"
        "commit = Lake.commit\n"
        "def dying(*given, **named):\n"
        "    if sys.argv[2] == 'after': commit(*given, **named)\n"
        "    os.kill(os.getpid(), signal.SIGKILL)\n"
        "Lake.commit = dying\n"
        "services = Services(load_settings(Path(sys.argv[1])))\n"
        "tree, node = next(e for e in ordered(services.mesh) if '.'.join(key_of(e[1])) == 'shop.bronze.orders_feed')\n"
        "refresh(node, tree, services, run_id='killed')\n"
    )
    done = subprocess.run([sys.executable, "-c", code, str(days.tiny.root), when], check=False, timeout=120)
    assert done.returncode == -signal.SIGKILL


@pytest.mark.parametrize(("when", "held"), [("before", [1, 2, 3]), ("after", [1, 2, 3, 4])])
def test_a_crash_and_a_second_run_add_nothing_twice(days: Days, when: str, held: list[int]) -> None:
    days.step(BRONZE)
    days.deliver("2026-01-03", 4)
    _killed(days, when)
    assert days.orders(BRONZE) == held
    assert days.step(BRONZE).status == ("refreshed" if when == "before" else "unchanged")
    assert days.orders(BRONZE) == [1, 2, 3, 4]


def test_the_commit_names_every_file_that_the_table_holds(days: Days) -> None:
    days.step(BRONZE)
    first = json.loads(days.commit(BRONZE).facts["files"])
    days.deliver("2026-01-02", 3, 4)
    days.step(BRONZE)
    second = json.loads(days.commit(BRONZE).facts["files"])
    assert sorted(first) == sorted(second) == ["2026-01-01.csv", "2026-01-02.csv"]
    assert first["2026-01-01.csv"] == second["2026-01-01.csv"]
    assert first["2026-01-02.csv"] != second["2026-01-02.csv"]


def test_a_file_that_was_only_touched_is_read_again_and_adds_nothing(days: Days) -> None:
    days.step(BRONZE)
    os.utime(days.settings.landing / "orders" / "2026-01-01.csv", ns=(1, 1))
    assert days.step(BRONZE).partitions_written == ("2026-01-01",)
    assert days.orders(BRONZE) == [1, 2, 3]


def test_rows_of_a_file_that_was_taken_away_stay_until_force(days: Days) -> None:
    days.step(BRONZE)
    (days.settings.landing / "orders" / "2026-01-01.csv").unlink()
    assert days.step(BRONZE).status == "unchanged"
    days.deliver("2026-01-03", 4)
    days.step(BRONZE)
    assert days.orders(BRONZE) == [1, 2, 3, 4]
    days.step(BRONZE, force=True)
    assert days.orders(BRONZE) == [3, 4]


def test_a_bad_file_among_good_ones_commits_nothing(days: Days) -> None:
    days.step(BRONZE)
    days.deliver("2026-01-03", 4)
    bad = days.deliver("2026-01-04", 5)
    bad.write_text(f"{HEADER}\n5,ada@example.com,much,2026-01-04\n")
    with pytest.raises(MeshError) as caught:
        days.step(BRONZE)
    assert f"{bad}:2: cannot be read as declared" in str(caught.value)
    assert days.orders(BRONZE) == [1, 2, 3]
    assert len(list(days.pinned(BRONZE).path.rglob("*.parquet"))) == 2
    days.deliver("2026-01-04", 5)
    days.step(BRONZE)
    assert days.orders(BRONZE) == [1, 2, 3, 4, 5]


def test_several_steps_at_a_time_read_each_file_once(days: Days) -> None:
    for day in range(3, 13):
        days.deliver(f"2026-01-{day:02}", day + 1)
    with ThreadPoolExecutor(4) as pool:
        made = [one.result().status for one in [pool.submit(days.step, BRONZE) for _ in range(4)]]
    assert sorted(set(made)) in (["refreshed"], ["refreshed", "unchanged"])
    assert days.orders(BRONZE) == list(range(1, 14))


def test_rows_of_a_zip_name_the_file_that_was_delivered(days: Days) -> None:
    days.tiny.edit("domains/shop/orders/sources.yaml", "orders/*.csv", "orders/*")
    with zipfile.ZipFile(days.settings.landing / "orders" / "2026-01-03.zip", "w") as archive:
        archive.writestr("orders.csv", f"{HEADER}\n4,ada@example.com,1.00,2026-01-03\n")
    days.step(BRONZE)
    assert days.values(BRONZE, "_source_file") == [
        "2026-01-01.csv",
        "2026-01-01.csv",
        "2026-01-02.csv",
        "2026-01-03.zip",
    ]


def test_files_of_one_name_in_two_folders_are_one_delivery(days: Days) -> None:
    days.tiny.edit("domains/shop/orders/sources.yaml", "orders/*.csv", "'**/*.csv'")
    other = days.settings.landing / "late"
    other.mkdir()
    (other / "2026-01-01.csv").write_text(f"{HEADER}\n9,ada@example.com,1.00,2026-01-01\n")
    days.step(BRONZE)
    assert days.orders(BRONZE) == [1, 2, 3, 9]
    (other / "2026-01-01.csv").write_text(f"{HEADER}\n8,ada@example.com,1.00,2026-01-01\n")
    days.step(BRONZE)
    assert days.orders(BRONZE) == [1, 2, 3, 8]


def test_another_type_reads_every_file_again(days: Days) -> None:
    days.step(BRONZE)
    days.tiny.edit("domains/shop/orders/sources.yaml", "amount: DOUBLE", "amount: VARCHAR")
    assert days.step(BRONZE).columns["amount"] == "VARCHAR"
    assert days.values(BRONZE, "amount") == ["1.00", "1.00", "1.00"]


def test_another_type_is_refused_while_rows_of_a_lost_file_are_kept(days: Days) -> None:
    days.step(BRONZE)
    (days.settings.landing / "orders" / "2026-01-01.csv").unlink()
    days.tiny.edit("domains/shop/orders/sources.yaml", "amount: DOUBLE", "amount: VARCHAR")
    with pytest.raises(MeshError) as caught:
        days.step(BRONZE)
    assert caught.value.code == "table-not-upgradable"
    assert days.orders(BRONZE) == [1, 2, 3]
