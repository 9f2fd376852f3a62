"""The tables that a Python step reads, made up: ports from their contracts, internal assets by their own steps."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import msgspec

from mesh_core.contracts.graph import Input, InternalInput, Node, PortInput, inputs_of, statement_of
from mesh_core.contracts.tree import Internal
from mesh_core.errors import MeshError, Severity
from mesh_core.generation import Directory, GeneratedTable, generate, generate_plain
from mesh_core.publishing.transformation.transform import run_function
from mesh_core.quality import checks_for
from mesh_core.storage import describe, qualified, quoted

if TYPE_CHECKING:
    import duckdb

    from mesh_core.contracts import Contract
    from mesh_core.contracts.tree import DomainTree, Mesh
    from mesh_core.governance import Charter
    from mesh_core.model import Address

USUAL_ROWS = 100


class DataSet(msgspec.Struct, frozen=True, kw_only=True):
    """One way in which inputs that keep their contracts can look."""

    name: str
    rows: int
    nulls: float = 0.1
    severity: Severity = "error"
    """Of faults that only this one shows: a port without rows is allowed and rare, so that one is a warning."""

    @property
    def is_small(self) -> bool:
        """Whether contracts may refuse so few rows."""
        return self.rows <= 1


class World:
    """An engine with the inputs of the domain's steps, made on demand for one data set."""

    def __init__(
        self,
        tree: DomainTree,
        mesh: Mesh,
        charter: Charter,
        data: DataSet,
        connection: duckdb.DuckDBPyConnection,
    ) -> None:
        self._tree, self._mesh, self._charter, self._data = tree, mesh, charter, data
        self._connection = connection
        self._made: dict[str, bool] = {}
        self.is_as_named = False
        """Whether any input really has the data set's number of rows."""
        self.unsolved: list[str] = []
        """Authored rules of the inputs that the rows may break."""
        self.guessed: list[str] = []
        """Internal assets whose rows come from types alone, or from steps that read such rows."""

    def provide(self, node: Node) -> Mapping[str, str] | None:
        """The tables that the node reads, by parameter; None if one can't be made, which is reported elsewhere."""
        inputs = inputs_of(node, self._tree)
        ports = [given for given in inputs if isinstance(given, PortInput)]
        if not self._make_ports(ports):
            return None
        if not all(self._make_internal(given) for given in inputs if isinstance(given, InternalInput)):
            return None
        return {given.name: given.view for given in inputs}

    def _make_ports(self, inputs: Sequence[PortInput]) -> bool:
        found = ports_of(inputs, self._mesh)
        if found is None:
            return False
        contracts = tuple(found.values())
        tables = self._generated(contracts) if contracts else {}
        for view, contract in found.items():
            table = tables[contract.address]
            self._create(view, table.relation)
            self.unsolved += [f"{contract.address.sql}: {name}" for name in table.unsolved]
        return True

    def _generated(self, contracts: tuple[Contract, ...]) -> Mapping[Address, GeneratedTable]:
        known = [port.contract for port in self._mesh.ports.values()]
        directory = Directory((*known, *contracts), self._charter)
        wanted = directory.with_targets(contracts)
        rows = self._sizes(wanted, directory)
        self.is_as_named |= any(rows[contract.address] == self._data.rows for contract in contracts)
        return generate(wanted, self._charter, rows=rows, nulls=self._data.nulls)

    def _sizes(self, contracts: Sequence[Contract], directory: Directory) -> dict[Address, int]:
        """The data set's number of rows where the contract's own rules allow so few, and keys have their targets."""
        rows = {c.address: self._data.rows if _allows(c, self._data.rows) else USUAL_ROWS for c in contracts}
        edges = [(c.address, ref.to) for c in contracts for ref in directory.references(c) if ref.resolves]
        for _ in contracts:
            rows |= {to: max(rows[to], rows[address]) for address, to in edges}
        return rows

    def _make_internal(self, given: Input) -> bool:
        """Run the step that makes it over its own inputs; rows of the right types where that yields none."""
        step = self._tree.internal(given.view.partition(".")[0], given.view.partition(".")[2])
        if step is None:
            return False
        if step.sql not in self._made:
            self._made[step.sql] = False  # a step that reads itself never ends
            self._made[step.sql] = self._made_by(step)
        return self._made[step.sql]

    def _made_by(self, step: Internal) -> bool:
        if step.source is not None:
            landed = {"_source_file": "VARCHAR"} if step.source.landing else {}
            self._guess(step, {**step.source.columns, **landed})
            return True
        try:
            tables = self.provide(step)
        except MeshError:
            return False
        if tables is None:
            return False
        return self._run(step, tables)

    def _run(self, step: Internal, tables: Mapping[str, str]) -> bool:
        import duckdb

        try:
            sql = statement_of(step) if step.engine == "sql" else run_function(step.path, tables, self._connection)
            columns = describe(self._connection, sql)
        except (MeshError, duckdb.Error):
            return False
        try:
            self._create(step.sql, sql)
        except duckdb.Error:
            self._guess(step, columns)  # its text does not hold for every row of a source, and need not
            return True
        if self._data.rows and self._is_empty(step.sql):
            self._guess(step, columns)
        elif set(tables.values()) & set(self.guessed):
            self.guessed.append(step.sql)
        return True

    def _guess(self, step: Internal, columns: Mapping[str, str]) -> None:
        table = generate_plain(step.sql, columns, rows=self._data.rows, nulls=self._data.nulls)
        self._create(step.sql, table.relation)
        self.guessed.append(step.sql)
        self.is_as_named = True

    def _create(self, name: str, sql: str) -> None:
        self._connection.execute(f"CREATE SCHEMA IF NOT EXISTS {quoted(name.partition('.')[0])}")
        self._connection.execute(f"CREATE OR REPLACE TABLE {qualified(name)} AS {sql}")

    def _is_empty(self, name: str) -> bool:
        return not self._connection.execute(f"SELECT 1 FROM {qualified(name)} LIMIT 1").fetchall()


def ports_of(inputs: Iterable[PortInput], mesh: Mesh) -> dict[str, Contract] | None:
    """The contract behind each view; None if one can't be known, because its domain is broken or has no such port."""
    found: dict[str, Any] = {given.view: mesh.resolve(given.contract_id, given.version) for given in inputs}
    if any(port is None for port in found.values()):
        return None
    return {view: port.contract for view, port in found.items()}


def _allows(contract: Contract, rows: int) -> bool:
    """Whether a port of so few rows could be published: a blocking rule on their number may refuse none or one.

    Larger minima are those of real data and are left out of account.
    """
    if rows > 1:
        return True
    try:
        checks = checks_for(contract)
    except MeshError:
        return True  # reported where the contract is
    counts = (check for check in checks if check.expectation == "expect_table_row_count_to_be_between")
    return all(check.comparison is None or check.comparison.holds(rows) for check in counts if check.blocking)
