"""mesh replay"""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING

import click

from mesh_core.cli import exits
from mesh_core.cli.output import note, say, say_json
from mesh_core.cli.session import Session, verb
from mesh_core.cli.words import amount

if TYPE_CHECKING:
    from collections.abc import Callable

    from mesh_core.cli.clock import Clock
    from mesh_core.ingestion import Replay


@verb(
    "replay",
    examples=[
        ("mesh replay", "what the clock shows"),
        ("mesh replay --days 1", "the next day arrives"),
        ("mesh replay --until 2013-03-01", "everything up to a day"),
    ],
)
@click.option("--days", type=click.IntRange(min=1), help="Drop the next so many days into the landing zone.")
@click.option("--until", type=click.DateTime(["%Y-%m-%d"]), help="Drop every day up to this one.")
@click.option("--status", is_flag=True, help="Only say where the clock stands (the default).")
def command(session: Session, days: int | None, until: datetime | None, status: bool) -> int:
    """Move the simulated clock: a day of history arrives as a file.

    What arrives is picked up by a sensor (`mesh dev`) or by the next `mesh run`.
    """
    from mesh_core.cli.clock import clocks

    if sum((days is not None, until is not None, status)) > 1:
        message = "--days, --until and --status exclude each other"
        raise click.UsageError(message)
    found = clocks(session.mesh, session.settings, _move(days, until.date() if until else None))
    if session.as_json:
        say_json({"sources": found})
        return exits.FINE
    if not found:
        note("no source of this mesh replays a history")
    for clock in found:
        _say(clock)
    return exits.FINE


def _move(days: int | None, until: date | None) -> Callable[[Replay], list[date]] | None:
    if days is not None:
        return lambda replay: replay.release_next(days)
    if until is not None:
        return lambda replay: replay.release_until(until)
    return None


def _say(clock: Clock) -> None:
    say(click.style(clock.source, bold=True))
    if clock.dropped:
        dropped = clock.dropped
        span = str(dropped[0]) if len(dropped) == 1 else f"{dropped[0]} to {dropped[-1]}"
        say(f"  {click.style('✓', fg='green')} {amount(len(dropped), 'day')} dropped: {span}")
    latest = clock.latest or "nothing yet"
    upcoming = f"next is {clock.next}, {amount(clock.pending, 'day')} to come" if clock.next else "the history is over"
    say(f"  {amount(clock.released, 'day')} arrived, the latest {latest}; {upcoming}")
    say(click.style(f"  {clock.folder}", dim=True))
