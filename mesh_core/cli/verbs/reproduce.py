"""mesh reproduce"""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from mesh_core.cli import exits
from mesh_core.cli.output import note, say, say_json
from mesh_core.cli.session import Session, verb
from mesh_core.cli.words import amount, count, seconds
from mesh_core.errors import ConfigurationError

if TYPE_CHECKING:
    from mesh_core.publishing.versions.reproduce import Reproduction

_SHORT = 12


@verb(
    "reproduce",
    examples=[
        ("mesh reproduce fleet.aircraft@3", "is version 3 what its inputs and code make?"),
        ("mesh reproduce fleet.aircraft", "the newest version"),
        ("mesh reproduce fleet.aircraft@3 --json", "for a program"),
    ],
)
@click.argument("target", metavar="ADDRESS[@VERSION]")
def command(session: Session, target: str) -> int:
    """Build a published version again and say whether it comes out identical.

    From the recorded versions of its inputs, by the code that made it: the tree's if that is unchanged, else that of
    the recorded git revision, which is taken out into a folder of its own. Rows are compared exactly, as a multiset;
    of a partitioned or appending port those that the version wrote. Nothing is published.

    The exit code is 1 if it comes out different: by a random number, the clock, or a sum of floats whose order varies.
    """
    from mesh_core.cli.selection import the_port
    from mesh_core.cli.streams import stdout_to_stderr
    from mesh_core.publishing.versions.reproduce import reproduce

    address, at, number = target.partition("@")
    if at and not number.isdigit():
        message = f"'{number}' is no version"
        raise ConfigurationError(message, remedy="Versions are the numbers that `mesh history` shows.")
    port = the_port(address, session.mesh)
    with stdout_to_stderr():
        done = reproduce(port, session.mesh.domains[port.address.domain], session.services, int(number) if at else None)
    if session.as_json:
        say_json(done.as_dict())
    else:
        _say(done)
    return exits.FINE if done.identical else exits.FINDINGS


def _say(done: Reproduction) -> None:
    name = click.style(f"{done.address}@{done.table_version}", bold=True)
    mark = click.style("✓ identical", fg="green") if done.identical else click.style("✗ different", fg="red")
    say(f"{mark}  {name}  {done.compared}: {amount(done.difference.published_rows, 'row')}")
    by = f"revision {done.revision[:_SHORT]}" if done.revision else "the tree"
    read = ", ".join(f"{given} {version}" for given, version in done.inputs.items()) or "nothing"
    say(click.style(f"  by the code of {by}, from {read}, in {seconds(done.seconds)}", dim=True))
    if not done.same_platform:
        note("  the platform has another version than it had then")
    if not done.identical:
        _say_difference(done)


def _say_difference(done: Reproduction) -> None:
    found = done.difference
    say(f"  {count(found.only_published)} only published, {count(found.only_rebuilt)} only rebuilt")
    if found.columns:
        say(f"  rows of equal key differ in {', '.join(found.columns)}")
    for example in found.examples:
        told = ", ".join(f"{column}: {'null' if value is None else value}" for column, value in example.row.items())
        say(click.style(f"  {example.side:<9}  {told}", dim=True))
