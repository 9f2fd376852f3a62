"""Files that belong to a table and are no version of it: rows in quarantine, samples, deleted keys.

They lie in its hidden folder. A commit that names one makes it valid; what no kept commit names, maintenance removes.
"""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from mesh_core.storage.engine import literal
from mesh_core.storage.object_store import ObjectStoreError
from mesh_core.storage.places import PRIVATE, Place, make_room, remove
from mesh_core.storage.staging import writing

if TYPE_CHECKING:
    import duckdb


def write_beside(connection: duckdb.DuckDBPyConnection, select: str, table: Place, name: str) -> Place:
    """Write the result of ``select`` as the Parquet file ``name`` into the table's hidden folder, or leave none.

    MeshError (lake-not-writable) where files cannot be written.
    """
    file = table / PRIVATE / name
    try:
        with writing(table):
            make_room(table / PRIVATE)
            connection.execute(
                f"COPY ({select}) TO {literal(str(file))} (FORMAT parquet, COMPRESSION zstd, USE_TMP_FILE false)"
            )
    except BaseException:
        with contextlib.suppress(ObjectStoreError, OSError):  # the first failure is the one to tell
            remove(file)
        raise
    return file
