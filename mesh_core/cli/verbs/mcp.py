"""mesh mcp"""

from __future__ import annotations

import click

from mesh_core.cli import exits
from mesh_core.cli.session import Session, verb


@verb(
    "mcp",
    examples=[
        ("mesh mcp", "for an agent's configuration: command mesh, arguments mcp"),
        ("mesh --root /srv/mesh mcp", "from anywhere"),
    ],
    json=False,
)
@click.option("--no-declare", is_flag=True, help="Do not tell the catalog what this tree holds.")
def command(session: Session, no_declare: bool) -> int:
    """Give an agent the catalog: a server of the Model Context Protocol over stdin and stdout.

    Its tools only read: search, describe, sample, lineage, resolve. They answer from the catalog, and samples hide
    confidential and restricted values. The server ends when its client does.
    """
    from mesh_core.marketplace.market import Market
    from mesh_core.marketplace.mcp.server import run_stdio

    if not no_declare:
        _declare(session)
    market = Market(session.settings, visitor=session.settings.principal)
    try:
        run_stdio(market)
    finally:
        market.close()
    return exits.FINE


def _declare(session: Session) -> None:
    """So that what was not published yet is found too."""
    from mesh_core.publishing.declaring import declare_tree

    declare_tree(session.services)
