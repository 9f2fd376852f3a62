"""One publication through the mesh against a bare script: the same SQL, one Delta write, one query of the rules."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable
from functools import partial
from pathlib import Path

import orders
from measure import Sample, interleaved, timed, worker
from report import Report, main

ABOUT = (
    "Eight columns, twelve rules. The baseline runs the product's SQL in DuckDB, streams the result into "
    "`write_deltalake` and asks one aggregate query, written by hand, whether the rules hold in what was written; it "
    "registers nothing. The mesh resolves, transforms, stages, audits, commits and registers. Keys come in order "
    "unless said otherwise: the audit then proves them unique without a hash table. Imports are not counted: each "
    "process has published 1,000 rows before. All have DuckDB's memory limited as the mesh does."
)
BARE, WRITE, COPY, MESH = "bare: Delta write and rules", "its Delta write alone", "COPY to Parquet alone", "mesh"
CASES = (BARE, WRITE, COPY, MESH)
WARM, TRIVIAL = "1000 rows", "1 row"
QUICK = (TRIVIAL, "10000 rows", "100000 rows")
SIZES = (
    *QUICK,
    "1000000 rows",
    "1000000 rows, keys in no order",
    "10000000 rows",
    "10000000 rows, keys in no order",
)
ORDERED = ("row", "rows")
"""Data is named after its size and whether its keys come in order, as the generated ones do."""
MEMORY = "1GB"
MANY = 10_000_000
"""Rows from which on three runs have to do."""
LIMIT = 1.1
"""What a publication of a million rows or more may take, as a multiple of the baseline."""
PEAK = 600.0
"""MiB that a publication of ten million rows may hold, imports included."""
OVERHEAD = 150.0
"""Milliseconds that a publication may add to a trivial product's own work."""


def bench(quick: bool) -> Report:
    report = Report("Publication", ABOUT, 3 if quick else 5)
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        worker(__file__, "prepare", folder, WARM)
        for data in QUICK if quick else SIZES:
            worker(__file__, "prepare", folder, data)
            cases = {case: partial(worker, __file__, case, folder, data) for case in CASES}
            report.add(data, interleaved(cases, rounds=3 if orders.size(data) >= MANY else report.rounds))
            shutil.rmtree(orders.place(folder, data))
            _hold(report, data)
    return report


def _hold(report: Report, data: str) -> None:
    bare, mesh = report.row(data, BARE), report.row(data, MESH)
    if data == TRIVIAL:
        report.target("1 row: milliseconds beyond its own work", (mesh.wall - bare.wall) * 1000, OVERHEAD)
    if orders.size(data) >= 1_000_000:
        report.target(f"{data}: wall ratio", mesh.wall_ratio, LIMIT)
    if orders.size(data) >= MANY:
        report.target(f"{data}: peak MiB", mesh.peak_mib or 0, PEAK)


def work(case: str, folder: str, data: str) -> Sample | None:
    """One run of a case, in a process of its own."""
    if case == "prepare":
        orders.write_mesh(orders.place(folder, data), orders.size(data), ordered=data.endswith(ORDERED))
        return None
    make = _mesh if case == MESH else partial(_bare, case)
    make(orders.place(folder, WARM))()
    return timed(make(orders.place(folder, data)))


def _mesh(root: Path) -> Callable[[], object]:
    from mesh_core.catalog.durability import flush_sqlite_at_checkpoints
    from mesh_core.publishing.publication import publish
    from mesh_core.publishing.services import Services
    from mesh_core.settings import load_settings

    flush_sqlite_at_checkpoints()  # as `mesh run` does before its first publication
    services = Services(load_settings(root))
    port = services.mesh.port("shop.orders")
    tree = services.mesh.domains["shop"]
    return lambda: _twelve(publish(port, tree, services, run_id="benchmark", force=True).checks)


def _twelve(verdicts: tuple[object, ...]) -> None:
    if len(verdicts) != orders.RULES:
        raise AssertionError(f"{len(verdicts)} rules were checked, not {orders.RULES}")


def _bare(case: str, root: Path) -> Callable[[], object]:
    """What somebody would write without the mesh; the input is the same Parquet file."""
    import duckdb
    from deltalake import write_deltalake

    files = sorted((root / ".mesh/lake/shop/_internal/silver/till").glob("*.parquet"))
    select = orders.SELECT.format(table=f"read_parquet({[str(file) for file in files]})")
    target = root / "bare"

    def run() -> None:
        with duckdb.connect(config={"memory_limit": MEMORY}) as connection:
            connection.execute("SET TimeZone = 'UTC'")
            if case == COPY:
                target.mkdir(exist_ok=True)
                options = "FORMAT parquet, COMPRESSION zstd, COMPRESSION_LEVEL 1"  # the mesh's
                connection.execute(f"COPY ({select}) TO '{target}/copied.parquet' ({options})")
                return
            shutil.rmtree(target, ignore_errors=True)
            write_deltalake(target, connection.sql(select).to_arrow_reader(100_000))
            if case == BARE:
                written = f"read_parquet('{target}/*.parquet')"
                verdicts = connection.execute(orders.AUDIT.format(table=written)).fetchone() or ()
                _twelve(tuple(verdict for verdict in verdicts if verdict))

    return run


if __name__ == "__main__":
    main(bench, work)
