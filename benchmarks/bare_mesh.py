"""The reference mesh as one script without the mesh: the same SQL, dbt models and pandas, one Delta write a port.

No Dagster, no contract, no check, no catalog, no pinned versions: sources and silver steps are plain DuckDB views or
tables in memory, each port is written once and read back by those who need it. Usage: bare_mesh.py FOLDER.
"""

from __future__ import annotations

import importlib.util
import json
import sys
import zipfile
from pathlib import Path
from typing import Any

import duckdb
import yaml
from deltalake import write_deltalake

ROOT = Path(__file__).resolve().parent.parent
STEPS = (
    ("airports", "airports", ("silver/airport_matches", "airports")),
    ("fleet", "carriers", ("carriers",)),
    ("fleet", "aircraft", ("aircraft",)),
    ("weather", "observations", ("observations", "observations_v2")),
    ("flight_operations", "flights", ("silver/flights_cleaned", "flights")),
    ("flight_operations", "flight_events", ("flight_events",)),
    ("flight_operations", "flights_history", ("silver/extract_cleaned", "flights_history")),
    ("punctuality", "", ("on_time_performance", "delay_causes")),
    ("network_planning", "route_utilisation", ("route_utilisation",)),
    ("network_planning", "aircraft_utilisation", ("aircraft_utilisation",)),
    ("network_planning", "delay_risk", ("delay_risk",)),
)
"""Domain, product and its transformations, each after what it reads."""


class Bare:
    """The folder that is written to, and the one DuckDB connection."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.rows: dict[str, int] = {}
        self.connection = duckdb.connect(config={"memory_limit": "1GB"})
        self.connection.execute("SET TimeZone = 'UTC'; CREATE SCHEMA bronze; CREATE SCHEMA silver")

    def publish(self, name: str, relation: duckdb.DuckDBPyRelation) -> None:
        """Write a port and put a view on what was written."""
        table = self.folder / name.replace(".", "/")
        write_deltalake(table, relation.to_arrow_reader(100_000))
        self.connection.execute(f"CREATE SCHEMA IF NOT EXISTS {name.partition('.')[0]}")
        self.connection.execute(f"CREATE VIEW {name} AS SELECT * FROM read_parquet('{table}/*.parquet')")
        self.rows[name] = self.connection.execute(f"SELECT count(*) FROM {name}").fetchall()[0][0]

    def sources(self, file: Path) -> None:
        """A view on each CSV file of a product."""
        for name, source in yaml.safe_load(file.read_text()).items():
            [package] = importlib.util.find_spec(source["package"]).submodule_search_locations
            columns = ", ".join(f"'{column}': '{kind}'" for column, kind in source["columns"].items())
            nulls = source.get("nulls", [""])
            self.connection.execute(
                f"CREATE VIEW bronze.{name} AS FROM read_csv('{self._plain(Path(package, source['path']))}', "
                f"header = true, columns = {{{columns}}}, nullstr = {nulls})"
            )

    def variables(self, contract: Path) -> None:
        """The days that a contract gives to its product's SQL."""
        for given in yaml.safe_load(contract.read_text()).get("customProperties", ()):
            if str(given["property"]).endswith("Date"):
                self.connection.execute(f"SET VARIABLE {given['property']} = DATE '{given['value']}'")

    def _plain(self, file: Path) -> Path:
        if file.suffix != ".zip":
            return file
        with zipfile.ZipFile(file) as archive:
            [name] = archive.namelist()
            return Path(archive.extract(name, self.folder))

    def step(self, domain: str, folder: Path, name: str) -> None:
        """Run one SQL or Python file."""
        file = folder / f"{name.removesuffix('_v2')}.sql"  # one file makes both major versions of a port
        if not file.is_file():
            self.publish(f"{domain}.{name}", self.connection.from_df(self._frame(folder / f"{name}.py")))
        elif name.startswith("silver/"):
            self.connection.execute(f"CREATE TABLE {name.replace('/', '.')} AS {file.read_text()}")
        else:
            [table] = yaml.safe_load((folder / f"{name}.contract.yaml").read_text())["schema"]
            columns = ", ".join(column["name"] for column in table["properties"])
            text = file.read_text().rstrip().rstrip(";")
            self.publish(f"{domain}.{name}", self.connection.sql(f"SELECT {columns} FROM ({text})"))

    def _frame(self, file: Path) -> Any:
        """What the product's function returns for tables that answer as the mesh's do."""
        spec = importlib.util.spec_from_file_location(file.stem, file)
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        views = {port.partition(".")[2]: port for port in self.rows}
        function = getattr(module, file.stem)
        wanted = function.__code__.co_varnames[: function.__code__.co_argcount]
        return function(**{name: _Table(self.connection, views[name]) for name in wanted})

    def dbt(self, domain: str, models: tuple[str, ...]) -> None:
        """Run a dbt project in this process, beside a database that has the ports as views."""
        from dbt.cli.main import dbtRunner

        database, project = self.folder / "dbt.duckdb", ROOT / "dbt_projects" / domain
        with duckdb.connect(str(database)) as beside:
            for name in self.rows:
                beside.execute(f"CREATE SCHEMA IF NOT EXISTS {name.partition('.')[0]}")
                files = self.folder / name.replace(".", "/")
                beside.execute(f"CREATE VIEW {name} AS SELECT * FROM read_parquet('{files}/*.parquet')")
        places = ["--project-dir", str(project), "--profiles-dir", str(project), "--target-path", str(self.folder)]
        quiet = ["--quiet", "--no-send-anonymous-usage-stats", "--log-level-file", "none"]
        given = ["--vars", json.dumps({"database": str(database)})]
        done = dbtRunner().invoke([*quiet, "run", *places, "--log-path", str(self.folder), *given])
        if not done.success:
            raise RuntimeError(f"dbt run failed: {done.exception or done.result}")
        self.connection.execute(f"ATTACH '{database}' AS dbt_run (READ_ONLY)")
        for model in models:
            self.publish(f"{domain}.{model}", self.connection.sql(f"FROM dbt_run.main.{model}"))


class _Table:
    """The two methods of the mesh's Table that the product's pandas code calls."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, view: str) -> None:
        self._connection, self._view = connection, view

    def relation(self) -> duckdb.DuckDBPyRelation:
        return self._connection.sql(f"SELECT * FROM {self._view}")

    def pandas(self) -> Any:
        return self.relation().df()


def publish_all(folder: Path) -> dict[str, int]:
    """Rows by port, all of them written below ``folder``."""
    bare = Bare(folder)
    for domain, product, names in STEPS:
        if not product:
            bare.dbt(domain, names)
            continue
        place = ROOT / "domains" / domain / product
        if (place / "sources.yaml").is_file():
            bare.sources(place / "sources.yaml")
        for contract in place.glob("*.contract.yaml"):
            bare.variables(contract)
        for name in names:
            bare.step(domain, place, name)
    return bare.rows


if __name__ == "__main__":
    print(json.dumps(publish_all(Path(sys.argv[1]))))
