"""mesh list"""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from mesh_core.cli import exits
from mesh_core.cli.columns import Cell, Column, say_columns
from mesh_core.cli.output import domain_errors, note, note_error, say, say_json
from mesh_core.cli.session import Session, verb
from mesh_core.cli.words import UNKNOWN, ago, amount, count

if TYPE_CHECKING:
    from mesh_core.cli.listing import PortLine

_COLUMNS = (
    Column("port", firm=True),
    Column("kind"),
    Column("contract", firm=True),
    Column("status", firm=True),
    Column("rows", right=True, firm=True),
    Column("table", right=True, firm=True),
    Column("published", firm=True),
    Column("checks", firm=True),
    Column("owner"),
)
_STATUS_COLOURS = {"active": "green", "deprecated": "yellow", "retired": "red"}


@verb(
    "list",
    examples=[
        ("mesh list", "every port of the mesh"),
        ("mesh list fleet 'weather.*'", "some of them"),
        ("mesh list --json | jq '.ports[].address'", "for a program"),
    ],
)
@click.argument("selection", nargs=-1)
def command(session: Session, selection: tuple[str, ...]) -> int:
    """List ports, with contract, owner and newest version.

    A domain that does not load is told on stderr while the others are listed; the exit code is then 2,
    because the list is not complete.
    """
    from mesh_core.cli.listing import port_lines
    from mesh_core.cli.selection import chosen, concerned

    lines = port_lines(chosen(selection, session.mesh), session.services)
    broken = concerned(selection, session.mesh.broken)
    if session.as_json:
        say_json({"ports": lines, "errors": domain_errors(broken)})
    else:
        _say(lines)
    for domain, error in broken.items():
        note_error(error, about=f"domain {domain} does not load")
    return exits.WRONG if broken else exits.FINE


def _say(lines: list[PortLine]) -> None:
    if not lines:
        note("no ports")
        return
    say_columns(_COLUMNS, [_row(line) for line in lines])
    published = sum(line.table_version is not None for line in lines)
    domains = len({line.domain for line in lines})
    hint = "" if published == len(lines) else "; `mesh run` publishes the others"
    say()
    say(
        click.style(
            f"{amount(len(lines), 'port')} of {amount(domains, 'domain')}, {published} published{hint}", dim=True
        )
    )


def _row(line: PortLine) -> list[Cell | str]:
    return [
        Cell(line.address, bold=True),
        Cell(line.kind.removesuffix("-aligned"), dim=True),
        line.version,
        Cell(line.status, _STATUS_COLOURS.get(line.status)),
        count(line.rows),
        UNKNOWN if line.table_version is None else f"v{line.table_version}",
        Cell(ago(line.published_at), dim=True) if line.published_at else Cell("never", "yellow"),
        _checks(line),
        line.owner,
    ]


def _checks(line: PortLine) -> Cell:
    if line.table_version is None:
        return Cell(UNKNOWN, dim=True)
    if line.checks_failed:
        return Cell(f"{line.checks_passed} ✓ {line.checks_failed} !", "yellow")
    return Cell(f"{line.checks_passed} ✓", "green")
