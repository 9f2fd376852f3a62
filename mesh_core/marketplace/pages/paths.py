"""A port's lineage as a drawing and as lists: tables, or the path of one column with the rest of the tables behind."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

import msgspec

from mesh_core.catalog.records import ColumnEdge, LineageGraph, LineageNode, TableEdge
from mesh_core.marketplace.pages.graphs import Edge, Emphasis, Node, Slot
from mesh_core.marketplace.pages.wording import amount, segment

if TYPE_CHECKING:
    from mesh_core.catalog import Card

_IS = {"port": "output port", "internal": "internal step", "unregistered": "not in the catalog"}


class Lineage(msgspec.Struct, frozen=True, kw_only=True):
    """What was recorded on both sides of one port; with a column, the edges on its path."""

    address: str
    nodes: tuple[LineageNode, ...]
    edges: tuple[TableEdge, ...]
    column: str = ""
    path: tuple[ColumnEdge, ...] = ()


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """One edge as a row of a table."""

    upstream: str
    upstream_is: str
    downstream: str
    downstream_is: str
    version: str
    on_path: bool
    columns: tuple[tuple[str, str], ...] = ()
    """Pairs of columns, upstream and downstream, that lie on the chosen column's path."""


def both(graphs: Iterable[LineageGraph], column: str = "", traces: Iterable[LineageGraph] = ()) -> Lineage:
    """Upstream and downstream of one port as one graph, with the path of ``column`` that ``traces`` tell."""
    whole, traced = tuple(graphs), tuple(traces)
    return Lineage(
        address=whole[0].address,
        nodes=tuple(sorted({node for graph in (*whole, *traced) for node in graph.nodes})),
        edges=tuple(
            sorted(
                {edge for graph in (*whole, *traced) for edge in graph.edges},
                key=lambda edge: (edge.upstream, edge.downstream, -1 if edge.version is None else edge.version),
            )
        ),
        column=column,
        path=tuple(sorted({edge for graph in traced for edge in graph.columns})),
    )


def drawn(lineage: Lineage, cards: Mapping[str, Card]) -> tuple[list[Node], list[Edge]]:
    """Nodes and edges of the drawing; with a column, its path runs from line to line and the rest is dimmed."""
    slots = _slots(lineage)
    nodes = [_node(node, lineage, cards.get(node.address), slots.get(node.address, ())) for node in lineage.nodes]
    joined = {(edge.upstream, edge.downstream) for edge in lineage.path}
    edges = [
        _edge(edge, cards, "dim" if lineage.column else "")
        for edge in lineage.edges
        if (edge.upstream, edge.downstream) not in joined
    ]
    versions = {(edge.upstream, edge.downstream): edge.version for edge in lineage.edges}
    labelled: set[tuple[str, str]] = set()
    for step in lineage.path:
        pair = (step.upstream, step.downstream)
        version = versions.get(pair)
        edges.append(
            Edge(
                source=step.upstream,
                target=step.downstream,
                source_slot=step.upstream_column,
                target_slot=step.downstream_column,
                label="" if version is None or pair in labelled else f"v{version}",
                summary=f"{step.upstream}.{step.upstream_column} → {step.downstream}.{step.downstream_column}",
                emphasis="path",
                width=2,
            )
        )
        labelled.add(pair)
    return nodes, edges


def steps(lineage: Lineage, *, down: bool) -> list[Step]:
    """The edges after (``down``) or before the port as rows, those next to it first."""
    kinds = {node.address: node.kind for node in lineage.nodes}
    along: dict[tuple[str, str], list[tuple[str, str]]] = {}
    for step in lineage.path:
        along.setdefault((step.upstream, step.downstream), []).append((step.upstream_column, step.downstream_column))
    found, near, seen = [], {lineage.address}, {lineage.address}
    while near:
        here = [edge for edge in lineage.edges if (edge.upstream if down else edge.downstream) in near]
        for edge in here:
            pair = (edge.upstream, edge.downstream)
            found.append(
                Step(
                    upstream=edge.upstream,
                    upstream_is=_IS[kinds[edge.upstream]],
                    downstream=edge.downstream,
                    downstream_is=_IS[kinds[edge.downstream]],
                    version="" if edge.version is None else f"version {edge.version}",
                    on_path=pair in along,
                    columns=tuple(along.get(pair, ())),
                )
            )
        near = {edge.downstream if down else edge.upstream for edge in here} - seen
        seen |= near
    return found


def lineage_url(address: str, column: str = "", direction: str = "both", depth: str = "all") -> str:
    """The page's URL; what holds by default is not in it."""
    given = {
        "column": column,
        "direction": "" if direction == "both" else direction,
        "depth": "" if depth == "all" else depth,
    }
    query = "&".join(f"{name}={segment(value)}" for name, value in given.items() if value)
    return f"/ports/{segment(address)}/lineage" + (f"?{query}" if query else "")


def _slots(lineage: Lineage) -> dict[str, tuple[Slot, ...]]:
    """The columns on the path, by table; none without a chosen column."""
    if not lineage.column:
        return {}
    ports = {node.address for node in lineage.nodes if node.kind == "port"}
    found: dict[str, set[str]] = {lineage.address: {lineage.column}}
    for edge in lineage.path:
        found.setdefault(edge.upstream, set()).add(edge.upstream_column)
        found.setdefault(edge.downstream, set()).add(edge.downstream_column)
    return {
        table: tuple(
            Slot(
                name=name,
                href=lineage_url(table, name) if table in ports else "",
                emphasis="start" if (table, name) == (lineage.address, lineage.column) else "path",
            )
            for name in sorted(names)
        )
        for table, names in found.items()
    }


def _node(node: LineageNode, lineage: Lineage, card: Card | None, slots: tuple[Slot, ...]) -> Node:
    domain, *layers, name = node.address.split(".")
    emphasis: Emphasis = ""
    if node.address == lineage.address:
        emphasis = "start"
    elif lineage.column:
        emphasis = "path" if slots else "dim"
    below = _IS[node.kind]
    if card is not None:
        below = "never published" if card.table_version is None else amount(card.rows or 0, "row")
    return Node(
        id=node.address,
        label=name,
        above=" · ".join([domain, *layers]),
        below=below,
        href=f"/ports/{segment(node.address)}" if node.kind == "port" else "",
        kind=f"{node.kind} {card.domain_kind if card else ''}".strip(),
        emphasis=emphasis,
        summary=f"{node.address}: {_IS[node.kind]}" + (f", {below}" if card else ""),
        slots=slots,
    )


def _edge(edge: TableEdge, cards: Mapping[str, Card], emphasis: Emphasis) -> Edge:
    reader = cards.get(edge.downstream)
    declared = reader is not None and reader.table_version is None
    how = "is declared to read" if declared else "read"
    version = "" if edge.version is None else f" version {edge.version} of"
    return Edge(
        source=edge.upstream,
        target=edge.downstream,
        label="" if edge.version is None or emphasis == "dim" else f"v{edge.version}",
        summary=f"{edge.downstream} {how}{version} {edge.upstream}",
        emphasis=emphasis,
        kind="declared" if declared else "",
    )
