"""mesh maintain"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import click

from mesh_core.cli import exits
from mesh_core.cli.columns import Cell, Column, say_columns
from mesh_core.cli.output import domain_errors, note, note_error, say, say_json
from mesh_core.cli.session import Session, verb
from mesh_core.cli.words import UNKNOWN, amount, count, seconds, size

if TYPE_CHECKING:
    from mesh_core.publishing.upkeep import Cared

_COLUMNS = (
    Column("table", firm=True),
    Column("status", firm=True),
    Column("files", right=True, firm=True),
    Column("rewritten", right=True),
    Column("removed", right=True, firm=True),
    Column("freed", right=True, firm=True),
    Column("versions", right=True),
    Column("seconds", right=True),
)
_COLOURS = {"done": "green", "skipped": "yellow", "failed": "red"}


@verb(
    "maintain",
    examples=[
        ("mesh maintain", "every table of the mesh"),
        ("mesh maintain fleet --dry-run", "what would be done to one domain's"),
        ("mesh maintain flight_operations.flights", "one port, with the internal steps of its product"),
    ],
)
@click.argument("selection", nargs=-1)
@click.option("--dry-run", is_flag=True, help="Only tell what would be done.")
def command(session: Session, selection: tuple[str, ...], *, dry_run: bool) -> int:
    """Keep tables quick to read, and rid of what no version needs.

    Small files are put together, or kept in the order that a contract's clusterBy asks for. Long logs get a
    checkpoint. Files go once every version that has them was replaced longer ago than the contract's versionRetention
    says; internal tables keep 7 days. The catalog keeps sampled rows of the newest 20 versions of a port.

    Rows are the same before and after, readers and publications go on meanwhile, and Ctrl-C does no harm. In Dagster
    every domain has a job that does the same each night.
    """
    from mesh_core.cli.selection import chosen, concerned
    from mesh_core.publishing.upkeep import care_for, forget_samples, tables_of

    tables = tables_of(chosen(selection, session.mesh), session.services)
    done: list[Cared] = []
    with _progress(done, len(tables)) as told:
        for cared in care_for(tables, session.services, dry_run=dry_run):
            done.append(cared)
            told()
    if not dry_run:
        forget_samples(session.services)
    broken = concerned(selection, session.mesh.broken)
    if session.as_json:
        rows = [cared.as_dict() for cared in done]
        say_json({"tables": rows, "dry_run": dry_run, "errors": domain_errors(broken)})
    else:
        _say(done, dry_run=dry_run)
    for cared in done:
        if cared.error is not None:
            note_error(cared.error, about=cared.name)
    for domain, error in broken.items():
        note_error(error, about=f"domain {domain} does not load")
    if broken:
        return exits.WRONG
    return exits.FINDINGS if any(cared.error is not None for cared in done) else exits.FINE


@contextmanager
def _progress(done: list[Cared], total: int) -> Iterator[Callable[[], None]]:
    """One line of a terminal that says how far it is; nothing in a log."""
    shown = sys.stderr.isatty()

    def told() -> None:
        if shown:
            click.echo(f"\r\033[K{len(done)} of {total} tables, {done[-1].name}", nl=False, err=True)

    try:
        yield told
    finally:
        if shown:
            click.echo("\r\033[K", nl=False, err=True)


def _say(done: list[Cared], *, dry_run: bool) -> None:
    worked = [cared for cared in done if cared.status != "unchanged"]
    if worked:
        say_columns(_COLUMNS, [_row(cared) for cared in worked])
        say()
    elif not done:
        note("no tables")
        return
    results = [cared.result for cared in done if cared.result is not None]
    freed = size(sum(result.bytes_freed for result in results))
    parts = [
        amount(len(done), "table"),
        f"{len(worked)} with something to do" if dry_run else f"{sum(c.status == 'done' for c in done)} worked on",
        f"{freed} to free" if dry_run else f"{freed} freed",
    ]
    say(click.style(", ".join(parts) + f" in {seconds(sum(cared.seconds for cared in done))}", dim=True))


def _row(cared: Cared) -> list[Cell | str]:
    status = Cell(cared.status, _COLOURS.get(cared.status))
    if cared.result is None:
        return [Cell(cared.name, bold=True), status, *[UNKNOWN] * 5, f"{cared.seconds:.2f}"]
    result = cared.result
    changed = result.files_before != result.files_after
    return [
        Cell(cared.name, bold=True),
        status,
        f"{count(result.files_before)} → {count(result.files_after)}" if changed else count(result.files_before),
        size(result.bytes_rewritten) if result.bytes_rewritten else UNKNOWN,
        count(result.removed) if result.removed else UNKNOWN,
        size(result.bytes_freed) if result.bytes_freed else UNKNOWN,
        count(result.versions_kept),
        f"{cared.seconds:.2f}",
    ]
