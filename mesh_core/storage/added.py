"""What happened to a table between two of its versions: the files that publications added, and who came between."""

from __future__ import annotations

from collections.abc import Iterable

from mesh_core.storage.log import Entry, entry_at, versions_in
from mesh_core.storage.pinned import Pinned
from mesh_core.storage.places import Place, size_of
from mesh_core.storage.tables import file_of


def intervening(table: Place, head: int) -> list[Entry]:
    """Every commit after the version ``head``, oldest first."""
    return [entry_at(table, version) for version in reversed(versions_in(table, after=head))]


def added_files(table: Place, since: int, until: Pinned) -> tuple[str, ...] | None:
    """The files with the rows that publications after ``since`` added and ``until`` still has, as DuckDB opens them.

    Maintenance since may have put such rows into one file with older ones. They are then read from the file that
    was published, as long as it is there. None where that cannot be told: all of the table is to be read then.
    """
    versions = [version for version in versions_in(table, after=since) if version <= until.physical]
    if since > until.version or len(versions) != until.physical - since:
        return None
    try:
        found = _follow(entry_at(table, version) for version in reversed(versions))
    except FileNotFoundError:  # maintenance cut the log meanwhile
        return None
    if found is None:
        return None
    current = {file.entry for file in until.data}
    files = tuple(sorted(file_of(str(table), entry) for entry in found))
    moved = [entry for entry in found if entry not in current]
    if any(size_of(table / file_of("", entry).removeprefix("/")) is None for entry in moved):
        return None
    return files


def _follow(entries: Iterable[Entry]) -> set[str] | None:
    """The added files that stand at the end; None if a publication removed one that held added and older rows."""
    new: set[str] = set()
    mixed: set[str] = set()
    for entry in entries:
        removed, added = set(entry.removed), set(entry.added)
        if entry.commit.kind == "publication":
            if removed & mixed:
                return None
            new = (new - removed) | added
        elif removed <= new:
            new = (new - removed) | added
        elif removed & (new | mixed):
            mixed |= added
    return new
