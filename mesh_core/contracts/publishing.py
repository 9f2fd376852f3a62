"""How a port's table is written, kept and cleaned: the contract's ``customProperties`` that the mesh acts on.

- ``writeMode``: what a publication does to the rows before it: ``snapshot`` (default) replaces them all, ``append``
  keeps them, ``merge`` replaces by primary key, ``partitions`` replaces the partitions that it makes.
- ``sequenceColumn`` (merge): the column that tells which of two rows of one key is the later one; a row that comes
  late and is older changes nothing.
- ``deletionColumn`` (merge): a BOOLEAN that the transformation makes beside the columns; true removes the key.
- ``partitionGrain`` (partitions): ``day`` (default), ``week`` or ``month``. One Dagster partition is one value of the
  contract's ``partitioned`` DATE column, the first day of its week or month.
- ``partitionStart``, ``partitionEnd`` (partitions): ISO dates; the end is the day after the last partition, or absent.
- ``badRows``: what rows that break a rule of single rows do: ``refuse`` (default) the publication, or ``quarantine``.
- ``quarantineLimit``: percent of bad rows, default 5, above which the publication is refused after all.
- ``clusterBy``: columns whose Z-order maintenance keeps the files in.
- ``versionRetention``: days, default 30, for which versions that were replaced can still be read.
"""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any, Literal, get_args

import msgspec

if TYPE_CHECKING:
    from mesh_core.contracts.document import Document
    from mesh_core.contracts.odcs import Column
    from mesh_core.errors import DescriptorError

WriteMode = Literal["snapshot", "append", "merge", "partitions"]
Grain = Literal["day", "week", "month"]
BadRows = Literal["refuse", "quarantine"]

VERSION_RETENTION_DAYS = 30
QUARANTINE_LIMIT_PERCENT = 5.0


class Partitioning(msgspec.Struct, frozen=True, kw_only=True):
    """Time partitions: the values of one DATE column, each the first day of its day, week or month."""

    column: str
    grain: Grain
    start: date
    end: date | None = None
    """The day after the last partition; None: they go on."""


class Publishing(msgspec.Struct, frozen=True, kw_only=True):
    """What the contract says about writing its table; see the module's table."""

    mode: WriteMode = "snapshot"
    key: tuple[str, ...] = ()
    """The primary key, in its order."""
    sequence: str = ""
    deletion: str = ""
    partitioning: Partitioning | None = None
    bad_rows: BadRows = "refuse"
    quarantine_limit: float = QUARANTINE_LIMIT_PERCENT
    cluster_by: tuple[str, ...] = ()
    version_retention: int = VERSION_RETENTION_DAYS
    """Days."""

    @property
    def spare(self) -> tuple[str, ...]:
        """Columns that the transformation makes for the mesh alone: they are not published."""
        return (self.deletion,) if self.deletion else ()


class _Reader:
    """The contract's custom properties, each with its place for errors."""

    def __init__(self, document: Document, columns: tuple[Column, ...]) -> None:
        self.document = document
        self.columns = {column.name: column for column in columns}
        entries = document.raw.get("customProperties") or ()
        self._found = {entry["property"]: (at, entry.get("value")) for at, entry in enumerate(entries)}

    def value(self, name: str, default: Any = None) -> Any:
        return self._found[name][1] if name in self._found else default

    def wrong(self, what: str, name: str, remedy: str) -> DescriptorError:
        at: tuple[str | int, ...] = ("customProperties", self._found[name][0], "value") if name in self._found else ()
        return self.document.error(what, at, remedy=remedy)

    def one_of(self, name: str, choices: tuple[str, ...], default: str) -> Any:
        value = self.value(name, default)
        if value not in choices:
            message = f"{name} is '{value}'"
            raise self.wrong(message, name, f"Choose {', '.join(choices[:-1])} or {choices[-1]}.")
        return value

    def column(self, name: str) -> str:
        """The column that the property names; '' if it is absent."""
        value = self.value(name, "")
        if value and value not in self.columns:
            message = f"{name} names '{value}', which is no column of the contract"
            raise self.wrong(message, name, f"Its columns are {', '.join(self.columns)}.")
        return str(value)

    def day(self, name: str) -> date | None:
        value = self.value(name)
        if value is None:
            return None
        try:
            return date.fromisoformat(str(value))
        except ValueError as error:
            message = f"{name} is '{value}', not a date"
            raise self.wrong(message, name, "Write YYYY-MM-DD, in quotes.") from error

    def number(self, name: str, default: float, *, most: float) -> float:
        value = self.value(name, default)
        if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= most:
            message = f"{name} is {value!r}"
            raise self.wrong(message, name, f"Write a number from 0 to {most:g}.")
        return float(value)


def publishing_of(document: Document, columns: tuple[Column, ...], key: tuple[str, ...]) -> Publishing:
    """What the contract's custom properties say, checked against its columns; DescriptorError where they clash."""
    reader = _Reader(document, columns)
    mode: WriteMode = reader.one_of("writeMode", get_args(WriteMode), "snapshot")
    made = Publishing(
        mode=mode,
        key=key,
        sequence=reader.column("sequenceColumn"),
        deletion=str(reader.value("deletionColumn", "")),
        partitioning=_partitioning(reader, mode),
        bad_rows=reader.one_of("badRows", get_args(BadRows), "refuse"),
        quarantine_limit=reader.number("quarantineLimit", QUARANTINE_LIMIT_PERCENT, most=100),
        cluster_by=_cluster_by(reader),
        version_retention=int(reader.number("versionRetention", VERSION_RETENTION_DAYS, most=36_500)),
    )
    _check_merge(made, reader)
    return made


def _check_merge(made: Publishing, reader: _Reader) -> None:
    if made.mode == "merge" and not made.key:
        message = "writeMode is merge, but no column is a primaryKey"
        raise reader.wrong(message, "writeMode", "Mark the key's columns with `primaryKey: true`.")
    for name, given in (("sequenceColumn", made.sequence), ("deletionColumn", made.deletion)):
        if given and made.mode != "merge":
            message = f"{name} is given, but writeMode is {made.mode}"
            raise reader.wrong(message, name, "It means something to `writeMode: merge` only.")
    if made.deletion in reader.columns:
        message = f"deletionColumn '{made.deletion}' is a column of the contract"
        raise reader.wrong(message, "deletionColumn", "Deleted rows are not published: leave it out of the schema.")


def _partitioning(reader: _Reader, mode: WriteMode) -> Partitioning | None:
    if mode != "partitions":
        return None
    marked = [column for column in reader.columns.values() if column.partition_key_position >= 0]
    if len(marked) != 1 or marked[0].physical_type != "DATE" or not marked[0].required:
        told = ", ".join(column.name for column in marked) or "none"
        message = f"writeMode is partitions, which needs one required DATE column that is `partitioned` (found: {told})"
        raise reader.wrong(message, "writeMode", "Mark it with `partitioned: true` and `partitionKeyPosition: 1`.")
    start = reader.day("partitionStart")
    if start is None:
        message = "writeMode is partitions, but there is no partitionStart"
        raise reader.wrong(message, "writeMode", "Add the custom property partitionStart, an ISO date.")
    grain: Grain = reader.one_of("partitionGrain", get_args(Grain), "day")
    return Partitioning(column=marked[0].name, grain=grain, start=start, end=reader.day("partitionEnd"))


def _cluster_by(reader: _Reader) -> tuple[str, ...]:
    value = reader.value("clusterBy", [])
    names = [value] if isinstance(value, str) else list(value or ())
    for name in names:
        if name not in reader.columns:
            message = f"clusterBy names '{name}', which is no column of the contract"
            raise reader.wrong(message, "clusterBy", f"Its columns are {', '.join(reader.columns)}.")
    return tuple(names)
