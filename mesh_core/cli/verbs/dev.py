"""mesh dev"""

from __future__ import annotations

import click

from mesh_core.cli import exits
from mesh_core.cli.output import note
from mesh_core.cli.session import Session, verb


@verb(
    "dev",
    examples=[
        ("mesh dev", "http://127.0.0.1:3000, the marketplace on 3001"),
        ("mesh dev --port 3100", "3100 and 3101"),
        ("mesh dev --no-service", "Dagster alone"),
    ],
    json=False,
)
@click.option("--port", type=click.IntRange(1, 65534), default=3000, show_default=True, help="Port of Dagster's UI.")
@click.option("--service-port", type=click.IntRange(1, 65535), help="Port of the marketplace; default: the next one.")
@click.option("--no-service", is_flag=True, help="Without the marketplace.")
@click.option("--host", default="127.0.0.1", show_default=True, help="Address that both listen on.")
def command(session: Session, port: int, service_port: int | None, no_service: bool, host: str) -> int:
    """Start Dagster's UI, schedules and sensors for the mesh, and beside it the marketplace.

    Dagster shows what `mesh run` did and runs the same assets by itself. Ctrl-C ends all of it.
    """
    from mesh_core.cli.devserver import serve

    settings = session.settings
    beside = None if no_service else service_port or port + 1
    note(f"{click.style('mesh', bold=True)} {settings.root}")
    note(f"  UI           {_link(host, port)} in about a minute")
    if beside is not None:
        note(f"  marketplace  {_link(host, beside)} in a few seconds")
    note(f"  home         {settings.dagster_home}")
    note(click.style("  Ctrl-C ends the UI, the daemon, all code locations and the marketplace.", dim=True))
    code = serve(settings, host=host, port=port, service_port=beside)
    note("stopped; nothing is left running" if code == 0 else f"what ran ended with exit code {code}")
    return exits.FINDINGS if code else exits.FINE


def _link(host: str, port: int) -> str:
    return click.style(f"http://{host}:{port}", fg="cyan", underline=True)
