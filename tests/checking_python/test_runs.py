"""How a Python step may fail: it raises, hangs, ends the process, reaches for the network."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

from .conftest import REVENUE, Workshop

if TYPE_CHECKING:
    import pytest

ROOT = Path(__file__).parents[2]


def test_an_exception_is_told_with_its_line(workshop: Workshop) -> None:
    workshop.write(
        """
        def revenue(orders):
            day = "Friday"
            return orders.query(day + 1)
        """
    )
    (finding,) = workshop.findings()
    assert (finding.severity, finding.code) == ("error", "python-raises")
    assert (finding.path, finding.line) == (workshop.tiny.file(REVENUE), 3)
    assert finding.what.startswith("revenue raised TypeError: can only concatenate str")


def test_a_lazy_result_that_fails_later_is_told_too(workshop: Workshop) -> None:
    sql = (
        "SELECT ordered_on AS day, count(*) AS orders, sum(CAST(error('late') AS DOUBLE)) AS revenue "
        "FROM shop.orders GROUP BY ALL"
    )
    workshop.returning(sql)
    findings = workshop.findings()
    assert [error.code for error in findings] == ["python-raises"]


def test_a_module_that_cannot_be_imported(workshop: Workshop) -> None:
    workshop.write("import no_such_module\n\ndef revenue(orders):\n    return orders.arrow()\n")
    assert workshop.told() == [
        (
            "error",
            "python-raises",
            "revenue raised ModuleNotFoundError: No module named 'no_such_module', over generated inputs (usual rows)",
        )
    ]


def test_a_crash_on_no_rows_is_a_warning_where_the_input_may_be_empty(workshop: Workshop) -> None:
    workshop.write(
        """
        def revenue(orders):
            first = orders.relation().fetchone()[0]
            return orders.query(
                "SELECT ordered_on AS day, count(*) AS orders, sum(amount) AS revenue FROM shop.orders GROUP BY ALL"
            )
        """
    )
    assert workshop.findings() == []  # a rule says that there are always orders
    workshop.allow_no_orders()
    (finding,) = workshop.findings()
    assert (finding.severity, finding.code) == ("warning", "python-raises")
    assert "NoneType" in finding.what
    assert "(no rows)" in finding.what


def test_a_crash_on_a_single_row_is_an_error(workshop: Workshop) -> None:
    workshop.write(
        """
        def revenue(orders):
            first, second, *_ = orders.relation().fetchall()
            return orders.query(
                "SELECT ordered_on AS day, count(*) AS orders, sum(amount) AS revenue FROM shop.orders GROUP BY ALL"
            )
        """
    )
    (finding,) = workshop.findings()
    assert (finding.severity, finding.code) == ("error", "python-raises")
    assert "(one row each)" in finding.what


def test_an_undeclared_input_is_told_and_not_run(workshop: Workshop) -> None:
    workshop.write("def revenue(orders, weather):\n    raise RuntimeError\n")
    (finding,) = workshop.findings()
    assert finding.code != "python-raises"
    assert "reads 'weather', which is no declared input of product insight.revenue" in finding.what


def test_a_step_that_does_not_end(workshop: Workshop) -> None:
    workshop.write("import time\n\ndef revenue(orders):\n    time.sleep(600)\n")
    started = time.monotonic()
    (finding,) = workshop.findings(timeout=4)
    assert time.monotonic() - started < 30
    assert (finding.severity, finding.code, finding.line) == ("error", "python-timeout", 3)
    assert finding.what == "revenue ran for more than 4 seconds over generated inputs"


def test_a_step_that_ends_the_process_leaves_the_others_to_be_checked(workshop: Workshop) -> None:
    workshop.write("import os\n\ndef cleaned(orders_feed):\n    os._exit(3)\n", "domains/shop/orders/silver/cleaned.py")
    workshop.write("def revenue(orders):\n    return 7\n")
    told = {error.code: error.what.partition(" over")[0] for error in workshop.findings()}
    assert told == {
        "python-raises": "cleaned ended the process with exit code 3",
        "python-result": "returned builtins.int,",
    }


def test_no_network(workshop: Workshop) -> None:
    workshop.write(
        """
        import urllib.request

        def revenue(orders):
            urllib.request.urlopen("http://127.0.0.1:9/orders.csv")
        """
    )
    (finding,) = workshop.findings()
    assert finding.code == "python-raises"
    assert "no network while a transformation is checked" in finding.what


def test_no_files_of_the_machine_through_the_engine(workshop: Workshop) -> None:
    file = workshop.tiny.home / "landing" / "orders" / "2026-01-02.csv"
    assert file.is_file()
    workshop.returning(f"SELECT * FROM read_csv('{file}')")
    (finding,) = workshop.findings()
    assert finding.code == "python-raises"
    assert "disabled by configuration" in finding.what


def test_nothing_is_written_into_the_mesh(workshop: Workshop) -> None:
    target = workshop.tiny.home / "note.txt"
    workshop.write(f"from pathlib import Path\n\ndef revenue(orders):\n    Path({str(target)!r}).write_text('x')\n")
    (finding,) = workshop.findings()
    assert "no writing into the mesh while a transformation is checked" in finding.what
    assert not target.exists()
    made = {path.relative_to(workshop.tiny.home).parts[0] for path in workshop.tiny.home.rglob("*")}
    assert made == {"landing", "cache"}
    assert not list(workshop.tiny.root.rglob("__pycache__"))


def test_what_a_function_prints_is_no_answer(workshop: Workshop) -> None:
    workshop.write(
        """
        import sys

        print('{"step": null}', flush=True)

        def revenue(orders):
            print("hello", flush=True)
            sys.stderr.write("hello")
            return orders.query(
                "SELECT ordered_on AS day, count(*) AS orders, sum(amount) AS revenue FROM shop.orders GROUP BY ALL"
            )
        """
    )
    assert workshop.findings() == []


_CALL = """
import signal, sys
signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell in the background ignores it
from pathlib import Path
from mesh_core.checking.python_steps import python_findings
from mesh_core.contracts.loading import load_mesh
from mesh_core.governance import load_charter
from mesh_core.settings import load_settings
root = Path(sys.argv[1])
settings = load_settings(root)
mesh = load_mesh(settings)
python_findings(mesh.domains.values(), mesh, load_charter(root), settings)
"""


def test_ctrl_c_ends_the_check_and_its_worker(workshop: Workshop, tmp_path: Path) -> None:
    pid_file = tmp_path / "pid"
    caller = _caller_of_a_step_that_hangs(workshop, pid_file)
    _wait_for(pid_file)
    caller.send_signal(signal.SIGINT)
    assert b"KeyboardInterrupt" in caller.communicate(timeout=20)[1]
    assert not _is_alive(int(pid_file.read_text()))


def test_a_killed_check_leaves_no_worker_and_no_files(
    workshop: Workshop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    monkeypatch.setenv("TMPDIR", str(scratch))
    pid_file = tmp_path / "pid"
    caller = _caller_of_a_step_that_hangs(workshop, pid_file)
    _wait_for(pid_file)
    caller.kill()
    caller.communicate()
    worker = int(pid_file.read_text())
    until = time.monotonic() + 20
    while _is_alive(worker) and time.monotonic() < until:
        time.sleep(0.05)
    assert not _is_alive(worker)
    assert not list(scratch.iterdir())


def _caller_of_a_step_that_hangs(workshop: Workshop, pid_file: Path) -> subprocess.Popen[bytes]:
    """A check in a process of its own; the function writes its process id and sleeps."""
    workshop.write(
        f"""
        import os, time
        from pathlib import Path

        def revenue(orders):
            Path({str(pid_file)!r}).write_text(str(os.getpid()))
            time.sleep(600)
        """
    )
    command = [sys.executable, "-c", _CALL, str(workshop.tiny.root)]
    return subprocess.Popen(command, cwd=ROOT, stderr=subprocess.PIPE)


def _wait_for(file: Path) -> None:
    until = time.monotonic() + 60
    while not (file.exists() and file.read_text()):
        assert time.monotonic() < until
        time.sleep(0.05)


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
