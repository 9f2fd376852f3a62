"""A table as SQL: ``CREATE TABLE`` with keys, checks and comments for DuckDB, and back from any dialect."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec

from mesh_core.errors import MeshError
from mesh_core.exchange.table import Field, Table, field_for
from mesh_core.exchange.types import MAP, STRUCT, SqlType, list_of, literal, parse_type, quoted

_BOUNDS = {"minimum": ">=", "exclusiveMinimum": ">", "maximum": "<=", "exclusiveMaximum": "<"}
_LENGTHS = {"minLength": ">=", "maxLength": "<="}


def to_sql(table: Table) -> str:
    """Statements that make the table in its domain's schema."""
    name = f"{quoted(table.domain)}.{quoted(table.name)}"
    parts = [_column(field, alone=len(table.primary_key) == 1) for field in table.fields]
    if len(table.primary_key) > 1:
        parts.append(f"PRIMARY KEY ({', '.join(quoted(key) for key in table.primary_key)})")
    statements = [
        f"CREATE SCHEMA IF NOT EXISTS {quoted(table.domain)}",
        f"CREATE TABLE {name} (\n    " + ",\n    ".join(parts) + "\n)",
    ]
    if table.description:
        statements.append(f"COMMENT ON TABLE {name} IS {literal(table.description)}")
    statements += [
        f"COMMENT ON COLUMN {name}.{quoted(field.name)} IS {literal(field.description)}"
        for field in table.fields
        if field.description
    ]
    return ";\n".join(statements) + ";\n"


def _column(field: Field, *, alone: bool) -> str:
    words = [quoted(field.name), str(field.type)]
    if field.required:
        words.append("NOT NULL")
    if field.key and alone:
        words.append("PRIMARY KEY")
    elif field.unique:
        words.append("UNIQUE")
    words += [f"CHECK ({condition})" for condition in conditions(field)]
    return " ".join(words)


def conditions(field: Field) -> Iterator[str]:
    """What each value of the column must satisfy, as SQL; null satisfies all of it."""
    name = quoted(field.name)
    if field.enum:
        yield f"{name} IN ({', '.join(literal(value) for value in field.enum)})"
    for option, sign in _BOUNDS.items():
        if option in field.options:
            yield f"{name} {sign} {literal(field.options[option])}"
    for option, sign in _LENGTHS.items():
        if option in field.options:
            yield f"length({name}) {sign} {field.options[option]}"


def from_sql(text: str, dialect: str) -> list[Table]:
    """The tables that the statements make; MeshError if they are not read as ``dialect``."""
    import sqlglot
    from sqlglot import exp
    from sqlglot.errors import SqlglotError

    try:
        statements = [found for found in sqlglot.parse(text, read=dialect) if found is not None]
    except (SqlglotError, ValueError) as error:  # an unknown dialect is a ValueError
        message = f"{dialect}: {str(error).splitlines()[0]}"
        raise MeshError(
            message, remedy="Name the dialect of the DDL by --dialect.", code="import-unreadable"
        ) from error
    tables = {_key(found.this.this): _table(found) for found in statements if _makes_table(found)}
    for statement in statements:
        if isinstance(statement, exp.Comment):
            _comment(statement, tables)
    return list(tables.values())


def _makes_table(statement: Any) -> bool:
    from sqlglot import exp

    is_table = isinstance(statement, exp.Create) and str(statement.args.get("kind")).upper() == "TABLE"
    return is_table and isinstance(statement.this, exp.Schema)


def _key(table: Any) -> tuple[str, str]:
    return (table.db.lower(), table.name.lower())


def _table(statement: Any) -> Table:
    from sqlglot import exp

    schema = statement.this
    described = statement.find(exp.SchemaCommentProperty)
    fields = [_field(column) for column in schema.expressions if isinstance(column, exp.ColumnDef)]
    keys = [name for key in schema.find_all(exp.PrimaryKey) for name in _names(key)]
    unique = [_names(found.this) for found in schema.find_all(exp.UniqueColumnConstraint)]
    for number, field in enumerate(fields):
        if field.name in keys:
            fields[number] = msgspec.structs.replace(field, key=keys.index(field.name) + 1, required=True)
        elif [field.name] in unique:
            fields[number] = msgspec.structs.replace(field, unique=True)
    return Table(
        name=schema.this.name,
        domain=schema.this.db,
        fields=tuple(fields),
        description=described.this.name if described else "",
    )


def _names(holder: Any) -> list[str]:
    """Column names of a key, in their order; of none for one that stands at its column."""
    from sqlglot import exp

    if holder is None or isinstance(holder, exp.Identifier):
        return []
    return [found.name for found in holder.find_all(exp.Identifier)]


def _field(column: Any) -> Field:
    from sqlglot import exp

    kinds = {type(constraint.kind): constraint.kind for constraint in column.args.get("constraints") or ()}
    not_null = kinds.get(exp.NotNullColumnConstraint)
    comment = kinds.get(exp.CommentColumnConstraint)
    is_key = exp.PrimaryKeyColumnConstraint in kinds
    checks = [c.kind for c in column.args.get("constraints") or () if isinstance(c.kind, exp.CheckColumnConstraint)]
    enum, options = _checked(checks)
    plain = field_for(column.name, _type(column.args.get("kind")))
    return msgspec.structs.replace(
        plain,
        description=comment.this.name if comment else " ".join(part.strip() for part in column.comments or ()),
        required=is_key or (not_null is not None and not not_null.args.get("allow_null")),
        unique=exp.UniqueColumnConstraint in kinds,
        key=int(is_key),
        enum=enum,
        options=options,
    )


def _checked(checks: list[Any]) -> tuple[tuple[Any, ...], dict[str, Any]]:
    """What of the checks a contract says by enum, bounds and lengths."""
    from sqlglot import exp

    signs: dict[type[Any], tuple[str, str]] = {
        exp.GTE: ("minimum", "minLength"),
        exp.LTE: ("maximum", "maxLength"),
        exp.GT: ("exclusiveMinimum", ""),
        exp.LT: ("exclusiveMaximum", ""),
    }
    enum: tuple[Any, ...] = ()
    options: dict[str, Any] = {}
    for check in checks:
        for part in check.this.flatten() if isinstance(check.this, exp.And) else [check.this]:
            if isinstance(part, exp.In) and isinstance(part.this, exp.Column):
                enum = tuple(_value(value) for value in part.expressions)
            elif type(part) in signs:
                option = signs[type(part)][isinstance(part.this, exp.Length)]
                if option and isinstance(part.this, exp.Column | exp.Length):
                    options[option] = _value(part.expression)
    return enum, {name: value for name, value in options.items() if value is not None}


def _value(node: Any) -> Any:
    """A literal's value; None for anything else."""
    from sqlglot import exp

    if isinstance(node, exp.Neg):
        inner = _value(node.this)
        return -inner if isinstance(inner, int | float) else None
    if isinstance(node, exp.Boolean):
        return bool(node.this)
    if not isinstance(node, exp.Literal):
        return None
    if node.is_string:
        return node.name
    return int(node.name) if node.name.isdigit() else float(node.name)


def _comment(statement: Any, tables: dict[tuple[str, str], Table]) -> None:
    kind, target = str(statement.args.get("kind")).upper(), statement.this
    text = statement.expression.name if statement.expression else ""
    if kind == "TABLE" and _key(target) in tables:
        tables[_key(target)] = msgspec.structs.replace(tables[_key(target)], description=text)
    elif kind == "COLUMN":
        key = (target.db.lower() if hasattr(target, "db") else "", str(target.table).lower())
        table = tables.get(key) or tables.get(("", key[1]))
        if table is not None:
            fields = tuple(
                msgspec.structs.replace(field, description=text) if field.name == target.name else field
                for field in table.fields
            )
            tables[key if key in tables else ("", key[1])] = msgspec.structs.replace(table, fields=fields)


def type_in(text: str, dialect: str) -> SqlType:
    """DuckDB's type for one of another dialect: ``NUMBER(38,0)`` of Snowflake is ``DECIMAL(38,0)``."""
    from sqlglot import exp
    from sqlglot.errors import SqlglotError

    try:
        return _type(exp.DataType.build(text, dialect=dialect))
    except SqlglotError:
        return parse_type(text)


def _type(kind: Any) -> SqlType:
    from sqlglot import exp

    if kind is None:
        return SqlType("VARCHAR")
    names = exp.DataType.Type
    if kind.this in {names.ARRAY, names.LIST} and kind.expressions:
        return list_of(_type(kind.expressions[0]))
    if kind.this in {names.STRUCT, names.OBJECT, names.NESTED} and kind.expressions:
        parts = tuple((part.name, _type(part.args.get("kind"))) for part in kind.expressions)
        return SqlType(STRUCT, parts=parts)
    if kind.this is names.MAP and len(kind.expressions) > 1:
        key, value = kind.expressions[:2]
        return SqlType(MAP, parts=(("key", _type(key)), ("value", _type(value))))
    return parse_type(kind.sql(dialect="duckdb"))
