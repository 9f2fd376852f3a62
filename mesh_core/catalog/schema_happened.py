"""The catalog's tables for what happens around ports. Since schema version 4."""

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, Column, Float, Index, Table

from mesh_core.catalog.schema import metadata
from mesh_core.catalog.text import Text

# ``seq`` is given out by the one transaction that writes: a reader that has seen n has seen all below it.
changes = Table(
    "changes",
    metadata,
    Column("seq", BigInteger, primary_key=True, autoincrement=False),
    Column("id", Text, nullable=False),
    Column("type", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("domain", Text, nullable=False),
    Column("at", Text, nullable=False),
    Column("data", Text, nullable=False),
)

uses = Table(
    "uses",
    metadata,
    Column("id", Text, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("address", Text, nullable=False),
    Column("at", Text, nullable=False),
    Column("consumer", Text, nullable=False),
    Column("domain", Text, nullable=False),
    Column("via", Text, nullable=False),
    Column("rows", BigInteger),
    Column("detail", Text, nullable=False),
    Index("uses_by_port", "address", "kind", "at", "consumer"),
    Index("uses_by_time", "at"),
)

confirmations = Table(
    "confirmations",
    metadata,
    Column("address", Text, primary_key=True),
    Column("at", Text, primary_key=True),
    Column("table_version", BigInteger, nullable=False),
    Column("run_id", Text, nullable=False),
)

measurements = Table(
    "measurements",
    metadata,
    Column("address", Text, primary_key=True),
    Column("indicator", Text, primary_key=True),
    Column("at", Text, primary_key=True),
    Column("value", Float),
    Column("good", Boolean, nullable=False),
    Column("detail", Text, nullable=False),
    Index("measurements_by_time", "at"),
)

# The newest row of each indicator once more: looking for it among a month of them takes seconds.
indicators = Table(
    "indicators",
    metadata,
    Column("address", Text, primary_key=True),
    Column("indicator", Text, primary_key=True),
    Column("at", Text, nullable=False),
    Column("value", Float),
    Column("good", Boolean, nullable=False),
    Column("detail", Text, nullable=False),
)
