"""One read-only query over the ports, from text to rows."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor, wait
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from mesh_core.errors import UnknownAddressError
from mesh_core.serving.engine import Relation, create_views, engine
from mesh_core.serving.errors import QueryError
from mesh_core.serving.guard import Question, TableName, admitted
from mesh_core.settings import StoreAccess
from mesh_core.storage import store_error

if TYPE_CHECKING:
    import duckdb

_BATCH = 10_000
"""Rows made into Python values at a time: between two batches Ctrl-C is heard."""


class QueryResult(msgspec.Struct, frozen=True, kw_only=True):
    """Names and DuckDB types of the columns, the rows as Python values, and whether the limit cut them off."""

    columns: tuple[tuple[str, str], ...]
    rows: list[tuple[Any, ...]]
    truncated: bool = False


def run_query(
    sql: str,
    views: Mapping[str, Relation],
    *,
    limit: int | None,
    memory_limit: str,
    scratch: Path | None = None,
    access: StoreAccess | None = None,
) -> QueryResult:
    """The first ``limit`` rows (None: all) of one read-only statement over ``views``; times are in UTC.

    ``views`` gives for each ``domain.port`` the version or the SQL relation that it stands for, e.g.
    ``read_parquet(['…'])`` over a list of files; only those that the query names are looked at. ``access`` is how to
    reach those that lie in an object store. QueryRefusedError for a statement that does anything but read them,
    UnknownAddressError for a table that is none of them, QueryError for wrong SQL.
    """
    question = admitted(sql)
    with engine(memory_limit, scratch) as connection:
        create_views(connection, _relations(question, sql, views), access)
        return _answered(connection, question.sql, limit)


def _relations(question: Question, sql: str, views: Mapping[str, Relation]) -> dict[str, Relation]:
    names = {name.lower(): name for name in views}
    found: dict[str, Relation] = {}
    for table in question.tables:
        name = names.get(table.name.lower())
        if name is None:
            raise _unknown(table, sql, list(views))
        found[name] = views[name]
    return found


def _unknown(table: TableName, sql: str, names: list[str]) -> UnknownAddressError:
    before = sql.encode()[: table.position].decode(errors="replace")
    line, column = before.count("\n") + 1, len(before) - before.rfind("\n")
    near = get_close_matches(table.name.lower(), names, n=3)
    port = table.name.rpartition(".")[2].lower()
    near += [name for name in names if name.rpartition(".")[2] == port and name not in near]
    message = f"no port is called '{table.name}' (line {line}, column {column})"
    remedy = f"Did you mean {' or '.join(near[:3])}?" if near else "`mesh list` shows all ports."
    return UnknownAddressError(message, remedy=remedy)


def _answered(connection: duckdb.DuckDBPyConnection, sql: str, limit: int | None) -> QueryResult:
    """The result, made on a thread of its own: DuckDB looks for Ctrl-C between some steps only, Python always."""
    with ThreadPoolExecutor(1, thread_name_prefix="mesh-query") as pool:
        answer = pool.submit(_fetched, connection, sql, limit)
        try:
            return answer.result()
        except BaseException:
            while not answer.done():
                connection.interrupt()
                wait([answer], timeout=0.02)
            raise


def _fetched(connection: duckdb.DuckDBPyConnection, sql: str, limit: int | None) -> QueryResult:
    import duckdb

    # One row more than the limit tells whether there are more; rows come as they are made, so it costs nothing.
    wanted = sys.maxsize if limit is None else limit + 1
    rows: list[tuple[Any, ...]] = []
    try:
        connection.execute(sql)
        columns = tuple((str(name), str(kind)) for name, kind, *_ in connection.description or ())
        while len(rows) < wanted and (batch := connection.fetchmany(min(_BATCH, wanted - len(rows)))):
            rows += batch
    except duckdb.Error as error:
        raise store_error(error) or QueryError(str(error)) from error
    cut = limit is not None and len(rows) > limit
    return QueryResult(columns=columns, rows=rows[:limit], truncated=cut)
