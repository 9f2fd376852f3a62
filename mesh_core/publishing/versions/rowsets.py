"""Two tables as multisets of rows: whether they are the same to the bit, and what differs if not."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Literal

import msgspec

from mesh_core.publishing.register import masked
from mesh_core.storage import quoted

if TYPE_CHECKING:
    import duckdb

    from mesh_core.contracts import Contract

_EXAMPLES = 5
_SURPLUS = "_mesh_surplus"
_DIFFERING = "_mesh_differing"
_FLOATS = frozenset({"FLOAT", "DOUBLE"})


class Example(msgspec.Struct, frozen=True, kw_only=True):
    """One row that only one side has, or has more often; sensitive values are hidden."""

    side: Literal["published", "rebuilt"]
    row: dict[str, Any]


class Difference(msgspec.Struct, frozen=True, kw_only=True):
    """Rows that the two sides do not share; a row that one has twice and the other once counts once."""

    published_rows: int
    rebuilt_rows: int
    only_published: int = 0
    only_rebuilt: int = 0
    columns: tuple[str, ...] = ()
    """Where there is a key: the columns in which rows of equal key differ."""
    examples: tuple[Example, ...] = ()

    @property
    def none(self) -> bool:
        return not self.only_published and not self.only_rebuilt


def difference(
    connection: duckdb.DuckDBPyConnection, published: str, rebuilt: str, contract: Contract, key: Sequence[str] = ()
) -> Difference:
    """What differs between two relations with the contract's columns, each read once; bounded memory.

    Values are compared exactly: a float also by its sign, so that -0.0 is not 0.0. Null equals null.
    """
    names = ", ".join(quoted(column.name) for column in contract.columns)
    typed = ", ".join(
        f"CAST({quoted(column.name)} AS {column.physical_type}) AS {quoted(column.name)}" for column in contract.columns
    )
    told_apart = ", ".join([names, *_bits(contract)])
    connection.execute(
        f"CREATE OR REPLACE TEMP TABLE {_DIFFERING} AS "
        f"SELECT {names}, sum(_mesh_side)::BIGINT AS {_SURPLUS} FROM ("
        f"SELECT *, 1 AS _mesh_side FROM (SELECT {typed} FROM ({published})) UNION ALL "
        f"SELECT *, -1 FROM (SELECT {typed} FROM ({rebuilt}))"
        f") GROUP BY {told_apart} HAVING sum(_mesh_side) <> 0"
    )
    [(here, there)] = connection.execute(
        f"SELECT coalesce(sum({_SURPLUS}) FILTER ({_SURPLUS} > 0), 0)::BIGINT, "
        f"coalesce(-sum({_SURPLUS}) FILTER ({_SURPLUS} < 0), 0)::BIGINT FROM {_DIFFERING}"
    ).fetchall()
    [(rows,)] = connection.execute(f"SELECT count(*) FROM ({published})").fetchall()
    return Difference(
        published_rows=rows,
        rebuilt_rows=rows - here + there,
        only_published=here,
        only_rebuilt=there,
        columns=_columns(connection, contract, key) if key and here and there else (),
        examples=_examples(connection, contract) if here or there else (),
    )


def _bits(contract: Contract) -> list[str]:
    """What tells values apart that DuckDB takes for equal: the sign of a zero, also within lists and structs."""
    return [
        f"signbit({quoted(column.name)})" if column.physical_type in _FLOATS else f"{quoted(column.name)}::VARCHAR"
        for column in contract.columns
        if any(kind in column.physical_type for kind in _FLOATS)
    ]


def _columns(connection: duckdb.DuckDBPyConnection, contract: Contract, key: Sequence[str]) -> tuple[str, ...]:
    others = [column.name for column in contract.columns if column.name not in key]
    if not others:
        return ()
    same = " AND ".join(f"p.{quoted(name)} IS NOT DISTINCT FROM r.{quoted(name)}" for name in key)
    told = ", ".join(
        f"coalesce(bool_or(p.{quoted(name)}::VARCHAR IS DISTINCT FROM r.{quoted(name)}::VARCHAR), false)"
        for name in others
    )
    [found] = connection.execute(
        f"SELECT {told} FROM {_DIFFERING} p JOIN {_DIFFERING} r ON {same} WHERE p.{_SURPLUS} > 0 AND r.{_SURPLUS} < 0"
    ).fetchall()
    return tuple(name for name, differs in zip(others, found, strict=True) if differs)


def _examples(connection: duckdb.DuckDBPyConnection, contract: Contract) -> tuple[Example, ...]:
    """The first rows by their values, so that the two sides of one row stand together."""
    names = ", ".join(quoted(column.name) for column in contract.columns)
    found = connection.execute(
        f"SELECT to_json(_mesh_row) FROM (SELECT {names}, {_SURPLUS} FROM {_DIFFERING} "
        f"ORDER BY {names}, {_SURPLUS} LIMIT {_EXAMPLES}) AS _mesh_row"
    ).fetchall()
    rows = [json.loads(text) for (text,) in found]
    return tuple(
        Example(side="published" if row.pop(_SURPLUS) > 0 else "rebuilt", row=masked(row, contract)) for row in rows
    )
