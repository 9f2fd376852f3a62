"""The locked engine: views over the ports' files, and then no way to anything else.

The second of two locks. Where the guard should ever let something through, DuckDB itself opens only the files of
the ports that the query names, loads nothing, and can't be told otherwise.
"""

from __future__ import annotations

import shutil
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from tempfile import gettempdir
from typing import TYPE_CHECKING, Any

from mesh_core.serving.errors import QueryError
from mesh_core.serving.guard import parsed
from mesh_core.settings import REMOTE, StoreAccess
from mesh_core.storage import Pinned, reach, store_error

if TYPE_CHECKING:
    import duckdb

Relation = str | Pinned
"""What a port's name stands for: SQL of files, or a pinned version, which knows its files without being parsed."""

_FILE_LISTS = frozenset({"read_parquet", "parquet_scan"})


@contextmanager
def engine(memory_limit: str, scratch: Path | None) -> Iterator[duckdb.DuckDBPyConnection]:
    """An empty database in memory that spills below ``scratch``; gone afterwards."""
    import duckdb

    if scratch is not None:
        scratch.mkdir(parents=True, exist_ok=True)
    # DuckDB makes the folder when it spills for the first time: most questions need none.
    folder = (scratch or Path(gettempdir())) / f"mesh-query-{uuid.uuid4()}"
    config: dict[str, str | bool | int | float | list[str]] = {
        "memory_limit": memory_limit,
        "temp_directory": str(folder),
        "autoinstall_known_extensions": False,
        "autoload_known_extensions": False,
        "python_enable_replacements": False,
    }
    try:
        with duckdb.connect(config=config) as connection:
            yield connection
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def create_views(
    connection: duckdb.DuckDBPyConnection, relations: Mapping[str, Relation], access: StoreAccess | None = None
) -> None:
    """A view for each ``domain.port``, times in UTC, and the lock: from now on only what the views read can be read."""
    import duckdb

    files: list[str] = []
    folders: list[str] = []
    selects = {}
    for name, relation in relations.items():
        if isinstance(relation, Pinned):
            selects[name] = relation.relation
            files += relation.files
        else:
            selects[name] = _select(relation)
            _collect(parsed(selects[name], connection), files, folders)
    if any(place.startswith(REMOTE) for place in (*files, *folders)):
        reach(connection, access or StoreAccess())
    for name, select in selects.items():
        schema, table = (_quoted(part) for part in name.split(".", maxsplit=1))
        try:
            connection.execute(f"CREATE SCHEMA IF NOT EXISTS {schema}; CREATE VIEW {schema}.{table} AS {select}")
        except duckdb.Error as error:
            remedy = "Publish the port again, or see whether its files are there."
            raise store_error(error) or QueryError(f"{name} can't be read: {error}", remedy=remedy) from error
    _lock(connection, files, folders)


def _lock(connection: duckdb.DuckDBPyConnection, files: list[str], folders: list[str]) -> None:
    # One call: each would parse and begin a transaction of its own.
    statements = ["SET TimeZone = 'UTC'", "SET enable_external_access = false", "SET lock_configuration = true"]
    if folders:
        statements.insert(0, f"SET allowed_directories = [{', '.join(map(_literal, folders))}]")
    if files:  # not as a parameter: DuckDB imports pandas to see what it is given
        statements.insert(0, f"SET allowed_paths = [{', '.join(map(_literal, files))}]")
    connection.execute("; ".join(statements))


def _select(relation: str) -> str:
    """A relation's text as a query: what may stand after FROM, or a query already."""
    first = relation.split(maxsplit=1)[0].lower()
    return relation if first in {"select", "from", "with", "values"} else f"SELECT * FROM {relation}"


def _collect(tree: Any, files: list[str], folders: list[str]) -> None:
    """The paths that the relation's table functions name: lists of files, or a table's folder."""
    if isinstance(tree, list):
        for item in tree:
            _collect(item, files, folders)
    elif isinstance(tree, dict):
        if tree.get("type") == "TABLE_FUNCTION":
            lists_files = tree["function"]["function_name"].lower() in _FILE_LISTS
            (files if lists_files else folders).extend(_texts(tree["function"]))
            return  # a list of a thousand files is looked through once
        for value in tree.values():
            _collect(value, files, folders)


def _texts(tree: Any) -> Iterator[str]:
    if isinstance(tree, list):
        for item in tree:
            yield from _texts(item)
    elif isinstance(tree, dict):
        if tree.get("class") == "CONSTANT" and isinstance(tree["value"].get("value"), str):
            yield tree["value"]["value"]
        for value in tree.values():
            yield from _texts(value)


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
