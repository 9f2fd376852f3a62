"""mesh history"""

from __future__ import annotations

import click

from mesh_core.cli import exits
from mesh_core.cli.output import say_json
from mesh_core.cli.session import Session, verb

_LIMIT = 20
"""Versions in a table on a screen, and as many for programs: a log may hold thousands."""


@verb(
    "history",
    examples=[
        ("mesh history fleet.aircraft", "its newest versions"),
        ("mesh history fleet.aircraft --limit 500 --json", "for a program"),
        ("mesh history fleet.aircraft --all", "with what maintenance did to its files"),
    ],
)
@click.argument("address")
@click.option("--limit", type=click.IntRange(min=1), default=_LIMIT, show_default=True, help="Versions at most.")
@click.option("--all", "everything", is_flag=True, help="Commits of maintenance, too: they change files and no row.")
def command(session: Session, address: str, limit: int, everything: bool) -> int:
    """Show a port's versions: when each was published, from what, by which code.

    Read from the table's own log. A version that is gone can be neither queried (mesh query --at) nor restored nor
    reproduced: maintenance keeps replaced ones for as long as the contract's versionRetention says.
    """
    from mesh_core.cli.selection import the_port
    from mesh_core.publishing.versions.history import versions_of

    port = the_port(address, session.mesh)
    versions = versions_of(port, session.services, limit=limit + 1, maintenance=everything)
    more = len(versions) > limit
    versions = versions[:limit]
    if session.as_json:
        say_json({"address": port.address.sql, "versions": versions, "truncated": more})
    else:
        from mesh_core.cli.history_view import say_history

        say_history(port.address.sql, versions, more=more)
    return exits.FINE
