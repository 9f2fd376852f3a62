"""What may be asked: one statement that only reads, over known tables, told from DuckDB's own parse of it.

The first of two locks; the second is the engine's (see ``engine``). Statements, nodes, tables and table functions
are refused unless they are on a list of what is allowed, so that what DuckDB learns tomorrow stays out until
somebody has looked at it. Scalar functions compute; the few that do more are listed.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple, NoReturn

from mesh_core.errors import QueryRefusedError
from mesh_core.serving.errors import QueryError

if TYPE_CHECKING:
    import duckdb

REMEDY = "Write one SELECT (or FROM, WITH, VALUES, DESCRIBE, SUMMARIZE, EXPLAIN) over ports as domain.port."

TABLE_FUNCTIONS = frozenset({"range", "generate_series", "unnest", "repeat", "repeat_row", "json_each", "json_tree"})
"""Table functions that compute rows from their arguments and read nothing."""

REFUSED_FUNCTIONS = frozenset(
    {
        "current_setting",
        "currval",
        "format_type",
        "get_block_size",
        "getenv",
        "getvariable",
        "nextval",
        "pg_get_constraintdef",
        "pg_get_viewdef",
        "which_secret",
        "write_log",
    }
)
"""Scalar functions that look at the engine or its surroundings, or leave a trace."""

_TABLES = frozenset({"BASE_TABLE", "SHOW_REF", "TABLE_FUNCTION"})
_HARMLESS = frozenset(
    {"CTE", "CTE_NODE", "DELIM_GET", "EMPTY", "EXPRESSION_LIST", "JOIN", "PIVOT", "RECURSIVE_CTE_NODE"}
    | {"SELECT_NODE", "SET_OPERATION_NODE", "SUBQUERY"}
    | {"DISTINCT_MODIFIER", "LIMIT_MODIFIER", "LIMIT_PERCENT_MODIFIER", "ORDER_MODIFIER"}
    | {"ORDER_DEFAULT", "ASCENDING", "DESCENDING"}
)
_NAME = re.compile(r"\w+")
_SYSTEM_SCHEMAS = frozenset({"information_schema", "main", "pg_catalog", "system", "temp"})
_SYSTEM_PREFIXES = ("duckdb_", "pg_", "pragma_", "sqlite_")
_EXPLAIN = re.compile(r"(?:\s|--[^\n]*\n)*explain(?=\s)(?P<analyze>\s+analyze(?=\s))?", re.IGNORECASE)


class TableName(NamedTuple):
    """A table as the query writes it, and the byte at which it stands."""

    name: str
    position: int


class Question(NamedTuple):
    """A statement that may be run: its text, and the tables that it reads beside its own CTEs."""

    sql: str
    tables: tuple[TableName, ...]


@lru_cache(maxsize=128)  # what a text says depends on nothing else
def admitted(sql: str) -> Question:
    """``sql`` as a question over tables; QueryRefusedError for anything else, QueryError if it doesn't parse."""
    import duckdb

    if "\0" in sql:
        _refuse("the query holds a null character")
    with _parser(os.getpid()).cursor() as parser:
        try:
            statements = parser.extract_statements(sql)
        except duckdb.ParserException as error:
            raise QueryError(str(error), remedy=REMEDY) from error
        except duckdb.Error as error:
            raise QueryRefusedError(str(error), remedy=REMEDY) from error
        if len(statements) != 1:
            _refuse_many(statements)
        if statements[0].type == duckdb.StatementType.EXPLAIN:
            return _explained(sql, parser)
        if statements[0].type != duckdb.StatementType.SELECT:
            _refuse(f"{_words(statements[0].type)} is not a question")
        return Question(sql, _tables(sql, parser))


@cache
def _parser(_process: int) -> duckdb.DuckDBPyConnection:
    """One engine for all questions of a process, which are parsed there and never run: opening one costs 10 ms.

    It is locked before it sees a text: IMPORT DATABASE opens files while it is parsed.
    """
    import duckdb

    return duckdb.connect(config={"enable_external_access": False, "threads": 1})


def parsed(sql: str, connection: duckdb.DuckDBPyConnection) -> dict[str, Any]:
    """The one SELECT in ``sql`` as DuckDB parsed it."""
    # The text stands in the statement, not in a parameter: binding one makes DuckDB import pandas, 1.2 s.
    text = sql.replace("'", "''")
    row = connection.execute(f"SELECT json_serialize_sql('{text}')").fetchone()
    tree: dict[str, Any] = json.loads(row[0]) if row else {"error": True}
    if tree.get("error"):
        _refuse(f"not a question: {tree.get('error_message')}")
    if len(tree["statements"]) != 1:
        _refuse(f"the query holds {len(tree['statements'])} statements")
    node: dict[str, Any] = tree["statements"][0]["node"]
    return node


def _explained(sql: str, connection: duckdb.DuckDBPyConnection) -> Question:
    """EXPLAIN put together anew around the question in it, so that what runs is what was looked at."""
    match = _EXPLAIN.match(sql)
    if match is None:
        _refuse("EXPLAIN takes no options here")
    question = sql[match.end() :]
    tables = _tables(question, connection)
    offset = len(sql[: match.end()].encode())
    moved = tuple(TableName(table.name, table.position + offset) for table in tables)
    return Question(f"EXPLAIN {'ANALYZE' if match['analyze'] else ''} {question}", moved)


def _tables(sql: str, connection: duckdb.DuckDBPyConnection) -> tuple[TableName, ...]:
    try:
        tree = parsed(sql, connection)
    except RecursionError:
        _refuse("the query is nested too deeply")
    found = {_inspected(node, ctes) for node, ctes in _nodes(tree)}
    return tuple(sorted((table for table in found if table), key=lambda table: table.position))


def _nodes(tree: Any) -> Iterator[tuple[dict[str, Any], frozenset[str]]]:
    """Every node below ``tree`` with the CTEs that it can see. No recursion: depth is the asker's choice."""
    waiting: list[tuple[Any, frozenset[str]]] = [(tree, frozenset())]
    while waiting:
        node, ctes = waiting.pop()
        if isinstance(node, list):
            waiting.extend((item, ctes) for item in node)
        elif isinstance(node, dict):
            entries = (node.get("cte_map") or {}).get("map") or []
            ctes |= {entry["key"].lower() for entry in entries}
            yield node, ctes
            waiting.extend((value, ctes) for value in node.values())


def _inspected(node: dict[str, Any], ctes: frozenset[str]) -> TableName | None:
    """The table that the node reads, if it reads one; QueryRefusedError for what is on no list."""
    kind = node.get("type")
    if "class" in node:
        if str(node.get("function_name", "")).lower() in REFUSED_FUNCTIONS:
            _refuse(f"the function {node['function_name']}() is not for queries")
        return None
    if not isinstance(kind, str) or kind in _HARMLESS or kind.endswith("_TYPE_INFO"):
        return None
    if kind not in _TABLES:
        _refuse(f"{kind.lower().replace('_', ' ')} is not for queries")
    if kind == "BASE_TABLE":
        return _named(node, ctes)
    if kind == "SHOW_REF" and node.get("query") is None:
        _refuse("SHOW looks at the engine, not at ports")
    if kind == "TABLE_FUNCTION":
        name = str(node["function"].get("function_name", "")).lower()
        if name not in TABLE_FUNCTIONS:
            _refuse(f"the table function {name}() is not for queries")
    return None


def _named(node: dict[str, Any], ctes: frozenset[str]) -> TableName | None:
    catalog, schema, table = (str(node.get(f"{part}_name") or "") for part in ("catalog", "schema", "table"))
    if not (catalog or schema) and table.lower() in ctes:
        return None
    name = ".".join(part for part in (catalog, schema, table) if part)
    if catalog or schema.lower() in _SYSTEM_SCHEMAS or table.lower().startswith(_SYSTEM_PREFIXES):
        _refuse(f"'{name}' is a table of the engine, not a port")
    if not all(_NAME.fullmatch(part) for part in (schema or table, table)):
        _refuse(f"'{name}' is not a port: files are read through ports alone")
    return TableName(name, int(node.get("query_location") or 0))


def _refuse_many(statements: list[Any]) -> NoReturn:
    if not statements:
        _refuse("the query is empty")
    if any(not statement.query for statement in statements):
        # DuckDB first makes a type of the values it finds, then pivots: two statements out of one.
        _refuse(
            "a PIVOT over whatever values there are needs a second statement",
            remedy="Name the values: PIVOT … ON column IN ('a', 'b') USING …",
        )
    _refuse(f"the query holds {len(statements)} statements")


def _words(statement_type: Any) -> str:
    return str(statement_type).rpartition(".")[2].replace("_", " ")


def _refuse(what: str, *, remedy: str = REMEDY) -> NoReturn:
    raise QueryRefusedError(what, remedy=remedy)
