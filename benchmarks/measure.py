"""How everything here is measured: a process of its own for each run, cases in turn, medians."""

from __future__ import annotations

import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

REPOSITORY = Path(__file__).resolve().parent.parent
WORKER = "--worker"


class Sample(NamedTuple):
    """One run: seconds on the wall and on all cores, and the process's peak memory where that says something."""

    wall: float
    cpu: float
    peak_mib: float | None = None


Case = Callable[[], Sample]


def timed(body: Callable[[], object]) -> Sample:
    """What ``body`` takes in this process, threads included."""
    wall, cpu = time.perf_counter(), time.process_time()
    body()
    return Sample(time.perf_counter() - wall, time.process_time() - cpu, _peak_mib())


def _peak_mib() -> float:
    """VmHWM, because a child's ru_maxrss starts at what its parent had."""
    status = Path("/proc/self/status")
    if not status.is_file():
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20  # macOS counts bytes
    line = next(line for line in status.read_text().splitlines() if line.startswith("VmHWM"))
    return int(line.split()[1]) / 1024


def environment(**more: str) -> dict[str, str]:
    """This environment without a setting of the mesh, so that no benchmark touches a mesh that is there."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("MESH_", "DAGSTER_"))}
    return {**kept, **more}


def process(command: Sequence[object], *, env: Mapping[str, str] | None = None) -> tuple[Sample, str]:
    """What the whole process takes, and what it printed; RuntimeError with its output if it fails.

    Linux starts a child's peak at what its parent holds: it says something from about 50 MiB on.
    """
    words = [str(word) for word in command]
    with tempfile.TemporaryFile("w+") as out:
        started = time.perf_counter()
        child = subprocess.Popen(words, env=env or environment(), cwd=REPOSITORY, stdout=out, stderr=subprocess.STDOUT)
        _, status, used = os.wait4(child.pid, 0)
        wall = time.perf_counter() - started
        child.returncode = os.waitstatus_to_exitcode(status)
        out.seek(0)
        told = out.read()
    if child.returncode:
        raise RuntimeError(f"{' '.join(words)} ended with {child.returncode}:\n{told}")
    scale = 2**20 if sys.platform == "darwin" else 1024
    return Sample(wall, used.ru_utime + used.ru_stime, used.ru_maxrss / scale), told


def worker(script: str, *arguments: object) -> Sample:
    """The sample that ``script`` prints when it is called as a worker."""
    _, told = process([sys.executable, script, WORKER, *arguments])
    return Sample(*json.loads(told.splitlines()[-1]))


def median(samples: Sequence[Sample]) -> Sample:
    """The median of each figure."""
    peaks = [sample.peak_mib for sample in samples if sample.peak_mib is not None]
    return Sample(
        statistics.median(sample.wall for sample in samples),
        statistics.median(sample.cpu for sample in samples),
        statistics.median(peaks) if peaks else None,
    )


def interleaved(cases: Mapping[str, Case], *, rounds: int, uncounted: int = 1) -> dict[str, Sample]:
    """The medians of ``rounds`` runs of each case, in turn: a disturbance then hits all of them alike.

    One round before them is not counted; it fills the page cache and compiles bytecode. Where a run takes minutes,
    there need be none.
    """
    samples: dict[str, list[Sample]] = {name: [] for name in cases}
    for number in range(1 - uncounted, rounds + 1):
        for name, case in cases.items():
            if sys.stderr.isatty():
                print(f"\r\033[K{number}/{rounds} {name}", end="", file=sys.stderr, flush=True)
            sample = case()
            if number > 0:
                samples[name].append(sample)
    if sys.stderr.isatty():
        print("\r\033[K", end="", file=sys.stderr, flush=True)
    return {name: median(found) for name, found in samples.items()}
