"""mesh observe"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

import click

from mesh_core.cli import exits
from mesh_core.cli.columns import Cell, Column, say_columns
from mesh_core.cli.output import note, say, say_json
from mesh_core.cli.session import Session, verb
from mesh_core.cli.words import UNKNOWN, amount

if TYPE_CHECKING:
    from mesh_core.observability import Observation, Standing

_COLUMNS = (
    Column("port", firm=True),
    Column("trust", right=True, firm=True),
    Column("service level"),
    Column("status", firm=True),
    Column("budget left", right=True, firm=True),
    Column("measured"),
)
_COLOURS = {"met": "green", "at risk": "yellow", "breached": "red"}


@verb(
    "observe",
    examples=[
        ("mesh observe", "measure every service level of the mesh once"),
        ("mesh observe fleet", "and show those of one domain"),
        ("mesh observe --strict", "for a job that is to fail when a promise is broken"),
    ],
)
@click.argument("selection", nargs=-1)
@click.option("--all", "everything", is_flag=True, help="Service levels that are declared only, too.")
@click.option("--strict", is_flag=True, help="Exit with 1 when a service level that is shown is breached.")
def command(session: Session, selection: tuple[str, ...], *, everything: bool, strict: bool) -> int:
    """Measure service levels, record what was measured, and tell of what changed.

    What a contract promises under slaProperties is measured over the last 30 days, from what the catalog knows of
    publications; a port that promises to be available is read. An error budget is what may be worse than promised:
    1 % of the time, unless the contract says otherwise. The service does the same each minute.
    """
    from datetime import UTC, datetime

    from mesh_core.catalog import Catalog
    from mesh_core.cli.selection import chosen
    from mesh_core.observability import observe

    catalog = Catalog.existing(session.settings.catalog_url)
    if catalog is None:
        say_json({"ports": [], "changes": []}) if session.as_json else note("nothing is published yet")
        return exits.FINE
    with catalog:
        found = observe(catalog, session.settings, datetime.now(UTC))
    wanted = {port.address.sql for port in chosen(selection, session.mesh)} if selection else set(found.standings)
    shown = {address: standing for address, standing in found.standings.items() if address in wanted}
    if session.as_json:
        say_json(_as_json(found, shown))
    else:
        _say(found, shown, everything=everything)
    breached = any(level.status == "breached" for standing in shown.values() for level in standing.levels)
    return exits.FINDINGS if strict and breached else exits.FINE


def _as_json(found: Observation, shown: Mapping[str, Standing]) -> dict[str, Any]:
    """Without the points: what was recorded is in the catalog."""
    import msgspec

    return {
        "at": found.at,
        "probed": found.probed,
        "recorded": found.recorded,
        "changes": [flip for flip in found.flips if flip.address in shown],
        "ports": [
            {
                "address": address,
                "status": standing.slo,
                "freshness": standing.freshness,
                "trust": standing.trust,
                "levels": [msgspec.structs.replace(level, points=()) for level in standing.levels],
            }
            for address, standing in shown.items()
        ],
    }


def _say(found: Observation, shown: Mapping[str, Standing], *, everything: bool) -> None:
    say_columns(_COLUMNS, _rows(shown, everything=everything))
    flips = [flip for flip in found.flips if flip.address in shown]
    for flip in flips:
        say(f"{flip.address}: {flip.indicator} is {flip.after}" + (f", was {flip.before}" if flip.before else ""))
    levels = [level for standing in shown.values() for level in standing.levels if level.status != "declared"]
    told = ", ".join(
        f"{number} {status}"
        for status in ("met", "at risk", "breached", "unknown")
        if (number := sum(level.status == status for level in levels))
    )
    note(
        f"{amount(len(shown), 'port')}, {amount(len(levels), 'measured service level')}" + (f": {told}" if told else "")
    )


def _rows(shown: Mapping[str, Standing], *, everything: bool) -> Iterator[list[Cell | str]]:
    for address, standing in shown.items():
        score = UNKNOWN if standing.trust.score is None else str(standing.trust.score)
        first: tuple[Cell | str, Cell | str] = (Cell(address, bold=True), score)
        for level in standing.levels:
            if level.status == "declared" and not everything:
                continue
            left = f"{level.budget.left_percent:.0f} %" if level.budget else UNKNOWN
            status = Cell(level.status, _COLOURS.get(level.status), dim=level.status == "declared")
            yield [*first, level.indicator, status, left, level.sentence]
            first = ("", "")
