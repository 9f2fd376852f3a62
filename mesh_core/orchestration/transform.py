"""Transform: run a node's own SQL, Python or dbt over its pinned inputs, as one lazy relation."""

from __future__ import annotations

import hashlib
import importlib.util
import sys
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mesh_core.contracts.graph import Node, statement_of
from mesh_core.contracts.tree import Internal
from mesh_core.errors import SchemaMismatchError, TransformationError
from mesh_core.ingestion import open_source
from mesh_core.orchestration.inputs import PinnedInput
from mesh_core.orchestration.table import Table
from mesh_core.storage import describe, quoted

if TYPE_CHECKING:
    import duckdb

    from mesh_core.contracts import Contract
    from mesh_core.orchestration.services import Services

_RESULT = "_result"

_WIDER = {
    "TINYINT": {"SMALLINT", "INTEGER", "BIGINT"},
    "SMALLINT": {"INTEGER", "BIGINT"},
    "INTEGER": {"BIGINT"},
    "FLOAT": {"DOUBLE"},
    "TIMESTAMP_NS": {"TIMESTAMP"},
    "TIMESTAMP_S": {"TIMESTAMP"},
    "TIMESTAMP_MS": {"TIMESTAMP"},
}
"""Conversions that lose nothing; every other difference of types is refused, never cast silently."""


def transform(
    node: Node, inputs: tuple[PinnedInput, ...], connection: duckdb.DuckDBPyConnection, services: Services
) -> str:
    """The SQL of the node's result on ``connection``, where its inputs are views already."""
    if isinstance(node, Internal) and node.source is not None:
        return open_source(node.source, services.settings)
    if node.engine == "python":
        return _python(node, inputs, connection)
    return statement_of(node)


def _python(node: Node, inputs: tuple[PinnedInput, ...], connection: duckdb.DuckDBPyConnection) -> str:
    name = node.path.stem
    tables = {given.parameter: Table(connection, given.name) for given in inputs}
    try:
        result = _load(node.path, name)(**tables)
    except Exception as error:
        message = f"{name} raised {type(error).__name__}: {error}"
        raise TransformationError(message, path=node.path, line=_line_in(node.path, error)) from error
    return as_relation(result, node.path, connection)


def _load(path: Path, name: str) -> Any:
    """The function, from a module that no other root's file of the same name can shadow."""
    module_name = f"mesh_transformation_{hashlib.sha256(str(path).encode()).hexdigest()[:12]}"
    spec = importlib.util.spec_from_file_location(module_name, path)
    if spec is None or spec.loader is None:
        message = "cannot be imported"
        raise TransformationError(message, path=path)
    module = importlib.util.module_from_spec(spec)
    sys.modules[module_name] = module
    spec.loader.exec_module(module)
    return getattr(module, name)


def _line_in(path: Path, error: BaseException) -> int | None:
    """The line of the product's file in the traceback, the innermost one."""
    line, trace = None, error.__traceback__
    while trace is not None:
        if trace.tb_frame.f_code.co_filename == str(path):
            line = trace.tb_lineno
        trace = trace.tb_next
    return line


def as_relation(result: Any, path: Path, connection: duckdb.DuckDBPyConnection) -> str:
    """The SQL of a frame, an Arrow table or a relation; TransformationError for anything else."""
    import duckdb

    if isinstance(result, duckdb.DuckDBPyRelation):
        result.create_view(_RESULT, replace=True)
        return f"SELECT * FROM {_RESULT}"
    kind = f"{type(result).__module__.partition('.')[0]}.{type(result).__name__}"
    if kind not in {"pandas.DataFrame", "polars.DataFrame", "polars.LazyFrame", "pyarrow.Table"}:
        message = f"returned {kind}"
        remedy = "Return a DuckDB relation, an Arrow table, a Polars or a pandas frame."
        raise TransformationError(message, path=path, remedy=remedy)
    connection.register(_RESULT, result.collect() if kind == "polars.LazyFrame" else result)
    return f"SELECT * FROM {_RESULT}"


def conform(
    sql: str,
    contract: Contract,
    connection: duckdb.DuckDBPyConnection,
    *,
    path: Path,
    spare: Collection[str] = (),
) -> str:
    """``sql`` with exactly the contract's columns, in its order; SchemaMismatchError names every difference.

    ``spare`` are columns that it may make beside them, for another major version of the port; they are left out.
    """
    import duckdb

    try:
        made = describe(connection, sql)
    except duckdb.Error as error:
        raise transformation_error(error, path, sql) from error
    differences = schema_differences(made, contract, spare)
    if differences:
        message = f"does not make what {contract.path.name} promises: " + "; ".join(differences)
        remedy = "Change the transformation or, as a new version, the contract."
        raise SchemaMismatchError(message, path=path, remedy=remedy)
    chosen = ", ".join(
        quoted(column.name)
        if made[column.name] == column.physical_type
        else f"CAST({quoted(column.name)} AS {column.physical_type}) AS {quoted(column.name)}"
        for column in contract.columns
    )
    return f"SELECT {chosen} FROM ({sql})"


def schema_differences(made: Mapping[str, str], contract: Contract, spare: Collection[str] = ()) -> list[str]:
    """One sentence for each column that is missing, extra or of a type that would lose something."""
    promised = {column.name: column for column in contract.columns}
    differences = [f"column '{name}' is missing" for name in promised if name not in made]
    differences += [f"column '{name}' is not in the contract" for name in made if name not in {*promised, *spare}]
    differences += [
        f"column '{name}' is {made[name]}, the contract says {column.physical_type}"
        for name, column in promised.items()
        if name in made and not _fits(made[name], column.physical_type)
    ]
    return differences


def _fits(made: str, promised: str) -> bool:
    return made == promised or promised in _WIDER.get(made, ())


def transformation_error(error: Exception, path: Path, sql: str) -> TransformationError:
    """DuckDB's message, with the line of the product's own file where DuckDB says it."""
    text = str(error)
    first, _, rest = text.partition("\n")
    line = None
    marker = rest.partition("LINE ")[2]
    number = marker.partition(":")[0]
    if number.isdigit():
        quoted_line = marker.partition(":")[2].strip().splitlines()[0].strip().strip(".")
        line = next((at for at, body in enumerate(sql.splitlines(), 1) if quoted_line and quoted_line in body), None)
    return TransformationError(first, path=path, line=line)
