"""Delta tables in a lake, read and written through DuckDB."""

from mesh_core.storage.engine import (
    connect,
    describe,
    literal,
    parquet_relation,
    plain_connection,
    qualified,
    quoted,
    reach,
)
from mesh_core.storage.evolution import SchemaChange
from mesh_core.storage.lake import Change, Lake, Pinned, Staged, StagedFile, open_lake
from mesh_core.storage.log import Commit
from mesh_core.storage.object_store import ObjectPath, ObjectStoreError
from mesh_core.storage.places import PRIVATE, Place
from mesh_core.storage.statistics import ColumnStatistics

__all__ = [
    "PRIVATE",
    "Change",
    "ColumnStatistics",
    "Commit",
    "Lake",
    "ObjectPath",
    "ObjectStoreError",
    "Pinned",
    "Place",
    "SchemaChange",
    "Staged",
    "StagedFile",
    "connect",
    "describe",
    "literal",
    "open_lake",
    "parquet_relation",
    "plain_connection",
    "qualified",
    "quoted",
    "reach",
]
