"""`mesh check` of 1,000 products in 50 domains: cold, warm and --since, against one bare script."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from many_products import write_mesh
from measure import REPOSITORY, WORKER, Sample, environment, interleaved, process
from report import Report, main

ABOUT = (
    "Whole processes on a mesh that `benchmarks/many_products.py` writes: each product has a contract of eight columns "
    "and two rules, and SQL over one to three other products' ports or over a file of its own; one in nine has a "
    "silver step. Cold is without anything under the home, warm with documents remembered, --since with one contract "
    "changed that others read. The baseline is one script that parses the same YAML and lets DuckDB describe the same "
    "SQL over empty tables, in one process: no schema is validated, nothing is compared, no rule or policy looked at."
)
MESH = REPOSITORY / ".venv/bin/mesh"
LIMIT = 5.0
"""Seconds that a full check of 1,000 products may take on two cores."""


class Checks:
    """The cases, on one mesh that is a git repository."""

    def __init__(self, folder: Path, products: int, domains: int) -> None:
        self._root, self._home, self._products = folder / "mesh", folder / "home", products
        write_mesh(self._root, products, domains)
        for words in (["init", "-q"], ["add", "-A"], ["commit", "-q", "-m", "All"]):
            name = ["-c", "user.name=Bench", "-c", "user.email=bench@mesh.example"]
            subprocess.run(["git", "-C", self._root, *name, *words], check=True)
        contract = self._root / "domains/area_00/measures_0000/measures_0000.contract.yaml"
        self._changed = (contract, contract.read_text())

    def bare(self) -> Sample:
        return process([sys.executable, __file__, WORKER, self._root])[0]

    def cold(self) -> Sample:
        shutil.rmtree(self._home, ignore_errors=True)
        return self._check(f"{self._products:,} products")

    def warm(self) -> Sample:
        return self._check(f"{self._products:,} products")

    def since(self) -> Sample:
        file, text = self._changed
        file.write_text(text.replace("Size of the measure.", "How much was measured."))
        try:
            time.sleep(0.01)  # another time of modification
            return self._check(" products", "--since", "HEAD", finds=True)
        finally:
            file.write_text(text)

    def _check(self, told: str, *words: str, finds: bool = False) -> Sample:
        command = [MESH, "check", "--root", self._root, *words]
        sample, out = process(["/bin/sh", "-c", '"$@" || test $? = 1', "sh", *command], env=self._environment())
        last = out.splitlines()[-1]
        if told not in last or finds == ("nothing to find" in last):
            raise AssertionError(f"not what was to be measured: {out[-500:]}")
        return sample

    def _environment(self) -> dict[str, str]:
        return environment(MESH_HOME=str(self._home))


def bare(folder: str) -> None:
    """Parse and describe everything, in this process."""
    import duckdb
    import yaml

    def read(path: Path) -> dict:
        return yaml.load(path.read_bytes(), Loader=yaml.CSafeLoader)

    root = Path(folder)
    kinds = {"integer": "BIGINT", "string": "VARCHAR", "number": "DOUBLE", "date": "DATE", "boolean": "BOOLEAN"}
    with duckdb.connect(config={"threads": 1}) as connection:
        for path in sorted(root.glob("domains/*/domain.yaml")):
            connection.execute(f"CREATE SCHEMA {read(path)['name']}")
        connection.execute("CREATE SCHEMA bronze; CREATE SCHEMA silver")
        for path in root.glob("domains/*/*/product.yaml"):
            read(path)
        for path in root.glob("domains/*/*/*.contract.yaml"):
            contract = read(path)
            columns = contract["schema"][0]["properties"]
            typed = ", ".join(f"{c['name']} {kinds.get(c['logicalType'], 'TIMESTAMPTZ')}" for c in columns)
            connection.execute(f"CREATE TABLE {contract['id']} ({typed})")
        for path in root.glob("domains/*/*/sources.yaml"):
            for name, source in read(path).items():
                typed = ", ".join(f"{column} {kind}" for column, kind in source["columns"].items())
                connection.execute(f"CREATE TABLE bronze.{name} ({typed})")
        for path in root.glob("domains/*/*/silver/*.sql"):
            connection.execute(f"CREATE VIEW silver.{path.stem} AS {path.read_text()}")
        for path in root.glob("domains/*/*/*.sql"):
            connection.execute(f"DESCRIBE {path.read_text()}").fetchall()


def bench(quick: bool) -> Report:
    products, domains = (200, 10) if quick else (1_000, 50)
    report = Report("mesh check of many products", ABOUT, 2 if quick else 5)
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        checks = Checks(Path(folder), products, domains)
        cases = {
            "bare script": checks.bare,
            "mesh check, cold": checks.cold,
            "mesh check, warm": checks.warm,
            "mesh check --since, one contract changed": checks.since,
        }
        report.add(f"{products:,} products", interleaved(cases, rounds=report.rounds))
    slow = [row.case for row in report.rows if row.wall > LIMIT]
    if slow and not quick:
        report.about += f" Above the limit of {LIMIT:g} s: {', '.join(slow)}."
    return report


if __name__ == "__main__":
    main(bench, bare)
