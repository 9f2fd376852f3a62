"""A table to take care of, with the calls that a test needs in few words."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from deltalake import DeltaTable
from object_storage.switch import lake_in

from mesh_core.storage import Change, Commit, Pinned, Place, connect
from mesh_core.storage.compaction import Sizes
from mesh_core.storage.maintenance import Maintained, Upkeep, maintain
from mesh_core.storage.places import files_below, storage_options

if TYPE_CHECKING:
    import duckdb

DAY = 86_400.0
NUMBERS = {"id": ("BIGINT", "Its number."), "day": ("DATE", "Its day.")}


class Garden:
    """One table in a lake of its own; publications are appended unless said otherwise."""

    def __init__(
        self, folder: Path, columns: Mapping[str, tuple[str, str]] = NUMBERS, by: tuple[str, ...] = ()
    ) -> None:
        self.folder, self.by = folder, by
        self.columns = dict(columns)
        self.lake = lake_in(folder / "lake")
        self.table: Place = self.lake.table("shop/orders")

    def __reduce__(self) -> tuple[Any, ...]:
        """As another process makes it: a lake is not sent around."""
        return Garden, (self.folder, self.columns, self.by)

    def connect(self) -> duckdb.DuckDBPyConnection:
        return connect(self.folder / "scratch", "1GB", access=self.lake.access)

    def publish(self, select: str, *, replacing: bool = False, **facts: str) -> int:
        """A publication of the rows of ``select``; its version."""
        kinds = {name: kind for name, (kind, _) in self.columns.items()}
        before = self.lake.newest(self.table)
        with self.connect() as connection:
            staged = self.lake.stage(connection, select, self.table, kinds, partition_by=self.by)
        return self.lake.commit(
            staged,
            self.columns,
            onto=before.head if before else None,
            facts={"rows": str(staged.rows), "inputs": "{}", **facts},
            change=Change(mode="replace" if replacing else "append"),
        )

    def plant(self, commits: int, *, start: int = 0) -> None:
        """So many publications of one row each: numbers from ``start``, days in turn the 1st and the 2nd."""
        for number in range(start, start + commits):
            self.publish(f"SELECT {number}::BIGINT AS id, DATE '2026-01-01' + {number % 2} AS day")

    def maintain(self, *, dry_run: bool = False, at: float | None = None, **wanted: Any) -> Maintained:
        """What the mesh does at night; ``at`` so many seconds from now."""
        wanted.setdefault("retention", timedelta(days=30))
        if "sizes" in wanted:
            wanted["sizes"] = Sizes(**wanted["sizes"])
        now = None if at is None else time.time() + at
        return maintain(self.lake, self.table, Upkeep(**wanted), self.connect, dry_run=dry_run, now=now)

    def maintain_all(self, **wanted: Any) -> Maintained:
        """As if nobody else could be at work, and no replaced version were wanted."""
        nothing = timedelta(0)
        return self.maintain(at=1.0, retention=nothing, safe_age=nothing, **wanted)

    def pass_days(self, days: float) -> None:
        """Let everything that is there have happened so many days earlier."""
        for commit in (self.table / "_delta_log").glob("*.json"):
            lines = [json.loads(line) for line in commit.read_text().splitlines()]
            moment = commit.stat().st_mtime
            for line in lines:
                if "commitInfo" in line:
                    line["commitInfo"]["timestamp"] -= int(days * DAY * 1000)
            commit.write_text("".join(json.dumps(line) + "\n" for line in lines))
            os.utime(commit, (moment, moment))
        for file in self.table.rglob("*"):
            moment = file.stat().st_mtime - days * DAY
            os.utime(file, (moment, moment))

    def rows(self, version: int | None = None) -> list[tuple[Any, ...]]:
        pinned = self.pinned(version)
        with self.connect() as connection:
            return sorted(connection.execute(pinned.relation).fetchall(), key=str)

    def pinned(self, version: int | None = None) -> Pinned:
        pinned = self.lake.pin(self.table, version)
        assert pinned is not None
        return pinned

    def newest(self) -> Commit:
        newest = self.lake.newest(self.table)
        assert newest is not None
        return newest

    def files(self, within: str = "") -> set[str]:
        """Data files that are there, by their path below the table."""
        names = {found.name for found in files_below(self.table)}
        return {name for name in names if name.endswith(".parquet") and name.startswith(within) and "_log/" not in name}

    def log(self) -> set[str]:
        names = {found.name for found in files_below(self.table)}
        return {name.removeprefix("_delta_log/") for name in names if name.startswith("_delta_log/")}

    def delta(self) -> DeltaTable:
        """The table as delta-rs sees it."""
        return DeltaTable(str(self.table), storage_options=storage_options(self.table))
