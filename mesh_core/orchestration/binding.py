"""Contracts as types: every SQL transformation bound over empty tables of its inputs, before any data moves."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mesh_core.contracts.graph import Input, Node, PortInput, inputs_of, product_of
from mesh_core.contracts.references import line_of_table
from mesh_core.contracts.tree import DomainTree, Internal, Mesh, Port
from mesh_core.errors import DescriptorError, MeshError, TransformationError
from mesh_core.orchestration.dbt import dbt_ports, project_state
from mesh_core.orchestration.transform import conform, transformation_error
from mesh_core.quality import bind, checks_for
from mesh_core.settings import Settings
from mesh_core.storage import describe, qualified, quoted

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    import duckdb


def bind_domain(tree: DomainTree, mesh: Mesh, settings: Settings, *, rules: bool = False) -> list[MeshError]:
    """What is wrong between the domain's contracts and its transformations; nothing is executed.

    ``rules`` prepares every quality rule as well, which `mesh check` can afford and a load cannot. Python steps
    are not bound: what they make is compared at publication, before any write.
    """
    findings: list[MeshError] = []
    nodes: list[Node] = [*tree.internals, *tree.ports]
    for node in nodes:
        try:
            if isinstance(node, Port):
                checks_for(node.contract)
                node.contract.server(settings.environment)
            _bind(node, tree, mesh, settings)
            if rules and isinstance(node, Port):
                _bind_rules(node, tree, mesh)
        except MeshError as error:
            findings.append(error)
    return findings


def _bind(node: Node, tree: DomainTree, mesh: Mesh, settings: Settings) -> None:
    import duckdb

    inputs = inputs_of(node, tree)
    for given in inputs:
        _check_known(given, node, tree, mesh)
    if node.engine not in {"sql", "dbt"}:
        return
    with duckdb.connect() as connection:
        for given in inputs:
            columns = _columns_of(given, tree, mesh)
            if columns is None:
                return
            _empty_table(connection, given.view, columns, _described_in(given, tree, mesh))
        sql = _dbt_sql(node, tree, connection, settings) if node.engine == "dbt" else _text(node)
        if isinstance(node, Port):
            conform(sql, node.contract, connection, path=node.path)
            return
        try:
            describe(connection, sql)
        except duckdb.Error as error:
            raise transformation_error(error, node.path, sql) from error


def _bind_rules(port: Port, tree: DomainTree, mesh: Mesh) -> None:
    """Prepare the contract's rules over an empty table of its columns, beside empty inputs."""
    import duckdb

    with duckdb.connect() as connection:
        for given in inputs_of(port, tree):
            columns = _columns_of(given, tree, mesh)
            if columns is None:
                return
            _empty_table(connection, given.view, columns)
        typed = ", ".join(f"{quoted(column.name)} {column.physical_type}" for column in port.contract.columns)
        connection.execute(f"CREATE TABLE _staged ({typed})")
        bind(checks_for(port.contract), connection, "_staged")


def _text(node: Node) -> str:
    return node.path.read_text().rstrip().rstrip(";")


def _dbt_sql(node: Node, tree: DomainTree, connection: duckdb.DuckDBPyConnection, settings: Settings) -> str:
    """The model's compiled SQL, after the models that it refers to are views on ``connection``.

    dbt compiled them against a database called ``memory``, which is how DuckDB names this one.
    """
    import duckdb

    if tree.dbt_project is None:
        return _text(node)
    state = project_state(tree.dbt_project, dbt_ports(tree), settings)
    model = state.model(node.path.stem)
    if model is None:
        message = f"the dbt project has no model '{node.path.stem}'"
        raise TransformationError(message, path=node.path)
    for other in state.before(model):
        try:
            connection.execute(f"CREATE VIEW {other.relation} AS {other.compiled}")
        except duckdb.Error as error:
            raise transformation_error(error, tree.dbt_project / other.path, other.compiled) from error
    return model.compiled


def _check_known(given: Input, node: Node, tree: DomainTree, mesh: Mesh) -> None:
    """A declared input must exist in the version asked for, unless its domain cannot be read just now."""
    if not isinstance(given, PortInput) or given.address.domain in mesh.broken:
        return
    if mesh.resolve(given.contract_id, given.version) is None:
        known = [p.contract.version for p in mesh.ports.values() if p.contract.id == given.contract_id]
        found = f"its versions are {', '.join(known)}" if known else "no contract has that id"
        product = product_of(node, tree)
        need = next(need for need in product.inputs if need.contract_id == given.contract_id)
        message = f"input port '{need.name}' wants {given.contract_id} {given.version}: {found}"
        raise product.document.error(message, need.at, remedy="Mend contractId or version under `inputPorts`.")


def _columns_of(given: Input, tree: DomainTree, mesh: Mesh) -> Mapping[str, str] | None:
    """Column types of an input as promised or declared; None where they are known only by running."""
    if isinstance(given, PortInput):
        port = mesh.resolve(given.contract_id, given.version)
        return {c.name: c.physical_type for c in port.contract.columns} if port else None
    step = tree.internal(given.layer, given.table)
    if step is None:
        return None
    if step.source is not None:
        landed = {"_source_file": "VARCHAR"} if step.source.landing else {}
        return {**step.source.columns, **landed}
    return _described(step, tree, mesh) if step.engine == "sql" else None


def _described(step: Internal, tree: DomainTree, mesh: Mesh) -> Mapping[str, str] | None:
    import duckdb

    with duckdb.connect() as connection:
        for given in inputs_of(step, tree):
            columns = _columns_of(given, tree, mesh)
            if columns is None:
                return None
            _empty_table(connection, given.view, columns, _described_in(given, tree, mesh))
        try:
            return describe(connection, _text(step))
        except duckdb.Error:
            return None  # reported where the step itself is bound


def _described_in(given: Input, tree: DomainTree, mesh: Mesh) -> Path | None:
    """The file that says the columns of an input."""
    if isinstance(given, PortInput):
        port = mesh.resolve(given.contract_id, given.version)
        return port.contract.path if port else None
    step = tree.internal(given.layer, given.table)
    return step.path if step else None


def _empty_table(
    connection: duckdb.DuckDBPyConnection, name: str, columns: Mapping[str, str], described_in: Path | None = None
) -> None:
    import duckdb

    typed = ", ".join(f"{quoted(column)} {kind}" for column, kind in columns.items())
    connection.execute(f"CREATE SCHEMA IF NOT EXISTS {quoted(name.partition('.')[0])}")
    try:
        connection.execute(f"CREATE TABLE {qualified(name)} ({typed})")
    except duckdb.Error as error:
        message = f"columns of {name}: {str(error).splitlines()[0]}"
        kind = str(error).partition("name ")[2].partition(" ")[0]
        line = line_of_table(described_in.read_text(), kind) if described_in and kind else None
        raise DescriptorError(message, path=described_in, line=line, remedy="Name a type that DuckDB has.") from error
