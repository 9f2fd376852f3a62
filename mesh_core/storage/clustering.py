"""Z-order in DuckDB's SQL: rows that are near each other in several columns come near each other in the files.

Each column's values are cut into equally full buckets, by the quantiles of a sample, and the buckets' numbers are
interleaved bit by bit. delta-rs has a Z-order too; it leaves a partition column out of the files (measured with
1.6.3), and holds its rows in memory.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import TYPE_CHECKING

from mesh_core.storage.engine import quoted

if TYPE_CHECKING:
    import duckdb

_SAMPLED_ROWS = 20_000
_BITS = 6
"""Of each column: 64 buckets. Two columns make 4,096 cells, finer than the row groups of 500M rows."""
_BITS_IN_ALL = 60


def mark_of(columns: Sequence[str]) -> str:
    """What a file's name says if its rows are in the Z-order of ``columns``: no other place survives as surely."""
    return "z" + hashlib.sha256("\n".join(columns).encode()).hexdigest()[:8] if columns else ""


def is_marked(name: str, mark: str) -> bool:
    """Whether the file of that name carries the mark."""
    return f".{mark}." in name.rpartition("/")[2]


def ordered(connection: duckdb.DuckDBPyConnection, select: str, columns: Sequence[str]) -> str:
    """``select`` with its rows in the Z-order of ``columns``; NULLs come first."""
    plain = ", ".join(f"{quoted(column)} NULLS FIRST" for column in columns)
    if len(columns) == 1:
        return f"SELECT * FROM ({select}) ORDER BY {plain}"
    bits = max(1, min(_BITS, _BITS_IN_ALL // len(columns)))
    kinds, steps = _quantiles(connection, select, columns, bits)
    buckets = [
        _bucket(quoted(column), [f"{step}::{kind}" for step in found])
        for column, kind, found in zip(columns, kinds, steps, strict=True)
    ]
    return f"SELECT * FROM ({select}) ORDER BY {_interleaved(buckets, bits)}, {plain}"


def _quantiles(
    connection: duckdb.DuckDBPyConnection, select: str, columns: Sequence[str], bits: int
) -> tuple[list[str], list[list[str]]]:
    """For each column its type and the values, as SQL literals, at which its buckets begin."""
    at = ", ".join(str(each / 2**bits) for each in range(1, 2**bits))
    asked = ", ".join(
        f"any_value(typeof({quoted(column)})), "
        f"list_transform(quantile_disc({quoted(column)}, [{at}]), lambda step: format('''{{}}''', "
        f"replace(step::VARCHAR, '''', '''''')))"
        for column in columns
    )
    sample = f"SELECT * FROM ({select}) USING SAMPLE reservoir({_SAMPLED_ROWS} ROWS) REPEATABLE (1)"
    [row] = connection.execute(f"SELECT {asked} FROM ({sample})").fetchall()
    steps = [list(dict.fromkeys(step for step in found or () if step is not None)) for found in row[1::2]]
    return list(row[0::2]), steps


def _bucket(value: str, steps: list[str]) -> str:
    """The number of steps that are not above ``value``, found by halving: six comparisons for 63 steps."""

    def between(low: int, high: int) -> str:
        if low == high:
            return str(low)
        middle = (low + high) // 2
        return f"CASE WHEN {value} >= {steps[middle]} THEN {between(middle + 1, high)} ELSE {between(low, middle)} END"

    return between(0, len(steps))


def _interleaved(buckets: list[str], bits: int) -> str:
    """One number made of the buckets' bits in turn, the highest of each first."""
    taken = [
        f"((({bucket})::BIGINT >> {bit}) & 1) << {bit * len(buckets) + len(buckets) - 1 - at}"
        for at, bucket in enumerate(buckets)
        for bit in range(bits)
    ]
    return "(" + " | ".join(f"({each})" for each in taken) + ")"
