"""Delta tables in a lake, read and written through DuckDB."""

from mesh_core.storage.engine import (
    connect,
    describe,
    literal,
    parquet_relation,
    plain_connection,
    qualified,
    quoted,
)
from mesh_core.storage.evolution import SchemaChange
from mesh_core.storage.lake import Lake, Pinned, Staged
from mesh_core.storage.log import Commit
from mesh_core.storage.statistics import ColumnStatistics

__all__ = [
    "ColumnStatistics",
    "Commit",
    "Lake",
    "Pinned",
    "SchemaChange",
    "Staged",
    "connect",
    "describe",
    "literal",
    "parquet_relation",
    "plain_connection",
    "qualified",
    "quoted",
]
