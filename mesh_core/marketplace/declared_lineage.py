"""Lineage of ports that were never published: what their products declare to read."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from mesh_core.catalog.records import LineageGraph, LineageNode, TableEdge

if TYPE_CHECKING:
    from mesh_core.catalog import Card


def declared_lineage(address: str, cards: Mapping[str, Card], *, down: bool, depth: int | None) -> LineageGraph:
    """The declared graph from ``address`` on, by ports alone; columns are known once it is published."""
    readers: dict[str, set[str]] = {}
    for card in cards.values():
        for given in card.inputs:
            readers.setdefault(given, set()).add(card.address)
    edges: set[TableEdge] = set()
    near, seen = {address}, {address}
    while near and (depth is None or depth > 0):
        step: set[TableEdge] = set()
        for name in near:
            if down:
                step |= {TableEdge(name, other) for other in readers.get(name, ())}
            elif name in cards:
                step |= {TableEdge(other, name) for other in cards[name].inputs}
        edges |= step
        near = {edge.downstream if down else edge.upstream for edge in step} - seen
        seen |= near
        depth = None if depth is None else depth - 1
    return LineageGraph(
        address=address,
        nodes=tuple(LineageNode(name, "port" if name in cards else "unregistered") for name in sorted(seen)),
        edges=tuple(sorted(edges, key=lambda edge: (edge.upstream, edge.downstream))),
        columns=(),
    )
