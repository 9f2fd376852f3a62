"""mesh run"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import click

from mesh_core.cli import exits
from mesh_core.cli.columns import Cell, Column, say_columns
from mesh_core.cli.output import note, note_error, say, say_json
from mesh_core.cli.session import Session, verb
from mesh_core.cli.words import UNKNOWN, amount, count, seconds

if TYPE_CHECKING:
    from mesh_core.cli.running import RunResult
    from mesh_core.publishing.progress import Outcome

_COLUMNS = (
    Column("port", firm=True),
    Column("status", firm=True),
    Column("rows", right=True, firm=True),
    Column("table", right=True, firm=True),
    Column("checks", firm=True),
    Column("seconds", right=True, firm=True),
)
_PARTITIONS = Column("partitions", right=True)
_COLOURS = {"published": "green", "unchanged": None, "failed": "red", "skipped": "yellow", "retired": None}


@verb(
    "run",
    examples=[
        ("mesh run", "the whole mesh, in dependency order"),
        ("mesh run punctuality --upstream", "a domain, and first all that it reads"),
        ("mesh run fleet.aircraft --force", "although nothing changed"),
        ("mesh run flight_operations.flights --partition 2013-01-05..2013-01-11", "a week, made again"),
        ("mesh run --json | jq '.ports[]|select(.status==\"failed\")'", "for a program"),
    ],
)
@click.argument("selection", nargs=-1)
@click.option("--force", is_flag=True, help="Publish also what would come out the same.")
@click.option("--upstream", is_flag=True, help="Publish first the ports that the selection reads.")
@click.option(
    "--partition",
    "partitions",
    multiple=True,
    metavar="KEY",
    help="Make this partition again, or the range KEY..KEY, and no other; can be given several times.",
)
def command(
    session: Session, selection: tuple[str, ...], force: bool, upstream: bool, partitions: tuple[str, ...]
) -> int:
    """Publish what is stale: transform, audit, commit, register.

    A port is stale when its code, contract, inputs or sources changed since its last version. A failed audit
    publishes nothing: the last good version stays, and ports that read the failed one are skipped. Domains
    that do not load are told, the others run.

    Of a port that is written by partitions, those that are stale are made; --partition makes exactly the ones it
    names, with the steps before them, whether they are stale or not.

    Exit code 1 if a port failed or was skipped, 2 if a domain does not load.
    """
    from mesh_core.cli.live import view_for_stderr
    from mesh_core.cli.running import run_selection

    if partitions and (force or upstream or not selection):
        message = "--partition needs the port whose partitions are meant, and goes with neither --force nor --upstream."
        raise click.UsageError(message)
    result = run_selection(
        selection, session.services, view_for_stderr(), force=force, upstream=upstream, partitions=partitions
    )
    if session.as_json:
        say_json(result.as_dict())
    else:
        _say(result)
        for notice in result.notices:
            note(f"{click.style('note:', fg='yellow', bold=True)} {notice}")
    for domain, error in result.broken.items():
        note_error(error, about=f"domain {domain} does not load")
    if result.broken:
        return exits.WRONG
    return exits.FINDINGS if result.failed else exits.FINE


def _say(result: RunResult) -> None:
    if result.ports:
        by_partition = any(port.partitions is not None for port in result.ports)
        columns = (*_COLUMNS[:4], _PARTITIONS, *_COLUMNS[4:]) if by_partition else _COLUMNS
        say_columns(columns, [_row(port, by_partition=by_partition) for port in result.ports])
        say()
    totals = Counter(port.status for port in result.ports)
    parts = [click.style(f"{number} {status}", fg=_COLOURS[status]) for status, number in totals.items()]
    say(f"{', '.join(parts) or 'no ports'} {click.style(f'in {seconds(result.seconds)}', dim=True)}")
    _say_reasons(result)
    _say_next(result)


def _row(port: Outcome, *, by_partition: bool) -> list[Cell | str]:
    return [
        Cell(port.name, bold=True),
        Cell(port.status, _COLOURS[port.status], dim=port.status in {"unchanged", "retired"}),
        count(port.rows),
        UNKNOWN if port.table_version is None else f"v{port.table_version}",
        *([count(port.partitions)] if by_partition else []),
        _checks(port),
        Cell(f"{port.seconds:.2f}" if port.seconds else UNKNOWN, dim=not port.seconds),
    ]


def _checks(port: Outcome) -> Cell:
    if not port.checks_passed and not port.checks_failed:
        return Cell(UNKNOWN, dim=True)
    if port.checks_failed:
        # What is published failed warnings only.
        mark, colour = ("✗", "red") if port.status == "failed" else ("!", "yellow")
        return Cell(f"{port.checks_passed} ✓ {port.checks_failed} {mark}{_aside(port)}", colour)
    return Cell(f"{port.checks_passed} ✓{_aside(port)}", "yellow" if port.quarantined else "green")


def _aside(port: Outcome) -> str:
    return f", {amount(port.quarantined, 'row')} in quarantine" if port.quarantined else ""


def _say_reasons(result: RunResult) -> None:
    """Every failure in full, then who waits for it; what belongs to a broken domain is told once, with the domain."""
    for port in result.ports:
        if port.status == "failed" and port.name.partition(".")[0] not in result.broken:
            say()
            say(click.style(f"✗ {port.name}", fg="red", bold=True))
            for line in port.error.splitlines():
                say(f"  {line}")
    skipped = [port for port in result.ports if port.status == "skipped"]
    if skipped:
        say()
    for port in skipped:
        say(f"{click.style(f'- {port.name}', fg='yellow')} skipped: {port.error}")


def _say_next(result: RunResult) -> None:
    shown = [port for port in result.ports if port.name.partition(".")[0] not in result.broken]
    if not shown:
        return
    first = next((port.name for port in shown if port.status == "failed"), shown[0].name)
    say()
    aside = next((port.name for port in shown if port.quarantined), "")
    hints = (
        *([(f"mesh quarantine {aside}", "the rows that were put aside")] if aside else []),
        ("mesh list", "all ports"),
        (f"mesh show {first}", "one of them"),
        ("mesh dev", "the same in Dagster's UI"),
    )
    say("   ".join(f"{click.style(line, fg='cyan')} {click.style(what, dim=True)}" for line, what in hints))
