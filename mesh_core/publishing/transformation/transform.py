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
from mesh_core.errors import MeshError, SchemaMismatchError, TransformationError
from mesh_core.ingestion import open_source
from mesh_core.publishing.inputs import PinnedInput
from mesh_core.publishing.transformation.differences import differences
from mesh_core.publishing.transformation.table import Table
from mesh_core.storage import describe, quoted, store_error

if TYPE_CHECKING:
    import duckdb

    from mesh_core.contracts import Contract
    from mesh_core.publishing.services import Services

_RESULT = "_result"


def transform(
    node: Node, inputs: tuple[PinnedInput, ...], connection: duckdb.DuckDBPyConnection, services: Services
) -> str:
    """The SQL of the node's result on ``connection``, where its inputs are views already."""
    if isinstance(node, Internal) and node.source is not None:
        return open_source(node.source, services.settings)
    if node.engine == "python":
        return run_function(node.path, {given.parameter: given.name for given in inputs}, connection)
    return statement_of(node)


def run_function(path: Path, tables: Mapping[str, str], connection: duckdb.DuckDBPyConnection) -> str:
    """The SQL of what the file's function returns for the relations ``tables``, which are by parameter."""
    name = path.stem
    try:
        result = _load(path, name)(**{parameter: Table(connection, table) for parameter, table in tables.items()})
        return as_relation(result, path, connection)  # which runs a lazy frame
    except MeshError:
        raise
    except Exception as error:
        message = f"{name} raised {type(error).__name__}: {error}"
        raise TransformationError(message, path=path, line=_line_in(path, error)) from error


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
    The contract's deletion column, if it names one, comes last.
    """
    import duckdb

    try:
        made = describe(connection, sql)
    except duckdb.Error as error:
        raise transformation_error(error, path, sql) from error
    found = differences(made, contract, spare)
    if found:
        message = f"does not make what {contract.path.name} promises: " + "; ".join(each.sentence for each in found)
        remedy = "Change the transformation or, as a new version, the contract."
        raise SchemaMismatchError(message, path=path, remedy=remedy)
    chosen = ", ".join(
        quoted(column.name)
        if made[column.name] == column.physical_type
        else f"CAST({quoted(column.name)} AS {column.physical_type}) AS {quoted(column.name)}"
        for column in contract.columns
    )
    for name in contract.publishing.spare:
        chosen += f", {quoted(name)}"
    return f"SELECT {chosen} FROM ({sql})"


def transformation_error(error: Exception, path: Path, sql: str) -> MeshError:
    """DuckDB's message, with the line of the product's own file where DuckDB says it.

    ObjectStoreError where the object store with the inputs is at fault.
    """
    store = store_error(error)
    if store is not None:
        return store
    first, _, rest = str(error).partition("\n")
    number, _, quoted_line = rest.partition("LINE ")[2].partition(":")
    if not number.isdigit():
        return TransformationError(first, path=path)
    body = sql.splitlines()
    shown = quoted_line.strip().splitlines()[0].strip().strip(".")
    found = next((at for at, line in enumerate(body, 1) if shown and shown in line), None)
    # What the statement is wrapped in stands on its first line: DuckDB quotes that, and counts lines alike.
    return TransformationError(first, path=path, line=found or (int(number) if int(number) <= len(body) else None))
