"""What a transformation reads, told from its text: table names of SQL, parameters of a Python function."""

from __future__ import annotations

import ast
import json
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mesh_core.errors import DescriptorError

if TYPE_CHECKING:
    import duckdb


_COMPUTING_FUNCTIONS = frozenset(
    {"unnest", "range", "generate_series", "repeat", "repeat_row", "json_each", "json_tree"}
)
"""Table functions that make rows out of their arguments; all others read files, settings or catalogues."""


@cache
def table_references(path: Path, sql: str) -> tuple[str, ...]:
    """Names of the tables that ``sql`` reads, qualified as written, CTEs left out, in order of appearance.

    DuckDB's own parser is asked, so comments and strings don't mislead. DescriptorError if it doesn't parse or
    is not one SELECT.
    """
    # Not as a bound parameter: converting one makes DuckDB import pandas, 1.2 s (measured).
    text = sql.replace("'", "''")
    row = _parser().cursor().execute(f"SELECT json_serialize_sql('{text}')").fetchone()
    tree = json.loads(row[0]) if row else {}
    if tree.get("error"):
        position = int(tree.get("position") or 0)
        line = sql.encode()[:position].count(b"\n") + 1
        message = f"{tree.get('error_message', 'does not parse')}"
        raise DescriptorError(message, path=path, line=line, remedy="Write one SELECT statement.")
    if len(tree["statements"]) != 1:
        message = f"holds {len(tree['statements'])} statements"
        raise DescriptorError(message, path=path, line=1, remedy="Write one SELECT statement.")
    found: dict[str, None] = {}
    _walk(tree["statements"][0], found, frozenset())
    for call in [name for name in found if name.endswith("()")]:
        message = f"calls the table function {call}, which can read data that no input port declares"
        remedy = "Read bronze.<source> or a declared input port."
        raise DescriptorError(message, path=path, line=line_of_table(sql, call[:-2]), remedy=remedy)
    return tuple(found)


@cache
def _parser() -> duckdb.DuckDBPyConnection:
    """One engine for all texts of the process: opening one costs 10 ms."""
    import duckdb

    return duckdb.connect()


def _walk(node: Any, found: dict[str, None], ctes: frozenset[str]) -> None:
    if isinstance(node, list):
        for item in node:
            _walk(item, found, ctes)
        return
    if not isinstance(node, dict):
        return
    entries = (node.get("cte_map") or {}).get("map") or []
    ctes |= {entry["key"].lower() for entry in entries}
    if node.get("type") == "BASE_TABLE":
        schema, table = node.get("schema_name", ""), node.get("table_name", "")
        if schema or table.lower() not in ctes:
            found.setdefault(f"{schema}.{table}" if schema else table)
    if node.get("type") == "TABLE_FUNCTION":
        name = (node.get("function") or {}).get("function_name", "").lower()
        if name not in _COMPUTING_FUNCTIONS:
            found.setdefault(f"{name}()")
    for value in node.values():
        _walk(value, found, ctes)


def line_of_table(sql: str, name: str) -> int:
    """The first line that mentions ``name``, for pointing at a reference; 1 when it can't be told."""
    for number, text in enumerate(sql.splitlines(), start=1):
        if name.lower() in text.lower():
            return number
    return 1


def function_parameters(path: Path, name: str) -> tuple[str, ...]:
    """Parameter names of the function ``name`` in the Python file, without importing it."""
    try:
        tree = ast.parse(path.read_text(), filename=str(path))
    except SyntaxError as error:
        message = f"is not valid Python: {error.msg}"
        raise DescriptorError(message, path=path, line=error.lineno) from error
    for node in tree.body:
        if isinstance(node, ast.FunctionDef) and node.name == name:
            return tuple(arg.arg for arg in (*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs))
    message = f"has no function '{name}'"
    remedy = f"Write `def {name}(<input>: Table, …)`, one parameter for each table that it reads."
    raise DescriptorError(message, path=path, line=1, remedy=remedy)
