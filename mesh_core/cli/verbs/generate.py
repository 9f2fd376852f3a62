"""mesh generate"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from mesh_core.cli import exits
from mesh_core.cli.output import note, say, say_json
from mesh_core.cli.session import Session, verb
from mesh_core.cli.words import amount
from mesh_core.errors import ConfigurationError

if TYPE_CHECKING:
    import duckdb

    from mesh_core.publishing.versions.scenario import Scenario

_FORMATS = {".csv": "FORMAT csv, HEADER", ".parquet": "FORMAT parquet, COMPRESSION zstd"}


@verb(
    "generate",
    examples=[
        ("mesh generate fleet.aircraft", "a hundred rows that keep the contract, as CSV"),
        ("mesh generate fleet.aircraft --rows 10000 --to aircraft.parquet", "into a file"),
        ("mesh generate fleet.aircraft --sample", "real rows, sensitive values hidden"),
    ],
)
@click.argument("address")
@click.option("--rows", type=click.IntRange(0, 1_000_000), default=100, show_default=True, help="Rows at most.")
@click.option("--seed", type=int, default=0, show_default=True, help="Another seed, other rows.")
@click.option("--sample", is_flag=True, help="Take rows of the newest version instead of making them.")
@click.option("--to", "file", type=click.Path(dir_okay=False, path_type=Path), help="A .csv or .parquet file.")
def command(session: Session, address: str, rows: int, seed: int, sample: bool, file: Path | None) -> int:
    """Make rows of a port for tests and demonstrations.

    They keep the contract: types, keys, enums, ranges, examples and rules of single rows. Equal --rows and --seed
    make equal rows, also of other ports, so that keys join. Nothing needs to be published, and nothing is.

    With --sample they are real. The text of restricted and confidential columns is masked, or replaced by tokens where
    the column's protection is tokenise or hash; what is no text is null.
    """
    from mesh_core.cli.selection import the_port
    from mesh_core.publishing.versions.scenario import made_rows, sampled_rows

    if file is not None and file.suffix not in _FORMATS:
        message = f"{file} is neither a .csv nor a .parquet file"
        raise ConfigurationError(message, remedy="End its name with .csv or .parquet.")
    services = session.services
    port = the_port(address, services.mesh)
    make = sampled_rows if sample else made_rows
    scenario = make(port, services, rows=rows, seed=seed)
    with services.connect() as connection:
        if file is None:
            _say(scenario, connection, as_objects=session.as_json)
        else:
            _write(scenario, connection, file, session)
    if scenario.unsolved:
        note(f"{click.style('warning:', fg='yellow', bold=True)} the rows may break {', '.join(scenario.unsolved)}")
    return exits.FINE


def _say(scenario: Scenario, connection: duckdb.DuckDBPyConnection, *, as_objects: bool) -> None:
    from mesh_core.cli.queries import as_csv, as_json
    from mesh_core.serving import QueryResult

    rows = connection.execute(scenario.relation).fetchall()
    columns = tuple((str(name), str(kind)) for name, kind, *_ in connection.description or ())
    result = QueryResult(columns=columns, rows=rows)
    say(as_json(result) if as_objects else as_csv(result))


def _write(scenario: Scenario, connection: duckdb.DuckDBPyConnection, file: Path, session: Session) -> None:
    from mesh_core.storage import literal

    file.parent.mkdir(parents=True, exist_ok=True)
    made = f"COPY ({scenario.relation}) TO {literal(str(file))} ({_FORMATS[file.suffix]})"
    [[count]] = connection.execute(made).fetchall()
    if session.as_json:
        say_json({"address": scenario.address, "file": file, "rows": count, "table_version": scenario.table_version})
    else:
        note(f"wrote {amount(count, 'row')} to {file}")
