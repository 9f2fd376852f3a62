"""mesh feed"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import click

from mesh_core.cli import exits
from mesh_core.cli.output import note
from mesh_core.cli.session import Session, verb
from mesh_core.errors import MeshError, UnknownAddressError

if TYPE_CHECKING:
    from mesh_core.catalog import Catalog

FORMATS = ("openlineage", "cloudevents", "dcat", "odps", "odcs")
_OF_PORTS = ("openlineage", "odps", "odcs")
"""Formats that can be told of some ports only."""


@verb(
    "feed",
    examples=[
        ("mesh feed openlineage", "every publication as OpenLineage events, one a line"),
        ("mesh feed openlineage fleet --newest", "the newest attempt of each port of a domain"),
        ("mesh feed openlineage --send", "what waits in the home goes to MESH_OPENLINEAGE_URL"),
        ("mesh feed cloudevents --after 120", "changes of the catalog since the one numbered 120"),
        ("mesh feed dcat --base https://data.example", "the catalog as DCAT and DPROD, in JSON-LD"),
        ("mesh feed odps fleet", "descriptors with what the catalog adds, one product a line"),
    ],
    json=False,
)
@click.argument("format_", metavar="FORMAT", type=click.Choice(FORMATS))
@click.argument("selection", nargs=-1)
@click.option("--newest", is_flag=True, help="OpenLineage: only each port's newest attempt.")
@click.option("--send", "sending", is_flag=True, help="OpenLineage: send what is kept; prints nothing else.")
@click.option("--after", type=click.IntRange(min=0), default=0, help="CloudEvents: leave out changes up to this one.")
@click.option("--base", default="", help="Address of the service that readers of IRIs are led to.")
def command(session: Session, **wanted: Any) -> int:
    """Print what the catalog knows in an open format.

    DCAT comes as one document, everything else as one JSON object a line. SELECTION limits OpenLineage, ODPS and ODCS
    to some ports. Everything is told from the catalog: no data is read. The files as their authors wrote them are
    what `mesh export` gives.
    """
    if wanted["sending"]:
        return _send(session)
    catalog = session.services.existing_catalog()
    if catalog is None:
        note("Nothing has been published yet: `mesh run` publishes.")
        return exits.FINE
    _say(_told(session, catalog, wanted))
    return exits.FINE


def _told(session: Session, catalog: Catalog, wanted: dict[str, Any]) -> Iterator[Any]:
    kind, base = wanted["format_"], wanted["base"].rstrip("/")
    if wanted["selection"] and kind not in _OF_PORTS:
        message = f"{kind} is told of the whole catalog"
        raise MeshError(message, remedy="Leave out the selection.", code="usage")
    if kind == "openlineage":
        return _openlineage(session, catalog, wanted["selection"], newest=wanted["newest"])
    if kind in {"odps", "odcs"}:
        return _documents(catalog, kind, wanted["selection"], base)
    if kind == "cloudevents":
        return _cloudevents(catalog, wanted["after"], base)
    from mesh_core.feeds import dcat

    return iter([dcat.catalog(catalog, base or dcat.BASE)])


def _openlineage(session: Session, catalog: Catalog, patterns: tuple[str, ...], *, newest: bool) -> Iterator[Any]:
    import duckdb

    from mesh_core.feeds.openlineage import Writer
    from mesh_core.feeds.openlineage.registered import Told

    settings = session.settings
    writer = Writer(settings.openlineage.namespace, duckdb.__version__)
    told = Told(catalog, session.services.lake, environment=settings.environment, writer=writer)
    addresses = _chosen(catalog, patterns)
    yield from told.jobs(addresses)
    yield from told.events(addresses, newest_only=newest)


def _chosen(catalog: Catalog, patterns: tuple[str, ...]) -> set[str] | None:
    """The addresses of the catalog that a selection means; None for all."""
    if not patterns:
        return None
    from fnmatch import fnmatchcase

    chosen: set[str] = set()
    cards = catalog.cards()
    for pattern in patterns:
        names = {card.address for card in cards if pattern in {card.domain, card.product_id, card.uri}}
        names |= {card.address for card in cards if fnmatchcase(card.address, pattern)}
        if not names:
            message = f"'{pattern}' is no domain, product or port of the catalog"
            raise UnknownAddressError(message, remedy="`mesh list` shows all.")
        chosen |= names
    return chosen


def _documents(catalog: Catalog, kind: str, patterns: tuple[str, ...], base: str) -> Iterator[Any]:
    from mesh_core.feeds import odps

    chosen = catalog.cards(_chosen(catalog, patterns))
    if kind == "odcs":
        return (odps.contract(catalog, card.address, base) for card in chosen)
    return (odps.product(catalog, product, base) for product in sorted({card.product_id for card in chosen}))


def _cloudevents(catalog: Catalog, after: int, base: str) -> Iterator[Any]:
    from mesh_core.feeds.cloudevents import SOURCE, cloud_event

    while changes := catalog.changes(after):
        for change in changes:
            yield cloud_event(change, base or SOURCE)
        after = changes[-1].seq


def _say(values: Iterator[Any]) -> None:
    import msgspec

    for value in values:
        click.echo(msgspec.json.encode(value, enc_hook=str))


def _send(session: Session) -> int:
    from mesh_core.feeds.openlineage.sending import send

    settings = session.settings.openlineage
    if not settings.url:
        message = "no server for OpenLineage events is set"
        raise MeshError(message, remedy="Set MESH_OPENLINEAGE_URL.", code="configuration")
    report = send(settings)
    note(f"sent {report.sent:,} events" + (f", {report.rejected:,} refused" if report.rejected else ""))
    if report.error:
        note(f"the rest waits in {settings.folder}: {report.error}")
    return exits.FINDINGS if report.error or report.rejected else exits.FINE
