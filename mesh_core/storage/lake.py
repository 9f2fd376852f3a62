"""Delta tables: pinned for reading, staged for the audit, committed in one atomic step.

Only this package knows deltalake. A commit compares and swaps: it succeeds only on top of the version that the
writer saw, because delta-rs's own retries would let a stale overwrite keep rows it never read (measured).
"""

from __future__ import annotations

import contextlib
import itertools
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from mesh_core.contracts.odcs import Server
from mesh_core.errors import MeshError
from mesh_core.settings import Settings, StoreAccess
from mesh_core.storage import added, committing, staging
from mesh_core.storage.committing import Change, Columns, CommitUnknownError
from mesh_core.storage.evolution import SchemaChange, schema_changes
from mesh_core.storage.log import Commit, Entry, commits_of, newest_commit, versions_in
from mesh_core.storage.object_store import ObjectPath
from mesh_core.storage.pinned import Pinned
from mesh_core.storage.places import Place, place_at, remove
from mesh_core.storage.staging import Staged
from mesh_core.storage.tables import open_table
from mesh_core.storage.types import delta_schema
from mesh_core.storage.versions import pin_newest, pin_version, version_at

if TYPE_CHECKING:
    from datetime import datetime

    import duckdb


def open_lake(settings: Settings) -> Lake:
    """The lake that the settings name; nothing is looked at yet."""
    return Lake(place_at(settings.lake_url or str(settings.lake), settings.store_access), settings.store_access)


class Lake:
    """The tables under one folder, addressed by the path that a contract's server names."""

    def __init__(self, root: Place, access: StoreAccess = StoreAccess()) -> None:  # noqa: B008 - frozen
        self.root, self._access = root, access
        self._remote = isinstance(root, ObjectPath)
        self._named: dict[str, frozenset[str]] = {}
        """Of each table, the files that the last commit sent to it names: they are its rows, or may be."""

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
        place: Place
        if isinstance(self.root, ObjectPath):
            inside = not path.startswith("/") and not {"", ".", ".."} & set(path.rstrip("/").split("/"))
            place = self.root / path if inside else self.root
        else:
            place = (self.root / path).resolve()
            inside = place.is_relative_to(self.root.resolve())
        if not inside:
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

    def pin(self, table: Place, version: int | None = None, at: datetime | None = None) -> Pinned | None:
        """``table`` at ``version``, or as it was ``at`` a time, by default the newest; None before the first commit.

        MeshError if that version is gone (version-gone: the error names those that can be read) or damaged.
        """
        if version is None and at is None:
            return pin_newest(table)
        if not versions_in(table):
            return None
        # A commit that is damaged is in the way of the newest version only.
        return pin_version(table, version_at(table, at) if at is not None else version or 0)

    def history(self, table: Place, limit: int | None = None) -> list[Commit]:
        """The newest ``limit`` commits that the log still holds, newest first; all of them by default."""
        return list(itertools.islice(commits_of(table), limit))

    def intervening(self, table: Place, head: int) -> list[Entry]:
        """Every commit after the version ``head`` with the files that it added and removed, oldest first."""
        return added.intervening(table, head)

    def added(self, table: Place, since: int, until: Pinned) -> tuple[str, ...] | None:
        """The files whose rows publications after ``since`` added and ``until`` still has; None if unknown.

        ``until.relation_of(files)`` reads them.
        """
        return added.added_files(table, since, until)

    def changes(self, table: Place, columns: Columns) -> tuple[SchemaChange, ...]:
        """What ``columns`` (as in ``commit``) would change in the table's own schema; nothing is written.

        Nothing before the first commit. MeshError for a type that cannot be stored.
        """
        wanted = delta_schema(columns).to_json()
        newest = newest_commit(table)
        if newest is None:
            return ()
        delta = open_table(table, newest.head, files=False)
        return schema_changes(delta.schema().to_json(), wanted)

    def stage(
        self,
        connection: duckdb.DuckDBPyConnection,
        select: str,
        table: Place,
        columns: Mapping[str, str] | Sequence[str],
        *,
        partition_by: tuple[str, ...] = (),
        order_by: tuple[str, ...] = (),
    ) -> Staged:
        """Write the result of ``select`` to Parquet files under ``table`` that no version names; see ``staging``.

        ``columns``: names with their DuckDB types, in the table's order. Names alone cost another look at the query.
        """
        return staging.stage(connection, select, table, columns, partition_by=partition_by, order_by=order_by)

    def commit(
        self,
        staged: Staged,
        columns: Columns,
        *,
        onto: int | None,
        facts: Mapping[str, str],
        description: str = "",
        change: Change = Change(),  # noqa: B008 - frozen
    ) -> int:
        """Add the staged rows to the table and take from it what ``change`` says; returns the new version.

        ``onto`` is the head that the writer saw (None: no table yet); if another commit came since,
        CommitConflictError, and nothing changed. A commit without facts is maintenance.
        """
        self._named[str(staged.path)] = committing.named_by(staged, change, facts, first=onto is None)
        try:
            return committing.commit_staged(staged, columns, change, onto=onto, facts=facts, description=description)
        except MeshError as error:
            # Not on an interruption: the commit may be in the log already.
            if not isinstance(error, CommitUnknownError):
                self._named.pop(str(staged.path), None)
            raise

    def discard(self, staged: Staged) -> None:
        """Remove staged rows that will never be committed; what a commit names, or may name, stays."""
        for file in staged.files:
            self.discard_file(file.file)

    def discard_file(self, file: Place) -> None:
        """The same for one file, also one beside a table that the facts of a commit name."""
        if not any(str(file) in names for names in self._named.values()):
            with contextlib.suppress(OSError):  # what went wrong before is the one to tell; maintenance removes it
                remove(file)
