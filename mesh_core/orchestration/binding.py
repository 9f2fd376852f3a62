"""Contracts as types: every SQL transformation bound over empty tables of its inputs, before any data moves."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from mesh_core.contracts.graph import Input, Node, PortInput, inputs_of, product_of, statement_of
from mesh_core.contracts.references import line_of_table
from mesh_core.contracts.tree import DomainTree, Internal, Mesh, Port
from mesh_core.errors import DescriptorError, MeshError, TransformationError
from mesh_core.orchestration.dbt import dbt_ports, project_state
from mesh_core.orchestration.transform import conform, transformation_error
from mesh_core.quality import bind, checks_for
from mesh_core.settings import Settings
from mesh_core.storage import describe, qualified, quoted

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    import duckdb


def bind_domain(tree: DomainTree, mesh: Mesh, settings: Settings, *, rules: bool = False) -> list[MeshError]:
    """What is wrong between the domain's contracts and its transformations; nothing is executed.

    ``rules`` prepares every quality rule as well, which `mesh check` can afford and a load cannot. Python steps
    are not bound: what they make is compared at publication, before any write.
    """
    import duckdb

    findings: list[MeshError] = []
    nodes: list[Node] = [*tree.internals, *tree.ports]
    with duckdb.connect() as connection:
        binder = _Binder(tree, mesh, settings, connection)
        for node in nodes:
            try:
                binder.bind(node)
                if rules and isinstance(node, Port):
                    binder.bind_rules(node)
            except MeshError as error:
                findings.append(error)
    return findings


class _Binder:
    """One engine for a domain, in which every input is an empty table.

    Undeclared tables are refused by ``inputs_of`` before a statement gets here, so that nodes may share it.
    """

    def __init__(self, tree: DomainTree, mesh: Mesh, settings: Settings, connection: duckdb.DuckDBPyConnection) -> None:
        self._tree, self._mesh, self._settings, self._connection = tree, mesh, settings, connection
        self._described: dict[tuple[str, ...], Mapping[str, str] | None] = {}

    def bind(self, node: Node) -> None:
        """Compare the node's statement with its inputs and, for a port, with its contract."""
        import duckdb

        if isinstance(node, Port):
            checks_for(node.contract)
            node.contract.server(self._settings.environment)
        inputs = inputs_of(node, self._tree)
        for given in inputs:
            self._check_known(given, node)
        if isinstance(node, Port) and node.engine == "dbt":
            self._bind_dbt(node, inputs)
        if node.engine != "sql" or not self._made(inputs, self._connection):
            return
        if isinstance(node, Port):
            conform(statement_of(node), node.contract, self._connection, path=node.path, spare=node.spare)
            return
        try:
            describe(self._connection, statement_of(node))
        except duckdb.Error as error:
            raise transformation_error(error, node.path, statement_of(node)) from error

    def bind_rules(self, port: Port) -> None:
        """Prepare the contract's rules over an empty table of its columns, beside empty inputs."""
        if self._made(inputs_of(port, self._tree), self._connection):
            typed = ", ".join(f"{quoted(column.name)} {column.physical_type}" for column in port.contract.columns)
            self._connection.execute(f"CREATE OR REPLACE TABLE _staged ({typed})")
            bind(checks_for(port.contract), self._connection, "_staged")

    def _bind_dbt(self, port: Port, inputs: Sequence[Input]) -> None:
        """In an engine of its own: a dbt model may name any table, and only the declared ones must be there.

        dbt compiled the models against a database called ``memory``, which is how DuckDB names this one.
        """
        import duckdb

        project = self._tree.dbt_project
        if project is None:
            return
        state = project_state(project, dbt_ports(self._tree), self._settings)
        model = state.model(port.path.stem)
        if model is None:
            message = f"the dbt project has no model '{port.path.stem}'"
            raise TransformationError(message, path=port.path)
        with duckdb.connect() as connection:
            if not self._made(inputs, connection):
                return
            for other in state.before(model):
                try:
                    connection.execute(f"CREATE VIEW {other.relation} AS {other.compiled}")
                except duckdb.Error as error:
                    raise transformation_error(error, project / other.path, other.compiled) from error
            conform(model.compiled, port.contract, connection, path=port.path, spare=port.spare)

    def _check_known(self, given: Input, node: Node) -> None:
        """A declared input must exist in the version asked for, unless its domain cannot be read just now."""
        mesh = self._mesh
        if not isinstance(given, PortInput) or given.address.domain in mesh.broken:
            return
        if mesh.resolve(given.contract_id, given.version) is None:
            known = [p.contract.version for p in mesh.ports.values() if p.contract.id == given.contract_id]
            found = f"its versions are {', '.join(known)}" if known else "no contract has that id"
            product = product_of(node, self._tree)
            need = next(need for need in product.inputs if need.contract_id == given.contract_id)
            message = f"input port '{need.name}' wants {given.contract_id} {given.version}: {found}"
            raise product.document.error(message, need.at, remedy="Mend contractId or version under `inputPorts`.")

    def _made(self, inputs: Sequence[Input], connection: duckdb.DuckDBPyConnection) -> bool:
        """Make every input an empty table; False if the columns of one are known only by running it."""
        for given in inputs:
            columns, described_in = self._columns(given)
            if columns is None:
                return False
            _empty_table(connection, given.view, columns, described_in)
        return True

    def _columns(self, given: Input) -> tuple[Mapping[str, str] | None, Path | None]:
        """Column types of an input as promised, declared or derived, and the file that says so."""
        if isinstance(given, PortInput):
            port = self._mesh.resolve(given.contract_id, given.version)
            if port is None:
                return None, None
            return {c.name: c.physical_type for c in port.contract.columns}, port.contract.path
        step = self._tree.internal(given.layer, given.table)
        if step is None:
            return None, None
        if step.source is not None:
            landed = {"_source_file": "VARCHAR"} if step.source.landing else {}
            return {**step.source.columns, **landed}, step.path
        return (self._derived(step) if step.engine == "sql" else None), step.path

    def _derived(self, step: Internal) -> Mapping[str, str] | None:
        """What an SQL step makes; None if it cannot be told, which is reported where the step itself is bound."""
        import duckdb

        if step.key not in self._described:
            self._described[step.key] = None
            if self._made(inputs_of(step, self._tree), self._connection):
                with contextlib.suppress(duckdb.Error):
                    self._described[step.key] = describe(self._connection, statement_of(step))
        return self._described[step.key]


def _empty_table(
    connection: duckdb.DuckDBPyConnection, name: str, columns: Mapping[str, str], described_in: Path | None
) -> None:
    import duckdb

    typed = ", ".join(f"{quoted(column)} {kind}" for column, kind in columns.items())
    connection.execute(f"CREATE SCHEMA IF NOT EXISTS {quoted(name.partition('.')[0])}")
    try:
        connection.execute(f"CREATE TABLE IF NOT EXISTS {qualified(name)} ({typed})")
    except duckdb.Error as error:
        message = f"columns of {name}: {str(error).splitlines()[0]}"
        kind = str(error).partition("name ")[2].partition(" ")[0]
        line = line_of_table(described_in.read_text(), kind) if described_in and kind else None
        raise DescriptorError(message, path=described_in, line=line, remedy="Name a type that DuckDB has.") from error
