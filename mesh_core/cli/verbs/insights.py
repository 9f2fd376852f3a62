"""mesh insights"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import click

from mesh_core.cli import exits
from mesh_core.cli.columns import Cell, Column, say_columns
from mesh_core.cli.output import note, say, say_json
from mesh_core.cli.session import Session, verb
from mesh_core.cli.words import UNKNOWN, amount, count, lasting, size

if TYPE_CHECKING:
    from mesh_core.observability.kpis import GroupKpis, Kpis
    from mesh_core.observability.topology import Topology

_PRODUCTS = (
    Column("product", firm=True),
    Column("time to create", right=True, firm=True),
    Column("since"),
    Column("time to use", right=True, firm=True),
    Column("reads", right=True, firm=True),
    Column("readers", right=True, firm=True),
    Column("views", right=True, firm=True),
    Column("consumers", right=True, firm=True),
)
_FLOWS = (
    Column("from", firm=True),
    Column("to", firm=True),
    Column("ports", right=True, firm=True),
    Column("rows", right=True, firm=True),
    Column("bytes", right=True, firm=True),
    Column("publications", right=True, firm=True),
    Column("reads", right=True, firm=True),
    Column("entities"),
)


@verb(
    "insights",
    examples=[
        ("mesh insights", "lead times, use, and what flows between domains"),
        ("mesh insights --days 90", "counted over a quarter"),
        ("mesh insights --json | jq '.topology.recommendations[].sentence'", "for a program"),
    ],
)
@click.option("--days", type=click.IntRange(1, 366), default=30, show_default=True, help="The span that is counted.")
def command(session: Session, days: int) -> int:
    """Show how long products take to come to be and to be used, and how the mesh is tied together.

    All of it comes from recorded events; what nobody recorded is a dash. Lead times are of all time: to create, from a
    product's first commit (or what else tells of its beginning) to its first version; to use, from a consumer's first
    look to its first read.
    """
    from mesh_core.catalog import Catalog
    from mesh_core.observability.beginnings import first_commits
    from mesh_core.observability.kpis import kpis
    from mesh_core.observability.topology import topology

    catalog = Catalog.existing(session.settings.catalog_url)
    if catalog is None:
        note("the catalog is empty; `mesh run` publishes, `mesh register` tells of what is not published yet")
        return exits.FINE
    now = datetime.now(UTC)
    folders = {product.id: product.folder for tree in session.mesh.domains.values() for product in tree.products}
    with catalog:
        figures = kpis(catalog, now, days=days, created=first_commits(session.settings.root, folders))
        flows = topology(catalog, now, days=days)
    if session.as_json:
        say_json({"kpis": figures, "topology": flows})
        return exits.FINE
    _say_figures(figures)
    _say_topology(flows)
    return exits.FINE


def _say_figures(figures: Kpis) -> None:
    say(_summary(figures.mesh, figures.days))
    say()
    say_columns(
        _PRODUCTS,
        [
            [
                each.product_id,
                _lasting(each.lead_time_to_create.hours if each.lead_time_to_create else None),
                Cell(each.lead_time_to_create.start_is if each.lead_time_to_create else "", dim=True),
                _lasting(each.lead_time_to_use),
                count(each.reads),
                count(each.readers),
                count(each.views),
                count(each.consumers),
            ]
            for each in sorted(figures.products, key=lambda each: (-each.reads, -each.consumers, each.product_id))
        ],
    )


def _summary(mesh: GroupKpis, days: int) -> str:
    made = _median("to create", mesh.lead_time_to_create, mesh.create_known)
    used = _median("to use", mesh.lead_time_to_use, mesh.use_known)
    read = f"{amount(mesh.reads, 'read')} by {amount(mesh.readers, 'reader')} in {amount(days, 'day')}"
    return f"{amount(mesh.products, 'product')}, {mesh.published} published, {mesh.used} used: {made}, {used}; {read}"


def _median(what: str, hours: float | None, known: int) -> str:
    return f"time {what} not recorded" if hours is None else f"{lasting(hours)} {what} (median of {known})"


def _lasting(hours: float | None) -> str:
    return UNKNOWN if hours is None else lasting(hours)


def _say_topology(found: Topology) -> None:
    if not found.flows:
        return
    say()
    say_columns(
        _FLOWS,
        [
            [
                flow.upstream,
                flow.downstream,
                count(len(flow.ports)),
                count(flow.rows),
                size(flow.bytes),
                count(flow.publications),
                count(flow.reads),
                Cell(", ".join(flow.entities), dim=True),
            ]
            for flow in found.flows
        ],
    )
    for each in found.recommendations:
        say()
        say(f"{click.style(each.kind, bold=True)}: {each.sentence}")
        for reason in each.reasons:
            say(click.style(f"  {reason}", dim=True))
