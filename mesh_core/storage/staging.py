"""Staged rows: Parquet files under a table's folder that no version of it names."""

from __future__ import annotations

import contextlib
import uuid
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import msgspec

from mesh_core.errors import MeshError
from mesh_core.storage.engine import describe, literal, quoted
from mesh_core.storage.object_store import ObjectStoreError, reaching
from mesh_core.storage.places import Place, files_below, make_room, remove
from mesh_core.storage.scan import scan
from mesh_core.storage.statistics import ColumnStatistics, combined, statistics_in

if TYPE_CHECKING:
    import duckdb

ROW_GROUP_SIZE = 122_880
"""Rows a row group: DuckDB scans row groups in parallel, and million-row groups serialise a scan (measured)."""

PARTITION_TYPES = ("DATE", "VARCHAR", "BIGINT", "INTEGER", "SMALLINT", "TINYINT")
"""Types whose text is the same to DuckDB, which names the folders, and to Delta Lake."""


class StagedFile(msgspec.Struct, frozen=True, kw_only=True):
    """One Parquet file that no table version names yet."""

    file: Place
    rows: int
    bytes: int
    statistics: dict[str, ColumnStatistics]
    partition: dict[str, str | None] = {}
    """The value of each partition column, as Delta Lake writes it; None is NULL."""


class Staged(msgspec.Struct, frozen=True):
    """Rows written beside a table and invisible to its readers until committed."""

    path: Place
    files: tuple[StagedFile, ...]
    columns: dict[str, str] = {}
    """Name to DuckDB type."""
    partition_by: tuple[str, ...] = ()

    @property
    def rows(self) -> int:
        return sum(file.rows for file in self.files)

    @property
    def bytes(self) -> int:
        return sum(file.bytes for file in self.files)

    @property
    def statistics(self) -> dict[str, ColumnStatistics]:
        """Of all staged rows together."""
        return combined([(file.rows, file.statistics) for file in self.files], self.columns)

    @property
    def partitions(self) -> tuple[str | None, ...]:
        """The values of the one partition column that have rows, sorted; None, if it is there, comes first."""
        found = {value for file in self.files for value in file.partition.values()}
        return tuple(sorted(found, key=lambda value: (value is not None, value or "")))

    @property
    def relation(self) -> str:
        return scan((str(file.file) for file in self.files), self.columns, partition_by=self.partition_by)


def stage(
    connection: duckdb.DuckDBPyConnection,
    select: str,
    table: Place,
    columns: Mapping[str, str] | Sequence[str],
    *,
    partition_by: tuple[str, ...] = (),
    order_by: tuple[str, ...] = (),
) -> Staged:
    """Write the result of ``select``, in the order of ``columns``, to Parquet files under ``table``.

    One file, or with ``partition_by`` at least one for each of its values, in folders ``column=value``; the column
    stays in the file too, so that every reader of single files sees it. On any failure no file is left.
    """
    typed = _typed(connection, select, columns)
    _check_partitions(typed, partition_by)
    make_room(table)
    chosen = ", ".join(quoted(column) for column in typed)
    sql = f"SELECT {chosen} FROM ({select})"
    if order_by:
        sql += " ORDER BY " + ", ".join(quoted(column) for column in order_by)
    name = f"part-{uuid.uuid4()}"
    try:
        write = _write_partitions if partition_by else _write_one
        with reaching(table):
            files = write(connection, sql, table, name, partition_by)
    except BaseException:
        with contextlib.suppress(ObjectStoreError):  # the first failure is the one to tell
            _clean(table, name, partitioned=bool(partition_by))
        raise
    return Staged(table, files, typed, partition_by)


def _typed(
    connection: duckdb.DuckDBPyConnection, select: str, columns: Mapping[str, str] | Sequence[str]
) -> dict[str, str]:
    if isinstance(columns, Mapping):
        return dict(columns)
    chosen = ", ".join(quoted(column) for column in columns)
    return describe(connection, f"SELECT {chosen} FROM ({select})")


def _check_partitions(columns: Mapping[str, str], partition_by: tuple[str, ...]) -> None:
    for name in partition_by:
        if columns.get(name) not in PARTITION_TYPES:
            message = f"a table cannot be partitioned by column '{name}' of type {columns.get(name, 'none')}"
            raise MeshError(message, remedy=f"Partition by a column of type {', '.join(PARTITION_TYPES)}.")


_OPTIONS = f"FORMAT parquet, COMPRESSION zstd, COMPRESSION_LEVEL 1, ROW_GROUP_SIZE {ROW_GROUP_SIZE}, RETURN_STATS"


def _write_one(
    connection: duckdb.DuckDBPyConnection, sql: str, table: Place, name: str, _: tuple[str, ...]
) -> tuple[StagedFile, ...]:
    file = table / f"{name}.zstd.parquet"
    [row] = connection.execute(f"COPY ({sql}) TO {literal(str(file))} ({_OPTIONS}, USE_TMP_FILE false)").fetchall()
    return (StagedFile(file=file, rows=row[1], bytes=row[2], statistics=statistics_in(row[4])),)


def _write_partitions(
    connection: duckdb.DuckDBPyConnection, sql: str, table: Place, name: str, partition_by: tuple[str, ...]
) -> tuple[StagedFile, ...]:
    by = ", ".join(quoted(column) for column in partition_by)
    copy = (
        f"COPY ({sql}) TO {literal(str(table))} ({_OPTIONS}, PARTITION_BY ({by}), WRITE_PARTITION_COLUMNS true, "
        f"OVERWRITE_OR_IGNORE true, FILENAME_PATTERN {literal(name + '-{i}.zstd')})"
    )
    return tuple(
        StagedFile(
            file=table / row[0].removeprefix(f"{table}/"),
            rows=row[1],
            bytes=row[2],
            statistics=statistics_in(row[4]),
            partition={column: row[5][column] for column in partition_by},
        )
        for row in connection.execute(copy).fetchall()
    )


def _clean(table: Place, name: str, *, partitioned: bool) -> None:
    """Take away what a failed write left; nobody else writes a name that starts with ``name``."""
    if not partitioned:
        remove(table / f"{name}.zstd.parquet")
        return
    for found in files_below(table):
        if found.name.rpartition("/")[2].startswith(name):
            remove(table / found.name)
