"""A process that changes a table again and again beside others: ``racing_writer.py FOLDER MODE ME TIMES``."""

from __future__ import annotations

import sys
from pathlib import Path

from mesh_core.errors import CommitConflictError
from mesh_core.storage import Change, Lake, Pinned, connect

COLUMNS = {"day": ("DATE", ""), "id": ("BIGINT", ""), "count": ("BIGINT", "")}
DAYS = ("2013-01-01", "2013-01-02", "2013-01-03")
SOME = DAYS[1]


def changed(mode: str, me: str, turn: int, pinned: Pinned) -> tuple[str, Change, bool]:
    """The rows to add, what they replace, and whether that is a publication; each adds one to the table's sum."""
    if mode == "append":
        return f"SELECT DATE '{SOME}' AS day, {turn}::BIGINT AS id, 1::BIGINT AS count", Change(mode="append"), True
    if mode == "replace":
        return f"SELECT * REPLACE (count + (id = 1)::BIGINT AS count) FROM ({pinned.relation})", Change(), True
    if mode == "partitions":
        old = pinned.only({SOME}).relation
        rows = f"SELECT * REPLACE (count + 1 AS count) FROM ({old})"
        return rows, Change(mode="partitions", partitions=(SOME,)), True
    if mode == "maintenance" and me == "0":
        change = Change(mode="files", files=pinned.files, data_change=False, operation="OPTIMIZE")
        return pinned.relation, change, False
    if mode == "maintenance":
        return changed("append", me, turn, pinned)
    touched = pinned.only({DAYS[turn % 3]}).files
    rows = f"SELECT * REPLACE (count + 1 AS count) FROM ({pinned.relation_of(touched)})"
    return rows, Change(mode="files", files=touched), True


def main(folder: Path, mode: str, me: str, times: int) -> None:
    lake = Lake(folder / "lake")
    table = lake.table("t")
    kinds = {name: kind for name, (kind, _) in COLUMNS.items()}
    with connect(folder / f"scratch-{me}", "200MB") as connection:
        done = 0
        while done < times:
            pinned = lake.pin(table)
            assert pinned is not None
            rows, change, publication = changed(mode, me, done, pinned)
            staged = lake.stage(connection, rows, table, kinds, partition_by=("day",))
            facts = {"rows": str(staged.rows)} if publication else {}
            try:
                lake.commit(staged, COLUMNS, onto=pinned.physical, facts=facts, change=change)
                done += 1
            except CommitConflictError:
                lake.discard(staged)


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2], sys.argv[3], int(sys.argv[4]))
