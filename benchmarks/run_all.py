"""Run every benchmark and write what they found between the markers of docs/performance.md."""

from __future__ import annotations

import argparse
import os
import platform
import sys
import time
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

from measure import REPOSITORY, process
from report import Report, read

SCRIPTS = ("publication", "mesh_run", "quality", "startup", "event_log")
DOCUMENT = REPOSITORY / "docs/performance.md"
BEGIN, END = "<!-- benchmarks: begin -->", "<!-- benchmarks: end -->"
PACKAGES = ("dagster", "duckdb", "deltalake", "pandas", "great-expectations", "dbt-core")


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="fewer rounds and smaller data")
    parser.add_argument("--no-write", action="store_true", help="leave docs/performance.md as it is")
    given = parser.parse_args()
    load, started = os.getloadavg()[0], time.perf_counter()
    reports = [_run(name, quick=given.quick) for name in SCRIPTS]
    if not given.no_write:
        _write(DOCUMENT, "\n\n".join([_measured(load, time.perf_counter() - started), *map(_section, reports)]))
        print(f"\nwritten to {DOCUMENT.relative_to(REPOSITORY)}")


def _run(name: str, *, quick: bool) -> Report:
    script = REPOSITORY / "benchmarks" / f"{name}.py"
    _, told = process([sys.executable, script, "--json", *(["--quick"] if quick else [])])
    report = read(told[told.index("{") :])
    report.show()
    return report


def _section(report: Report) -> str:
    return report.markdown().strip()


def _measured(load: float, seconds: float) -> str:
    versions = ", ".join(f"{name} {version(name)}" for name in PACKAGES)
    return (
        f"Measured on {datetime.now(UTC):%d %B %Y} in {seconds / 60:.0f} minutes: {os.cpu_count()} cores "
        f"({_processor()}), {_memory_gib():.0f} GiB, {platform.system()}, Python {platform.python_version()}; "
        f"load {load:.1f} at the start. {versions}."
    )


def _processor() -> str:
    information = Path("/proc/cpuinfo")
    lines = information.read_text().splitlines() if information.is_file() else []
    named = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(named, platform.machine())


def _memory_gib() -> float:
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30


def _write(document: Path, text: str) -> None:
    before, _, rest = document.read_text().partition(BEGIN)
    _, _, after = rest.partition(END)
    document.write_text(f"{before}{BEGIN}\n{text}\n{END}{after}")


if __name__ == "__main__":
    main()
