"""Sketches of sets of ids: a few kilobytes that tell how many ids two columns have in common, and no id.

A sketch holds the ids that come first in an order which depends on a secret key, as hashes of 8 bytes. The order is
the same for every column, so the first ids of two sketches can be compared: those that both could hold are a random
sample of either set. Without the key nobody can test a guess of an id against a hash.

The hash begins with 6 bits that tell how many leading zeros a cheap hash of key and id has, those with more first; the
rest is SHA-256 of key, id and key. So the costly hash is taken of a few thousand ids, however many there are.
"""

from __future__ import annotations

import struct
from hashlib import sha256
from typing import TYPE_CHECKING

import msgspec

from mesh_core.storage.engine import literal

if TYPE_CHECKING:
    import duckdb

KEPT = 4096
"""Ids of a sketch: an estimated share is within 1.6 points of the truth in 95 of 100 cases."""
_WIDTH = 8
_TAIL_BITS = 58


class Overlap(msgspec.Struct, frozen=True, kw_only=True):
    """What two sketches tell: of each set, how many ids were compared, and how many of them both have."""

    common: int
    left: int
    right: int
    exact: bool
    """Whether the sketches hold every id."""


def sketch_of(connection: duckdb.DuckDBPyConnection, ids: str, count: int, key: str) -> bytes:
    """The sketch of the column ``id`` (different texts, ``count`` of them) that the SQL ``ids`` yields."""
    level = max(0, (count // (4 * KEPT)).bit_length() - 1)
    hashes = _first(connection, ids, level, key)
    if len(hashes) < min(KEPT, count) and level:
        hashes = _first(connection, ids, 0, key)
    return _mark(key) + struct.pack(f">{len(hashes)}Q", *hashes)


def compare(left: tuple[bytes, int], right: tuple[bytes, int]) -> Overlap | None:
    """The overlap of two sets, each given by its sketch and the number of its ids.

    None if a sketch is missing, or they were made with different keys.
    """
    (one, ones), (other, others) = left, right
    if len(one) < _WIDTH or one[:_WIDTH] != other[:_WIDTH]:
        return None
    hashes = _hashes(one), _hashes(other)
    # Beyond the last hash of a sketch that lacks ids nobody knows what that set has.
    ends = [known[-1] for known, ids in zip(hashes, (ones, others), strict=True) if known and len(known) < ids]
    last = min(ends, default=None)
    first, second = ({each for each in known if last is None or each <= last} for known in hashes)
    return Overlap(common=len(first & second), left=len(first), right=len(second), exact=last is None)


def _first(connection: duckdb.DuckDBPyConnection, ids: str, level: int, key: str) -> list[int]:
    """The first hashes of the ids whose cheap hash has at least ``level`` leading zeros."""
    # In a variable, because DuckDB's errors quote the statement.
    connection.execute(f"SET VARIABLE mesh_key = {literal(key)}")
    given = "getvariable('mesh_key')"
    strong = f"('0x' || left(sha256({given} || id || {given}), 16))::UBIGINT"
    zeros = "least(64 - length(bin(cheap)), 63)"
    [(found,)] = connection.execute(
        f"SELECT min(((63 - {zeros})::UBIGINT << {_TAIL_BITS}) | ({strong} >> {64 - _TAIL_BITS}), {KEPT}) FROM "
        f"(SELECT id, hash({given} || id) AS cheap FROM ({ids})) WHERE cheap <= {2 ** (64 - level) - 1}::UBIGINT"
    ).fetchall()
    connection.execute("RESET VARIABLE mesh_key")
    return found or []


def _mark(key: str) -> bytes:
    """Tells key and engine apart: DuckDB's cheap hash may be another in another version."""
    import duckdb

    return sha256(f"{key}|{duckdb.__version__}".encode()).digest()[:_WIDTH]


def _hashes(sketch: bytes) -> tuple[int, ...]:
    return struct.unpack(f">{len(sketch) // _WIDTH - 1}Q", sketch[_WIDTH:])
