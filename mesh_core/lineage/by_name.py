"""UNION BY NAME as a union by position: sqlglot parses the one and follows columns through the other."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlglot import exp
from sqlglot.optimizer.qualify import qualify

if TYPE_CHECKING:
    from sqlglot.schema import MappingSchema

_MARK = "union_by_name"


def unions_by_position(query: exp.Expr, schema: MappingSchema) -> exp.Expr:
    """``query`` with the sides of each UNION BY NAME in one order of columns, NULL where a side lacks one.

    The innermost first and one at a time: a side's columns may come by ``*`` from a union rewritten before.
    """
    while True:
        union = _innermost(query)
        if union is None:
            return query
        names = _names(query, union, schema)
        every = list(dict.fromkeys(name for side in names for name in side))
        for arg, present in zip(("this", "expression"), names, strict=True):
            union.set(arg, _ordered(union.args[arg], every, set(present)))
        union.set("by_name", False)


def _innermost(query: exp.Expr) -> exp.SetOperation | None:
    """The first union by name that has none within; what it reads by a CTE stands before it."""
    unions = [union for union in query.find_all(exp.SetOperation, bfs=False) if union.args.get("by_name")]
    for union in unions:
        if not any(inner is not union and inner.args.get("by_name") for inner in union.find_all(exp.SetOperation)):
            return union
    return None


def _names(query: exp.Expr, union: exp.SetOperation, schema: MappingSchema) -> list[list[str]]:
    """The column names of the union's two sides, found in a qualified copy."""
    union.meta[_MARK] = True
    copy = query.copy()
    del union.meta[_MARK]
    copy = qualify(copy, dialect="duckdb", schema=schema, validate_qualify_columns=False, identify=False)
    twin = next(found for found in copy.find_all(exp.SetOperation) if found.meta.get(_MARK))
    return [list(side.named_selects) for side in (twin.left, twin.right)]


def _ordered(side: exp.Query, every: list[str], present: set[str]) -> exp.Select:
    columns = [
        exp.column(exp.to_identifier(name, quoted=True))
        if name in present
        else exp.alias_(exp.null(), name, quoted=True)
        for name in every
    ]
    return exp.select(*columns).from_(side.subquery("_side", copy=False))
