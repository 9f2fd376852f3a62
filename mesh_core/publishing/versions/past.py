"""An attempt as it was when a version was published: its inputs, its partitions and the table that it built upon."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import msgspec

from mesh_core.contracts.graph import Input, InternalInput, inputs_of
from mesh_core.errors import MeshError
from mesh_core.publishing.attempt import Attempt
from mesh_core.publishing.inputs import PinnedInput
from mesh_core.publishing.modes.append import Append
from mesh_core.publishing.modes.batch import Batch
from mesh_core.publishing.modes.merge import Merge
from mesh_core.publishing.outcomes import QUARANTINE
from mesh_core.publishing.partitions import is_alike, values_of
from mesh_core.publishing.scope import Scope
from mesh_core.storage import Commit, Pinned, Place, literal, quoted
from mesh_core.storage.log import commit_at, commits_of, entry_at
from mesh_core.storage.places import size_of

if TYPE_CHECKING:
    from mesh_core.publishing.versions.revisions import CodeAt


class Past(Attempt):
    """The attempt that made the version ``commit``, whose rows are ``table_then``; it publishes nothing."""

    def __init__(self, code: CodeAt, table_then: Pinned, commit: Commit) -> None:
        super().__init__(code.port, code.tree, code.services, "reproduce")
        self.table, self.table_then, self.commit = table_then.path, table_then, commit
        self.before = _publication_before(self.table, commit.version)
        entry = entry_at(self.table, commit.version)
        replaced = entry.commit.operation == "WRITE" and bool(entry.removed)
        mode = self.publishing.mode
        self.rebuild = self.before is None or mode == "snapshot" or (mode != "partitions" and replaced)
        if self.before is not None and not self.rebuild and mode != "partitions":
            self.standing = self._readable(
                self.table, self.before.version, f"the version before, {self.before.version},"
            )
        recorded = json.loads(commit.facts.get("inputs", "{}"))
        since = json.loads(commit.facts.get("inputsSince", "{}"))
        given = inputs_of(code.port, code.tree)
        self.inputs = tuple(self._input(each, recorded, since) for each in given)
        if mode == "partitions":
            self._narrow(given)

    def _input(self, given: Input, recorded: dict[str, int], since: dict[str, int]) -> PinnedInput:
        if given.view not in recorded:
            message = f"version {self.commit.version} of {self.name} did not read {given.view}, which its code reads"
            raise MeshError(message, remedy="It was made by other code than was recorded.", code="not-recorded")
        version = recorded[given.view]
        pinned = self._readable(self._place(given), version, f"input {given.view} {version}")
        key = given.key if isinstance(given, InternalInput) else given.address.asset_key
        found = PinnedInput(name=given.view, parameter=given.name, key=key, pinned=pinned)
        if given.view not in since:
            return found
        files = self.services.lake.added(pinned.path, since[given.view], pinned)
        if files is None:
            message = (
                f"version {self.commit.version} of {self.name} read what {given.view} {version} had more than "
                f"{since[given.view]}, which cannot be told any more"
            )
            raise MeshError(message, remedy="Its log or its files were cleaned since.", code="version-gone")
        return msgspec.structs.replace(found, part=pinned.relation_of(files), since=since[given.view])

    def _place(self, given: Input) -> Place:
        """Where the input is, retired or not: it was read then."""
        if isinstance(given, InternalInput):
            return self.services.lake.internal(given.key)
        contract = self.services.resolver.contract(given.contract_id, given.version)
        if contract is None:
            message = f"nobody knows where {given.view} was ({given.contract_id} {given.version})"
            raise MeshError(
                message, code="version-gone", remedy="Its contract is neither in the tree nor in the catalog."
            )
        return self.services.table(contract)

    def _readable(self, table: Place, version: int, what: str) -> Pinned:
        try:
            pinned = self.services.lake.pin(table, version)
        except MeshError as error:
            message = f"{self.name}@{self.commit.version} cannot be made again: {what} is gone ({error.what})"
            raise MeshError(message, path=error.path, remedy=error.remedy, code=error.code) from error
        if pinned is None:
            message = f"{self.name}@{self.commit.version} cannot be made again: {what} is gone with its table"
            raise MeshError(message, code="version-gone", remedy="Nothing to read is left there.")
        return pinned

    def _narrow(self, given: tuple[Input, ...]) -> None:
        """Let inputs that are partitioned alike show the partitions that were made, as they did then."""
        keys = self.partitions_written
        found = []
        alike = False
        for declared, each in zip(given, self.inputs, strict=True):
            facts = commit_at(each.pinned.path, each.pinned.version).facts
            is_narrow = (
                is_alike(declared, self.publishing.partitioning, self.tree, self.services.mesh)
                and "partitions" in facts
                and bool(each.pinned.partition_by)
            )
            alike |= is_narrow
            part = each.pinned.only(values_of(facts, keys)).relation if is_narrow else ""
            found.append(msgspec.structs.replace(each, part=part))
        self.inputs = tuple(found)
        made_all = not alike and set(self.table_then.partitions) <= set(keys)
        self.scope = Scope(keys=None if made_all else keys)

    @property
    def partitions_written(self) -> tuple[str, ...]:
        return tuple(json.loads(self.commit.facts.get("partitionsWritten", "[]")))

    @property
    def compared(self) -> str:
        """Which rows are compared, in words."""
        if self._added is not None:
            return "the rows that it added"
        if self.publishing.mode == "partitions":
            count = len(self.partitions_written)
            return f"the {count:,} partitions that it wrote" if count != 1 else "the one partition that it wrote"
        return "all rows"

    @property
    def _added(self) -> tuple[str, ...] | None:
        """The files that an appending version added; None for another, and where that cannot be told."""
        if self.publishing.mode != "append" or self.rebuild or self.before is None:
            return None
        return self.services.lake.added(self.table, self.before.version, self.table_then)

    @property
    def published(self) -> str:
        """The SQL of the rows of the version that are to be made again."""
        if self._added is not None:
            return self.table_then.relation_of(self._added)
        if self.publishing.mode == "partitions":
            return self.table_then.only(self.partitions_written).relation
        return self.table_then.relation

    def written(self, made: str) -> str:
        """The SQL of what the publication wrote of the rows ``made``."""
        if self.publishing.mode == "merge":
            return self._merged(made)
        if self.publishing.mode == "append" and not self.rebuild:
            new = self._without_quarantined(Append(self).arriving(made))
            if self._added is not None:
                return new
            return f"{self.write.together(self.table_before)} UNION ALL {new}"
        return self._without_quarantined(made)

    def _merged(self, made: str) -> str:
        merge = Merge(self)
        batch = Batch(merge, made)
        arriving = self._without_quarantined(batch.arriving)
        batch.settle(arriving)
        if self.rebuild or not self.table_before.data:
            return arriving
        return f"{batch.staying(merge.together(self.table_before))} UNION ALL {arriving}"

    @property
    def table_before(self) -> Pinned:
        """The table that was built upon."""
        if self.standing is None:
            raise AssertionError  # else it would be a rebuild
        return self.standing

    def _without_quarantined(self, rows: str) -> str:
        """The rows less those that went into quarantine."""
        told = self.commit.facts.get(QUARANTINE)
        if not told:
            return rows
        file = self.table / str(json.loads(told)["file"])
        if size_of(file) is None:
            message = f"{self.name}@{self.commit.version} cannot be made again: its quarantine {file} is gone"
            raise MeshError(message, code="version-gone", remedy="Maintenance removes it with the version.")
        names = ", ".join(quoted(column.name) for column in self.port.contract.columns)
        kept = f"SELECT {names} FROM read_parquet({literal(str(file))}, hive_partitioning = false)"
        return f"(SELECT {names} FROM ({rows}) EXCEPT ALL {kept})"


def _publication_before(table: Place, version: int) -> Commit | None:
    """The publication that stood when ``version`` was committed."""
    earlier = (commit for commit in commits_of(table) if commit.version < version)
    return next((commit for commit in earlier if commit.kind == "publication"), None)
