"""Two processes share work: the same results, also where the second one fails or must not be."""

from __future__ import annotations

import importlib.util
import json
import os
import subprocess
import sys
import threading
from collections.abc import Sequence
from pathlib import Path

import pytest

from mesh_core.contracts import shared_work
from mesh_core.contracts.shared_work import in_halves

GENERATOR = Path(__file__).resolve().parents[2] / "benchmarks/many_products.py"


def _where(items: Sequence[int]) -> tuple[list[int], int]:
    return list(items), os.getpid()


@pytest.fixture
def alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever runs the tests may have threads of its own."""
    monkeypatch.setattr(threading, "active_count", lambda: 1)


@pytest.mark.usefixtures("alone")
@pytest.mark.skipif(len(os.sched_getaffinity(0)) < 2, reason="one core")
def test_each_process_does_half() -> None:
    (first, here), (second, there) = in_halves([1, 2, 3, 4, 5], _where, least=5)
    assert (first, second) == ([1, 2], [3, 4, 5])
    assert here == os.getpid() != there


def test_little_work_is_done_here() -> None:
    assert in_halves([1, 2, 3], _where, least=4) == [([1, 2, 3], os.getpid())]


def test_a_process_with_threads_does_not_fork() -> None:
    waiting = threading.Event()
    thread = threading.Thread(target=waiting.wait)
    thread.start()
    try:
        assert in_halves([1, 2, 3], _where, least=1) == [([1, 2, 3], os.getpid())]
    finally:
        waiting.set()
        thread.join()


@pytest.mark.usefixtures("alone")
def test_what_the_second_process_fails_at_is_done_here(monkeypatch: pytest.MonkeyPatch) -> None:
    parent = os.getpid()
    monkeypatch.setattr(shared_work, "_can_fork", lambda: True)

    def work(items: Sequence[int]) -> tuple[list[int], int]:
        if os.getpid() != parent:
            os._exit(3)
        return _where(items)

    assert in_halves([1, 2, 3, 4], work, least=1) == [([1, 2], parent), ([3, 4], parent)]


def _checked(root: Path, *words: str) -> str:
    """What `mesh check` says in a process of its own."""
    command = [Path(sys.executable).with_name("mesh"), "check", "--root", root, *words]
    kept = {name: value for name, value in os.environ.items() if not name.startswith("MESH_")}
    return subprocess.run(command, env=kept, capture_output=True, text=True, check=False, timeout=60).stdout


def test_many_products_in_two_processes(tmp_path: Path) -> None:
    spec = importlib.util.spec_from_file_location("many_products", GENERATOR)
    assert spec is not None
    assert spec.loader is not None
    generator = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(generator)
    generator.write_mesh(tmp_path, products=120, domains=6)
    assert (
        _checked(tmp_path)
        .splitlines()[-1]
        .startswith("✓ nothing to find fault with in 6 domains, 120 products, 120 ports, ")
    )
    broken = [tmp_path / f"domains/area_0{n}/measures_000{n}/measures_000{n}.sql" for n in (0, 5)]
    for file in broken:
        file.write_text(file.read_text().replace("amount", "amounts", 1))
    found = json.loads(_checked(tmp_path, "--json"))["findings"]
    assert {finding["file"] for finding in found} == {str(file) for file in broken}
    assert {finding["code"] for finding in found} == {"sql-invalid"}
