"""Contracts as types: every SQL transformation bound over empty tables of its inputs, before any data moves."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import TYPE_CHECKING

import msgspec

from mesh_core.contracts.graph import Input, Node, PortInput, inputs_of, key_of, product_of, statement_of
from mesh_core.contracts.lifecycle import successor
from mesh_core.contracts.odps import InputPort, Product
from mesh_core.contracts.ranges import range_of
from mesh_core.contracts.syntax import column_lines
from mesh_core.contracts.tree import DomainTree, Internal, Mesh, Port
from mesh_core.contracts.variables import PARTITIONS
from mesh_core.errors import MeshError, TransformationError, flattened
from mesh_core.publishing.transformation.dbt import DbtModel, dbt_ports, project_state
from mesh_core.publishing.transformation.differences import differences, mismatches
from mesh_core.publishing.transformation.empty_tables import EmptyTables
from mesh_core.publishing.transformation.rules import as_rule_findings, rule_findings
from mesh_core.publishing.transformation.transform import transformation_error
from mesh_core.quality import checks_for
from mesh_core.settings import Settings
from mesh_core.storage import describe, qualified

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from pathlib import Path

    import duckdb

    from mesh_core.quality import CheckSpec

Key = tuple[str, ...]


def bind_domain(tree: DomainTree, mesh: Mesh, settings: Settings, *, rules: bool = False) -> list[MeshError]:
    """What is wrong between the domain's contracts and its transformations; nothing is executed.

    ``rules`` prepares every quality rule as well, which `mesh check` can afford and a load cannot. Python steps
    are not bound: what they make is compared at publication, before any write.
    """
    with Binder(mesh, settings, rules=rules) as binder:
        return binder.bind(tree)


class Bound(msgspec.Struct, frozen=True, kw_only=True):
    """A statement that binds: what is known of it is sound enough to reason about."""

    node: Node
    tree: DomainTree
    inputs: tuple[Input, ...]
    sql: str
    models: tuple[DbtModel, ...] = ()
    """The dbt models that it reads, each after those that it reads itself."""
    is_verbatim: bool = True
    """Whether lines of ``sql`` are lines of the node's file."""


class Binder:
    """One engine for any number of domains, in which every input is an empty table.

    Undeclared tables are refused by ``inputs_of`` before a statement gets here, so that nodes may share it.
    """

    def __init__(self, mesh: Mesh, settings: Settings, *, rules: bool = False) -> None:
        import duckdb

        self._mesh, self._settings, self._rules = mesh, settings, rules
        # More threads cost time: no statement here has a row to read.
        self._connection = duckdb.connect(config={"threads": 1})
        self._connection.execute(f"SET VARIABLE {PARTITIONS} = NULL::DATE[]")
        self._tables = EmptyTables(self._connection)
        self._bound_rules: set[str] = set()
        self._steps: dict[Key, Mapping[str, str] | None] = {}
        self.inputs: dict[Key, tuple[Input, ...]] = {}
        """What each node reads, of those where that can be told."""
        self.bound: list[Bound] = []

    def __enter__(self) -> Binder:
        return self

    def __exit__(self, *_: object) -> None:
        self._connection.close()

    def bind(self, tree: DomainTree, products: Collection[str] | None = None) -> list[MeshError]:
        """Every finding of the domain, or of some of its products (ids), each difference by itself."""
        self._tables.leave_domain()
        nodes: list[Node] = [*tree.internals, *tree.ports]
        if products is not None:
            nodes = [node for node in nodes if product_of(node, tree).id in products]
        found = [error for node in nodes for error in self._findings(node, tree)]
        return found + self._unread(tree, products) if self._rules else found

    def _unread(self, tree: DomainTree, products: Collection[str] | None) -> list[MeshError]:
        """Input ports that are declared and lead nowhere, though nothing reads them: no reason to fail a load."""
        live = {port.product.id for port in tree.ports if not port.retired}
        chosen = [each for each in tree.products if each.id in live and (products is None or each.id in products)]
        found = [
            self._unknown(need, product)
            for product in chosen
            for need in product.inputs
            if len(range_of(need.version).majors) == 1  # else the range itself is a finding of whoever reads
        ]
        return [error for error in found if error is not None]

    def _findings(self, node: Node, tree: DomainTree) -> Iterator[MeshError]:
        checks: tuple[CheckSpec, ...] = ()
        if isinstance(node, Port) and node.retired:
            self.inputs[key_of(node)] = ()
            return  # nothing makes it any more
        if isinstance(node, Port):
            yield from self._endpoint(node)
            try:
                checks = checks_for(node.contract)
            except MeshError as error:
                yield from as_rule_findings([error])
        try:
            inputs = self.inputs[key_of(node)] = inputs_of(node, tree)
        except MeshError as error:
            yield from flattened([error])
            inputs = ()
        else:
            product = product_of(node, tree)
            unknown = [found for need in _needs(inputs, product) if (found := self._unknown(need, product))]
            yield from unknown
            if not unknown:
                yield from self._caught(self._statement(node, inputs, tree))
        if isinstance(node, Port) and self._rules and checks:
            yield from self._caught(self._of_rules(node, checks, tree))

    @staticmethod
    def _caught(findings: Iterator[MeshError]) -> Iterator[MeshError]:
        try:
            yield from findings
        except MeshError as error:
            yield from flattened([error])

    def _endpoint(self, port: Port) -> Iterator[MeshError]:
        try:
            port.contract.server(self._settings.environment)
        except MeshError as error:
            error.code = "server-missing"
            yield error

    def _unknown(self, need: InputPort, product: Product) -> MeshError | None:
        """A declared input must exist in the version asked for, unless its domain cannot be read just now."""
        mesh = self._mesh
        if need.contract_id.rpartition(".")[0] in mesh.broken:
            return None
        port = mesh.resolve(need.contract_id, need.version)
        if port is not None:
            return self._retired(port, need, product)
        known = [port.contract.version for port in mesh.versions(need.contract_id)]
        found = f"its versions are {', '.join(known)}" if known else "no contract has that id"
        message = f"input port '{need.name}' wants {need.contract_id} {need.version}: {found}"
        remedy = "Mend contractId or version under `inputPorts`."
        return product.document.error(message, need.at, remedy=remedy, code="input-unknown")

    def _retired(self, port: Port, need: InputPort, product: Product) -> MeshError | None:
        """A finding of `mesh check` alone: at a load it would take down ports that read something else."""
        if not self._rules or port.contract.status != "retired":
            return None
        following = successor(port.contract, [other.contract for other in self._mesh.versions(need.contract_id)])
        message = f"input port '{need.name}' wants {need.contract_id} {need.version}, which is retired"
        remedy = f"Read its successor {following}." if following else "Nothing took its place: drop the input port."
        return product.document.error(message, need.at, remedy=remedy, code="contract-retired")

    def _statement(self, node: Node, inputs: tuple[Input, ...], tree: DomainTree) -> Iterator[MeshError]:
        """The node's statement against its inputs and, for a port, its contract."""
        if isinstance(node, Port) and node.engine == "dbt":
            yield from self._dbt(node, inputs, tree)
        if node.engine != "sql" or not self._made(inputs, tree, self._tables):
            return
        sql = statement_of(node)
        made = _described(self._connection, sql, node.path)
        bound = Bound(node=node, tree=tree, inputs=inputs, sql=sql)
        self.bound.append(bound)
        if isinstance(node, Port):
            yield from _compared(made, bound, node)
        else:
            self._steps[node.key] = made

    def _dbt(self, port: Port, inputs: tuple[Input, ...], tree: DomainTree) -> Iterator[MeshError]:
        """In an engine of its own: a dbt model may name any table, and only the declared ones must be there.

        dbt compiled the models against a database called ``memory``, which is how DuckDB names this one.
        """
        import duckdb

        project = tree.dbt_project
        if project is None:
            return
        try:
            state = project_state(project, dbt_ports(tree), self._settings)
        except TransformationError as error:
            error.code = "dbt-invalid"
            raise
        model = state.model(port.path.stem)
        if model is None:
            message = f"the dbt project has no model '{port.path.stem}'"
            raise TransformationError(message, path=port.path, code="dbt-invalid")
        with duckdb.connect() as connection:
            if not self._made(inputs, tree, EmptyTables(connection)):
                return
            before = tuple(state.before(model))
            for other in before:
                _create_view(connection, other, project / other.path)
            made = _described(connection, model.compiled, port.path)
        verbatim = model.compiled.count("\n") == port.path.read_text().rstrip("\n").count("\n")
        bound = Bound(node=port, tree=tree, inputs=inputs, sql=model.compiled, models=before, is_verbatim=verbatim)
        self.bound.append(bound)
        yield from _compared(made, bound, port)

    def _of_rules(self, port: Port, checks: Sequence[CheckSpec], tree: DomainTree) -> Iterator[MeshError]:
        """The contract's rules over an empty table of its columns, beside empty inputs."""
        inputs = self.inputs.get(key_of(port), ())
        if self._made(inputs, tree, self._tables):
            columns = {column.name: column.physical_type for column in port.contract.columns}
            own = port.address.sql
            self._tables.make(own, columns, port.contract.path)
            read = {given.view for given in inputs}
            yield from rule_findings(checks, self._connection, qualified(own), read, self._bound_rules)

    def _made(self, inputs: Sequence[Input], tree: DomainTree, tables: EmptyTables) -> bool:
        """Make every input an empty table; False if the columns of one are known only by running it."""
        for given in inputs:
            columns, described_in = self._columns(given, tree)
            if columns is None:
                return False
            tables.make(given.view, columns, described_in)
        return True

    def _columns(self, given: Input, tree: DomainTree) -> tuple[Mapping[str, str] | None, Path | None]:
        """Column types of an input as promised, declared or derived, and the file that says so."""
        if isinstance(given, PortInput):
            port = self._mesh.resolve(given.contract_id, given.version)
            if port is None:
                return None, None
            return {c.name: c.physical_type for c in port.contract.columns}, port.contract.path
        step = tree.internal(given.layer, given.table)
        if step is None:
            return None, None
        if step.source is not None:
            landed = {"_source_file": "VARCHAR"} if step.source.landing else {}
            return {**step.source.columns, **landed}, step.path
        return (self._derived(step, tree) if step.engine == "sql" else None), step.path

    def _derived(self, step: Internal, tree: DomainTree) -> Mapping[str, str] | None:
        """What an SQL step makes; None if it cannot be told, which is reported where the step itself is bound."""
        if step.key not in self._steps:
            self._steps[step.key] = None
            with contextlib.suppress(MeshError):
                if self._made(inputs_of(step, tree), tree, self._tables):
                    self._steps[step.key] = _described(self._connection, statement_of(step), step.path)
        return self._steps[step.key]


def _needs(inputs: Sequence[Input], product: Product) -> list[InputPort]:
    """The declarations of those inputs that are ports."""
    read = {(given.contract_id, given.version) for given in inputs if isinstance(given, PortInput)}
    return [need for need in product.inputs if (need.contract_id, need.version) in read]


def _described(connection: duckdb.DuckDBPyConnection, sql: str, path: Path) -> dict[str, str]:
    """Names and types of the columns that ``sql`` makes; TransformationError if it doesn't bind."""
    import duckdb

    try:
        return describe(connection, sql)
    except duckdb.Error as error:
        raise _invalid(error, path, sql) from error


def _create_view(connection: duckdb.DuckDBPyConnection, model: DbtModel, path: Path) -> None:
    import duckdb

    try:
        connection.execute(f"CREATE VIEW {model.relation} AS {model.compiled}")
    except duckdb.Error as error:
        raise _invalid(error, path, model.compiled) from error


def _invalid(error: Exception, path: Path, sql: str) -> MeshError:
    found = transformation_error(error, path, sql)
    found.code = "sql-invalid"
    return found


def _compared(made: Mapping[str, str], bound: Bound, port: Port) -> list[MeshError]:
    found = differences(made, port.contract, port.spare)
    if not found:
        return []
    lines = column_lines(port.path, bound.sql) if bound.is_verbatim else {}
    return mismatches(found, port.contract, port.path, lines)
