"""DuckDB's type names taken apart and put together, without DuckDB: importing it costs half of a verb's budget."""

from __future__ import annotations

import re
from functools import cache

import msgspec

_WORD = re.compile(r'"(?:[^"]|"")*"|\'(?:[^\']|\'\')*\'|[\w ]*\w|[(),\[\]]')
_SPELLINGS = {
    "INT": "INTEGER", "INT4": "INTEGER", "INT32": "INTEGER", "SIGNED": "INTEGER", "INT8": "BIGINT", "LONG": "BIGINT",
    "INT64": "BIGINT", "INT2": "SMALLINT", "SHORT": "SMALLINT", "INT16": "SMALLINT", "INT1": "TINYINT",
    "REAL": "FLOAT", "FLOAT4": "FLOAT", "FLOAT8": "DOUBLE", "DOUBLE PRECISION": "DOUBLE", "NUMERIC": "DECIMAL",
    "TEXT": "VARCHAR", "STRING": "VARCHAR", "CHAR": "VARCHAR", "BPCHAR": "VARCHAR", "BOOL": "BOOLEAN",
    "LOGICAL": "BOOLEAN", "BYTEA": "BLOB", "BINARY": "BLOB", "VARBINARY": "BLOB", "DATETIME": "TIMESTAMP",
    "TIMESTAMP WITHOUT TIME ZONE": "TIMESTAMP", "TIMESTAMPTZ": "TIMESTAMP WITH TIME ZONE",
    "TIME WITHOUT TIME ZONE": "TIME", "SERIAL": "INTEGER", "BIGSERIAL": "BIGINT", "SMALLSERIAL": "SMALLINT",
}  # fmt: skip
_DECIMAL = ("18", "3")
"""What DuckDB makes of DECIMAL without precision."""
LIST, STRUCT, MAP = "LIST", "STRUCT", "MAP"
INTEGER_BITS = {"TINYINT": 8, "SMALLINT": 16, "INTEGER": 32, "BIGINT": 64}
UNSIGNED_BITS = {f"U{name}": bits for name, bits in INTEGER_BITS.items()}


class SqlType(msgspec.Struct, frozen=True):
    """A type by its base name; ``str()`` spells it as DuckDB prints it."""

    base: str
    arguments: tuple[str, ...] = ()
    """Of DECIMAL: precision and scale; of ENUM: its values; of a list of fixed size: the size."""
    parts: tuple[tuple[str, SqlType], ...] = ()
    """Of a list: ``item``; of a map: ``key`` and ``value``; of a struct: its fields."""

    def __str__(self) -> str:
        if self.base in {LIST, STRUCT, MAP} and not self.parts:
            return self.base
        if self.base == LIST:
            return f"{self.parts[0][1]}[{''.join(self.arguments)}]"
        if self.base == STRUCT:
            return f"STRUCT({', '.join(f'{quoted(name)} {part}' for name, part in self.parts)})"
        if self.base == MAP:
            return f"MAP({self.parts[0][1]}, {self.parts[1][1]})"
        if self.base == "ENUM":
            return "ENUM(" + ", ".join(literal(value) for value in self.arguments) + ")"
        return f"{self.base}({','.join(self.arguments)})" if self.arguments else self.base


@cache
def parse_type(text: str) -> SqlType:
    """The type that ``text`` spells; a name nobody knows becomes a type of that name."""
    words = [word.strip() for word in _WORD.findall(text)]
    parsed, rest = _parse(words)
    return SqlType(text.strip()) if rest else parsed


def list_of(item: SqlType) -> SqlType:
    return SqlType(LIST, parts=(("item", item),))


def quoted(name: str) -> str:
    """A name in SQL, quoted where it must be."""
    plain = re.fullmatch(r"[a-z_][a-z0-9_]*", name) and name not in _RESERVED.split()
    return name if plain else '"' + name.replace('"', '""') + '"'


def literal(value: object) -> str:
    """A text, number, boolean or null in SQL."""
    if value is None:
        return "NULL"
    if isinstance(value, bool):
        return str(value).upper()
    if isinstance(value, int | float):
        return str(value)
    return "'" + str(value).replace("'", "''") + "'"


_RESERVED = """
    all analyse analyze and any array as asc asymmetric both case cast check collate column constraint create
    current_date current_time current_timestamp date day default deferrable desc describe distinct do else end
    except false fetch for foreign from group having in initially intersect interval into key lambda lateral
    leading level limit not null offset on only or order pivot placing primary qualify rank references
    returning row rows select show some summarize symmetric table then time timestamp to trailing true union
    unique unpivot user using value variadic when where window with year
"""
"""Names that DuckDB reserves, and some that other databases do."""


def _parse(words: list[str]) -> tuple[SqlType, list[str]]:
    if not words:
        return SqlType("VARCHAR"), words
    name, words = " ".join(words[0].upper().split()), words[1:]
    base = _SPELLINGS.get(name, name)
    if words[:1] == ["("]:
        found, words = _with_arguments(base, words[1:])
    else:
        found = SqlType(base, _DECIMAL if base == "DECIMAL" else ())
    while words[:1] == ["["]:
        size, words = ((words[1],), words[3:]) if words[1:2] != ["]"] else ((), words[2:])
        found = SqlType(LIST, size, (("item", found),))
    return found, words


def _with_arguments(base: str, words: list[str]) -> tuple[SqlType, list[str]]:
    arguments: list[str] = []
    parts: list[tuple[str, SqlType]] = []
    while words and words[0] != ")":
        if words[0] == ",":
            words = words[1:]
        elif base == STRUCT:
            name, words = _field_name(words)
            part, words = _parse(words)
            parts.append((name, part))
        elif base in {MAP, LIST}:
            part, words = _parse(words)
            parts.append((("key", "value")[len(parts)] if base == MAP and len(parts) < 2 else "item", part))
        else:
            arguments.append(_unquoted(words[0]))
            words = words[1:]
    if base == "DECIMAL" and len(arguments) == 1:
        arguments.append("0")
    kept = tuple(arguments) if base in {"DECIMAL", "ENUM"} else ()
    return SqlType(base, kept, tuple(parts)), words[1:]


def _field_name(words: list[str]) -> tuple[str, list[str]]:
    """``name TYPE``: an unquoted name and its type come as one run of words."""
    if words[0].startswith('"'):
        return _unquoted(words[0]), words[1:]
    name, _, kind = words[0].partition(" ")
    return name, [kind, *words[1:]]


def _unquoted(word: str) -> str:
    if word[:1] in {'"', "'"}:
        return word[1:-1].replace(word[0] * 2, word[0])
    return word
