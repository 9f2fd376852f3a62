"""A full disk, a lake that can't be written, damaged files: told in words at the user's door; the rows stay."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from publication.ledger import Ledger, new_ledger

pytestmark = pytest.mark.folder
MESH = Path(sys.executable).with_name("mesh")


def call(ledger: Ledger, *words: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(MESH), *map(str, words), "--root", str(ledger.tiny.root)],
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


def explained(done: subprocess.CompletedProcess[str], *words: str) -> None:
    """A person's words, no traceback; each of ``words`` among them."""
    told = done.stdout + done.stderr
    assert "Traceback" not in told
    assert "internal error" not in told
    for word in words:
        assert word in told, told


def identifiers(done: subprocess.CompletedProcess[str]) -> list[int]:
    assert done.returncode == 0, done.stderr
    return [row["id"] for row in json.loads(done.stdout)["rows"]]


@pytest.fixture
def ledger(tmp_path: Path) -> Ledger:
    """Two versions: one row, then two."""
    made = new_ledger(tmp_path / "mesh")
    made.write("append", product={"incremental": "[bronze.orders_feed]"})
    for number in (1, 2):
        made.deliver(f"file-{number}", [(number, "x", number, 1, "2026-01-05", "false")])
        made.publish()
    return made


class Mounted:
    """What runs in a mount namespace of its own, where this user may mount; it goes with the process."""

    def __init__(self, ledger: Ledger, mount: str) -> None:
        self.ledger, self.mount = ledger, mount

    def run(self, *commands: str) -> tuple[list[int], str]:
        """The exit code of each command and all output."""
        root, lake = self.ledger.tiny.root, self.ledger.settings.lake
        lines = [self.mount.format(lake=lake)]
        lines += [f"code=0; {MESH} {command} --root {root} || code=$?; echo EXIT $code" for command in commands]
        done = subprocess.run(
            ["unshare", "--user", "--map-root-user", "--mount", "sh", "-ec", "\n".join(lines)],
            capture_output=True,
            text=True,
            check=False,
            timeout=180,
        )
        told = done.stdout + done.stderr
        return [int(line.split()[1]) for line in done.stdout.splitlines() if line.startswith("EXIT")], told


def _can_mount() -> bool:
    if not shutil.which("unshare"):
        return False
    words = ["unshare", "--user", "--map-root-user", "--mount", "mount", "-t", "tmpfs", "none", "/mnt"]
    return subprocess.run(words, capture_output=True, check=False).returncode == 0


can_mount = pytest.mark.skipif(not _can_mount(), reason="this user may not mount anything, not even in a namespace")


@can_mount
def test_a_full_disk(ledger: Ledger) -> None:
    """The new rows do not fit: whichever step it hits, the old ones are read."""
    row = "{0},{1},{2},1,2026-01-05,false"
    lines = [row.format(number, os.urandom(12).hex(), number / 7) for number in range(10, 60_010)]
    file = ledger.tiny.home / "landing" / "orders" / "file-3.csv"
    file.write_text("\n".join(["id,name,amount,seq,day,gone", *lines]) + "\n")
    full = Mounted(
        ledger, "cp -a {lake} {lake}.kept && mount -t tmpfs -o size=1m none {lake} && cp -a {lake}.kept/. {lake}"
    )
    codes, told = full.run("run shop", "query 'SELECT count(*) AS n FROM shop.orders' --format csv", "run shop")
    assert codes == [1, 0, 1], told
    assert "Traceback" not in told
    assert "space" in told.lower()
    assert "\nn\n2\n" in told  # the two old rows
    assert call(ledger, "run", "shop").returncode == 0
    [count] = json.loads(call(ledger, "query", "SELECT count(*) AS n FROM shop.orders", "--json").stdout)["rows"]
    assert count == {"n": 60_002}


@can_mount
def test_a_lake_that_cannot_be_written(ledger: Ledger) -> None:
    ledger.deliver("file-3", [(3, "x", 3, 1, "2026-01-05", "false")])
    frozen = Mounted(ledger, "mount --bind {lake} {lake} && mount -o remount,bind,ro {lake}")
    codes, told = frozen.run("run shop", "query 'SELECT count(*) AS n FROM shop.orders' --format csv")
    assert codes == [1, 0], told
    assert "Traceback" not in told
    assert "read-only" in told.lower()
    assert "\nn\n2\n" in told
    assert call(ledger, "run", "shop").returncode == 0
    assert identifiers(call(ledger, "query", "FROM shop.orders ORDER BY id", "--json")) == [1, 2, 3]


def test_a_truncated_file(ledger: Ledger) -> None:
    """The version that has it can't be read; the one before can, and restoring it mends the port."""
    first = ledger.lake.pin(ledger.lake.table("shop/orders"), 0)
    assert first is not None
    [added] = ledger.files - set(first.files)
    os.truncate(added, 100)
    done = call(ledger, "query", "FROM shop.orders")
    assert done.returncode == 2
    explained(done, Path(added).name, "mesh restore")
    assert identifiers(call(ledger, "query", "FROM shop.orders", "--at", "0", "--json")) == [1]
    assert call(ledger, "restore", "shop.orders", "0").returncode == 0
    assert identifiers(call(ledger, "query", "FROM shop.orders", "--json")) == [1]


@pytest.mark.parametrize("content", [b"", b'{"commitInfo": {"mesh.rows": "2"', b"\x00" * 64])
def test_a_damaged_commit(ledger: Ledger, content: bytes) -> None:
    log = ledger.settings.lake / "shop" / "orders" / "_delta_log"
    (log / f"{1:020}.json").write_bytes(content)
    done = call(ledger, "query", "FROM shop.orders")
    assert done.returncode == 2
    explained(done, f"{1:020}.json")
    assert identifiers(call(ledger, "query", "FROM shop.orders", "--at", "shop.orders=0", "--json")) == [1]
    done = call(ledger, "run", "shop")
    assert done.returncode in {1, 2}
    explained(done, f"{1:020}.json")


def test_a_clock_that_goes_back(ledger: Ledger) -> None:
    """The order of the log decides what is newest and what was current when."""
    log = ledger.settings.lake / "shop" / "orders" / "_delta_log"
    first = log / f"{0:020}.json"
    stamp = ledger.lake.history(ledger.lake.table("shop/orders"))[-1].facts["publishedAt"]
    first.write_text(first.read_text().replace(stamp, "2099-01-01T00:00:00.000+00:00"))
    assert identifiers(call(ledger, "query", "FROM shop.orders ORDER BY id", "--json")) == [1, 2]
    assert identifiers(call(ledger, "query", "FROM shop.orders ORDER BY id", "--at", "2099-06-01", "--json")) == [1, 2]
    ledger.deliver("file-3", [(3, "x", 3, 1, "2026-01-05", "false")])
    assert call(ledger, "run", "shop").returncode == 0
    done = call(ledger, "maintain", "shop", "--json")
    assert done.returncode == 0, done.stderr
    assert sum(table.get("removed", 0) for table in json.loads(done.stdout)["tables"]) == 0
    assert identifiers(call(ledger, "query", "FROM shop.orders", "--at", "0", "--json")) == [1]
