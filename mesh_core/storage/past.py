"""A table's commits from the newest back, each with whether its rows can still be read.

Told by the log and one listing of the table's files. Only the head is opened: what a commit added and removed leads
from any version's files to those of the one before.
"""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import unquote

from mesh_core.errors import MeshError
from mesh_core.storage.log import Commit, entry_at, versions_in
from mesh_core.storage.places import Place, files_below
from mesh_core.storage.tables import data_files, open_table
from mesh_core.storage.timeline import Timeline


def past_of(table: Place) -> Iterator[tuple[Commit, bool]]:
    """Every commit that the log holds, newest first; of a publication, whether all files of its rows are there.

    A publication's rows may since be in the files of maintenance: then those count. A commit is read when its turn
    comes. MeshError if the head or a commit cannot be read.
    """
    versions = versions_in(table)
    if not versions:
        return
    listing = list(files_below(table))
    here = {found.name for found in listing}
    oldest = _oldest(Timeline(table, listing))
    missing = {name for name in _head(table, versions[0]) if name not in here}
    readable: bool | None = None
    for version in versions:
        try:
            entry = entry_at(table, version)
        except FileNotFoundError:  # maintenance cut the log meanwhile: it begins later now
            return
        if readable is None:
            readable = not missing and version >= oldest
        yield entry.commit, readable
        if entry.commit.kind == "publication":
            readable = None
        missing -= {unquote(name) for name in entry.added}
        missing |= {name for name in map(unquote, entry.removed) if name not in here}


def _oldest(timeline: Timeline) -> int:
    """The oldest version that the log can rebuild."""
    try:
        return timeline.oldest
    except MeshError:
        return timeline.head


def _head(table: Place, version: int) -> list[str]:
    return [unquote(file.entry) for file in data_files(open_table(table, version), table)]
