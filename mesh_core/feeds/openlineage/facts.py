"""What an OpenLineage event is made of, before it is put into the standard's words."""

from __future__ import annotations

import uuid

import msgspec

from mesh_core.catalog import CheckRecord, ColumnRecord, LineageRecord

_RUNS = uuid.UUID("5d6f9f3e-2b0e-5f0a-9c3a-7a1f0c4b7e11")
"""Apart from every other name space of version 5: its ids come from this module only."""


class Table(msgspec.Struct, frozen=True, kw_only=True):
    """A dataset: where it is, and which state of it was read or made."""

    name: str
    """How the transformation calls it: ``domain.port``, ``silver.name``."""
    place: str
    """A folder, or ``s3://bucket/key``."""
    uri: str = ""
    """Its ``mesh://`` address, '' for a table inside a domain."""
    version: int | None = None
    rows: int | None = None
    """Read of it, if anybody counted."""
    delta: bool = True
    """False for a file that an outside system made."""


class Work(msgspec.Struct, frozen=True, kw_only=True):
    """A job: what makes one table again and again."""

    domain: str
    name: str
    """``domain.port`` or ``domain.silver.name``."""
    engine: str = ""
    """``sql``, ``python``, ``dbt`` or ``source``."""
    code: str = ""
    """As written, '' if it is not at hand."""
    description: str = ""
    owner: str = ""


class Run(msgspec.Struct, frozen=True, kw_only=True):
    """One go of a job over given tables."""

    work: Work
    run_id: str
    """Of the Dagster run that it is part of."""
    at: str
    """When it began: ISO time with an offset."""
    inputs: tuple[Table, ...] = ()
    output: Table

    @property
    def id(self) -> str:
        """Of this go, always the same: told again from the catalog, it is no second run."""
        return job_run_id(self.run_id, self.work.name)


class Tag(msgspec.Struct, frozen=True, kw_only=True):
    """A word about the table, or about one of its columns."""

    key: str
    value: str
    column: str = ""


class Made(msgspec.Struct, frozen=True, kw_only=True):
    """What came out of a go that succeeded."""

    at: str
    rows: int
    """Of the table."""
    written: int | None = None
    """Rows written, if that is known: not all rows of a table that grows."""
    bytes: int | None = None
    columns: tuple[ColumnRecord, ...] = ()
    lineage: tuple[LineageRecord, ...] = ()
    lineage_kind: str = ""
    checks: tuple[CheckRecord, ...] = ()
    state_change: str = ""
    """``CREATE``, ``OVERWRITE``, ``ALTER``, or '' if rows were added only."""
    owner: str = ""
    description: str = ""
    tags: tuple[Tag, ...] = ()


class Failed(msgspec.Struct, frozen=True, kw_only=True):
    """Why nothing came out."""

    at: str
    error: str
    checks: tuple[CheckRecord, ...] = ()


def job_run_id(run_id: str, job: str) -> str:
    """The id of one job's go inside a Dagster run."""
    return str(uuid.uuid5(_RUNS, f"{run_id}/{job}"))


def is_uuid(text: str) -> bool:
    """Whether OpenLineage takes the text for a run's id."""
    try:
        uuid.UUID(text)
    except ValueError:
        return False
    return True
