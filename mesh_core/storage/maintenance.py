"""The care of one table: what nobody needs is removed, small files are put together, the log stays short.

Never an error of anybody else's: readers keep the version that they pinned for at least a day after it was replaced,
a publication that commits meanwhile wins, and of two maintenances at once one finds nothing left to do. Each step
leaves the table whole, so a process may die anywhere and the next run goes on.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from datetime import timedelta
from typing import TYPE_CHECKING, Literal
from urllib.parse import unquote

import msgspec

from mesh_core.errors import CommitConflictError, MeshError
from mesh_core.storage.committing import Change, CommitUnknownError
from mesh_core.storage.compaction import Group, Sizes, groups_of, rewrite
from mesh_core.storage.engine import is_interruption
from mesh_core.storage.lake import Lake
from mesh_core.storage.pinned import Pinned
from mesh_core.storage.places import Found, Place, files_below, remove
from mesh_core.storage.staging import Staged, StagedFile
from mesh_core.storage.tables import open_table
from mesh_core.storage.timeline import Timeline
from mesh_core.storage.vacuum import SAFE_AGE, Limits, Vacuum

if TYPE_CHECKING:
    import duckdb

CHECKPOINT_EVERY = 10
"""Commits that a reader opens one by one at the most, the day after."""

BATCH_BYTES = 1024**3
"""What is put together before it is committed: a publication that comes between costs no more work than this."""

_TRIES = 10


class Upkeep(msgspec.Struct, frozen=True, kw_only=True):
    """What one table wants; the sizes and ages are the mesh's own, and only tests choose others."""

    retention: timedelta
    """How long a version that was replaced can still be read."""
    cluster_by: tuple[str, ...] = ()
    """The columns in whose Z-order the files are kept."""
    sizes: Sizes = Sizes()
    safe_age: timedelta = SAFE_AGE
    checkpoint_every: int = CHECKPOINT_EVERY
    batch_bytes: int = BATCH_BYTES


class Maintained(msgspec.Struct, frozen=True, kw_only=True):
    """What the care of one table came to; in a dry run, what it would come to."""

    status: Literal["done", "unchanged", "skipped"]
    """unchanged: there was nothing to do. skipped: a publication was faster; the next maintenance finds the rest."""
    files_before: int = 0
    """Of the newest version."""
    files_after: int = 0
    combined: int = 0
    """Files whose rows were written to others."""
    bytes_rewritten: int = 0
    removed: int = 0
    """Files that no kept version needs."""
    bytes_freed: int = 0
    versions_kept: int = 0
    """Of the table, from the oldest that is kept to the newest that maintenance saw."""
    checkpoint: int | None = None
    """The version that was checkpointed."""
    reason: str = ""


def maintain(
    lake: Lake,
    table: Place,
    upkeep: Upkeep,
    connect: Callable[[], duckdb.DuckDBPyConnection],
    *,
    dry_run: bool = False,
    now: float | None = None,
) -> Maintained:
    """Do for ``table`` what its ``upkeep`` asks; ``connect`` opens an engine if rows have to be written anew.

    ``now`` is in seconds since 1970. MeshError if the table cannot be cared for; it is then as it was, or further.
    """
    try:
        return _Care(lake, table, upkeep, now=time.time() if now is None else now, dry_run=dry_run).done(connect)
    except OSError as error:
        message = f"{table} could not be maintained: {error.strerror or error}"
        raise MeshError(
            message, code="maintenance", remedy="Make room or give write access, then run again."
        ) from error


class _Care:
    """One maintenance of one table."""

    def __init__(self, lake: Lake, table: Place, upkeep: Upkeep, *, now: float, dry_run: bool) -> None:
        self.lake, self.table, self.upkeep, self.dry_run = lake, table, upkeep, dry_run
        # First the listing, then the head: what a commit names or takes away in between is known then.
        listing = files_below(table)
        self.written = {found.name: found.modified for found in listing}
        self.timeline = Timeline(table, listing)
        self.head = lake.pin(table)
        limits = Limits(retention=upkeep.retention, safe_age=upkeep.safe_age, now=now)
        self.vacuum = Vacuum(self.timeline, listing, self.head, limits)

    def done(self, connect: Callable[[], duckdb.DuckDBPyConnection]) -> Maintained:
        unneeded = self.vacuum.unneeded()
        groups = self._groups()
        checkpoint = self._checkpoint_due(len(groups))
        combined: list[Group] = []
        made = 0
        if not self.dry_run:
            self._remove((*unneeded.replaced, *unneeded.private))
            combined, made = self._combine(groups, connect)
            if checkpoint is not None:
                checkpoint = self._checkpoint()
            # Oldest first: whatever a crash leaves is a log that begins later.
            self._remove(unneeded.log)
        elif groups:
            combined, made = groups, len(groups)
        before = len(self.head.data) if self.head else 0
        replaced = sum(len(group.files) for group in combined)
        late = len(combined) < len(groups)
        worked = bool(unneeded.files or combined or checkpoint is not None)
        return Maintained(
            status="skipped" if late else "done" if worked else "unchanged",
            files_before=before,
            files_after=before - replaced + made,
            combined=replaced,
            bytes_rewritten=sum(group.bytes for group in combined),
            removed=len(unneeded.files),
            bytes_freed=unneeded.bytes,
            versions_kept=self.timeline.head - self.vacuum.kept + 1 if self.head else 0,
            checkpoint=checkpoint,
            reason="a publication came meanwhile" if late else "",
        )

    def _groups(self) -> list[Group]:
        if self.head is None:
            return []
        found = groups_of(self.head, self.upkeep.cluster_by, self.upkeep.sizes)
        return [self._by_age(group) for group in found]

    def _by_age(self, group: Group) -> Group:
        """Rows that came together stay together, so that ranges of times keep excluding what they excluded."""
        return Group(tuple(sorted(group.files, key=lambda file: self.written.get(unquote(file.entry), 0.0))))

    def _remove(self, files: Iterable[Found]) -> None:
        for found in files:
            remove(self.table / found.name)

    def _combine(
        self, groups: Sequence[Group], connect: Callable[[], duckdb.DuckDBPyConnection]
    ) -> tuple[list[Group], int]:
        """The groups that were put together, and the files that they became; those that others changed are left."""
        if self.head is None or not groups:
            return [], 0
        done: list[Group] = []
        made = 0
        with connect() as connection:
            for batch in _batches(groups, self.upkeep.batch_bytes):
                files = self._rewritten(batch, self.head, connection)
                if self._commit(batch, files, self.head):
                    done += batch
                    made += len(files)
        return done, made

    def _rewritten(
        self, batch: Sequence[Group], head: Pinned, connection: duckdb.DuckDBPyConnection
    ) -> list[StagedFile]:
        import duckdb

        files: list[StagedFile] = []
        try:
            for group in batch:
                files += rewrite(
                    connection,
                    head,
                    group,
                    cluster_by=self.upkeep.cluster_by,
                    target_bytes=self.upkeep.sizes.target,
                )
        except BaseException as error:
            _discard(files)
            if is_interruption(error):
                raise KeyboardInterrupt from error
            if isinstance(error, duckdb.Error):
                message = f"{self.table}: files could not be put together: {error}"
                remedy = "The table is as it was. If a file is damaged, `mesh restore` an older version."
                raise MeshError(message, code="maintenance", remedy=remedy) from error
            raise
        return files

    def _commit(self, batch: Sequence[Group], files: Sequence[StagedFile], head: Pinned) -> bool:
        """Whether the same rows are now in ``files``; onto later commits too, if they left the old files alone."""
        old = tuple(file.file for group in batch for file in group.files)
        staged = Staged(self.table, tuple(files), head.columns, head.partition_by)
        columns = {name: (kind, "") for name, kind in head.columns.items()}
        operation = Change(mode="files", files=old, operation="OPTIMIZE", data_change=False)
        seen: Pinned | None = head
        try:
            for _ in range(_TRIES):
                if seen is None or seen.columns != head.columns or not set(old) <= set(seen.files):
                    break
                try:
                    self.lake.commit(staged, columns, onto=seen.physical, facts={}, change=operation)
                except CommitConflictError:
                    seen = self.lake.pin(self.table)
                else:
                    return True
        except CommitUnknownError:
            raise  # the files may be the table's by now, as after Ctrl-C: if they are not, the vacuum finds them
        except MeshError:
            _discard(files)
            raise
        _discard(files)
        return False

    def _checkpoint_due(self, groups: int) -> int | None:
        """The version to write down whole, if a reader would have to go through too many commits."""
        if self.head is None:
            return None
        last = max(self.timeline.checkpoints, default=-1)
        return self.head.physical if self.head.physical + bool(groups) - last > self.upkeep.checkpoint_every else None

    def _checkpoint(self) -> int | None:
        """Write down the newest version; None if the log moved on, and the next maintenance does it."""
        from deltalake.exceptions import DeltaError

        now = self.lake.newest(self.table)
        if now is None:
            return None
        try:
            open_table(self.table, now.head).create_checkpoint()
        except DeltaError as error:
            message = f"{self.table}: version {now.head} could not be checkpointed: {error}"
            raise MeshError(message, code="maintenance", remedy="The table is as it was. Run again.") from error
        return now.head


def _batches(groups: Sequence[Group], most: int) -> list[list[Group]]:
    batches: list[list[Group]] = []
    size = most
    for group in groups:
        if size >= most:
            batches.append([])
            size = 0
        batches[-1].append(group)
        size += group.bytes
    return batches


def _discard(files: Iterable[StagedFile]) -> None:
    for file in files:
        remove(file.file)


def tables_below(folder: Place) -> list[str]:
    """Every table in ``folder`` or below it, by its path from there, sorted."""
    return sorted({found.name.partition("/_delta_log/")[0] for found in files_below(folder) if _IN_LOG in found.name})


_IN_LOG = "/_delta_log/"
