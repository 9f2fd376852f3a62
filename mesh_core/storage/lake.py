"""Delta tables: pinned for reading, staged for the audit, committed in one atomic step.

Only this package knows deltalake. A commit compares and swaps: it succeeds only on top of the version that the
writer saw, because delta-rs's own retries would let a stale overwrite keep rows it never read (measured).
"""

from __future__ import annotations

import json
import time
import uuid
from pathlib import Path
from typing import TYPE_CHECKING, Literal
from urllib.parse import unquote

import msgspec

from mesh_core.contracts.odcs import Server
from mesh_core.errors import CommitConflictError, MeshError
from mesh_core.settings import Settings, StoreAccess
from mesh_core.storage.engine import literal, parquet_relation, quoted
from mesh_core.storage.evolution import SchemaChange, schema_changes
from mesh_core.storage.log import PREFIX, Commit, facts_in, newest_commit
from mesh_core.storage.object_store import ObjectPath
from mesh_core.storage.places import Place, make_room, place_at, read, remove, storage_options
from mesh_core.storage.statistics import ColumnStatistics, delta_statistics, statistics_in
from mesh_core.storage.types import delta_schema

if TYPE_CHECKING:
    from collections.abc import Mapping

    import deltalake
    import duckdb

ROW_GROUP_SIZE = 122_880
"""Rows a row group: DuckDB scans row groups in parallel, and million-row groups serialise a scan (measured)."""


class Pinned(msgspec.Struct, frozen=True):
    """One version of a table, fixed for a reader: later commits change nothing in it."""

    path: Place
    version: int
    """Of the publication whose rows these are; maintenance since may have put them into other files."""
    files: tuple[str, ...]

    @property
    def relation(self) -> str:
        """The SQL that scans exactly this version."""
        return parquet_relation(self.files)


class StagedFile(msgspec.Struct, frozen=True, kw_only=True):
    """One Parquet file that no table version names yet."""

    file: Place
    rows: int
    bytes: int
    statistics: dict[str, ColumnStatistics]
    partition: dict[str, str] = {}
    """The value of each partition column, as Delta Lake writes it."""


class Staged(msgspec.Struct, frozen=True):
    """Rows written beside a table and invisible to its readers until committed."""

    path: Place
    files: tuple[StagedFile, ...]

    @property
    def rows(self) -> int:
        return sum(file.rows for file in self.files)

    @property
    def bytes(self) -> int:
        return sum(file.bytes for file in self.files)

    @property
    def statistics(self) -> dict[str, ColumnStatistics]:
        """Of all staged rows together."""
        return self.files[0].statistics

    @property
    def relation(self) -> str:
        return parquet_relation(tuple(str(file.file) for file in self.files))


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """What a commit does to the rows that the table has, beside adding the staged ones."""

    mode: Literal["replace", "append", "partitions", "files"] = "replace"
    """replace: all of them go. append: all stay. partitions: those of ``partitions`` go. files: those of ``files``."""
    partition_by: tuple[str, ...] = ()
    """The table's partition columns, for its first commit."""
    partitions: tuple[str, ...] = ()
    """Values of the one partition column, as Delta Lake writes them."""
    files: tuple[str, ...] = ()
    """Files of the pinned version, as ``Pinned.files`` names them."""


def open_lake(settings: Settings) -> Lake:
    """The lake that the settings name; nothing is looked at yet."""
    return Lake(place_at(settings.lake_url or str(settings.lake), settings.store_access), settings.store_access)


class Lake:
    """The tables under one folder, addressed by the path that a contract's server names."""

    def __init__(self, root: Place, access: StoreAccess = StoreAccess()) -> None:  # noqa: B008 - frozen
        self.root, self._access = root, access
        self._remote = isinstance(root, ObjectPath)

    @property
    def access(self) -> StoreAccess | None:
        """What an engine needs to open the places given out so far; None while all are on this machine."""
        return self._access if self._remote else None

    def place_of(self, server: Server) -> Place:
        """Where a contract's server is: below the lake, or for an object store's location just there."""
        if server.type == "s3" and server.location:
            place = place_at(server.location, self._access)
            self._remote |= isinstance(place, ObjectPath)
            return place
        return self.table(server.path)

    def table(self, path: str) -> Place:
        """The place of a table; a path that leaves the lake is refused."""
        if isinstance(self.root, ObjectPath):
            return self.root / path
        place = (self.root / path).resolve()
        if not place.is_relative_to(self.root.resolve()):
            message = f"server path '{path}' leaves the lake"
            raise MeshError(message, remedy="Use a path relative to the lake.")
        return place

    def internal(self, key: tuple[str, ...]) -> Place:
        """The place of an internal asset, apart from the ports of its domain."""
        domain, *rest = key
        return self.root / domain / "_internal" / "/".join(rest)

    def newest(self, table: Place) -> Commit | None:
        """The last publication of ``table`` with what it recorded; None before the first."""
        return newest_commit(table)

    def pin(self, table: Place, version: int | None = None) -> Pinned | None:
        """``table`` at ``version`` (by default the newest); None before the first commit.

        Without a version, the files are those of the table's head, which maintenance may have made of the
        publication's own.
        """
        newest = newest_commit(table)
        if newest is None:
            return None
        from deltalake import DeltaTable

        delta = DeltaTable(
            str(table), version=newest.head if version is None else version, storage_options=storage_options(table)
        )
        # delta-rs percent-encodes its paths; DuckDB takes them as they are.
        files = tuple(sorted(unquote(uri) for uri in delta.file_uris()))
        return Pinned(table, newest.version if version is None else version, files)

    def history(self, table: Place) -> list[Commit]:
        """Every commit that the log still holds, newest first."""
        if newest_commit(table) is None:
            return []
        from deltalake import DeltaTable

        entries = DeltaTable(str(table), storage_options=storage_options(table)).history()
        return [Commit(int(entry["version"]), facts_in(entry)) for entry in entries]

    def changes(self, table: Place, columns: Mapping[str, tuple[str, str]]) -> tuple[SchemaChange, ...]:
        """What ``columns`` (as in ``commit``) would change in the table's own schema; nothing is written.

        Nothing before the first commit. MeshError for a type that cannot be stored.
        """
        wanted = delta_schema(columns).to_json()
        if newest_commit(table) is None:
            return ()
        from deltalake import DeltaTable

        return schema_changes(
            DeltaTable(str(table), without_files=True, storage_options=storage_options(table)).schema().to_json(),
            wanted,
        )

    def stage(
        self, connection: duckdb.DuckDBPyConnection, select: str, table: Place, columns: tuple[str, ...]
    ) -> Staged:
        """Write the result of ``select``, in the order of ``columns``, to a Parquet file under ``table``."""
        make_room(table)
        file = table / f"part-{uuid.uuid4()}.zstd.parquet"
        chosen = ", ".join(quoted(column) for column in columns)
        copy = (
            f"COPY (SELECT {chosen} FROM ({select})) TO {literal(str(file))} "
            f"(FORMAT parquet, COMPRESSION zstd, COMPRESSION_LEVEL 1, ROW_GROUP_SIZE {ROW_GROUP_SIZE}, RETURN_STATS)"
        )
        try:
            [row] = connection.execute(copy).fetchall()
        except BaseException:
            remove(file)
            raise
        return Staged(table, (StagedFile(file=file, rows=row[1], bytes=row[2], statistics=statistics_in(row[4])),))

    def commit(
        self,
        staged: Staged,
        columns: Mapping[str, tuple[str, str]],
        *,
        onto: int | None,
        facts: Mapping[str, str],
        description: str = "",
        change: Change = Change(),  # noqa: B008 - frozen
    ) -> int:
        """Add the staged rows to the table and take from it what ``change`` says; returns the new version.

        ``columns`` maps each name to its DuckDB type and description. ``onto`` is the head that the writer
        saw (None: no table yet); if another commit came since, CommitConflictError, and nothing changed.
        """
        from deltalake import CommitProperties, DeltaTable
        from deltalake.exceptions import CommitFailedError, DeltaError
        from deltalake.transaction import create_table_with_add_actions

        schema = delta_schema(columns)
        actions = [_add_action(file, columns) for file in staged.files]
        properties = CommitProperties(
            custom_metadata={f"{PREFIX}{key}": value for key, value in facts.items()}, max_commit_retries=0
        )
        try:
            if onto is None:
                create_table_with_add_actions(
                    str(staged.path),
                    schema,
                    actions,
                    mode="error",
                    description=description or None,
                    storage_options=storage_options(staged.path),
                    commit_properties=properties,
                )
                return 0
            delta = DeltaTable(str(staged.path), version=onto, storage_options=storage_options(staged.path))
            onto = _admit_naive_timestamps(delta, schema)
            if change.mode != "replace":
                raise NotImplementedError(change.mode)
            delta.create_write_transaction(actions, mode="overwrite", schema=schema, commit_properties=properties)
        except (CommitFailedError, DeltaError) as error:
            seen = newest_commit(staged.path)
            if seen is None or seen.head == onto:
                raise
            message = f"{staged.path} is at version {seen.head}, the writer saw {onto}"
            raise CommitConflictError(message, remedy="The publication is done again.") from error
        return onto + 1

    def discard(self, staged: Staged) -> None:
        """Remove staged rows that will never be committed."""
        for file in staged.files:
            remove(file.file)

    def set_aside(self, staged: Staged, folder: Path) -> Place:
        """Move refused rows out of the table's folder, for inspection; the newest three are kept."""
        folder.mkdir(parents=True, exist_ok=True)
        file = staged.files[0].file
        kept = folder / file.name
        kept.write_bytes(read(file))
        remove(file)
        others = sorted(folder.glob("*.parquet"), key=lambda file: file.stat().st_mtime_ns, reverse=True)
        for old in others[3:]:
            old.unlink(missing_ok=True)
        return kept


def _admit_naive_timestamps(delta: deltalake.DeltaTable, schema: deltalake.Schema) -> int:
    """Let an existing table hold TIMESTAMP columns; returns the version to commit onto.

    delta-rs commits such a column to a table without the feature, and nobody can read the table afterwards
    (measured with 1.6.3). Enabling it is a commit of its own: same rows, and the same facts.
    """
    from deltalake import CommitProperties, TableFeatures

    if '"timestamp_ntz"' not in schema.to_json() or "timestampNtz" in (delta.protocol().reader_features or ()):
        return delta.version()
    facts = {key: str(value) for key, value in delta.history(1)[0].items() if key.startswith(PREFIX)}
    properties = CommitProperties(custom_metadata=facts, max_commit_retries=0)
    feature = TableFeatures.TimestampWithoutTimezone
    delta.alter.add_feature(feature, allow_protocol_versions_increase=True, commit_properties=properties)
    return delta.version()


def _add_action(staged: StagedFile, columns: Mapping[str, tuple[str, str]]) -> deltalake.transaction.AddAction:
    from deltalake.transaction import AddAction

    types = {name: kind for name, (kind, _) in columns.items()}
    return AddAction(
        path=staged.file.name,
        size=staged.bytes,
        partition_values=dict(staged.partition),
        modification_time=time.time_ns() // 1_000_000,
        data_change=True,
        stats=json.dumps(delta_statistics(staged.rows, staged.statistics, types)),
    )
