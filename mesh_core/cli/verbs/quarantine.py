"""mesh quarantine"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from mesh_core.cli import exits
from mesh_core.cli.output import note_error
from mesh_core.cli.session import Session, verb

if TYPE_CHECKING:
    from mesh_core.cli.quarantine_view import Wanted


@verb(
    "quarantine",
    examples=[
        ("mesh quarantine", "what every port put aside or refused"),
        ("mesh quarantine fleet.aircraft", "the rows, with the rules that they broke"),
        ("mesh quarantine fleet.aircraft --refused", "why its last attempt was refused, with some rows"),
        ("mesh quarantine fleet.aircraft --format csv > bad.csv", "for whoever mends them"),
    ],
)
@click.argument("address", required=False)
@click.option("--version", type=click.IntRange(min=0), help="Of this table version; default: the newest.")
@click.option("--refused", is_flag=True, help="Of attempts that were refused: a sample of at most 1,000 rows.")
@click.option("--run", default="", help="Of the refused attempts, that of this run (the first letters of its id).")
@click.option("--limit", type=click.IntRange(min=1), help="Rows at most; default: 20 for a table, else all.")
@click.option("--format", "form", type=click.Choice(["table", "csv", "json"]), default="table", show_default=True)
def command(session: Session, address: str | None, **options: Any) -> int:
    """Show rows that were not published.

    A contract that says badRows: quarantine has its port publish the good rows of a delivery and put aside those
    that break a rule of single rows. They are kept as long as the version that put them aside. Of refused
    publications a sample is kept, of each port the newest three.

    Values of restricted and confidential columns are masked, as in every sample. There is no option to see them: who
    may is not decided yet.
    """
    from mesh_core.cli.quarantine_view import Wanted, say_overview, say_quarantine, say_refused

    wanted = Wanted(**options)
    _check(address, wanted)
    if session.as_json:
        wanted.form = "json"
    if address is None:
        say_overview(session.services, wanted)
        for domain, error in session.mesh.broken.items():
            note_error(error, about=f"domain {domain} does not load")
        return exits.WRONG if session.mesh.broken else exits.FINE
    from mesh_core.cli.selection import the_port

    port = the_port(address, session.mesh)
    say = say_refused if wanted.refused else say_quarantine
    say(port, session.services, wanted)
    return exits.FINE


def _check(address: str | None, wanted: Wanted) -> None:
    """Options that contradict each other, told as click tells of wrong use."""
    message = ""
    if address is None and (wanted.version is not None or wanted.refused or wanted.form == "csv"):
        message = "say whose rows: mesh quarantine ADDRESS ..."
    if wanted.refused and wanted.version is not None:
        message = "a refused attempt made no version: --refused and --version exclude each other"
    if wanted.run and not wanted.refused:
        message = "--run chooses among refused attempts: add --refused"
    if message:
        raise click.UsageError(message)
