"""mesh show"""

from __future__ import annotations

import click

from mesh_core.cli import exits
from mesh_core.cli.output import say_json
from mesh_core.cli.session import Session, verb


@verb(
    "show",
    examples=[
        ("mesh show fleet.aircraft", "everything about one port"),
        ("mesh show mesh://fleet/aircraft/v1", "by its global address"),
        ("mesh show fleet.aircraft --json | jq .columns", "for a program"),
    ],
)
@click.argument("address")
def command(session: Session, address: str) -> int:
    """Show a port: contract, columns, rules, readers, versions.

    The sample is that of the catalog: values of restricted and confidential columns are hidden.
    """
    from mesh_core.cli.portrait import portrait_of

    portrait = portrait_of(address, session.services)
    if session.as_json:
        say_json(portrait.as_dict())
    else:
        from mesh_core.cli.portrait_view import say_portrait

        say_portrait(portrait)
    return exits.FINE
