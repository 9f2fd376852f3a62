"""The lineage graph: from a port or internal asset up to its origins, or down to its consumers."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from sqlalchemy import ColumnElement, Connection, or_, select

from mesh_core.catalog import schema
from mesh_core.catalog.records import ColumnEdge, LineageGraph, LineageNode, TableEdge

_CHUNK = 500
"""Names in one IN list: below every database's limit of bound parameters."""

Column = tuple[str, str]


def walk(connection: Connection, address: str, *, down: bool, column: str | None, depth: int | None) -> LineageGraph:
    """All that ``address`` (or one column of it) is made from, or with ``down`` what is made from it."""
    if column is None:
        tables = _spread({address}, lambda near: _table_edges(connection, near, down=down), down, depth)
        reached = {address} | {name for edge in tables for name in (edge.upstream, edge.downstream)}
        columns = {
            edge
            for edge in _column_edges(connection, reached, down=down)
            if edge.upstream in reached and edge.downstream in reached
        }
        return _graph(connection, address, tables, columns)
    traced = _trace(connection, (address, column), down=down, depth=depth)
    reached = {address} | {name for edge in traced for name in (edge.upstream, edge.downstream)}
    along = {(edge.upstream, edge.downstream) for edge in traced}
    tables = {
        edge for edge in _table_edges(connection, reached, down=down) if (edge.upstream, edge.downstream) in along
    }
    return _graph(connection, address, tables, traced)


def _spread(
    start: set[str], edges_at: Callable[[set[str]], set[TableEdge]], down: bool, depth: int | None
) -> set[TableEdge]:
    found: set[TableEdge] = set()
    seen, near = set(start), start
    while near and (depth is None or depth > 0):
        edges = edges_at(near)
        found |= edges
        near = {edge.downstream if down else edge.upstream for edge in edges} - seen
        seen |= near
        depth = None if depth is None else depth - 1
    return found


def _trace(connection: Connection, start: Column, *, down: bool, depth: int | None) -> set[ColumnEdge]:
    found: set[ColumnEdge] = set()
    seen, near = {start}, {start}
    while near and (depth is None or depth > 0):
        edges = {
            edge
            for edge in _column_edges(connection, {table for table, _ in near}, down=down)
            if (_upstream(edge) if down else _downstream(edge)) in near
        }
        found |= edges
        near = {_downstream(edge) if down else _upstream(edge) for edge in edges} - seen
        seen |= near
        depth = None if depth is None else depth - 1
    return found


def _upstream(edge: ColumnEdge) -> Column:
    return edge.upstream, edge.upstream_column


def _downstream(edge: ColumnEdge) -> Column:
    return edge.downstream, edge.downstream_column


def _table_edges(connection: Connection, near: set[str], *, down: bool) -> set[TableEdge]:
    table = schema.inputs.c
    end = table.upstream if down else table.downstream
    rows = (
        row
        for names in _chunks(near)
        for row in connection.execute(
            select(table.upstream, table.downstream, table.table_version).where(end.in_(names), _current(table.source))
        )
    )
    return {TableEdge(row.upstream, row.downstream, row.table_version) for row in rows}


def _column_edges(connection: Connection, near: set[str], *, down: bool) -> set[ColumnEdge]:
    table = schema.lineage_edges.c
    end = table.upstream if down else table.downstream
    rows = (
        row
        for names in _chunks(near)
        for row in connection.execute(select(schema.lineage_edges).where(end.in_(names), _current(table.source)))
    )
    return {ColumnEdge(row.upstream, row.upstream_column, row.downstream, row.column, row.kind) for row in rows}


def _current(source: ColumnElement[str]) -> ColumnElement[bool]:
    """The edges that hold today: of each port's newest publication, and of internal assets."""
    return or_(source.in_(select(schema.ports.c.latest)), source.in_(select(schema.internals.c.address)))


def _graph(
    connection: Connection, address: str, tables: Iterable[TableEdge], columns: Iterable[ColumnEdge]
) -> LineageGraph:
    names = {address} | {name for edge in tables for name in (edge.upstream, edge.downstream)}
    ports, internals = schema.ports.c.address, schema.internals.c.address
    kinds = dict.fromkeys(names, "unregistered")
    for chunk in _chunks(names):
        kinds |= dict.fromkeys(connection.scalars(select(internals).where(internals.in_(chunk))), "internal")
        kinds |= dict.fromkeys(connection.scalars(select(ports).where(ports.in_(chunk))), "port")
    return LineageGraph(
        address=address,
        nodes=tuple(sorted(LineageNode(name, kind) for name, kind in kinds.items())),
        edges=tuple(sorted(tables, key=lambda edge: (edge.upstream, edge.downstream))),
        columns=tuple(sorted(columns)),
    )


def _chunks(names: Iterable[str]) -> list[list[str]]:
    ordered = sorted(names)
    return [ordered[start : start + _CHUNK] for start in range(0, len(ordered), _CHUNK)]
