"""What a port or internal asset is made from and what is made from it: as recorded, else as declared."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

import msgspec

from mesh_core.catalog.records import ColumnEdge, LineageNode, TableEdge
from mesh_core.cli.selection import the_port
from mesh_core.contracts.graph import Node, input_key, inputs_of, key_of
from mesh_core.errors import MeshError
from mesh_core.publishing.planning.plan import place_of

if TYPE_CHECKING:
    from mesh_core.contracts.tree import Mesh
    from mesh_core.publishing.services import Services

_INTERNAL_DOTS = 2


class Ancestry(msgspec.Struct, frozen=True, kw_only=True):
    """Tables and columns before and after ``address``; ``source`` says how they are known."""

    address: str
    source: Literal["catalog", "declared"]
    """``catalog``: what the last publications read; ``declared``: what the tree says, before the first one."""
    nodes: tuple[LineageNode, ...]
    upstream: tuple[TableEdge, ...] = ()
    downstream: tuple[TableEdge, ...] = ()
    upstream_columns: tuple[ColumnEdge, ...] = ()
    downstream_columns: tuple[ColumnEdge, ...] = ()

    def as_dict(self) -> dict[str, Any]:
        """The object that ``--json`` prints: one graph, whose edges point from what is read to what reads it."""
        return {
            "address": self.address,
            "source": self.source,
            "nodes": self.nodes,
            "edges": sorted({*self.upstream, *self.downstream}, key=lambda edge: (edge.upstream, edge.downstream)),
            "columns": sorted({*self.upstream_columns, *self.downstream_columns}),
        }


def ancestry_of(name: str, services: Services, *, up: bool, down: bool) -> Ancestry:
    """The lineage of a port (any spelling of its address) or of an internal asset (``domain.layer.name``)."""
    node = _node(name, services.mesh)
    address = ".".join(key_of(node))
    if services.lake.newest(place_of(node, services)) is None:
        return _declared(address, services.mesh, up=up, down=down)
    before = services.catalog.lineage(address, "upstream") if up else None
    after = services.catalog.lineage(address, "downstream") if down else None
    nodes = {node for graph in (before, after) if graph for node in graph.nodes}
    return Ancestry(
        address=address,
        source="catalog",
        nodes=tuple(sorted(nodes)),
        upstream=before.edges if before else (),
        downstream=after.edges if after else (),
        upstream_columns=before.columns if before else (),
        downstream_columns=after.columns if after else (),
    )


def _node(name: str, mesh: Mesh) -> Node:
    if name.count(".") == _INTERNAL_DOTS:
        for tree in mesh.domains.values():
            for step in tree.internals:
                if ".".join(step.key) == name:
                    return step
    return the_port(name, mesh)


def _declared(address: str, mesh: Mesh, *, up: bool, down: bool) -> Ancestry:
    edges = _declared_edges(mesh)
    before = _reach(address, edges, down=False) if up else ()
    after = _reach(address, edges, down=True) if down else ()
    names = {address} | {name for edge in (*before, *after) for name in (edge.upstream, edge.downstream)}
    kinds = {name: "internal" if name.count(".") == _INTERNAL_DOTS else "port" for name in names}
    nodes = tuple(sorted(LineageNode(name, kind) for name, kind in kinds.items()))
    return Ancestry(address=address, source="declared", nodes=nodes, upstream=before, downstream=after)


def _declared_edges(mesh: Mesh) -> list[TableEdge]:
    """Who reads whom by the tree; what a broken transformation reads is not known."""
    edges = []
    for tree in mesh.domains.values():
        nodes: list[Node] = [*tree.internals, *tree.ports]
        for node in nodes:
            try:
                inputs = inputs_of(node, tree)
            except MeshError:
                continue
            edges += [TableEdge(".".join(input_key(given)), ".".join(key_of(node))) for given in inputs]
    return edges


def _reach(address: str, edges: list[TableEdge], *, down: bool) -> tuple[TableEdge, ...]:
    found: set[TableEdge] = set()
    near, seen = {address}, {address}
    while near:
        step = {edge for edge in edges if (edge.upstream if down else edge.downstream) in near}
        found |= step
        near = {edge.downstream if down else edge.upstream for edge in step} - seen
        seen |= near
    return tuple(sorted(found, key=lambda edge: (edge.upstream, edge.downstream)))
