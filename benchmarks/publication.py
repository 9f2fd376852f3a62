"""One publication through the mesh against a bare script of the same SQL and one Delta write."""

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
    "Eight columns, twelve rules. The baseline runs the product's SQL in DuckDB and streams the result into "
    "`write_deltalake`; it checks nothing and registers nothing. The mesh resolves, transforms, stages, audits, "
    "commits and registers. Keys come in order unless said otherwise: "
    "the audit then proves them unique without a hash table. Imports are not counted: each "
    "process has published 1,000 rows before."
)
BARE, COPY, AUDITED, MESH = "bare: SQL, one Delta write", "COPY to Parquet alone", "bare, rules by hand", "mesh"
WARM = "1000 rows"
SHUFFLED = "1000000 rows, keys in no order"
ORDERED = "rows"
"""Data is named after its size and whether its keys come in order, as the generated ones do."""
MEMORY = "2GB"


def bench(quick: bool) -> Report:
    sizes = ("10000 rows", "100000 rows") if quick else ("10000 rows", "100000 rows", "1000000 rows", SHUFFLED)
    report = Report("Publication", ABOUT, 3 if quick else 5)
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        for data in (WARM, *sizes):
            worker(__file__, "prepare", folder, data)
        for data in sizes:
            cases = {case: partial(worker, __file__, case, folder, data) for case in (BARE, COPY, AUDITED, MESH)}
            report.add(data, interleaved(cases, rounds=report.rounds))
    return report


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
    from mesh_core.orchestration.publication import publish
    from mesh_core.orchestration.services import Services
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
            if case == AUDITED:
                written = f"read_parquet('{target}/*.parquet')"
                verdicts = connection.execute(orders.AUDIT.format(table=written)).fetchone() or ()
                _twelve(tuple(verdict for verdict in verdicts if verdict))

    return run


if __name__ == "__main__":
    main(bench, work)
