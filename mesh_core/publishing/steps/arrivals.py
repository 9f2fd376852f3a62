"""Bronze from a landing zone: each delivered file's rows are in the table once, whatever happens on the way.

The table is partitioned by the file, and the commit that adds rows also records which files it has. A step reads the
files that are new or were delivered again and replaces exactly their rows, all in one commit: after a crash the files
are recorded with their rows or neither is there. Rows of a file that was taken away stay until the step is forced.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING

import msgspec

from mesh_core.errors import SourceError, TransformationError
from mesh_core.ingestion import deliveries, open_source, source_error
from mesh_core.publishing.clocks import clock_of_files
from mesh_core.publishing.partitions import (
    SOURCE_FILE,
    UnknownPartitionError,
    day_of,
    files_in,
    key_of_file,
    partitioning_of,
    told,
)
from mesh_core.publishing.progress import report
from mesh_core.publishing.steps.step import Refreshed, StepAttempt, partitions_change
from mesh_core.publishing.transformation.fingerprints import code_digest
from mesh_core.publishing.transformation.lineage import lineage_of

if TYPE_CHECKING:
    from mesh_core.contracts import Source
    from mesh_core.contracts.tree import DomainTree, Internal
    from mesh_core.settings import Settings
    from mesh_core.storage import Commit


class Arrivals(msgspec.Struct, frozen=True, kw_only=True):
    """A landing zone beside the table that holds what it delivered so far; each file with what was seen of it."""

    present: dict[str, str]
    held: dict[str, str]

    @property
    def fresh(self) -> tuple[str, ...]:
        """Files that are new, were delivered again, or would be read otherwise now."""
        return tuple(name for name, seen in self.present.items() if self.held.get(name) != seen)


def arrivals(node: Internal, tree: DomainTree, before: Commit | None, settings: Settings) -> Arrivals:
    """What has arrived for a landing's bronze step; SourceError for a file that is none of its partitions."""
    source = _source(node)
    code = code_digest(node, tree)
    present = {name: _digest(code, seen) for name, seen in deliveries(source, settings).items()}
    _check_keys(node, tree, present)
    return Arrivals(present=present, held=files_in(before.facts) if before else {})


def ingest(attempt: StepAttempt, *, force: bool, partitions: Collection[str] | None = None) -> Refreshed:
    """Read the files that are due, replace their rows; with ``force`` alone, the table becomes what is there now."""
    node, services = attempt.node, attempt.services
    found = arrivals(node, attempt.tree, attempt.before, services.settings)
    if attempt.before is not None and "files" not in attempt.before.facts:
        partitions = None  # written before tables knew their files: everything is read once
    anew = attempt.before is None or "files" not in attempt.before.facts or (force and partitions is None)
    files = _due(found, node, force=force, anew=anew, partitions=partitions)
    if not files and not anew:
        return attempt.unchanged({})
    held = {} if anew else found.held
    kept = {**held, **{name: found.present[name] for name in files}}
    with services.connect() as connection:
        report(attempt.name, "transform", f"{len(files)} of {len(found.present)} files")
        sql = open_source(_source(node), services.settings, only=files)
        lineage = lineage_of(node, attempt.tree, (), connection, services)
        try:
            staged = attempt.stage(connection, sql, (SOURCE_FILE,))
        except TransformationError as error:
            if not isinstance(error.__cause__, Exception):
                raise
            raise source_error(error.__cause__) from error
    facts = {"files": _json(kept), "fingerprint": _digest(*(f"{name}={seen}" for name, seen in sorted(kept.items())))}
    facts |= clock_of_files(_source(node), kept)
    if partitioning_of(node, attempt.tree) is not None:
        facts |= {
            "partitions": _json(partition_digests(kept)),
            "partitionsWritten": _json(sorted({key_of_file(name) for name in files})),
        }
    change = partitions_change(files, held)
    return attempt.keep(staged, change, facts, inputs={}, lineage=lineage)


def partition_digests(files: Mapping[str, str]) -> dict[str, str]:
    """What each partition holds: the files of its name."""
    found: dict[str, list[str]] = {}
    for name in sorted(files):
        found.setdefault(key_of_file(name), []).append(f"{name}={files[name]}")
    return {key: _digest(*seen) for key, seen in found.items()}


def _due(
    found: Arrivals, node: Internal, *, force: bool, anew: bool, partitions: Collection[str] | None
) -> tuple[str, ...]:
    """The files to read: of those asked for, or of all, what is fresh or forced."""
    if partitions is None:
        return tuple(found.present) if anew else found.fresh
    known = {key_of_file(name) for name in {*found.present, *found.held}}
    missing = set(partitions) - known
    if missing:
        message = f"no file was delivered for {told(missing)}"
        remedy = f"Files of {node.sql} are named after their partition: deliver them, or ask for others."
        raise UnknownPartitionError(message, remedy=remedy)
    asked = [name for name in found.present if key_of_file(name) in set(partitions)]
    fresh = set(found.fresh)
    return tuple(name for name in asked if force or anew or name in fresh)


def _check_keys(node: Internal, tree: DomainTree, files: Collection[str]) -> None:
    """A file that no partition would take up is told, not read: its rows would be at no port."""
    partitioning = partitioning_of(node, tree)
    if partitioning is None:
        return
    for name in files:
        try:
            day_of(key_of_file(name), partitioning)
        except UnknownPartitionError as error:
            message = f"{name} was delivered to {node.sql}, whose files are partitions: {error.what}"
            remedy = f"Rename or remove the file. {error.remedy}"
            raise SourceError(message, path=node.path, remedy=remedy) from error


def _source(node: Internal) -> Source:
    if node.source is None:
        raise AssertionError  # only sources arrive
    return node.source


def _digest(*parts: str) -> str:
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:16]


def _json(value: object) -> str:
    return msgspec.json.encode(value).decode()
