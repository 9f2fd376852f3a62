"""DuckDB's own syntax tree of a statement: one parse serves references, lines of columns and nullability."""

from __future__ import annotations

import os
from functools import cache, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from mesh_core.errors import DescriptorError

if TYPE_CHECKING:
    import duckdb

Node = dict[str, Any]
"""A node as DuckDB serialises it; keys at their default value are left out."""

_TREES_KEPT = 64  # a tree is some hundred kilobytes of dicts; each is asked for again at once or never
_REMEDY = "Write one SELECT statement."


@lru_cache(maxsize=_TREES_KEPT)
def select_of(path: Path, sql: str) -> Node:
    """The query node of ``sql``; DescriptorError, with the line, if it doesn't parse or is not one SELECT."""
    # Not as a bound parameter: converting one makes DuckDB import pandas, 1.2 s (measured).
    text = sql.replace("'", "''")
    # Empty lists stay: GROUP BY ROLLUP differs from GROUP BY by one.
    call = f"SELECT json_serialize_sql('{text}', skip_null := true, skip_default := true)"
    row = _parser(os.getpid()).cursor().execute(call).fetchone()
    tree = msgspec.json.decode(row[0]) if row else {}
    if tree.get("error"):
        line = line_at(sql, int(tree.get("position") or 0))
        message = str(tree.get("error_message", "does not parse"))
        raise DescriptorError(message, path=path, line=line, remedy=_REMEDY, code="sql-invalid")
    if len(tree["statements"]) != 1:
        message = f"holds {len(tree['statements'])} statements"
        raise DescriptorError(message, path=path, line=1, remedy=_REMEDY, code="sql-invalid")
    node: Node = tree["statements"][0]["node"]
    return node


@cache
def _parser(_process: int) -> duckdb.DuckDBPyConnection:
    """One engine for all texts of a process: opening one costs 10 ms, and a forked one would hang."""
    import duckdb

    return duckdb.connect(config={"threads": 1})


def line_at(sql: str, position: int) -> int:
    """The 1-based line of a byte position, as DuckDB gives it."""
    return sql.encode()[:position].count(b"\n") + 1


def column_lines(path: Path, sql: str) -> dict[str, int]:
    """The line on which each column of the result is written; those that a star brings are left out."""
    node = select_of(path, sql)
    while node["type"] == "SET_OPERATION_NODE":
        node = node["left"]
    return {
        name: line_at(sql, int(item.get("query_location") or 0))
        for item in node.get("select_list", ())
        if (name := name_of(item))
    }


def name_of(item: Node) -> str:
    """The name that a select item gives its column; '' where DuckDB makes one up."""
    if item.get("alias"):
        return str(item["alias"])
    return str(item["column_names"][-1]) if item["class"] == "COLUMN_REF" else ""
