"""mesh serve"""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from mesh_core.cli import exits
from mesh_core.cli.output import note
from mesh_core.cli.session import Session, verb

if TYPE_CHECKING:
    from mesh_core.settings import Settings


@verb(
    "serve",
    examples=[
        ("mesh serve", "http://127.0.0.1:3001"),
        ("mesh serve --port 0", "any free port"),
        ("mesh serve --host 0.0.0.0", "for others; name the service in MESH_SERVICE_HOSTS"),
    ],
    json=False,
)
@click.option("--port", type=click.IntRange(0, 65535), default=3001, show_default=True, help="0 for any free one.")
@click.option("--host", default="127.0.0.1", show_default=True, help="Address that it listens on.")
@click.option("--no-declare", is_flag=True, help="Do not tell the catalog what this tree holds.")
@click.option("--log-requests/--no-log-requests", default=True, help="A line on stderr for each request.")
def command(session: Session, port: int, host: str, no_declare: bool, log_requests: bool) -> int:
    """Serve the catalog: a marketplace to browse, and an API.

    It shows what is in the catalog's database, by default that of this mesh, and keeps it up to date: the tree is
    declared at the start; each minute uses are counted and service levels measured. Ctrl-C ends it.
    """
    from mesh_core.marketplace.server import log_to_stderr, serve

    settings = session.settings
    log_to_stderr(requests=log_requests)
    declare = None if no_declare else lambda: _declare(settings)
    serve(settings, host=host, port=port, ready=lambda url: _tell(settings, url), declare=declare)
    note("stopped")
    return exits.FINE


def _tell(settings: Settings, url: str) -> None:
    note(f"{click.style('mesh', bold=True)} {settings.root}")
    note(f"  marketplace  {click.style(url, fg='cyan', underline=True)}")
    note(f"  API          {url}/docs")
    note(click.style("  Ctrl-C ends it.", dim=True))


def _declare(settings: Settings) -> None:
    """Tell the catalog of the tree as it is now, with services that end with it."""
    from mesh_core.publishing.declaring import declare_tree
    from mesh_core.publishing.services import Services

    services = Services(settings)
    try:
        declare_tree(services)
    finally:
        services.close()
