"""mesh export"""

from __future__ import annotations

from pathlib import Path

import click

from mesh_core.cli import exits
from mesh_core.cli.output import note, say_json
from mesh_core.cli.session import Session, verb

TARGETS = ("dbt-sources", "dbt-model", "json-schema", "avro", "sql", "odcs", "odps")


@verb(
    "export",
    examples=[
        ("mesh export fleet.aircraft --to sql", "CREATE TABLE, with keys, checks and comments"),
        ("mesh export fleet.aircraft --to avro --output aircraft.avsc", "into a file"),
        ("mesh export fleet.aircraft --to dbt-sources", "for the dbt project of a reader"),
    ],
)
@click.argument("address")
@click.option("--to", "target", type=click.Choice(TARGETS), required=True, help="The format.")
@click.option("--output", type=click.Path(dir_okay=False, path_type=Path), help="The file; default: stdout.")
def command(session: Session, address: str, target: str, output: Path | None) -> int:
    """Write a port's contract in another format.

    odcs and odps give the contract's and the product's own file as it stands. No data is read.
    """
    from mesh_core.exchange import export_port

    text = export_port(session.mesh.port(address), target)
    if output is not None:
        from mesh_core.contracts.editing import write_whole

        output.parent.mkdir(parents=True, exist_ok=True)
        write_whole(output, text)
    if session.as_json:
        say_json({"address": address, "format": target, "file": output, "text": text})
    elif output is None:
        click.echo(text, nl=False)
    else:
        note(f"wrote {output}")
    return exits.FINE
