"""Foreign keys: what a reader may join to."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from mesh_core.contracts.comparison.change import Change
from mesh_core.contracts.comparison.place import Place, entries, mapping, paired
from mesh_core.contracts.comparison.walk import walk


class _Relation(msgspec.Struct, frozen=True, kw_only=True):
    source: tuple[str, ...]
    target: tuple[str, ...]
    type: str
    rest: dict[str, Any]
    at: tuple[str | int, ...]


def compare_relationships(
    place: Place, old: Mapping[str, Any], new: Mapping[str, Any], names: Mapping[str, str]
) -> Iterator[Change]:
    """Changes between the foreign keys of one object, wherever they stand: at the object or at its columns."""
    own = (f"{old.get('name')}.", f"{new.get('name')}.")
    before = [_translated(found, names) for found in _relations(old, own, place.old)]
    after = _relations(new, own, place.new)
    by_content = (lambda found: (found.source, found.target, found.type), lambda found: found.source)
    for left, right in paired(before, after, *by_content):
        yield from _compare(place, None if left is None else before[left], None if right is None else after[right])


def _compare(place: Place, old: _Relation | None, new: _Relation | None) -> Iterator[Change]:
    known = old or new
    if known is None:
        return
    at = msgspec.structs.replace(
        place,
        element=f"{place.element}.{', '.join(known.source)}",
        column=known.source[0] if old else "",
        old=old.at if old else place.old,
        new=new.at if new else place.new,
    )
    if old is None:
        reason = "Values are promised to have a partner now."
        yield at.change("relationship-added", "compatible", reason, None, _shown(known))
    elif new is None:
        reason = "Joins may find no partner any more."
        yield at.change("relationship-removed", "risky", reason, _shown(known), None)
    elif old.target != new.target:
        reason = "The values refer to another thing: joins find nothing, or something wrong."
        yield at.change("relationship-changed", "breaking", reason, _shown(old), _shown(new))
    elif old.type != new.type:
        reason = "The values refer to the same thing in another way."
        yield at.change("relationship-changed", "risky", reason, old.type, new.type)
    else:
        yield from walk(at, old.rest, new.rest, {})


def _relations(schema: Mapping[str, Any], own: tuple[str, ...], base: tuple[str | int, ...]) -> list[_Relation]:
    """Those of the object and those of its columns; ``own`` is what the columns' names may begin with."""
    found = [
        _relation(mapping(entry), "", own, (*base, "relationships", number))
        for number, entry in enumerate(entries(schema.get("relationships")))
    ]
    for number, prop in enumerate(entries(schema.get("properties"))):
        for index, entry in enumerate(entries(mapping(prop).get("relationships"))):
            at = (*base, "properties", number, "relationships", index)
            found.append(_relation(mapping(entry), str(mapping(prop).get("name")), own, at))
    return found


def _relation(entry: Mapping[str, Any], column: str, own: tuple[str, ...], at: tuple[str | int, ...]) -> _Relation:
    given = _names(entry.get("from")) or (column,)
    source = tuple(next((name.removeprefix(start) for start in own if name.startswith(start)), name) for name in given)
    rest = {key: value for key, value in entry.items() if key not in {"from", "to", "type"}}
    kind = str(entry.get("type") or "foreignKey")
    return _Relation(source=source, target=_names(entry.get("to")), type=kind, rest=rest, at=at)


def _names(value: Any) -> tuple[str, ...]:
    if value is None:
        return ()
    return tuple(map(str, value)) if isinstance(value, list | tuple) else (str(value),)


def _translated(found: _Relation, names: Mapping[str, str]) -> _Relation:
    """With the new names of renamed columns, which the rename itself reports."""
    source = tuple(names.get(column, column) for column in found.source)
    return found if source == found.source else msgspec.structs.replace(found, source=source)


def _shown(found: _Relation) -> str:
    return f"{', '.join(found.source)} → {', '.join(found.target)}"
