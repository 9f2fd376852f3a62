"""Reading a port, through an input port and through `mesh query`'s path, against DuckDB over the same Parquet files."""

from __future__ import annotations

import statistics
import tempfile
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import orders
from measure import Sample, interleaved, timed, worker
from report import Report, main

ABOUT = (
    "One port of eight columns, read whole, filtered, projected and aggregated. Each reading begins with opening an "
    "engine; the mesh also finds the port, passes its gates and pins a version. Through an input port a reading ends "
    "as an Arrow table, as the baseline's does; `mesh query` answers with Python's values, and so does its baseline. "
    "The partitioned table has a day for each of 365 files, and a month is asked for; the baseline reads all files "
    "with the same filter. Imports, the mesh's tree and the files' pages are warm; each process reads for {seconds} s, "
    "{times} times at least, and gives the median."
)
BARE, PORT, VALUES, QUERY = "DuckDB, to Arrow", "input port, to Arrow", "DuckDB, to values", "mesh query"
CASES = (BARE, PORT, VALUES, QUERY)
ALL = "count(order_id), max(customer_id), min(country), min(status), sum(amount), sum(quantity), max(ordered_at)"
READINGS = {
    "full": "SELECT * FROM {table}",
    "filtered": "SELECT * FROM {table} WHERE country = 'DE' AND amount >= 4000",
    "projected": "SELECT country, amount FROM {table}",
    "aggregated": f"SELECT status, {ALL}, count(DISTINCT email) FROM {{table}} GROUP BY status ORDER BY status",
}
MONTH = (
    "SELECT country, count(*), sum(amount), max(ordered_at) FROM {table} "
    "WHERE day BETWEEN DATE '2026-03-01' AND DATE '2026-03-31' GROUP BY country ORDER BY country"
)
DAYS = "SELECT DATE '2026-01-01' + (hash(order_id) % 365)::INTEGER AS day, * FROM (" + orders.SELECT + ")"
ORDERS, PARTITIONED = "shop.orders", "shop.days"
LIMIT = 1.1
TIMES, SECONDS = 3, 1.5
VALUES_LIMIT = 1_000_000
"""Rows as Python values: more than this is nothing that anybody asks `mesh query` for."""
MEMORY = "1GB"


def bench(quick: bool) -> Report:
    report = Report("Reading", ABOUT.format(times=TIMES, seconds=SECONDS), 2 if quick else 9)
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        for data in ("100000 rows",) if quick else ("1000000 rows", "10000000 rows"):
            worker(__file__, "prepare", folder, data, "")
            for reading in (*READINGS, "one month of a year"):
                cases = {
                    case: partial(worker, __file__, case, folder, data, reading)
                    for case in CASES
                    if case in {BARE, PORT} or _is_asked(reading, orders.size(data))
                }
                _add(report, f"{data}, {reading}", interleaved(cases, rounds=report.rounds))
    if quick:
        report.targets.clear()  # they are about a million rows and more
    return report


def _is_asked(reading: str, rows: int) -> bool:
    return rows <= VALUES_LIMIT or reading not in {"full", "projected"}


def _add(report: Report, group: str, medians: dict[str, Sample]) -> None:
    """Each way of reading beside its own baseline."""
    report.add(group, {case: found for case, found in medians.items() if case in {BARE, PORT}})
    report.target(f"{group}: input port", report.row(group, PORT).wall_ratio, LIMIT)
    if QUERY in medians:
        report.add(group, {case: found for case, found in medians.items() if case in {VALUES, QUERY}})
        report.target(f"{group}: mesh query", report.row(group, QUERY).wall_ratio, LIMIT)


def work(case: str, folder: str, data: str, reading: str) -> Sample | None:
    """The median of some readings in this process, after one that is not counted."""
    root = orders.place(folder, data)
    if case == "prepare":
        return _prepare(root, orders.size(data))
    table = ORDERS if reading in READINGS else PARTITIONED
    sql = READINGS.get(reading, MONTH)
    read = {BARE: _bare, VALUES: _bare, PORT: _port, QUERY: _query}[case](root, table, sql, arrow=case in {BARE, PORT})
    read()
    samples: list[Sample] = []
    while len(samples) < TIMES or sum(sample.wall for sample in samples) < SECONDS:
        samples.append(timed(read))
    return Sample(
        statistics.median(sample.wall for sample in samples),
        statistics.median(sample.cpu for sample in samples),
        samples[-1].peak_mib,
    )


def _prepare(root: Path, rows: int) -> None:
    """Two ports: the orders as they are published, and the same with a day, which is the table's partition."""
    from mesh_core.publishing.publication import publish
    from mesh_core.publishing.services import Services
    from mesh_core.settings import load_settings

    orders.write_mesh(root, rows, ordered=True)
    _write_days(root / "domains/shop")
    services = Services(load_settings(root))
    tree = services.mesh.domains["shop"]
    publish(services.mesh.port(ORDERS), tree, services, run_id="setup")
    _partition(services)
    services.close()


def _write_days(domain: Path) -> None:
    product = (domain / "orders/product.yaml").read_text()
    contract = (domain / "orders/orders.contract.yaml").read_text()
    day = "    properties:\n      - {name: day, logicalType: date, description: Day., classification: internal}\n"
    (domain / "days").mkdir()
    (domain / "days/product.yaml").write_text(product.replace("orders", "days"))
    named = contract.replace("orders", "days").replace("    properties:\n", day, 1)
    (domain / "days/days.contract.yaml").write_text(named)
    (domain / "days/days.sql").write_text(DAYS.format(table="silver.till"))


def _partition(services: Any) -> None:
    """The table as a publication by partitions leaves it."""
    port = services.mesh.port(PARTITIONED)
    columns = {column.name: (column.physical_type, "") for column in port.contract.columns}
    table = services.table(port.contract)
    with services.connect() as connection:
        silver = services.lake.pin(services.lake.internal(("shop", "silver", "till"))).relation
        select = f"SELECT {', '.join(columns)} FROM ({DAYS.format(table=f'({silver})')})"
        types = {name: kind for name, (kind, _) in columns.items()}
        staged = services.lake.stage(connection, select, table, types, partition_by=("day",))
    facts = {"address": port.address.uri, "publishedAt": "2026-01-01T00:00:00+00:00", "rows": str(staged.rows)}
    services.lake.commit(staged, columns, onto=None, facts=facts)


def _bare(root: Path, table: str, sql: str, *, arrow: bool) -> Callable[[], object]:
    """DuckDB over the files that are there, which are those of the one version."""
    import duckdb

    folder = root / ".mesh/lake" / table.replace(".", "/")
    files = f"read_parquet('{folder}/**/*.parquet', hive_partitioning = {str(table != ORDERS).lower()})"

    def read() -> None:
        with duckdb.connect(config={"memory_limit": MEMORY}) as connection:
            connection.execute("SET TimeZone = 'UTC'")
            answer = connection.sql(sql.format(table=files))
            _some(answer.to_arrow_table() if arrow else answer.fetchall())

    return read


def _port(root: Path, table: str, sql: str, **_: object) -> Callable[[], object]:
    """As a step of Dagster gives an input to a Python transformation."""
    from mesh_core.contracts.graph import PortInput
    from mesh_core.model import Address
    from mesh_core.publishing.inputs import create_views, pin_inputs
    from mesh_core.publishing.services import Services
    from mesh_core.publishing.transformation.table import Table
    from mesh_core.settings import load_settings

    services = Services(load_settings(root))
    need = PortInput(name=table, contract_id=table, version=">=1.0.0,<2", address=Address.parse(table))

    def read() -> None:
        inputs = pin_inputs([need], services)
        with services.connect() as connection:
            create_views(connection, inputs)
            _some(Table(connection, table).query(sql.format(table=table)).to_arrow_table())

    return read


def _query(root: Path, table: str, sql: str, **_: object) -> Callable[[], object]:
    from mesh_core.publishing.services import Services
    from mesh_core.serving import run_query
    from mesh_core.settings import load_settings

    services = Services(load_settings(root))
    scratch = services.settings.scratch

    def read() -> None:
        asked = sql.format(table=table)
        _some(run_query(asked, services.reader(), limit=None, memory_limit=MEMORY, scratch=scratch).rows)

    return read


def _some(rows: Any) -> None:
    if not len(rows):
        raise AssertionError("nothing was read")


if __name__ == "__main__":
    main(bench, work)
