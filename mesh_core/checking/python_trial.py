"""One Python step tried out: run over made-up inputs that keep their contracts, and audited."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from mesh_core.checking.python_worker import RAISES
from mesh_core.checking.python_world import USUAL_ROWS, DataSet, World
from mesh_core.contracts.graph import Node, key_of
from mesh_core.contracts.references import line_of_table
from mesh_core.contracts.tree import Port
from mesh_core.errors import CheckCouldNotRunError, MeshError, Severity, TransformationError
from mesh_core.generation.rules import counted_condition
from mesh_core.publishing.transformation.differences import differences, mismatches
from mesh_core.publishing.transformation.transform import conform, run_function, transformation_error
from mesh_core.quality import CheckResult, CheckSpec, checks_for, evaluate
from mesh_core.storage import connect, describe

if TYPE_CHECKING:
    import duckdb

    from mesh_core.contracts import Contract
    from mesh_core.contracts.tree import DomainTree, Mesh
    from mesh_core.governance import Charter
    from mesh_core.settings import Settings

RESULT = "python-result"
DATA_SETS = (
    DataSet(name="usual rows", rows=USUAL_ROWS),
    DataSet(name="every nullable column null", rows=20, nulls=1.0),
    DataSet(name="one row each", rows=1),
    DataSet(name="no rows", rows=0, severity="warning"),
)
_RESULT_TABLE = "_staged"
_SOLVED_BY_ROW = ("expect_column_values_to_", "expect_column_pair_values_")


def try_out(
    node: Node, tree: DomainTree, mesh: Mesh, charter: Charter, settings: Settings, scratch: Path
) -> list[MeshError]:
    """What is wrong with the step over all data sets; the same fault is told once, for the first that shows it."""
    found: dict[tuple[str, str], MeshError] = {}
    for data in DATA_SETS:
        with connect(scratch, settings.memory_limit) as connection:
            # No data but what is made here: nothing on this machine or elsewhere can be read.
            connection.execute("SET enable_external_access = false")
            world = World(tree, mesh, charter, data, connection)
            for fault, error in _Trial(node, world, data, connection).faults():
                found.setdefault((error.code, fault), error)
    return list(found.values())


class _Trial:
    """One step over one data set."""

    def __init__(self, node: Node, world: World, data: DataSet, connection: duckdb.DuckDBPyConnection) -> None:
        self._node, self._world, self._data, self._connection = node, world, data, connection
        self._line = line_of_table(node.path.read_text(), f"def {node.path.stem}")
        self._name = ".".join(key_of(node))

    def faults(self) -> Iterator[tuple[str, MeshError]]:
        """Each fault in words that are equal for equal faults, and the finding."""
        import duckdb

        try:
            tables = self._world.provide(self._node)
        except MeshError as error:
            yield error.what, error
            return
        if tables is None or (self._data.is_small and not self._world.is_as_named):
            return
        try:
            sql = run_function(self._node.path, tables, self._connection)
            made = describe(self._connection, sql)
        except TransformationError as error:
            # What the function raised is the cause; without one it returned what is no table.
            cause = error.__cause__
            fault = f"{type(cause).__name__} at {error.line}" if cause else error.what  # its words may hold values
            yield fault, self._raised(error, RAISES if cause else RESULT)
            return
        except duckdb.Error as error:
            yield type(error).__name__, self._raised(transformation_error(error, self._node.path, ""), RAISES)
            return
        yield from self._faults_of_result(sql, made)

    def _faults_of_result(self, sql: str, made: dict[str, str]) -> Iterator[tuple[str, MeshError]]:
        import duckdb

        node = self._node
        if isinstance(node, Port) and (found := differences(made, node.contract, node.spare)):
            for error in mismatches(found, node.contract, node.path, dict.fromkeys(made, self._line)):
                yield error.what, self._about(error)
            return
        try:
            if isinstance(node, Port):
                sql = conform(sql, node.contract, self._connection, path=node.path, spare=node.spare)
            self._connection.execute(f"CREATE TABLE {_RESULT_TABLE} AS {sql}")
        except duckdb.Error as error:
            yield type(error).__name__, self._raised(transformation_error(error, node.path, ""), RAISES)
            return
        if isinstance(node, Port):
            yield from self._audited(node.contract)

    def _audited(self, contract: Contract) -> Iterator[tuple[str, MeshError]]:
        """Rules of the schema must hold. Authored ones must run; those about single rows should hold."""
        try:
            checks = checks_for(contract)
        except MeshError:
            return  # a rule that can't be read is reported where the contract is
        implied = [check for check in checks if check.kind == "schema"]
        try:
            results = evaluate(implied, self._connection, _RESULT_TABLE, sample_rows=1)
        except CheckCouldNotRunError as error:
            yield error.what, error
            return
        for result in results:
            if not result.success:
                yield result.check.name, self._broken(result, self._severity())
        if self._data.rows == USUAL_ROWS:
            yield from self._authored([check for check in checks if check.kind != "schema"], contract)

    def _authored(self, checks: Sequence[CheckSpec], contract: Contract) -> Iterator[tuple[str, MeshError]]:
        for check in checks:
            try:
                (result,) = evaluate([check], self._connection, _RESULT_TABLE, sample_rows=1)
            except CheckCouldNotRunError as error:
                yield check.name, error
            else:
                if not result.success and not self._world.unsolved and _is_about_rows(check, contract):
                    yield check.name, self._broken(result, "warning")

    def _severity(self) -> Severity:
        """An error only where the inputs are all that they promise to be."""
        return "warning" if self._world.unsolved or self._world.guessed else self._data.severity

    def _raised(self, error: MeshError, code: str) -> MeshError:
        told = MeshError(
            f"{error.what}, over generated inputs ({self._data.name})",
            path=self._node.path,
            line=error.line or self._line,
            remedy=error.remedy or f"Mend {self._node.path.name}: these inputs keep their contracts.",
            code=code,
        )
        if self._world.guessed:
            told.remedy = f"Their rows are made from types alone: {', '.join(self._world.guessed)}. " + told.remedy
        told.severity = "warning" if self._world.guessed else self._data.severity
        return told

    def _broken(self, result: CheckResult, severity: Severity) -> MeshError:
        count = result.unexpected_count or 0
        rows = f" ({count:,} {'row' if count == 1 else 'rows'})" if count else ""
        first = f", first: {json.dumps(result.sample[0], default=str, ensure_ascii=False)}" if result.sample else ""
        told = MeshError(
            f"{self._name}: rule {result.check.name} fails over generated inputs ({self._data.name}){rows}{first}",
            path=self._node.path,
            line=self._line,
            remedy=self._remedy(),
            code=RESULT,
        )
        told.severity = severity
        return told

    def _remedy(self) -> str:
        remedy = f"Mend {self._node.path.name}, or promise less in the contract."
        if self._world.unsolved:
            remedy += f" The inputs may break rules that could be why: {', '.join(self._world.unsolved)}."
        return remedy

    def _about(self, error: MeshError) -> MeshError:
        """A difference of columns; where it shows over unusual rows only, the data set is named."""
        error.severity = self._data.severity
        if self._data is not DATA_SETS[0]:
            error.what = f"{error.what} (generated inputs: {self._data.name})"
            error.args = (error.what,)
        return error


def _is_about_rows(check: CheckSpec, contract: Contract) -> bool:
    """Whether a blocking rule speaks of single rows, so that its verdict on generated rows means something.

    Numbers of rows, shares, statistics and comparisons with other tables are properties of real data.
    """
    if not check.blocking:
        return False
    wants_none = check.comparison is not None and check.comparison.limit == 0 and check.comparison.operator == "=="
    if check.kind == "sql":
        rule = next((rule for rule in contract.rules if rule.at == check.at), None)
        return wants_none and rule is not None and counted_condition(rule) is not None
    if check.kind == "library":
        return wants_none and "row_count" not in check.expectation
    is_whole = check.kwargs.get("mostly", 1) == 1 and not check.kwargs.get("row_condition")
    return is_whole and check.expectation.startswith(_SOLVED_BY_ROW)
