"""Run benchmarks, by default all of them, and write what each found between its markers in docs/performance.md."""

from __future__ import annotations

import argparse
import os
import platform
import sys
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

from measure import REPOSITORY, process
from report import Report, read

SCRIPTS = (
    "publication",
    "io_manager",
    "reading",
    "tpch",
    "mesh_run",
    "mesh_check",
    "scale",
    "quality",
    "startup",
    "search",
    "service",
    "event_log",
)
DOCUMENT = REPOSITORY / "docs/performance.md"
PACKAGES = ("dagster", "duckdb", "deltalake", "pandas", "great-expectations", "dbt-core")


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("name", nargs="*", metavar="NAME", help=f"default: {', '.join(SCRIPTS)}")
    parser.add_argument("--quick", action="store_true", help="fewer rounds and smaller data")
    parser.add_argument("--no-write", action="store_true", help="leave docs/performance.md as it is")
    given = parser.parse_args()
    for name in given.name or SCRIPTS:
        load = os.getloadavg()[0]
        report = _run(name, quick=given.quick)
        if not given.no_write:
            _write(name, f"{report.markdown().strip()}\n\n{_measured(load)}")


def _run(name: str, *, quick: bool) -> Report:
    script = REPOSITORY / "benchmarks" / f"{name}.py"
    _, told = process([sys.executable, script, "--json", *(["--quick"] if quick else [])])
    report = read(told[told.index("{") :])
    report.show()
    return report


def _measured(load: float) -> str:
    versions = ", ".join(f"{name} {version(name)}" for name in PACKAGES)
    return (
        f"Measured on {datetime.now(UTC):%d %B %Y}: {os.cpu_count()} cores ({_processor()}), {_memory_gib():.0f} GiB, "
        f"{platform.system()}, Python {platform.python_version()}; load {load:.1f} before and {os.getloadavg()[0]:.1f} "
        f"after, this benchmark included. {versions}."
    )


def _processor() -> str:
    information = Path("/proc/cpuinfo")
    lines = information.read_text().splitlines() if information.is_file() else []
    named = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(named, platform.machine())


def _memory_gib() -> float:
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30


def _write(name: str, text: str) -> None:
    begin, end = f"<!-- {name}: begin -->", f"<!-- {name}: end -->"
    before, _, rest = DOCUMENT.read_text().partition(begin)
    _, _, after = rest.partition(end)
    DOCUMENT.write_text(f"{before}{begin}\n{text}\n{end}{after}")


if __name__ == "__main__":
    main()
