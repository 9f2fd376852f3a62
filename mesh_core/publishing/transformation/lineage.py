"""Where each column of a port comes from: parsed out of SQL and dbt, declared for Python, never invented."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import msgspec

from mesh_core.contracts import Contract
from mesh_core.contracts.graph import Node, statement_of
from mesh_core.contracts.tree import DomainTree, Port
from mesh_core.publishing.inputs import PinnedInput
from mesh_core.publishing.transformation.dbt import dbt_ports, project_state
from mesh_core.storage import describe, qualified

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import duckdb

    from mesh_core.publishing.services import Services

LineageKind = Literal["sql", "dbt", "declared", ""]

_DBT_DATABASE = '"memory".'
"""How dbt qualifies every table of a project that is compiled without a database file."""


class Origin(msgspec.Struct, frozen=True, order=True):
    """``column`` is computed from ``input_column`` of ``input`` (``domain.port`` or ``layer.name``)."""

    column: str
    input: str
    input_column: str


class Lineage(msgspec.Struct, frozen=True):
    """All origins of one asset's columns and how they are known; kind '' when they are not."""

    kind: LineageKind
    origins: tuple[Origin, ...] = ()


def lineage_of(
    node: Node,
    tree: DomainTree,
    inputs: tuple[PinnedInput, ...],
    connection: duckdb.DuckDBPyConnection,
    services: Services,
) -> Lineage:
    """The column lineage of ``node`` over its pinned inputs, which are views on ``connection``."""
    tables = {given.name: describe(connection, f"SELECT * FROM {qualified(given.name)}") for given in inputs}
    if node.engine == "sql":
        columns = _columns(node, connection)
        return _parsed("sql", node.path.read_text(), columns, tables)
    if not isinstance(node, Port):
        return Lineage("")
    return _dbt(node, tree, tables, services) if node.engine == "dbt" else _declared(node.contract)


def _columns(node: Node, connection: duckdb.DuckDBPyConnection) -> Sequence[str]:
    if isinstance(node, Port):
        return [column.name for column in node.contract.columns]
    return list(describe(connection, statement_of(node)))


def _parsed(
    kind: LineageKind,
    sql: str,
    columns: Sequence[str],
    tables: Mapping[str, Mapping[str, str]],
    models: Mapping[str, str] | None = None,
) -> Lineage:
    from mesh_core.lineage import column_lineage

    found = column_lineage(sql, columns=columns, tables=tables, models=models or {})
    origins = sorted(Origin(column, origin.table, origin.column) for column, many in found.items() for origin in many)
    return Lineage(kind if origins else "", tuple(origins))


def _dbt(port: Port, tree: DomainTree, tables: Mapping[str, Mapping[str, str]], services: Services) -> Lineage:
    if tree.dbt_project is None:
        return Lineage("")
    state = project_state(tree.dbt_project, dbt_ports(tree), services.settings)
    model = state.model(port.path.stem)
    if model is None:
        return Lineage("")
    models = {_short(m.relation): _short(m.compiled) for m in state.models if m.name != model.name}
    columns = [column.name for column in port.contract.columns]
    return _parsed("dbt", _short(model.compiled), columns, tables, models)


def _short(sql: str) -> str:
    return sql.replace(_DBT_DATABASE, "")


def _declared(contract: Contract) -> Lineage:
    """What the contract's ``transformSourceObjects`` say, each ``table.column``."""
    origins = [
        Origin(column.name, *source.rsplit(".", maxsplit=1))
        for column in contract.columns
        for source in column.transform_sources
        if source.count(".") >= 1
    ]
    return Lineage("declared" if origins else "", tuple(sorted(origins)))
