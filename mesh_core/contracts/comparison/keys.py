"""The grain of a table: its primary key and its partitions, each one thing that several columns make."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from mesh_core.contracts.comparison.canonical import equal
from mesh_core.contracts.comparison.change import Change
from mesh_core.contracts.comparison.place import Place


def compare_keys(
    place: Place, old: Sequence[Mapping[str, Any]], new: Sequence[Mapping[str, Any]], names: Mapping[str, str]
) -> Iterator[Change]:
    """Changes of key and partitions between the properties of one object; ``names`` are new names by old ones."""
    yield from _keys(place, old, new, names)
    yield from _partitions(place, old, new, names)


def _keys(
    place: Place, old: Sequence[Mapping[str, Any]], new: Sequence[Mapping[str, Any]], names: Mapping[str, str]
) -> Iterator[Change]:
    flag, position = "primaryKey", "primaryKeyPosition"
    before, after = _ordered(old, flag, position), _ordered(new, flag, position)
    translated = [names.get(name, name) for name in before]
    if translated == after:
        yield from _restated(place, old, new, (flag, position), names)
    elif not before:
        reason = "Rows are told apart by a key now."
        yield place.change("key-added", "compatible", reason, None, after)
    elif not after:
        reason = "Nothing promises any more that a row comes once."
        yield place.change("key-dropped", "breaking", reason, before, [])
    elif set(translated) == set(after):
        reason = "The same columns tell rows apart, but a lookup by position in the key differs."
        yield place.change("key-reordered", "risky", reason, before, after)
    else:
        reason = "One row stands for another thing: joins multiply or miss rows."
        yield place.change("key-changed", "breaking", reason, before, after)


def _partitions(
    place: Place, old: Sequence[Mapping[str, Any]], new: Sequence[Mapping[str, Any]], names: Mapping[str, str]
) -> Iterator[Change]:
    flag, position = "partitioned", "partitionKeyPosition"
    before, after = _ordered(old, flag, position), _ordered(new, flag, position)
    if [names.get(name, name) for name in before] == after:
        yield from _restated(place, old, new, (flag, position), names)
    elif not before:
        reason = "Readers who filter by these columns read less."
        yield place.change("partitions-added", "compatible", reason, None, after)
    else:
        reason = "Readers who work partition by partition find other ones, or read more."
        yield place.change("partitions-changed", "risky", reason, before, after)


def _ordered(properties: Sequence[Mapping[str, Any]], flag: str, position: str) -> list[str]:
    """Names of the flagged columns by position; those without one by name, so that column order says nothing."""
    flagged = [prop for prop in properties if prop.get(flag)]
    return [str(prop["name"]) for prop in sorted(flagged, key=lambda prop: (_number(prop.get(position)), prop["name"]))]


def _number(value: Any) -> float:
    return value if isinstance(value, int | float) and value >= 0 else float("inf")


def _restated(
    place: Place,
    old: Sequence[Mapping[str, Any]],
    new: Sequence[Mapping[str, Any]],
    keys: tuple[str, str],
    names: Mapping[str, str],
) -> Iterator[Change]:
    """Numbers that changed and say the same order, or a position of a column that is not flagged."""
    flag, position = keys
    before = {names.get(str(prop["name"]), str(prop["name"])): prop.get(position, -1) for prop in old}
    told = [
        str(prop["name"])
        for prop in new
        if prop["name"] in before and not equal(before[prop["name"]], prop.get(position, -1))
    ]
    if told:
        kind = "key-restated" if flag == "primaryKey" else "partitions-restated"
        yield place.change(kind, "documentation", "Positions are written otherwise and say the same.", None, told)
