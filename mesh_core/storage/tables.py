"""Opening a Delta table at one version, and refusing one whose rows its Parquet files alone do not tell."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from mesh_core.errors import MeshError
from mesh_core.storage.log import log_folder
from mesh_core.storage.object_store import ObjectStoreError, reaching
from mesh_core.storage.pinned import DataFile
from mesh_core.storage.places import Place, storage_options

if TYPE_CHECKING:
    from deltalake import DeltaTable

EVOLVED = "mesh.evolved"
"""A table property: columns were added while files without them stayed."""

_READABLE = {"timestampNtz", "vacuumProtocolCheck", "v2Checkpoint"}
"""Reader features beside which a version's rows are exactly those of its files."""


def open_table(table: Place, version: int, *, files: bool = True) -> DeltaTable:
    """The table at ``version``, which its log holds; MeshError if it cannot be read or needs what we do not do."""
    from deltalake import DeltaTable
    from deltalake.exceptions import DeltaError

    try:
        with reaching(table):
            options = storage_options(table)
            delta = DeltaTable(str(table), version=version, storage_options=options, without_files=not files)
    except ObjectStoreError:
        raise
    except (DeltaError, OSError) as error:
        raise damaged_log(table, version, error) from error
    protocol = delta.protocol()
    unknown = set(protocol.reader_features or ()) - _READABLE
    if protocol.min_reader_version == 2 or unknown:
        told = ", ".join(sorted(unknown)) or "column mapping"
        message = f"the table uses {told}, which the mesh does not read"
        raise MeshError(message, path=log_folder(table), remedy="Publish it again without.", code="table-not-readable")
    return delta


def damaged_log(table: Place, version: int, error: Exception) -> MeshError:
    message = f"version {version} cannot be opened: {str(error).strip()}"
    remedy = "An older version may still read: see `mesh history` and `mesh query --at`, then `mesh restore`."
    return MeshError(message, path=log_folder(table), remedy=remedy, code="table-damaged")


def data_files(delta: DeltaTable, table: Place) -> tuple[DataFile, ...]:
    """The version's files, sorted."""
    return tuple(sorted(_data_files(delta, str(table)), key=lambda file: file.file))


def _data_files(delta: DeltaTable, root: str) -> Iterator[DataFile]:
    for batch in delta.get_add_actions().to_batches():
        paths, sizes = batch.column("path").to_pylist(), batch.column("size_bytes").to_pylist()
        rows = batch.column("num_records").to_pylist()
        partitioned = "partition" in batch.schema.names
        nothing: list[dict[str, Any]] = [{}] * len(paths)
        partitions = batch.column("partition").to_pylist() if partitioned else nothing
        for entry, size, count, partition in zip(paths, sizes, rows, partitions, strict=True):
            yield DataFile(
                file=file_of(root, entry),
                entry=entry,
                rows=-1 if count is None else count,
                bytes=size,
                partition={name: _text(value) for name, value in partition.items()},
            )


def file_of(root: str, entry: str) -> str:
    """The file that a log's entry names, as DuckDB opens it: Delta Lake percent-encodes its paths."""
    return f"{root}/{unquote(entry)}"


def _text(value: Any) -> str | None:
    return None if value is None else str(value)
