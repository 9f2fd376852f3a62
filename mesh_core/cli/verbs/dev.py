"""mesh dev"""

from __future__ import annotations

import click

from mesh_core.cli import exits
from mesh_core.cli.output import note
from mesh_core.cli.session import Session, verb


@verb(
    "dev",
    examples=[("mesh dev", "http://127.0.0.1:3000"), ("mesh dev --port 3001", "another port")],
    json=False,
)
@click.option("--port", type=click.IntRange(1, 65535), default=3000, show_default=True, help="Port of the UI.")
@click.option("--host", default="127.0.0.1", show_default=True, help="Address that the UI listens on.")
def command(session: Session, port: int, host: str) -> int:
    """Start Dagster's UI, schedules and sensors for the mesh.

    It shows what `mesh run` did and runs the same assets by itself. Ctrl-C ends all of it.
    """
    from mesh_core.cli.devserver import serve

    settings = session.settings
    note(f"{click.style('mesh', bold=True)} {settings.root}")
    note(f"  UI    {click.style(f'http://{host}:{port}', fg='cyan', underline=True)} in about a minute")
    note(f"  home  {settings.dagster_home}")
    note(click.style("  Ctrl-C ends the UI, the daemon and all code locations.", dim=True))
    code = serve(settings, host=host, port=port)
    note("stopped; nothing is left running" if code == 0 else f"dagster dev ended with exit code {code}")
    return exits.FINDINGS if code else exits.FINE
