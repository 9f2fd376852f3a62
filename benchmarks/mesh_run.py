"""The whole reference mesh as processes: `mesh run`, first and unchanged, against one bare script of the same SQL."""

from __future__ import annotations

import json
import shutil
import tempfile
from pathlib import Path

from measure import REPOSITORY, Sample, environment, interleaved, process
from report import Report, main

ABOUT = (
    "Whole processes with all their imports, each first run on an empty MESH_HOME. The baseline is "
    "`benchmarks/bare_mesh.py`: the same SQL, dbt models and pandas with one Delta write a port; no Dagster, no "
    "checks, no catalog, internal steps not kept, the year read from its archive and not from 365 daily files. "
    "Both must come to the same rows at every port."
)
PYTHON, MESH = REPOSITORY / ".venv/bin/python", REPOSITORY / ".venv/bin/mesh"


class Runs:
    """The cases; ``unchanged`` runs on what the latest ``first`` made."""

    def __init__(self, folder: Path) -> None:
        self._bare, self._home = folder / "bare", folder / "home"
        self._rows: dict[str, int] = {}

    def bare(self) -> Sample:
        shutil.rmtree(self._bare, ignore_errors=True)
        self._bare.mkdir()
        sample, told = process([PYTHON, REPOSITORY / "benchmarks/bare_mesh.py", self._bare])
        self._rows = json.loads(told.splitlines()[-1])
        return sample

    def first(self) -> Sample:
        shutil.rmtree(self._home, ignore_errors=True)
        return self._mesh("published")

    def unchanged(self) -> Sample:
        return self._mesh("unchanged")

    def _mesh(self, status: str) -> Sample:
        sample, told = process([MESH, "run", "--json"], env=environment(MESH_HOME=str(self._home)))
        ports = json.loads(told[told.index("{") :])["ports"]
        found = {port["address"]: port["rows"] for port in ports if port["status"] == status}
        if found != self._rows:
            raise AssertionError(f"not the bare script's rows, or not {status}: {found}, {self._rows}")
        return sample


def bench(quick: bool) -> Report:
    report = Report("The reference mesh", ABOUT, 2 if quick else 5)
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        runs = Runs(Path(folder))
        cases = {"bare script": runs.bare, "mesh run, first": runs.first, "mesh run, unchanged": runs.unchanged}
        report.add("13 ports", interleaved(cases, rounds=report.rounds))
    return report


if __name__ == "__main__":
    main(bench)
