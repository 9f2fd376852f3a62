"""Time partitions of ports and internal steps: their keys, what each was made from, and which are stale.

A key is the ISO date that Dagster and Delta Lake both call the partition by. What a partition was made from is one
digest: the code, the versions of the inputs that are read as a whole, and this key's own digest in each input that is
partitioned alike. A table's commit records the digests of all its partitions, so that the next step reads two small
files and knows what changed.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Mapping
from datetime import UTC, date, datetime, timedelta
from pathlib import PurePath
from typing import TYPE_CHECKING

import msgspec

from mesh_core.contracts.graph import Input, InternalInput, Node, product_of
from mesh_core.contracts.publishing import Partitioning
from mesh_core.contracts.tree import DomainTree, Mesh, Port
from mesh_core.contracts.variables import PARTITIONS
from mesh_core.errors import MeshError

if TYPE_CHECKING:
    import duckdb

    from mesh_core.contracts.publishing import Grain

SOURCE_FILE = "_source_file"
"""The column of a landing's bronze table that names each row's file; the table is partitioned by it."""

RESTORED = "~"
"""Follows a partition's digest where its rows were restored: other rows to who reads them, none the less up to date."""

_TOLD = 5

_NEAR = 30
"""Partitions between two that are made, for which a run of its own costs Dagster more than their events (measured)."""


class UnknownPartitionError(MeshError):
    """A key that is no partition of what was asked for."""

    code = "partition-unknown"


def partitioning_of(node: Node, tree: DomainTree) -> Partitioning | None:
    """The partitions of a port that is published by them, or of an internal step that is made like its port."""
    if isinstance(node, Port):
        return node.contract.publishing.partitioning
    column = product_of(node, tree).partitioned.get(node.sql)
    if column is None:
        return None
    ports = (port for port in tree.ports if port.product.folder.name == node.product)
    like = next((found for port in ports if (found := port.contract.publishing.partitioning)), None)
    return msgspec.structs.replace(like, column=column) if like else None


def is_alike(given: Input, partitioning: Partitioning | None, tree: DomainTree, mesh: Mesh) -> bool:
    """Whether an input has the same partitions, so that one of them needs only its namesake there."""
    if partitioning is None:
        return False
    if isinstance(given, InternalInput):
        step = tree.internal(given.layer, given.table)
        theirs = partitioning_of(step, tree) if step else None
    else:
        port = mesh.resolve(given.contract_id, given.version)
        theirs = port.contract.publishing.partitioning if port else None
    return theirs is not None and theirs.grain == partitioning.grain


def key_of_file(name: str) -> str:
    """The partition that a delivered file is: its name without the ending."""
    return PurePath(name).stem


def recorded(facts: Mapping[str, str]) -> dict[str, str]:
    """The digest of each partition that a commit's version has."""
    found: dict[str, str] = msgspec.json.decode(facts.get("partitions") or "{}")
    return found


def files_in(facts: Mapping[str, str]) -> dict[str, str]:
    """The files that a bronze table holds, with what was seen of each."""
    found: dict[str, str] = msgspec.json.decode(facts.get("files") or "{}")
    return found


def values_of(facts: Mapping[str, str], keys: Collection[str]) -> tuple[str, ...]:
    """The partition values that ``keys`` have in the table that recorded ``facts``.

    They are the keys themselves, but the file names in a bronze table.
    """
    if "files" not in facts:
        return tuple(keys)
    wanted = set(keys)
    return tuple(name for name in files_in(facts) if key_of_file(name) in wanted)


def digests(code: str, whole: Mapping[str, int], alike: Iterable[Mapping[str, str]]) -> dict[str, str]:
    """What each partition is to be made from, by key: ``alike`` are the recorded digests of inputs, in their order."""
    base = hashlib.sha256(code.encode())
    for name, version in sorted(whole.items()):
        base.update(f"\0{name}={version}".encode())
    parts = list(alike)
    found = {}
    for key in sorted(set().union(*parts)):
        seen = base.copy()
        for part in parts:
            seen.update(f"\0{part.get(key, '')}".encode())
        found[key] = seen.hexdigest()[:16]
    return found


def stale_keys(made: Mapping[str, str], wanted: Mapping[str, str]) -> tuple[str, ...]:
    """Keys that are to be made (again), in order; one that no input has any more is among them, to be emptied.

    A restored partition stands for the one that it replaced, so that the next run leaves it alone.
    """
    standing = {key: digest.partition(RESTORED)[0] or None for key, digest in made.items()}
    return tuple(sorted(key for key in {*made, *wanted} if standing.get(key) != wanted.get(key)))


def day_of(key: str, partitioning: Partitioning) -> date:
    """The day that a key names; UnknownPartitionError if the partitioning has no such key."""
    try:
        day = date.fromisoformat(key)
    except ValueError as error:
        message = f"'{key}' is no partition: a key is a date"
        raise UnknownPartitionError(message, remedy="Write YYYY-MM-DD.") from error
    end = min(partitioning.end or date.max, _tomorrow())  # Dagster has no partitions of the future
    if not partitioning.start <= day < end:
        message = f"'{key}' is outside of the partitions, which go from {partitioning.start} to before {end}"
        raise UnknownPartitionError(message, remedy="Name another day, or move the contract's partitionEnd.")
    if day != first_day(day, partitioning.grain):
        message = f"'{key}' is not the first day of a {partitioning.grain}"
        raise UnknownPartitionError(message, remedy=f"Write {first_day(day, partitioning.grain)}.")
    return day


def first_day(day: date, grain: Grain) -> date:
    """The day that names the partition which ``day`` falls into."""
    if grain == "week":
        return day - timedelta(days=day.weekday())
    return day.replace(day=1) if grain == "month" else day


def earliest_day(partitioning: Partitioning) -> date:
    """The day that names the first whole partition."""
    first = first_day(partitioning.start, partitioning.grain)
    return first if partitioning.start == first else _next(first, partitioning.grain)


def keys_from(first: str, last: str, partitioning: Partitioning) -> tuple[str, ...]:
    """All keys from ``first`` to ``last``, both included; UnknownPartitionError where there is no such range."""
    day, end = day_of(first, partitioning), day_of(last, partitioning)
    if end < day:
        message = f"the range {first}..{last} ends before it begins"
        raise UnknownPartitionError(message, remedy=f"Write {last}..{first}.")
    keys = []
    while day <= end:
        keys.append(day.isoformat())
        day = _next(day, partitioning.grain)
    return tuple(keys)


def _next(day: date, grain: Grain) -> date:
    if grain == "month":
        return (day + timedelta(days=32)).replace(day=1)
    return day + timedelta(days=7 if grain == "week" else 1)


def ranges_of(keys: Iterable[str], partitioning: Partitioning) -> list[tuple[str, str]]:
    """The keys as few unbroken ranges, first and last key each: what one run of Dagster can be asked for."""
    ranges: list[tuple[str, str]] = []
    for key in sorted(keys):
        if ranges and _next(date.fromisoformat(ranges[-1][1]), partitioning.grain).isoformat() == key:
            ranges[-1] = (ranges[-1][0], key)
        else:
            ranges.append((key, key))
    return ranges


def set_partitions(connection: duckdb.DuckDBPyConnection, keys: Iterable[str] | None) -> None:
    """Let SQL on ``connection`` ask for ``getvariable('partitions')``, a DATE[]; NULL for all."""
    dates = "NULL" if keys is None else "[" + ", ".join(f"DATE '{key}'" for key in keys) + "]"
    connection.execute(f"SET VARIABLE {PARTITIONS} = CAST({dates} AS DATE[])")


def covering(keys: Collection[str], known: Collection[str], partitioning: Partitioning) -> list[tuple[str, str]]:
    """Ranges that hold all ``keys`` and else only ``known`` ones: few, where the keys are scattered."""
    ranges: list[tuple[str, str]] = []
    wanted = set(keys)
    for first, last in ranges_of(wanted | set(known), partitioning):
        gap = _NEAR + 1
        for key in keys_from(first, last, partitioning):
            if key not in wanted:
                gap += 1
                continue
            ranges = [*ranges[:-1], (ranges[-1][0], key)] if gap <= _NEAR else [*ranges, (key, key)]
            gap = 0
    return ranges


def told(keys: Collection[str]) -> str:
    """Some keys for a message."""
    few = ", ".join(sorted(keys)[:_TOLD])
    return f"{few} and {len(keys) - _TOLD} more" if len(keys) > _TOLD else few


def _tomorrow() -> date:
    return datetime.now(UTC).date() + timedelta(days=1)
