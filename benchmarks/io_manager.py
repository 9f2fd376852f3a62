"""A product under Dagster: the mesh's publication against a Delta Lake IO manager with GX on pandas."""

from __future__ import annotations

import hashlib
import json
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from functools import partial
from pathlib import Path

import orders
from measure import REPOSITORY, Sample, interleaved, process, timed, worker
from report import Report, main

ABOUT = (
    "Eight columns, twelve rules, one in-process Dagster run on an instance in memory. The baseline is a pandas asset "
    "that DuckDB's SQL makes, kept by dagster-deltalake-pandas, with a blocking asset check that reads the table back "
    "and runs a GX suite of the same rules; it has an environment of its own, with the pandas that its pins allow. The "
    "mesh's asset publishes: one step stages, audits, commits, registers and reports twelve checks. Imports are not "
    "counted: each process has done the same for 1,000 rows before. At 10 million rows each ran once."
)
STOCK, MESH = "IO manager, GX on pandas", "mesh"
WARM = "1000 rows"
TARGETS = {"1000000 rows": 5.0, "10000000 rows": 8.0}
"""How many times faster than the baseline a publication has to be."""
SCRIPT = Path(__file__).parent / "io_manager/stock.py"
REQUIREMENTS = SCRIPT.with_name("requirements.txt")
ENVIRONMENT = REPOSITORY / ".venv-bench"


def bench(quick: bool) -> Report:
    report = Report("Beside a Delta IO manager and GX", ABOUT, 2 if quick else 3)
    python = _environment()
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        worker(__file__, "prepare", folder, WARM)
        for data in ("100000 rows",) if quick else TARGETS:
            worker(__file__, "prepare", folder, data)
            cases = {STOCK: partial(_stock, python, folder, data), MESH: partial(worker, __file__, MESH, folder, data)}
            once = orders.size(data) >= 10_000_000
            found = interleaved(cases, rounds=1, uncounted=0) if once else interleaved(cases, rounds=report.rounds)
            report.add(data, found)
            shutil.rmtree(orders.place(folder, data))
            if data in TARGETS:
                report.target(f"{data}: times faster", found[STOCK].wall / found[MESH].wall, TARGETS[data], least=True)
    return report


def _environment() -> Path:
    """The baseline's own Python, made once and again when its requirements change."""
    python, seen = ENVIRONMENT / "bin/python", ENVIRONMENT / "requirements.sha256"
    digest = hashlib.sha256(REQUIREMENTS.read_bytes()).hexdigest()
    if not seen.is_file() or seen.read_text() != digest:
        uv = REPOSITORY / ".venv/bin/uv"
        subprocess.run([uv, "venv", "--quiet", "--clear", "--python", sys.executable, ENVIRONMENT], check=True)
        subprocess.run([uv, "pip", "install", "--quiet", "--python", python, "-r", REQUIREMENTS], check=True)
        seen.write_text(digest)
    return python


def _stock(python: Path, folder: str, data: str) -> Sample:
    _, told = process([python, SCRIPT, orders.place(folder, WARM), orders.place(folder, data)])
    return Sample(*json.loads(told.splitlines()[-1]))


def work(case: str, folder: str, data: str) -> Sample | None:
    """One run of the mesh's, in a process of its own."""
    root = orders.place(folder, data)
    if case == "prepare":
        return _prepare(root, orders.size(data))
    _mesh(orders.place(folder, WARM))()
    return timed(_mesh(root))


def _prepare(root: Path, rows: int) -> None:
    """The mesh, and for the baseline the same SQL and the same rules."""
    from mesh_core.contracts import contract_from
    from mesh_core.contracts.document import read_document
    from mesh_core.quality import checks_for

    orders.write_mesh(root, rows, ordered=True)
    [till] = (root / ".mesh/lake/shop/_internal/silver/till").glob("*.parquet")
    contract = contract_from(read_document(root / "domains/shop/orders/orders.contract.yaml", "odcs"))
    rules = [{"type": check.expectation, "kwargs": dict(check.kwargs)} for check in checks_for(contract)]
    for rule in rules:
        if rule["type"] == "expect_table_row_count_to_be_between":
            rule["kwargs"] = {"min_value": 1}
    said = {"select": orders.SELECT.format(table=f"read_parquet('{till}')"), "rules": rules}
    (root / "rules.json").write_text(json.dumps(said))


def _mesh(root: Path) -> Callable[[], None]:
    import dagster as dg

    from mesh_core.catalog.durability import flush_sqlite_at_checkpoints
    from mesh_core.orchestration.run import load_definitions
    from mesh_core.publishing.services import FORCE_TAG
    from mesh_core.settings import load_settings

    flush_sqlite_at_checkpoints()  # as `mesh run` does before its first publication
    job = load_definitions("shop", load_settings(root)).resolve_implicit_global_asset_job_def()
    quiet = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}
    chosen = [dg.AssetKey(["shop", "orders"])]

    def materialise() -> None:
        with dg.DagsterInstance.ephemeral() as instance:
            run = job.execute_in_process(
                asset_selection=chosen, instance=instance, run_config=quiet, tags={FORCE_TAG: "true"}
            )
            [made] = run.asset_materializations_for_node("shop__orders")
            if made.metadata["mesh/status"].value != "published":
                raise AssertionError("nothing was published")
            found = run.get_asset_check_evaluations()
            if len(found) != orders.RULES or not all(each.passed for each in found):
                raise AssertionError("the rules hold, but a check failed")

    return materialise


if __name__ == "__main__":
    main(bench, work)
