"""What a transformation reads, told from its text: table names of SQL, parameters of a Python function."""

from __future__ import annotations

import ast
from pathlib import Path
from typing import Any

from mesh_core.contracts.syntax import select_of
from mesh_core.errors import DescriptorError

_COMPUTING_FUNCTIONS = frozenset(
    {"unnest", "range", "generate_series", "repeat", "repeat_row", "json_each", "json_tree"}
)
"""Table functions that make rows out of their arguments; all others read files, settings or catalogues."""


_known: dict[tuple[Path, str], tuple[str, ...]] = {}
"""The references of every statement that this process has asked for."""


def remember_references(path: Path, sql: str, names: tuple[str, ...]) -> None:
    """What ``table_references`` would find, from a process that found it: parsing is half of a load."""
    _known[path, sql] = names


def table_references(path: Path, sql: str) -> tuple[str, ...]:
    """Names of the tables that ``sql`` reads, qualified as written, CTEs left out, in order of appearance.

    DuckDB's own parser is asked, so comments and strings don't mislead. DescriptorError if it doesn't parse or
    is not one SELECT.
    """
    if (path, sql) in _known:
        return _known[path, sql]
    found: dict[str, None] = {}
    _walk(select_of(path, sql), found, frozenset())
    for call in [name for name in found if name.endswith("()")]:
        message = f"calls the table function {call}, which can read data that no input port declares"
        remedy = "Read bronze.<source> or a declared input port."
        line = line_of_table(sql, call[:-2])
        raise DescriptorError(message, path=path, line=line, remedy=remedy, code="table-function")
    names = _known[path, sql] = tuple(found)
    return names


def _walk(node: Any, found: dict[str, None], ctes: frozenset[str]) -> None:
    if isinstance(node, dict):
        if entries := (node.get("cte_map") or {}).get("map"):
            ctes |= {entry["key"].lower() for entry in entries}
        if name := _read_by(node, ctes):
            found.setdefault(name)
    for value in node.values() if isinstance(node, dict) else node:
        if isinstance(value, dict | list):
            _walk(value, found, ctes)


def _read_by(node: dict[str, Any], ctes: frozenset[str]) -> str:
    """The table that a node of the tree reads, ``name()`` for a table function that can read anything, else ''."""
    kind = node.get("type")
    if kind == "BASE_TABLE":
        schema, table = node.get("schema_name", ""), node.get("table_name", "")
        if schema:
            return f"{schema}.{table}"
        return "" if table.lower() in ctes else str(table)
    if kind == "TABLE_FUNCTION":
        name = (node.get("function") or {}).get("function_name", "").lower()
        return "" if name in _COMPUTING_FUNCTIONS else f"{name}()"
    return ""


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
        raise DescriptorError(message, path=path, line=error.lineno, code="python-invalid") from error
    for node in tree.body:
        if isinstance(node, ast.FunctionDef) and node.name == name:
            return tuple(arg.arg for arg in (*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs))
    message = f"has no function '{name}'"
    remedy = f"Write `def {name}(<input>: Table, …)`, one parameter for each table that it reads."
    raise DescriptorError(message, path=path, line=1, remedy=remedy, code="python-invalid")
