"""DuckDB connections as the mesh uses them: bounded memory, UTC, and nothing fetched from anywhere."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from mesh_core.errors import ConfigurationError
from mesh_core.settings import StoreAccess
from mesh_core.storage.object_store import duckdb_statements

if TYPE_CHECKING:
    import duckdb


def is_interruption(error: BaseException) -> bool:
    """Whether this is DuckDB's word for Ctrl-C (1.5.5), which it asks Python for between two steps."""
    return isinstance(error, RuntimeError) and str(error) == "Query interrupted"


def connect(
    scratch: Path, memory_limit: str, *, database: str = ":memory:", access: StoreAccess | None = None
) -> duckdb.DuckDBPyConnection:
    """A connection that spills to ``scratch`` above ``memory_limit`` and reads times in UTC.

    With ``access`` it also opens what lies in that object store.
    """
    import duckdb

    scratch.mkdir(parents=True, exist_ok=True)
    connection = duckdb.connect(
        database,
        config={
            "memory_limit": memory_limit,
            "temp_directory": str(scratch / "spill"),
            "autoinstall_known_extensions": False,
            "python_enable_replacements": False,
        },
    )
    connection.execute("SET TimeZone = 'UTC'")
    reach(connection, access)
    return connection


def plain_connection(database: Path, access: StoreAccess | None = None) -> duckdb.DuckDBPyConnection:
    """The file opened without settings of ours: DuckDB wants equal settings from all who open one file.

    With ``access``, everybody who opens the file in this process while this connection is open can read what lies
    in that object store.
    """
    import duckdb

    connection = duckdb.connect(str(database))
    reach(connection, access)
    return connection


def reach(connection: duckdb.DuckDBPyConnection, access: StoreAccess | None) -> None:
    """Let ``connection`` open ``s3://`` places with these credentials and no others; None: nothing happens."""
    import duckdb

    if access is None:
        return
    access.check()
    try:
        connection.execute("SET allow_persistent_secrets = false")  # or what the user once stored would count
        connection.execute(f"LOAD {literal(str(_extension('httpfs')))}")
        for statement in duckdb_statements(access):
            connection.execute(statement)
    except duckdb.Error as error:
        # Not its text: DuckDB quotes the statement, and this one holds the credentials.
        message = f"DuckDB can't be told of the object store ({type(error).__name__})"
        raise ConfigurationError(message, remedy="See whether AWS_ENDPOINT_URL and AWS_REGION are right.") from None


def _extension(name: str) -> Path:
    """The file of a DuckDB extension, as a package of this environment carries it: none is ever downloaded."""
    import duckdb

    package = find_spec(f"duckdb_extension_{name}")
    for folder in (package.submodule_search_locations or []) if package else []:
        file = Path(folder) / "extensions" / f"v{duckdb.__version__}" / f"{name}.duckdb_extension"
        if file.is_file():
            return file
    message = f"DuckDB {duckdb.__version__} has no extension {name} here"
    raise ConfigurationError(message, remedy=f"Install duckdb-extension-{name}=={duckdb.__version__}.")


def quoted(name: str) -> str:
    """``name`` as an SQL identifier."""
    return '"' + name.replace('"', '""') + '"'


def literal(text: str) -> str:
    """``text`` as an SQL string."""
    return "'" + text.replace("'", "''") + "'"


def qualified(name: str) -> str:
    """``schema.table`` with both parts quoted."""
    return ".".join(quoted(part) for part in name.split("."))


def describe(connection: duckdb.DuckDBPyConnection, sql: str) -> dict[str, str]:
    """Column names and DuckDB types that ``sql`` would return; nothing is executed."""
    return {row[0]: row[1] for row in connection.execute(f"DESCRIBE {sql}").fetchall()}
