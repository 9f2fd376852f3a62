"""Small files put together, and files brought into the order that a contract asks for: the same rows in other files.

DuckDB writes the new files as it writes staged ones, so they hold the same types, row groups and partition columns.
delta-rs's own compaction leaves the partition column out of the files, and names folders of odd values anew
(measured with 1.6.3).
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING
from urllib.parse import unquote

import msgspec

from mesh_core.errors import MeshError
from mesh_core.storage.clustering import is_marked, mark_of, ordered
from mesh_core.storage.engine import literal
from mesh_core.storage.pinned import DataFile, Pinned
from mesh_core.storage.places import Place, make_room, names_in, remove
from mesh_core.storage.staging import ROW_GROUP_SIZE, StagedFile
from mesh_core.storage.statistics import statistics_in

if TYPE_CHECKING:
    import duckdb

TARGET_BYTES = 128 * 1024 * 1024
"""Of a file that is made from others: large enough that opening it costs nothing beside reading it."""
SMALL_BYTES = TARGET_BYTES // 4
LEAST_FILES = 5
"""Fewer small files in one partition are left as they are: combining them would cost more than it saves."""


class Sizes(msgspec.Struct, frozen=True, kw_only=True):
    """When files are put together, and how large what comes out may be."""

    target: int = TARGET_BYTES
    small: int = SMALL_BYTES
    least_files: int = LEAST_FILES


class Group(msgspec.Struct, frozen=True):
    """Files of one partition that become one, or as many as their size asks for."""

    files: tuple[DataFile, ...]

    @property
    def bytes(self) -> int:
        return sum(file.bytes for file in self.files)

    @property
    def rows(self) -> int:
        """-1 where it is not known."""
        return -1 if any(file.rows < 0 for file in self.files) else sum(file.rows for file in self.files)

    @property
    def folder(self) -> str:
        """Below the table; '' without partitions."""
        return unquote(self.files[0].entry).rpartition("/")[0]


def groups_of(pinned: Pinned, cluster_by: Sequence[str], sizes: Sizes) -> list[Group]:
    """What is worth writing anew, by partition.

    Without ``cluster_by``: the small files where there are enough of them. With it: whatever is not in that order yet,
    together with what is but does not fill a file, so that large ordered files are written once.
    """
    partitions: dict[str, list[DataFile]] = {}
    for file in pinned.data:
        partitions.setdefault(unquote(file.entry).rpartition("/")[0], []).append(file)
    chosen = (
        _unordered(files, mark_of(cluster_by), sizes) if cluster_by else _small(files, sizes)
        for files in partitions.values()
    )
    return [Group(tuple(files)) for files in chosen if files]


def _small(files: Iterable[DataFile], sizes: Sizes) -> list[DataFile]:
    small = [file for file in files if file.bytes < sizes.small]
    return small if len(small) >= max(2, sizes.least_files) else []


def _unordered(files: list[DataFile], mark: str, sizes: Sizes) -> list[DataFile]:
    if all(is_marked(file.entry, mark) for file in files):
        return []
    return [file for file in files if not is_marked(file.entry, mark) or file.bytes < sizes.small]


def rewrite(
    connection: duckdb.DuckDBPyConnection,
    pinned: Pinned,
    group: Group,
    *,
    cluster_by: Sequence[str] = (),
    target_bytes: int = TARGET_BYTES,
) -> tuple[StagedFile, ...]:
    """Write the group's rows to new files beside the old ones, named by no version yet; on any failure none is left.

    MeshError if the new files do not hold as many rows as the log says of the old ones.
    """
    folder = pinned.path / group.folder if group.folder else pinned.path
    name = ".".join(filter(None, (f"part-{uuid.uuid4()}-{{i}}", mark_of(cluster_by), "zstd")))
    select = pinned.relation_of(file.file for file in group.files)
    if cluster_by:
        select = ordered(connection, select, cluster_by)
    make_room(folder)
    copy = (
        f"COPY ({select}) TO {literal(str(folder))} (FORMAT parquet, COMPRESSION zstd, COMPRESSION_LEVEL 1, "
        f"ROW_GROUP_SIZE {ROW_GROUP_SIZE}, FILE_SIZE_BYTES {target_bytes}, FILENAME_PATTERN {literal(name)}, "
        "OVERWRITE_OR_IGNORE, RETURN_STATS)"
    )
    try:
        written = [
            StagedFile(
                file=folder / str(row[0]).replace("\\", "/").rpartition("/")[2],
                rows=row[1],
                bytes=row[2],
                statistics=statistics_in(row[4]),
                partition=group.files[0].partition,
            )
            for row in connection.execute(copy).fetchall()
        ]
        _check(group, written, pinned.path)
    except BaseException:
        discard(folder, name.partition("{")[0])
        raise
    return tuple(written)


def discard(folder: Place, prefix: str) -> None:
    """Remove the files in ``folder`` whose names begin so."""
    for name in names_in(folder):
        if name.startswith(prefix):
            remove(folder / name)


def _check(group: Group, written: Sequence[StagedFile], table: Place) -> None:
    rows = sum(file.rows for file in written)
    if group.rows not in {-1, rows}:
        message = f"{table}: {len(group.files)} files should hold {group.rows} rows and hold {rows}"
        raise MeshError(
            message,
            code="rows-differ",
            remedy="A file is not what the log says. Nothing was changed; publish the table anew with --force.",
        )
