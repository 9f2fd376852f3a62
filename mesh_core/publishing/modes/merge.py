"""Merge: the last row of each key stays, and only the files that hold a replaced or removed row are written anew.

What a transformation makes is a batch: rows of new keys, later rows of known keys, rows that say that a key is gone.
Of the rows of one key the one with the greatest ``sequenceColumn`` counts, of equals the last; NULL is the least. It
replaces the table's row unless that one has a greater sequence: then it came late and changes nothing. Without a
sequence column whatever comes replaces. A key that a row has removed keeps its sequence in a file beside the table
(``deletedKeys``), so that an older row which comes late does not bring it back.

The rules of single rows judge the row of each key that would be published. If it goes into quarantine, the key keeps
the row that the table has.
"""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

import msgspec

from mesh_core.publishing.modes.batch import Batch
from mesh_core.publishing.modes.write import Outcome, Write
from mesh_core.storage import PRIVATE, Change, Pinned, Staged, literal, quoted
from mesh_core.storage.places import make_room

if TYPE_CHECKING:
    from mesh_core.publishing.attempt import Attempt

FACT = "deletedKeys"


class Merge(Write):
    """The staged rows are those that are new or replace one; what stays of touched files is staged apart."""

    def __init__(self, attempt: Attempt) -> None:
        super().__init__(attempt)
        self._survivors: tuple[Staged, Staged, frozenset[str]] | None = None
        self._deleted: tuple[Staged, str] | None = None

    def stage(self, made: str) -> Staged:
        self._batch = Batch(self, made)
        return self._staged(self._batch.arriving)

    def whole(self, staged: Staged) -> str:
        if self.attempt.rebuild:
            return staged.relation
        survivors, touched = self._rest_of_touched(staged)
        return self.together(_without(self.standing, touched), survivors, staged)

    def outcome(self, staged: Staged) -> Outcome:
        facts = self._deleted_keys(staged)
        if self.attempt.rebuild:
            return self._replaced(staged, facts)
        survivors, touched = self._rest_of_touched(staged)
        files = tuple(file for each in (staged, survivors) for file in each.files if file.rows)
        added = Staged(staged.path, files, staged.columns)
        change = Change(mode="files", files=tuple(sorted(touched))) if touched else Change(mode="append")
        return self._built_upon(_without(self.standing, touched), added, change, facts)

    def _rest_of_touched(self, staged: Staged) -> tuple[Staged, frozenset[str]]:
        """The rows that stay of each file in which one is replaced or removed, staged; and those files.

        Done again if the audit has taken rows out of ``staged``: their keys keep what the table has.
        """
        if self._survivors is not None:
            known, rest, touched = self._survivors
            if known is staged:
                return rest, touched
            self.drop(rest)
        self._batch.settle(staged.relation)
        touched = self._batch.touched
        rest = Staged(staged.path, (), staged.columns)
        if touched:
            within = self.standing.relation_of(sorted(touched))
            rest = self._staged(self._batch.staying(f"SELECT {self._of_contract(self.standing)} FROM ({within})"))
        self.attempt.others.append(rest)
        self._survivors = (staged, rest, touched)
        return rest, touched

    def _deleted_keys(self, staged: Staged) -> dict[str, str]:
        """The file of removed keys that the version has, a new one if this publication changes what is in it."""
        if not self.attempt.publishing.sequence:
            return {}
        if self._deleted is None or self._deleted[0] is not staged:
            if self.attempt.rebuild:
                self._batch.settle(staged.relation)
            self._deleted = (staged, self._file_of_deleted_keys())
        return {FACT: self._deleted[1]} if self._deleted[1] else {}

    def _file_of_deleted_keys(self) -> str:
        """Relative to the table; '' if no key is removed."""
        if not self._batch.changes_deleted_keys:
            return self._known_file
        rows = self._batch.deleted_keys
        [(count,)] = self.connection.execute(f"SELECT count(*) FROM ({rows})").fetchall()
        if not count:
            return ""
        folder = self.attempt.table / PRIVATE
        make_room(folder)
        file = folder / f"deleted-{uuid.uuid4()}.parquet"
        self.attempt.beside.append(file)
        self.connection.execute(
            f"COPY ({rows}) TO {literal(str(file))} (FORMAT parquet, COMPRESSION zstd, USE_TMP_FILE false)"
        )
        return f"{PRIVATE}/{file.name}"

    @property
    def _known_file(self) -> str:
        before = self.attempt.before
        return before.facts.get(FACT, "") if before and not self.attempt.rebuild else ""

    @property
    def previously_deleted(self) -> str:
        """The SQL of the removed keys that the table has, each with its sequence; '' if it has none."""
        if not self._known_file:
            return ""
        publishing, file = self.attempt.publishing, literal(str(self.attempt.table / self._known_file))
        names = ", ".join(quoted(name) for name in (*publishing.key, publishing.sequence))
        return f"SELECT {names} FROM read_parquet({file}, hive_partitioning = false)"


def _without(pinned: Pinned, files: frozenset[str]) -> Pinned:
    return msgspec.structs.replace(pinned, data=tuple(file for file in pinned.data if file.file not in files))
