"""mesh query"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from mesh_core.cli import exits
from mesh_core.cli.columns import Cell, Column, say_columns
from mesh_core.cli.output import note, note_error, say
from mesh_core.cli.session import Session, verb
from mesh_core.cli.words import amount
from mesh_core.errors import UnknownAddressError

if TYPE_CHECKING:
    from mesh_core.serving import QueryResult

_LIMIT = 100
"""Rows of a table on a screen; programs get all."""
_NUMBERS = ("TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT", "DOUBLE", "FLOAT", "DECIMAL", "NUMBER")


@verb(
    "query",
    examples=[
        ("mesh query 'FROM fleet.carriers'", "a whole port"),
        ("mesh query 'SUMMARIZE fleet.aircraft'", "its statistics"),
        ('mesh query "SELECT ... FROM a.b JOIN c.d USING (e)"', "across domains"),
        ("mesh query - --format csv < question.sql > answer.csv", "from a file to a file"),
        ("mesh query 'FROM fleet.carriers' --at 2026-01-31", "as it was at that time (UTC)"),
        ("mesh query 'FROM fleet.carriers' --at 3", "in a version that `mesh history` shows"),
    ],
)
@click.argument("sql")
@click.option("--limit", type=click.IntRange(min=1), help=f"Rows at most; default: {_LIMIT} for a table, else all.")
@click.option("--at", multiple=True, metavar="WHEN", help="A time, domain.port=VERSION (repeatable), or a version.")
@click.option("--format", "form", type=click.Choice(["table", "csv", "json"]), default="table", show_default=True)
def command(session: Session, sql: str, limit: int | None, at: tuple[str, ...], form: str) -> int:
    """Run one read-only SQL statement over the ports (DuckDB).

    Ports are called domain.port, from major version 2 on domain.port_v2; each is its newest published version,
    or with --at the one that was the newest then: an ISO date means its first moment, domain.port=VERSION one port's
    version whatever else is said, and a version alone that of the only port of the query. Times are in UTC.
    Anything but reading ports is refused. With - the SQL comes from stdin.
    """
    from mesh_core.cli.queries import as_csv, as_json
    from mesh_core.serving import moment_of, run_query
    from mesh_core.serving.recording import note_reads

    form = "json" if session.as_json else form
    text = sys.stdin.read() if sql == "-" else sql
    settings = session.settings
    settings.scratch.mkdir(parents=True, exist_ok=True)
    reader = session.services.reader(moment_of(at))
    try:
        result = run_query(
            text,
            reader,
            limit=limit or (_LIMIT if form == "table" else None),
            memory_limit=settings.memory_limit,
            scratch=settings.scratch,
            access=settings.store_access,
        )
    except UnknownAddressError:
        for domain, error in session.mesh.broken.items():
            note_error(error, about=f"the ports of domain {domain} cannot be read, it does not load")
        raise
    note_reads(settings, reader.opened, via="query", rows=len(result.rows))
    if form == "table":
        _say(result)
    else:
        say(as_csv(result) if form == "csv" else as_json(result))
        if result.truncated:
            note(f"only the first {amount(len(result.rows), 'row')}; there are more")
    return exits.FINE


def _say(result: QueryResult) -> None:
    from mesh_core.cli.queries import shown

    columns = [Column(name, right=kind.startswith(_NUMBERS)) for name, kind in result.columns]
    null = Cell("null", dim=True)
    say_columns(columns, [[null if value is None else _cell(shown(value)) for value in row] for row in result.rows])
    more = "; there are more (--limit N shows them)" if result.truncated else ""
    say(click.style(f"{amount(len(result.rows), 'row')}{more}", dim=True))


def _cell(text: str) -> Cell:
    """One line: a table's rows stay rows, whatever the values hold."""
    return Cell(" ".join(text.splitlines()) if sys.stdout.isatty() else text)
