"""Snapshot, the plainest write mode, and with it what every other mode answers, too."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Literal

import msgspec

from mesh_core.publishing.profile import profile_of
from mesh_core.publishing.transformation.transform import transformation_error
from mesh_core.storage import Change, ColumnStatistics, Commit, Pinned, Staged, quoted

if TYPE_CHECKING:
    import duckdb

    from mesh_core.publishing.attempt import Attempt

Verdict = Literal["again", "audit", "redo"]
"""What a conflict asks for: the same commit again, the audit before it, or everything from the start."""


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """What is to be committed, and the version that comes of it."""

    staged: Staged
    """Every file to add."""
    change: Change
    rows: int
    """Of the whole version, as are the bytes and the profile."""
    bytes: int
    profile: dict[str, ColumnStatistics]
    facts: dict[str, str] = {}
    """What the mode records beside the others."""


class Write:
    """Every publication replaces the whole table.

    The other modes do so as well where there is nothing to build upon (``attempt.rebuild``): the first publication,
    the first after another write mode, and ``force``, except that appended rows are never taken back.
    """

    def __init__(self, attempt: Attempt) -> None:
        self.attempt = attempt
        self.columns = {column.name: column.physical_type for column in attempt.port.contract.columns}
        self._rest: tuple[int, Staged] | None = None

    @property
    def connection(self) -> duckdb.DuckDBPyConnection:
        return self.attempt.connection

    @property
    def standing(self) -> Pinned:
        """The table as it is; only for who does not rebuild it."""
        if self.attempt.standing is None:
            raise AssertionError  # else it would be a rebuild
        return self.attempt.standing

    def stage(self, made: str) -> Staged:
        """The new rows of ``made`` beside the table; TransformationError where ``made`` cannot run."""
        return self._staged(made)

    def _staged(self, sql: str, *, partition_by: tuple[str, ...] = ()) -> Staged:
        import duckdb

        attempt = self.attempt
        try:
            return attempt.services.lake.stage(
                self.connection, sql, attempt.table, self.columns, partition_by=partition_by
            )
        except duckdb.Error as error:
            raise transformation_error(error, attempt.port.path, sql) from error

    def whole(self, staged: Staged) -> str:
        """The SQL of the table as it would be with ``staged`` committed."""
        return staged.relation

    def outcome(self, staged: Staged) -> Outcome:
        """What to commit for the audited rows ``staged``."""
        return self._replaced(staged)

    def _replaced(self, staged: Staged, facts: dict[str, str] | None = None) -> Outcome:
        return Outcome(
            staged=staged,
            change=Change(mode="replace"),
            rows=staged.rows,
            bytes=staged.bytes,
            profile=staged.statistics,
            facts=facts or {},
        )

    def _built_upon(self, kept: Pinned, added: Staged, change: Change, facts: dict[str, str] | None = None) -> Outcome:
        """The files ``kept`` of the table with those ``added``."""
        if kept.data and self._must_rewrite:
            rest = self._rewritten(kept, added.partition_by)
            added = msgspec.structs.replace(added, files=(*added.files, *rest.files))
            return self._replaced(added, facts)
        return Outcome(
            staged=added,
            change=change,
            rows=kept.rows + added.rows,
            bytes=kept.bytes + added.bytes,
            profile=profile_of(kept, added, self.attempt),
            facts=facts or {},
        )

    def _rewritten(self, kept: Pinned, partition_by: tuple[str, ...]) -> Staged:
        """The rows that stay, as the contract has them; staged once for each version that they are of."""
        if self._rest is not None and self._rest[0] == kept.version:
            return self._rest[1]
        if self._rest is not None:
            self.drop(self._rest[1])
        rest = self._staged(self.together(kept), partition_by=partition_by)
        self.attempt.others.append(rest)
        self._rest = (kept.version, rest)
        return rest

    def drop(self, staged: Staged) -> None:
        """Remove what was staged beside the new rows and is not to be committed after all."""
        self.attempt.services.lake.discard(staged)
        self.attempt.others = [each for each in self.attempt.others if each is not staged]

    @cached_property
    def _must_rewrite(self) -> bool:
        """Whether the contract has changed so that older files cannot stay: a column is wider than it was."""
        attempt, contract = self.attempt, self.attempt.port.contract
        if attempt.before is None or attempt.before.facts.get("contractDigest") == contract.document.digest:
            return False
        columns = {column.name: (column.physical_type, column.description) for column in contract.columns}
        changes = attempt.services.lake.changes(attempt.table, columns)
        return any(not change.possible(rewriting=False) for change in changes)

    def together(self, kept: Pinned, *added: Staged) -> str:
        """The SQL of the rows of ``kept`` and of ``added``, as the contract has them."""
        names = ", ".join(quoted(name) for name in self.columns)
        parts = [f"SELECT {self._of_contract(kept)} FROM ({kept.relation})"] if kept.data else []
        parts += [f"SELECT {names} FROM ({each.relation})" for each in added if each.files or not parts]
        return " UNION ALL ".join(parts)

    def _of_contract(self, kept: Pinned) -> str:
        """The contract's columns of older files: one that they lack is NULL, one that has widened since is cast."""
        return ", ".join(
            quoted(name)
            if kept.columns.get(name) == kind
            else f"CAST({quoted(name) if name in kept.columns else 'NULL'} AS {kind}) AS {quoted(name)}"
            for name, kind in self.columns.items()
        )

    def stands(self, meanwhile: Sequence[Commit]) -> Verdict:
        """What to do after the publications ``meanwhile``, of which there is at least one.

        Maintenance alone changes no row. If it has taken away a file that is to be written anew, the lake refuses.
        """
        del meanwhile
        return "redo"
