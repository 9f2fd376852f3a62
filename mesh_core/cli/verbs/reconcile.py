"""mesh reconcile"""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from mesh_core.cli import exits
from mesh_core.cli.columns import Cell, Column, say_columns
from mesh_core.cli.output import note, say, say_json
from mesh_core.cli.session import Session, verb
from mesh_core.cli.words import count

if TYPE_CHECKING:
    from mesh_core.contracts.reconciliation import Reconciliation
    from mesh_core.quality import Report


@verb(
    "reconcile",
    examples=[
        ("mesh reconcile flight_operations.flights_history", "where its rows come from"),
        ("mesh reconcile flight_operations.flights_history --json", "for a program"),
    ],
)
@click.argument("address")
def command(session: Session, address: str) -> int:
    """Show that a port made of an old and a new source has every row of both, once.

    The numbers are those of its newest publication: the same rules keep a version that loses, doubles or makes up a
    row from being published. Which sources and which cut-over are meant stands in the contract (reconciliation).
    """
    from mesh_core.cli.selection import the_port
    from mesh_core.contracts.reconciliation import reconciliation_of
    from mesh_core.publishing.outcomes import reconciliation_in

    port = the_port(address, session.mesh)
    sources = reconciliation_of(port.contract)
    commit = session.services.lake.newest(session.services.table(port.contract))
    report = reconciliation_in(commit)
    if sources is None or commit is None or report is None:
        if session.as_json:
            say_json({"address": port.address.sql, "reconciliation": None})
        else:
            why = "is made of one source" if sources is None else "has not been published yet"
            note(f"{port.address.sql} {why}: there is nothing to reconcile")
        return exits.FINE
    if session.as_json:
        numbers = {name: getattr(report, name) for name in report.__struct_fields__}
        told = {"historical": sources.historical, "live": sources.live, "proven": report.proven, **numbers}
        say_json({"address": port.address.sql, "table_version": commit.version, "reconciliation": told})
    else:
        say(f"{click.style(port.address.sql, bold=True)} v{commit.version}")
        _say(sources, report)
    return exits.FINE if report.proven else exits.FINDINGS


def _say(sources: Reconciliation, report: Report) -> None:
    since = sources.cut_over.partition("'")[2].rstrip("'")
    rows = [
        ("", report.historical_rows, f"rows of {sources.historical}"),
        ("+", report.live_rows, f"rows of {sources.live} from {sources.by} {since} on"),
        ("-", report.overlap, "that both have, published once"),
        ("=", report.expected, "to be published"),
        ("", report.published, "published"),
    ]
    columns = [Column(""), Column("rows", right=True, firm=True), Column("", firm=True)]
    say_columns(columns, [[sign, count(number), what] for sign, number, what in rows])
    faults = [(report.lost, "lost"), (report.doubled, "doubled"), (report.unexplained, "of neither source")]
    told = ", ".join(f"{count(number)} {what}" for number, what in faults)
    mark = Cell("✓", "green") if report.proven else Cell("✗", "red")
    say()
    say(f"{click.style(mark.text, fg=mark.colour)} {told}")
    if report.live_before_cut_over:
        say(
            click.style(
                f"  {count(report.live_before_cut_over)} rows of the live source before it are left out", dim=True
            )
        )
