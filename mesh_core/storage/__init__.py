"""Delta tables in a lake, read and written through DuckDB."""

from mesh_core.storage.beside import write_beside
from mesh_core.storage.committing import Change, CommitUnknownError
from mesh_core.storage.engine import (
    connect,
    describe,
    is_interruption,
    literal,
    plain_connection,
    qualified,
    quoted,
    reach,
)
from mesh_core.storage.evolution import SchemaChange
from mesh_core.storage.lake import Lake, open_lake
from mesh_core.storage.log import Commit, Entry
from mesh_core.storage.object_store import ObjectPath, ObjectStoreError, store_error
from mesh_core.storage.pinned import DataFile, Pinned
from mesh_core.storage.places import PRIVATE, Place
from mesh_core.storage.scan import scan
from mesh_core.storage.staging import Staged, StagedFile
from mesh_core.storage.statistics import ColumnStatistics, combined

__all__ = [
    "PRIVATE",
    "Change",
    "ColumnStatistics",
    "Commit",
    "CommitUnknownError",
    "DataFile",
    "Entry",
    "Lake",
    "ObjectPath",
    "ObjectStoreError",
    "Pinned",
    "Place",
    "SchemaChange",
    "Staged",
    "StagedFile",
    "combined",
    "connect",
    "describe",
    "is_interruption",
    "literal",
    "open_lake",
    "plain_connection",
    "qualified",
    "quoted",
    "reach",
    "scan",
    "store_error",
    "write_beside",
]
