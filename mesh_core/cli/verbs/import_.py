"""mesh import"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from mesh_core.cli import exits
from mesh_core.cli.output import note, note_error, say_json
from mesh_core.cli.session import Session, verb
from mesh_core.errors import ConfigurationError, flattened

if TYPE_CHECKING:
    from mesh_core.exchange import Draft

SOURCES = ("dbt", "json-schema", "avro", "sql", "odcs")


@verb(
    "import",
    examples=[
        ("mesh import orders.sql --from sql --domain shop", "a contract from DDL"),
        ("mesh import schema.yml --from dbt --table orders --domain shop", "from one model of several"),
        ("mesh import vendor.odcs.yaml --from odcs --output orders.contract.yaml", "another tool's contract"),
    ],
)
@click.argument("file", type=click.Path(dir_okay=False, exists=True, path_type=Path))
@click.option("--from", "source", type=click.Choice(SOURCES), required=True, help="The format.")
@click.option("--domain", default="", help="The domain that the port will belong to; needed if the file names none.")
@click.option("--product", default="", help="The data product; default: the port's name.")
@click.option("--table", default="", help="The table or model that is meant, where the file has several.")
@click.option(
    "--dialect", default="", help="Whose SQL types the file speaks of: postgres, snowflake …; default: duckdb."
)
@click.option("--output", type=click.Path(dir_okay=False, path_type=Path), help="A new file; default: stdout.")
def command(session: Session, file: Path, source: str, output: Path | None, **given: str) -> int:
    """Draft a contract from a file in another format.

    The draft goes to stdout or to a new file; what was assumed, and what nobody knows yet, to stderr. Exit code 1
    means that the mesh will not take the draft before it is mended.
    """
    from mesh_core.exchange import import_file

    if output is not None and output.exists():
        message = f"{output} exists"
        raise ConfigurationError(message, remedy="Name a new file; a contract is not overwritten.")
    draft = import_file(file, source, **given)
    if output is not None:
        from mesh_core.contracts.editing import write_whole

        output.parent.mkdir(parents=True, exist_ok=True)
        write_whole(output, draft.text)
    if session.as_json:
        say_json(_as_dict(draft, output))
    else:
        if output is None:
            click.echo(draft.text, nl=False)
        _tell(draft, output)
    return exits.FINDINGS if draft.findings else exits.FINE


def _as_dict(draft: Draft, output: Path | None) -> dict[str, object]:
    return {
        "address": draft.address.uri,
        "file": output,
        "text": draft.text,
        "assumed": draft.guesses,
        "unknown": draft.unknown,
        "findings": [finding.as_dict() for finding in flattened(draft.findings)],
    }


def _tell(draft: Draft, output: Path | None) -> None:
    note(f"drafted {draft.address.uri}" + (f" in {output}" if output else ""))
    for sentence in draft.guesses:
        note(f"  assumed  {sentence}")
    for sentence in draft.unknown:
        note(f"  unknown  {sentence}")
    for finding in draft.findings:
        note_error(finding)
    table = draft.address.table
    note(f"  → It belongs in domains/{draft.address.domain}/<product>/{table}.contract.yaml, beside its product.yaml.")
