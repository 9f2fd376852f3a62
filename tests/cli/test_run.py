"""mesh run"""

from __future__ import annotations

import os
import pty
import select
import signal
import subprocess
import time

import pytest

from mesh_core.testing import TinyMesh

from .calling import MESH, mesh_process

BAD = ("9,eve@example.com,-5.00,2026-01-03",)


def _statuses(answer) -> dict[str, str]:
    return {port["address"]: port["status"] for port in answer.json["ports"]}


def _without_seconds(port: dict[str, object]) -> dict[str, object]:
    assert 0 <= port["seconds"] < 60
    return {name: value for name, value in port.items() if name != "seconds"}


def test_a_life_of_publications(tiny: TinyMesh) -> None:
    """One mesh from its first run to a refused delivery; each step needs the one before."""
    first = mesh_process("run", "--root", tiny.root, "--json")
    assert first.code == 0, first.err
    assert sorted(first.json) == ["errors", "notices", "ports", "seconds"]
    assert [_without_seconds(port) for port in first.json["ports"]] == [
        {
            "address": "shop.orders",
            "status": "published",
            "rows": 3,
            "table_version": 0,
            "checks_passed": 8,
            "checks_failed": 0,
            "quarantined": 0,
            "error": "",
        },
        {
            "address": "insight.revenue",
            "status": "published",
            "rows": 2,
            "table_version": 0,
            "checks_passed": 4,
            "checks_failed": 0,
            "quarantined": 0,
            "error": "",
        },
    ]
    assert "shop.orders published: 3 rows, v0, 8 checks passed in " in first.err

    again = mesh_process("run", "--root", tiny.root, "--json")
    assert (again.code, again.err) == (0, "")
    assert _statuses(again) == {"shop.orders": "unchanged", "insight.revenue": "unchanged"}

    tiny.deliver("2026-01-03", BAD)
    refused = mesh_process("run", "--root", tiny.root)
    assert refused.code == 1
    heading, orders, revenue, *rest = refused.out.splitlines()
    assert heading.split() == ["port", "status", "rows", "table", "checks", "seconds"]
    assert orders.split()[:8] == ["shop.orders", "failed", "3", "v0", "7", "✓", "1", "✗"]
    assert revenue.split()[:5] == ["insight.revenue", "skipped", "2", "v0", "-"]
    text = "\n".join(rest)
    assert "1 failed, 1 skipped in " in text
    assert "rule amount_range failed" in text
    assert "- insight.revenue skipped: shop.orders was not published" in text
    assert "mesh show shop.orders" in text

    counted = mesh_process("query", "SELECT count(*) AS n FROM shop.orders", "--root", tiny.root, "--json")
    assert counted.json["rows"] == [{"n": 3}]

    tiny.deliver("2026-01-03", ["9,eve@example.com,5.00,2026-01-03"])
    mended = mesh_process("run", "shop", "--root", tiny.root, "--json")
    assert mended.code == 0
    assert _statuses(mended) == {"shop.orders": "published"}
    assert [(port["rows"], port["table_version"]) for port in mended.json["ports"]] == [(4, 1)]

    history = mesh_process("show", "shop.orders", "--root", tiny.root, "--json").json["history"]
    assert [(attempt["status"], attempt["table_version"]) for attempt in history] == [
        ("published", 1),
        ("failed", None),
        ("published", 0),
    ]


def test_upstream_runs_what_the_selection_reads(tiny: TinyMesh) -> None:
    answer = mesh_process("run", "insight", "--upstream", "--root", tiny.root, "--json")
    assert answer.code == 0
    assert _statuses(answer) == {"shop.orders": "published", "insight.revenue": "published"}


def test_a_broken_domain_is_told_and_the_others_run(tiny: TinyMesh) -> None:
    file = tiny.edit("domains/insight/domain.yaml", "kind: consumer-aligned", "kind: consuming")

    answer = mesh_process("run", "--root", tiny.root, "--json")

    assert answer.code == 2
    assert _statuses(answer) == {"shop.orders": "published", "insight.revenue": "failed"}
    (error,) = answer.json["errors"]
    assert (error["domain"], error["file"], error["line"]) == ("insight", str(file), 2)
    assert "Name the domain's archetype." in answer.err


def test_a_broken_domain_alone_runs_nothing(tiny: TinyMesh) -> None:
    tiny.edit("domains/insight/domain.yaml", "kind: consumer-aligned", "kind: consuming")
    answer = mesh_process("run", "insight", "--root", tiny.root, "--json")
    assert answer.code == 2
    assert _statuses(answer) == {"insight.revenue": "failed"}


def test_what_libraries_print_stays_off_stdout(tiny: TinyMesh) -> None:
    """A transformation that prints must not spoil the one object on stdout."""
    tiny.file("domains/shop/orders/orders.sql").unlink()
    tiny.file("domains/shop/orders/orders.py").write_text(
        "import os\n\n\n"
        "def orders(orders_feed):\n"
        "    print('from python')\n"
        "    os.write(1, b'from below\\n')\n"
        "    return orders_feed.relation().project('order_id, customer, amount, ordered_on')\n"
    )
    answer = mesh_process("run", "shop", "--root", tiny.root, "--json")
    assert answer.code == 0, answer.err
    assert _statuses(answer) == {"shop.orders": "published"}


class Terminal:
    """`mesh` with a terminal in front of it."""

    def __init__(self, *words: object) -> None:
        environment = {**os.environ, "COLUMNS": "120", "TERM": "xterm-256color"}
        pid, self.descriptor = pty.fork()
        if pid == 0:
            os.execve(MESH, [str(MESH), *map(str, words)], environment)
        self.pid, self.text = pid, ""

    def read_until(self, text: str, seconds: float = 60) -> None:
        deadline = time.monotonic() + seconds
        while text not in self.text:
            assert time.monotonic() < deadline, self.text
            if select.select([self.descriptor], [], [], 0.2)[0]:
                self.text += self._chunk()

    def _chunk(self) -> str:
        return os.read(self.descriptor, 65_536).decode(errors="replace")

    def finish(self) -> int:
        """Read what is left; the exit code."""
        while True:
            try:
                chunk = self._chunk()
            except OSError:  # how Linux says that the other end is closed
                break
            if not chunk:
                break
            self.text += chunk
        os.close(self.descriptor)
        return os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1])


@pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")
def test_the_live_view_shows_what_is_made_and_what_is_done(tiny: TinyMesh) -> None:
    terminal = Terminal("run", "shop", "--root", tiny.root)
    assert terminal.finish() == 0
    assert "loading Dagster ..." in terminal.text
    assert "0 of 1 port" in terminal.text
    done = terminal.text.index("✓")
    assert terminal.text[:done].endswith("\x1b[32m")
    assert "3 rows" in terminal.text[done : done + 200]
    assert "1 published" in terminal.text


@pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")
def test_ctrl_c_ends_it_calmly(tiny: TinyMesh) -> None:
    terminal = Terminal("run", "--root", tiny.root)
    terminal.read_until("loading Dagster ...")
    os.write(terminal.descriptor, b"\x03")
    assert terminal.finish() == 130
    assert "interrupted; every port keeps its last good version" in terminal.text
    assert "Traceback" not in terminal.text


def test_sigint_in_a_script_is_the_same(tiny: TinyMesh) -> None:
    process = subprocess.Popen(
        [MESH, "run", "--root", tiny.root], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    assert process.stderr is not None
    assert "loading Dagster" in process.stderr.readline()
    process.send_signal(signal.SIGINT)
    _, told = process.communicate(timeout=30)
    assert process.returncode == 130
    assert "Traceback" not in told
