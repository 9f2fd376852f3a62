"""A DuckDB query, parsed, qualified once, and followed column by column with sqlglot."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping
from functools import cache, partial

from sqlglot import exp, parse
from sqlglot.errors import SqlglotError
from sqlglot.lineage import Node, lineage
from sqlglot.optimizer.qualify import qualify
from sqlglot.optimizer.scope import Scope, build_scope
from sqlglot.schema import MappingSchema

from mesh_core.lineage.by_name import unions_by_position

DIALECT = "duckdb"

Leaf = tuple[str, str]
"""Table as ``schema.table`` and column, both in lower case: DuckDB does not tell cases apart."""

# What sqlglot raises on syntax that it only half knows, beside its own errors (30.30, seen in its optimizer).
UNFOLLOWABLE = (SqlglotError, ValueError, KeyError, IndexError, AttributeError, TypeError, RecursionError)

# It warns of what it can't follow; here the answer says so.
logging.getLogger("sqlglot").setLevel(logging.ERROR)


class ParsedQuery:
    """One query over known tables; ``parse`` makes it, ``leaves`` follows a column."""

    def __init__(self, expression: exp.Expr, scope: Scope, schema: MappingSchema) -> None:
        self._expression = expression
        self._scope = scope
        self._schema = schema

    @classmethod
    def parse(cls, sql: str, tables: Mapping[str, Mapping[str, str]], models: Mapping[str, str]) -> ParsedQuery | None:
        """The query, or None when it is not one that can be followed."""
        try:
            schema = _schema(tables)
            query = unions_by_position(_expanded(sql, models), schema)
            expression = qualified(query, schema)
            scope = build_scope(expression)
        except UNFOLLOWABLE:
            return None
        return cls(expression, scope, schema) if scope is not None else None

    def leaves(self, column: str) -> set[Leaf]:
        """Where the values of ``column`` come from; empty when that can't be told."""
        try:
            root = lineage(
                exp.column(exp.to_identifier(column.lower(), quoted=True)),
                self._expression,
                self._schema,
                dialect=DIALECT,
                scope=self._scope,
                trim_selects=False,
                copy=False,
            )
            return set(_leaves(root))
        except UNFOLLOWABLE:
            return set()


def qualified(query: exp.Expr, schema: MappingSchema) -> exp.Expr:
    """``query`` with its stars expanded and each column named with its table, changed in place."""
    return qualify(
        query, dialect=DIALECT, schema=schema, validate_qualify_columns=False, identify=False, quote_identifiers=False
    )


def _expanded(sql: str, models: Mapping[str, str]) -> exp.Expr:
    query = _query(sql)
    if not models:
        return query
    # Parsed when reached: a model that this query does not read may hold what sqlglot can't parse.
    sources: dict[str, exp.Query | Callable[[], exp.Query]] = {
        name: partial(_model, text) for name, text in models.items()
    }
    return exp.expand(_aliased(query), sources, dialect=DIALECT, copy=False)


def _model(sql: str) -> exp.Query:
    return _aliased(_query(sql))


def _aliased(query: exp.Query) -> exp.Query:
    """``query`` with each table called by its own name: the subquery that replaces a model has none else."""
    for table in query.find_all(exp.Table):
        if table.name and not table.alias:
            table.set("alias", exp.TableAlias(this=exp.to_identifier(table.name)))
    return query


def _query(sql: str) -> exp.Query:
    statements = [
        statement for statement in parse(sql, dialect=DIALECT) if not isinstance(statement, exp.Semicolon | None)
    ]
    if len(statements) != 1 or not isinstance(statements[0], exp.Query):
        message = "not one query"
        raise SqlglotError(message)
    return statements[0]


def _schema(tables: Mapping[str, Mapping[str, str]]) -> MappingSchema:
    schemas: dict[str, dict[str, dict[str, exp.DataType]]] = {}
    for name, columns in tables.items():
        schema, _, table = name.lower().rpartition(".")
        typed = {column.lower(): _type(text) for column, text in columns.items()}
        schemas.setdefault(schema, {})[table] = typed
    nested: dict[str, object] = {**schemas}
    return MappingSchema(nested, dialect=DIALECT, normalize=False)


@cache
def _type(text: str) -> exp.DataType:
    """The type, which tells a struct's field from a table's column; unknown where sqlglot lacks it."""
    try:
        return exp.DataType.build(text, dialect=DIALECT)
    except SqlglotError:
        return exp.DataType.build("UNKNOWN", dialect=DIALECT)


def _leaves(root: Node) -> Iterator[Leaf]:
    for node in root.walk():
        table = node.expression
        if isinstance(table, exp.Table) and not node.downstream and node.name != "*":
            yield f"{table.db}.{table.name}".lower(), exp.to_column(node.name).name.lower()
