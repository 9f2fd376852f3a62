"""Required columns of ports that their own statements may leave null."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

import msgspec

from mesh_core.checking.nullability.nullness import NEVER, UNKNOWN, maybe
from mesh_core.checking.nullability.queries import Columns, infer
from mesh_core.contracts.document import line_of
from mesh_core.contracts.graph import Input, InternalInput, PortInput, inputs_of, statement_of
from mesh_core.contracts.syntax import column_lines, select_of
from mesh_core.contracts.tree import DomainTree, Internal, Mesh, Port
from mesh_core.errors import MeshError, SchemaMismatchError

if TYPE_CHECKING:
    from pathlib import Path

    from mesh_core.contracts import Column, Contract
    from mesh_core.publishing.transformation.binding import Bound

_REMEDY = "Filter or replace the nulls (WHERE ... IS NOT NULL, coalesce); `required` is a promise to readers."


class Inference:
    """Works through the statements of one mesh; steps that several ports read are inferred once."""

    def __init__(self, mesh: Mesh) -> None:
        self._mesh = mesh
        self._steps: dict[tuple[str, ...], Columns | None] = {}

    def findings(self, bound: Iterable[Bound]) -> Iterator[MeshError]:
        """One for each required column of a port that may be null, with the reason."""
        for each in bound:
            if isinstance(each.node, Port):
                yield from self._of_port(each, each.node)

    def _of_port(self, bound: Bound, port: Port) -> list[MeshError]:
        tables = self._tables(bound.inputs, bound.tree)
        for model in bound.models:
            found = infer(select_of(port.path, model.compiled), model.compiled, tables)
            tables[model.relation.replace('"', "").lower().partition(".")[2]] = _told_of(model.name, found)
        made = infer(select_of(port.path, bound.sql), bound.sql, tables)
        doubtful = [column for column in port.contract.columns if column.required and made.get(column.name).is_maybe]
        lines = column_lines(port.path, bound.sql) if doubtful and bound.is_verbatim else {}
        return [_finding(column, made.get(column.name).reason, port, lines.get(column.name)) for column in doubtful]

    def _tables(self, inputs: Iterable[Input], tree: DomainTree) -> dict[str, Columns]:
        tables = {}
        for given in inputs:
            columns = self._of_input(given, tree)
            if columns is not None:
                tables[given.view.lower()] = columns
        return tables

    def _of_input(self, given: Input, tree: DomainTree) -> Columns | None:
        if isinstance(given, PortInput):
            port = self._mesh.resolve(given.contract_id, given.version)
            return _promised(port.contract, given.view) if port else None
        step = tree.internal(given.layer, given.table)
        return self._of_step(step, given, tree) if step else None

    def _of_step(self, step: Internal, given: InternalInput, tree: DomainTree) -> Columns | None:
        """What a source has is not promised by anybody; an SQL step is inferred in turn."""
        if step.source is not None:
            names = (*step.source.columns, *(["_source_file"] if step.source.landing else []))
            return Columns(names, (UNKNOWN,) * len(names))
        if step.engine != "sql":
            return None
        if step.key not in self._steps:
            self._steps[step.key] = None  # a step that reads itself is told as a circle
            sql = statement_of(step)
            found = infer(select_of(step.path, sql), sql, self._tables(inputs_of(step, tree), tree))
            self._steps[step.key] = _told_of(given.view, found)
        return self._steps[step.key]


def _promised(contract: Contract, view: str) -> Columns:
    """Columns as their contract has them: required ones, keys among them, are never null."""
    return Columns(
        tuple(column.name for column in contract.columns),
        tuple(
            NEVER if column.required else maybe(f"{view}.{column.name} is not required by its contract")
            for column in contract.columns
        ),
    )


def _told_of(view: str, columns: Columns) -> Columns:
    """The same, with reasons that say in which step they arose."""
    values = tuple(
        maybe(f"{value.reason} (in {view})") if value.is_maybe and not value.reason.endswith(")") else value
        for value in columns.values
    )
    return msgspec.structs.replace(columns, values=values, is_one_row=False)


def _finding(column: Column, reason: str, port: Port, line: int | None) -> MeshError:
    path: Path = port.path if line else port.contract.path
    where = line or line_of(path, column.at)
    message = f"column '{column.name}' is required by {port.contract.path.name} and can be null: {reason}"
    return SchemaMismatchError(message, path=path, line=where, remedy=_REMEDY, code="nullability")
