"""mesh lineage"""

from __future__ import annotations

import click

from mesh_core.cli import exits
from mesh_core.cli.output import say_json
from mesh_core.cli.session import Session, verb


@verb(
    "lineage",
    examples=[
        ("mesh lineage punctuality.delay_causes", "both ways"),
        ("mesh lineage fleet.aircraft --downstream", "who is touched by a change"),
        ("mesh lineage fleet.aircraft --columns", "column by column"),
        ("mesh lineage flight_operations.silver.flights_cleaned", "an internal asset"),
    ],
)
@click.argument("address")
@click.option("--upstream", is_flag=True, help="Only what it is made from.")
@click.option("--downstream", is_flag=True, help="Only what is made from it.")
@click.option("--columns", is_flag=True, help="Column by column, where lineage is known.")
def command(session: Session, address: str, upstream: bool, downstream: bool, columns: bool) -> int:
    """Show what a port is made from, and what is made from it.

    Recorded lineage is that of the newest publications, with the table versions that they read. A port that
    was never published shows what it declares.
    """
    from mesh_core.cli.ancestry import ancestry_of
    from mesh_core.cli.ancestry_view import say_ancestry

    both = upstream == downstream
    ancestry = ancestry_of(address, session.services, up=both or upstream, down=both or downstream)
    if session.as_json:
        say_json(ancestry.as_dict())
    else:
        say_ancestry(ancestry, up=both or upstream, down=both or downstream, columns=columns)
    return exits.FINE
