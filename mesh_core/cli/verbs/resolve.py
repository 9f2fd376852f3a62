"""mesh resolve"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

import click

from mesh_core.cli import exits
from mesh_core.cli.columns import Cell, Column, say_columns
from mesh_core.cli.output import note_error, say, say_json
from mesh_core.cli.session import Session, verb
from mesh_core.cli.words import ago, amount

if TYPE_CHECKING:
    from mesh_core.serving import Resolution
    from mesh_core.serving.resolution import OtherVersion
    from mesh_core.serving.resolver import Target

_COLUMNS = (
    Column("column", firm=True),
    Column("type", firm=True),
    Column("must", firm=True),
    Column("class", firm=True),
    Column("description"),
)
_STATUS_COLOURS = {"active": "green", "deprecated": "yellow", "retired": "red"}


@verb(
    "resolve",
    examples=[
        ("mesh resolve weather.observations", "the newest version that is active"),
        ("mesh resolve 'weather.observations@>=1.1,<2'", "the newest in a range"),
        ("mesh resolve mesh://weather/observations/v1 --json", "for a program"),
        ("mesh resolve mesh://weather/observations/v1/discovery", "the contract itself"),
    ],
)
@click.argument("target", metavar="ID[@RANGE]")
def command(session: Session, target: str) -> int:
    """Resolve a contract to its port: endpoint, columns, service levels, status, table version.

    ID is a contract id or any spelling of an address; an address with a version means that major. RANGE is
    1, 1.x, 1.2.0 or >=1.2,<2. Without either, the newest version that is neither draft nor retired is meant,
    an active one before a deprecated one. With /discovery after an address, the contract is printed.

    Exit code 1: no version meets the range.
    """
    from mesh_core.serving import UnresolvedError
    from mesh_core.serving.resolver import Target

    wanted = Target.parse(target)
    try:
        found = session.services.resolver.resolve(wanted)
    except UnresolvedError as error:
        if session.as_json:
            say_json({"errors": [error.as_dict()]})
        note_error(error)
        return exits.FINDINGS
    if session.as_json:
        say_json(found.as_dict())
    elif wanted.discovery:
        _say_contract(found)
    else:
        _say(found, wanted)
    return exits.FINE


def _say_contract(found: Resolution) -> None:
    import yaml

    say(yaml.safe_dump(found.document, sort_keys=False, allow_unicode=True, width=120).rstrip())


def _say(found: Resolution, wanted: Target) -> None:
    say(f"{click.style(found.address, fg='cyan', bold=True)}  {click.style(found.name, bold=True)}  {found.uri}")
    for label, text in _facts(found):
        say(f"{click.style(f'{label:<10}', dim=True)}{text}")
    say()
    say_columns(
        _COLUMNS,
        [
            [
                Cell(column.name, bold=True),
                column.physical_type.replace("TIMESTAMP WITH TIME ZONE", "TIMESTAMPTZ"),
                "key" if column.primary_key else "required" if column.required else "optional",
                column.classification,
                " ".join(column.description.split()),
            ]
            for column in found.columns
        ],
    )
    if not wanted.asked:
        say()
        say(click.style(f"no version was asked for: this is the newest that is {found.status}", dim=True))


def _facts(found: Resolution) -> Iterator[tuple[str, str]]:
    yield "contract", f"{found.contract_id} {found.version} {_status(found.status)}"
    if found.announced_at:
        yield "announced", f"the deprecation, on {found.announced_at[:10]}"
    if found.end_of_support:
        yield "supported", f"until {found.end_of_support}{_days_to(found.end_of_support)}"
    if found.successor:
        yield "successor", found.successor
    yield "owner", found.owner
    yield "endpoint", f"{found.endpoint.format} {found.endpoint.location}"
    yield "table", _table(found)
    if found.service_levels:
        levels = (f"{sla.property} {sla.schedule or sla.value} {sla.unit}".rstrip() for sla in found.service_levels)
        yield "promises", ", ".join(levels)
    yield "discovery", found.discovery
    for other in found.others:
        yield "beside", _told(other)
    if found.source == "catalog":
        yield "source", "the contract as last published; there is no file of it that loads"


def _days_to(end: str) -> str:
    left = (date.fromisoformat(end) - datetime.now(UTC).date()).days
    return f" ({amount(left, 'day')} left)" if left >= 0 else " (over)"


def _status(status: str) -> str:
    return click.style(status, fg=_STATUS_COLOURS.get(status))


def _told(other: OtherVersion) -> str:
    return f"{other.address}  {other.version} {_status(other.status)}  {other.uri}"


def _table(found: Resolution) -> str:
    table = found.table
    if table is None:
        return click.style(f"never published; run `mesh run {found.address}`", fg="yellow")
    by = f", audited by {table.contract_version}" if table.contract_version != found.version else ""
    return f"v{table.version} · {amount(table.rows, 'row')} · {ago(table.published_at)}{by}"
