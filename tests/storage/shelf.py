"""A table on a shelf: rows put there in every way that a commit knows, read back through two engines."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from pathlib import Path
from typing import Any

from deltalake import DeltaTable, QueryBuilder
from object_storage.switch import lake_in

from mesh_core.storage import Change, Lake, Pinned, Place, Staged, connect
from mesh_core.storage.places import storage_options

COLUMNS = {"id": ("BIGINT", "Number."), "day": ("DATE", "Day."), "name": ("VARCHAR", "Name.")}
Row = tuple[int, str, str | None]


class Shelf:
    """One table of ``COLUMNS``, with or without partitions by day."""

    def __init__(self, folder: Path, *, by: tuple[str, ...] = (), path: str = "domain/port") -> None:
        self.lake: Lake = lake_in(folder / "lake")
        self.table: Place = self.lake.table(path)
        self.by = by
        self.connection = connect(folder / "scratch", "300MB", access=self.lake.access)

    @property
    def head(self) -> int | None:
        newest = self.lake.newest(self.table)
        return newest.head if newest else None

    def stage(self, rows: Iterable[Row] | str) -> Staged:
        kinds = {name: kind for name, (kind, _) in COLUMNS.items()}
        return self.lake.stage(self.connection, select(rows), self.table, kinds, partition_by=self.by)

    def put(
        self,
        rows: Iterable[Row] | str,
        change: Change = Change(),  # noqa: B008 - frozen
        *,
        facts: Mapping[str, str] | None = None,
    ) -> int:
        """Stage the rows and commit them onto what is there; a publication unless ``facts`` is empty."""
        told = {"rows": "?"} if facts is None else facts
        staged = self.stage(rows)
        version = self.lake.commit(staged, COLUMNS, onto=self.head, facts=told, change=change)
        self.lake.discard(staged)  # what the commit left out: a file without rows
        return version

    def pinned(self, version: int | None = None) -> Pinned:
        pinned = self.lake.pin(self.table, version)
        assert pinned is not None
        return pinned

    def rows(self, pinned: Pinned | None = None) -> list[Row]:
        """Sorted, through DuckDB over the files of a version, by default the newest."""
        return self.rows_of((pinned or self.pinned()).relation)

    def rows_of(self, relation: str) -> list[Row]:
        chosen = f"SELECT * REPLACE (day::VARCHAR AS day) FROM ({relation}) ORDER BY ALL"
        return [(row[0], row[1], row[2]) for row in self.connection.execute(chosen).fetchall()]

    def rows_by_delta_rs(self) -> list[Row]:
        """Sorted, through delta-rs and DataFusion, which know nothing of the mesh."""
        delta = DeltaTable(str(self.table), storage_options=storage_options(self.table))
        read = QueryBuilder().register("t", delta).execute("SELECT id, day, name FROM t").read_all()
        found = [row for batch in read.to_batches() for row in batch.to_struct_array().to_pylist()]
        return sorted(((row["id"], _text(row["day"]), row["name"]) for row in found), key=str)


def _text(day: Any) -> Any:
    return day.isoformat() if isinstance(day, date) else day


def select(rows: Iterable[Row] | str) -> str:
    """SQL of the rows, typed as ``COLUMNS``."""
    if isinstance(rows, str):
        return rows
    values = [f"({number}, {_literal(day)}, {_literal(name)})" for number, day, name in rows]
    if not values:
        return "SELECT 0::BIGINT AS id, NULL::DATE AS day, NULL::VARCHAR AS name WHERE false"
    typed = "id::BIGINT AS id, day::DATE AS day, name::VARCHAR AS name"
    return f"SELECT {typed} FROM (VALUES {', '.join(values)}) AS v(id, day, name)"


def _literal(text: str | None) -> str:
    return "NULL" if text is None else "'" + text.replace("'", "''") + "'"
