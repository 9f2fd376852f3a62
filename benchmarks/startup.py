"""What starting costs: the command line as whole processes, and each code location beyond `import dagster`."""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Sequence
from functools import partial
from importlib import import_module

from measure import REPOSITORY, Case, Sample, environment, interleaved, process, timed, worker
from report import Report, main

ABOUT = (
    "Commands are whole processes. A domain is the import of its `definitions.py` in a process that has imported "
    "Dagster; what dbt says of its project is remembered in MESH_HOME, and '(dbt first)' is the load that must ask."
)
BIN = REPOSITORY / ".venv/bin"
DOMAINS = sorted(file.parent.name for file in REPOSITORY.glob("domains/*/definitions.py"))


def bench(quick: bool) -> Report:
    report = Report("Start-up", ABOUT, 3 if quick else 5)
    with tempfile.TemporaryDirectory(prefix="bench-") as home:
        commands = {
            "python -c pass": [BIN / "python", "-c", "pass"],
            "mesh --help": [BIN / "mesh", "--help"],
            "mesh list": [BIN / "mesh", "list"],
            "python -c 'import dagster'": [BIN / "python", "-c", "import dagster"],
        }
        report.add(
            "commands",
            interleaved(
                {name: partial(_command, words, home) for name, words in commands.items()}, rounds=report.rounds
            ),
        )
        loads: dict[str, Case] = {"import dagster": partial(worker, __file__, "", home)}
        loads |= {domain: partial(worker, __file__, domain, home) for domain in DOMAINS}
        loads["punctuality (dbt first)"] = partial(_first_load, "punctuality")
        report.add("definitions", interleaved(loads, rounds=report.rounds))
    return report


def _command(words: Sequence[object], home: str) -> Sample:
    sample, _ = process(words, env=environment(MESH_HOME=home))
    return sample._replace(peak_mib=None)


def _first_load(domain: str) -> Sample:
    with tempfile.TemporaryDirectory(prefix="bench-") as home:
        return worker(__file__, domain, home)


def work(domain: str, home: str) -> Sample:
    """The import of Dagster, or of a domain's definitions after it."""
    os.environ |= {"MESH_HOME": home, "MESH_ROOT": str(REPOSITORY)}
    sys.path.insert(0, str(REPOSITORY))
    if not domain:
        return timed(partial(import_module, "dagster"))._replace(peak_mib=None)
    import_module("dagster")
    return timed(partial(import_module, f"domains.{domain}.definitions"))._replace(peak_mib=None)


if __name__ == "__main__":
    main(bench, work)
