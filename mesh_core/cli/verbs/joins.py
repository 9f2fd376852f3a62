"""mesh joins"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from mesh_core.cli import exits
from mesh_core.cli.columns import Cell, Column, say_columns
from mesh_core.cli.output import say, say_json
from mesh_core.cli.session import Session, verb
from mesh_core.cli.words import UNKNOWN, amount, count

if TYPE_CHECKING:
    from mesh_core.search.joins import Join

_COLUMNS = (
    Column("port", firm=True),
    Column("on", firm=True),
    Column("names", firm=True),
    Column("ids met", right=True, firm=True),
    Column("of this", right=True, firm=True),
    Column("of that", right=True, firm=True),
    Column("rows"),
)
_ROWS = {"key": "one of that", "shared": "many of that"}


@verb(
    "joins",
    examples=[
        ("mesh joins flight_operations.flights", "the ports that speak of the same things"),
        ("mesh joins flight_operations.flights --with fleet.aircraft --sql", "the statement of one join"),
    ],
)
@click.argument("address")
@click.option("--with", "other", metavar="ADDRESS", help="Only with this port.")
@click.option("--all", "everything", is_flag=True, help="Every pair of columns, not the best for each of this port.")
@click.option("--sql", is_flag=True, help="The statement of each join, ready for `mesh query`.")
def command(session: Session, address: str, other: str | None, everything: bool, sql: bool) -> int:
    """Show which ports can be joined with a port, and how many of the ids would meet.

    Ports join where their contracts bind columns to the same entity. Shares are counted where publications did so,
    else estimated from sketches of the ids: those are marked with ~.
    """
    from mesh_core.catalog import CatalogError
    from mesh_core.model import Address
    from mesh_core.search.joins import joins

    wanted, only = Address.parse(address).sql, Address.parse(other).sql if other else ""
    catalog = session.services.existing_catalog()
    if catalog is None:
        message = "there is no catalog yet"
        raise CatalogError(message, remedy="Run `mesh run`, or `mesh register`, first.")
    found = [join for join in joins(catalog, wanted) if not only or join.address == only]
    if not everything:
        found = _best(found)
    if session.as_json:
        say_json({"address": wanted, "joins": [_plain(join) for join in found]})
    elif sql:
        # Not a comment first: a shell's word that begins with -- is an option of `mesh query`.
        say("\n\n".join(f"{join.sql};  -- {_heading(join)}" for join in found))
    else:
        _say(wanted, found)
    return exits.FINE


def _best(found: list[Join]) -> list[Join]:
    """The first join of each column of this port with each other port."""
    best: dict[tuple[str, str], Join] = {}
    for join in found:
        best.setdefault((join.address, join.column), join)
    return list(best.values())


def _plain(join: Join) -> dict[str, Any]:
    """Without the card, of which `mesh show` tells."""
    import msgspec

    plain: dict[str, Any] = msgspec.to_builtins(join)
    card = plain.pop("card")
    return {**plain, "name": card["name"], "owner": card["owner"], "status": card["status"]}


def _heading(join: Join) -> str:
    return f"{join.column} = {join.address}.{join.other_column}, {_names(join)}"


def _say(address: str, found: list[Join]) -> None:
    if not found:
        say(f"{address} can be joined with nothing: no other port speaks of the entities that it names")
        return
    say_columns(_COLUMNS, [_row(join) for join in found])
    ports = len({join.address for join in found})
    say()
    say(click.style(f"{amount(ports, 'port')} can be joined with {address}", dim=True))


def _row(join: Join) -> list[Cell | str]:
    about = "" if join.exact or join.rate is None else "~"
    met = UNKNOWN if join.common is None else f"{about}{count(join.common)}"
    return [
        Cell(join.address, bold=True, colour="yellow" if join.card.status == "deprecated" else None),
        f"{join.column} = {join.other_column}",
        _names(join),
        met,
        _percent(join.rate, about),
        _percent(join.other_rate, about),
        Cell(_rows(join), dim=join.relation == "shared"),
    ]


def _names(join: Join) -> str:
    code = f" ({join.code})" if join.code else ""
    through = f" through {join.through}" if join.through else ""
    return f"{join.entity}{code}{through}{', restricted' if join.restricted else ''}"


def _percent(share: float | None, about: str) -> Cell | str:
    if share is None:
        return UNKNOWN
    if share == 0:
        return Cell(f"{about}0.0%", dim=True)
    return "<0.1%" if share < 0.0005 else f"{about}{share:.1%}"


def _rows(join: Join) -> str:
    return f"its key also has {', '.join(join.also)}" if join.also else _ROWS[join.relation]
