"""mesh repair"""

from __future__ import annotations

import click

from mesh_core.cli import exits
from mesh_core.cli.output import say, say_json
from mesh_core.cli.session import Session, verb
from mesh_core.cli.words import amount


@verb(
    "repair",
    examples=[("mesh repair", "after a crash, or with a new catalog database"), ("mesh repair fleet", "one domain")],
)
@click.argument("selection", nargs=-1)
def command(session: Session, selection: tuple[str, ...]) -> int:
    """Register published versions that the catalog lacks.

    Every commit carries all that the catalog needs, so every version that a table's log still holds can be
    registered again at any time, with the day of its publication. Repairing twice changes nothing.
    """
    from mesh_core.cli.selection import chosen
    from mesh_core.publishing.declaring import declare_tree
    from mesh_core.publishing.register import repair

    declare_tree(session.services)
    added = repair(chosen(selection, session.mesh), session.services, history=True)
    if session.as_json:
        say_json({"registered": [{"address": address, "table_version": version} for address, version in added]})
        return exits.FINE
    for address, version in added:
        say(f"{click.style('✓', fg='green')} {click.style(address, bold=True)} v{version} registered")
    say(click.style(f"{amount(len(added), 'version')} registered" if added else "the catalog lacks nothing", dim=True))
    return exits.FINE
