"""TPC-H as a mesh: eight ports of one domain, and the 22 queries over them against bare DuckDB."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

from measure import Sample, interleaved, timed, worker
from report import Report, main

ABOUT = (
    "DuckDB's TPC-H extension makes the rows; each of the eight tables is a port, published through the mesh with its "
    "primary key audited. A process asks all 22 queries one after another: the mesh in one `QuerySession`, which "
    "passes the ports' gates, pins their versions, looks at every statement and asks a locked engine; the baseline is "
    "one DuckDB connection with views over the same Parquet files. Both answer with the same rows. Imports are not "
    "counted, nor is a first round of all queries."
)
BARE, MESH = "DuckDB", "query session"
LIMIT = 1.2
MEMORY = "1GB"
KEYS = {
    "region": ["r_regionkey"],
    "nation": ["n_nationkey"],
    "supplier": ["s_suppkey"],
    "customer": ["c_custkey"],
    "part": ["p_partkey"],
    "partsupp": ["ps_partkey", "ps_suppkey"],
    "orders": ["o_orderkey"],
    "lineitem": ["l_orderkey", "l_linenumber"],
}
LOGICAL = {"VARCHAR": "string", "DATE": "date", "INTEGER": "integer", "BIGINT": "integer"}

_PRODUCT = """\
apiVersion: v1.1.0
kind: DataProduct
id: tpch.{name}
name: {name}
version: "1.0.0"
status: active
domain: tpch
type: sourceAligned
description: {{purpose: A table of the TPC-H benchmark.}}
outputPorts:
  - {{name: {name}, version: "1.0.0", contractId: tpch.{name}}}
"""
_CONTRACT = """\
apiVersion: v3.2.0
kind: DataContract
id: tpch.{name}
name: {name}
version: "1.0.0"
status: active
domain: tpch
dataProduct: {name}
description: {{purpose: A table of the TPC-H benchmark.}}
schema:
  - name: {name}
    logicalType: object
    physicalType: table
    dataGranularityDescription: One row of TPC-H.
    properties:
{properties}servers:
  - {{server: local, type: local, environment: local, path: tpch/{name}, format: delta}}
slaProperties:
  - {{property: latency, value: 1, unit: d}}
team: {{name: TPC}}
"""


def bench(quick: bool) -> Report:
    factor = 0.05 if quick else 1
    report = Report("TPC-H", ABOUT, 2 if quick else 5)
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        worker(__file__, "prepare", folder, factor)
        worker(__file__, "compare", folder, factor)
        group = f"22 queries, scale factor {factor:g}"
        cases = {case: partial(worker, __file__, case, folder, factor) for case in (BARE, MESH)}
        report.add(group, interleaved(cases, rounds=report.rounds))
        if not quick:
            report.target(f"{group}: wall ratio", report.row(group, MESH).wall_ratio, LIMIT)
    return report


def work(case: str, folder: str, factor: str) -> Sample | None:
    """One round of all queries, after one that is not counted."""
    root = Path(folder)
    if case == "prepare":
        return _prepare(root, float(factor))
    queries = json.loads((root / "queries.json").read_text())
    if case == "compare":
        return _compare(root, queries)
    ask = {BARE: _bare, MESH: _mesh}[case](root)
    for query in queries:
        ask(query)
    return timed(lambda: [ask(query) for query in queries])


def _compare(root: Path, queries: list[str]) -> None:
    bare, mesh = _bare(root), _mesh(root)
    for number, query in enumerate(queries, start=1):
        if bare(query) != mesh(query):
            raise AssertionError(f"query {number} has other rows")


def _prepare(root: Path, factor: float) -> None:
    """Rows as silver tables, from which the ports are published."""
    import duckdb

    from mesh_core.publishing.publication import publish
    from mesh_core.publishing.services import Services
    from mesh_core.settings import load_settings

    with duckdb.connect(str(root / "made.duckdb"), config={"memory_limit": MEMORY}) as made:
        made.execute(f"LOAD '{_extension()}'")
        made.execute(f"CALL dbgen(sf = {factor})")
        queries = [_qualified(text) for (text,) in made.execute("SELECT query FROM tpch_queries()").fetchall()]
        (root / "queries.json").write_text(json.dumps(queries))
        columns = {name: _columns(made, name) for name in KEYS}
        _write_mesh(root, columns)
        services = Services(load_settings(root))
        for name, typed in columns.items():
            table = services.lake.internal(("tpch", "silver", f"{name}_rows"))
            staged = services.lake.stage(made, f"FROM {name}", table, typed)
            facts = {"rows": str(staged.rows), "publishedAt": "2026-01-01T00:00:00+00:00"}
            described = {column: (kind, "") for column, kind in typed.items()}
            services.lake.commit(staged, described, onto=None, facts=facts)
    (root / "made.duckdb").unlink()
    for name in KEYS:
        publish(services.mesh.port(f"tpch.{name}"), services.mesh.domains["tpch"], services, run_id="setup")
    services.close()


def _extension() -> Path:
    import duckdb
    import duckdb_extension_tpch

    [folder] = duckdb_extension_tpch.__path__
    return Path(folder, "extensions", f"v{duckdb.__version__}", "tpch.duckdb_extension")


def _columns(made: Any, name: str) -> dict[str, str]:
    return {row[0]: row[1] for row in made.execute(f"DESCRIBE {name}").fetchall()}


def _qualified(query: str) -> str:
    """The query with its tables named as ports."""
    import sqlglot
    from sqlglot import exp

    tree = sqlglot.parse_one(query, dialect="duckdb")
    for table in tree.find_all(exp.Table):
        if table.name in KEYS:
            table.set("db", exp.to_identifier("tpch"))
            if not table.alias:
                table.set("alias", exp.TableAlias(this=exp.to_identifier(table.name)))
    return tree.sql(dialect="duckdb")


def _write_mesh(root: Path, columns: dict[str, dict[str, str]]) -> None:
    for path, text in _files(columns):
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text)


def _files(columns: dict[str, dict[str, str]]) -> Iterator[tuple[str, str]]:
    yield "workspace.yaml", "load_from:\n  - {python_module: {module_name: domains.tpch.definitions}}\n"
    yield "domains/__init__.py", ""
    yield "domains/tpch/__init__.py", ""
    yield (
        "domains/tpch/definitions.py",
        "from mesh_core.orchestration import domain_definitions\n\ndefs = domain_definitions(__file__)\n",
    )
    yield (
        "domains/tpch/domain.yaml",
        "name: tpch\nkind: source-aligned\ndescription: Orders a lot.\nowner: {team: TPC, email: tpc@mesh.example}\n",
    )
    for name, typed in columns.items():
        folder = f"domains/tpch/{name}"
        nothing = ", ".join(f"NULL::{kind} AS {column}" for column, kind in typed.items())
        yield f"{folder}/product.yaml", _PRODUCT.format(name=name)
        properties = "".join(_property(column, kind, KEYS[name]) for column, kind in typed.items())
        yield f"{folder}/{name}.contract.yaml", _CONTRACT.format(name=name, properties=properties)
        yield f"{folder}/silver/{name}_rows.sql", f"SELECT {nothing} WHERE false\n"
        yield f"{folder}/{name}.sql", f"SELECT * FROM silver.{name}_rows\n"


def _property(column: str, kind: str, keys: list[str]) -> str:
    logical = LOGICAL.get(kind, "number")
    key = f", primaryKey: true, primaryKeyPosition: {keys.index(column) + 1}" if column in keys else ""
    said = f'name: {column}, logicalType: {logical}, physicalType: "{kind}", classification: public'
    return f"      - {{{said}, description: {column}.{key}}}\n"


def _bare(root: Path) -> Callable[[str], object]:
    import duckdb

    connection = duckdb.connect(config={"memory_limit": MEMORY})
    connection.execute("CREATE SCHEMA tpch")
    for name in KEYS:
        files = f"{root}/.mesh/lake/tpch/{name}/*.parquet"
        connection.execute(f"CREATE VIEW tpch.{name} AS SELECT * FROM read_parquet('{files}')")
    return lambda query: connection.execute(query).fetchall()


def _mesh(root: Path) -> Callable[[str], object]:
    from mesh_core.publishing.services import Services
    from mesh_core.serving import QuerySession
    from mesh_core.settings import load_settings

    services = Services(load_settings(root))
    session = QuerySession(services.reader(), memory_limit=MEMORY, scratch=services.settings.scratch)
    return lambda query: session.ask(query).rows


if __name__ == "__main__":
    main(bench, work)
