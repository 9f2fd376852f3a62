"""One version of a table, fixed for a reader: which files it has, what lies in them, and the SQL that reads them."""

from __future__ import annotations

from collections.abc import Collection, Iterable

import msgspec

from mesh_core.storage.places import Place
from mesh_core.storage.scan import scan


class DataFile(msgspec.Struct, frozen=True, kw_only=True):
    """One file of a version."""

    file: str
    """As DuckDB opens it."""
    entry: str
    """As the log names it: relative to the table and percent-encoded."""
    rows: int
    """-1 where who wrote the file did not say."""
    bytes: int
    partition: dict[str, str | None] = {}
    """The value of each partition column, as Delta Lake writes it; None is NULL."""


class Pinned(msgspec.Struct, frozen=True, kw_only=True):
    """One version of a table: later commits change nothing in it."""

    path: Place
    version: int
    """Of the publication whose rows these are; maintenance since may have put them into other files."""
    physical: int
    """The Delta version whose files these are."""
    data: tuple[DataFile, ...]
    columns: dict[str, str]
    """Name to DuckDB type."""
    partition_by: tuple[str, ...] = ()
    evolved: bool = False
    """Whether some files may lack columns that the table was given later."""

    @property
    def files(self) -> tuple[str, ...]:
        """What DuckDB opens, sorted."""
        return tuple(file.file for file in self.data)

    @property
    def rows(self) -> int:
        return sum(file.rows for file in self.data)

    @property
    def bytes(self) -> int:
        return sum(file.bytes for file in self.data)

    @property
    def partitions(self) -> tuple[str | None, ...]:
        """The values of the one partition column that have rows, sorted; None, if it is there, comes first."""
        found = {_value(file) for file in self.data}
        return tuple(sorted(found, key=lambda value: (value is not None, value or "")))

    @property
    def relation(self) -> str:
        """The SQL that scans exactly this version."""
        return self.relation_of(self.files)

    def relation_of(self, files: Iterable[str]) -> str:
        """The SQL that scans ``files``, some of this table, with the types of this version."""
        return scan(files, self.columns, partition_by=self.partition_by, evolved=self.evolved)

    def only(self, partitions: Collection[str]) -> Pinned:
        """The same version with nothing but these partitions."""
        return msgspec.structs.replace(self, data=tuple(f for f in self.data if _value(f) in partitions))

    def without(self, partitions: Collection[str]) -> Pinned:
        """The same version without these partitions."""
        return msgspec.structs.replace(self, data=tuple(f for f in self.data if _value(f) not in partitions))


def _value(file: DataFile) -> str | None:
    """Of the one partition column."""
    [value] = file.partition.values()
    return value
