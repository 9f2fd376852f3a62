"""The schema section: objects, their properties at every depth, and what all properties of an object make together."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from mesh_core.contracts.comparison.change import Change
from mesh_core.contracts.comparison.columns import DEPRECATION, compare_property, nested_fields, nested_parts
from mesh_core.contracts.comparison.keys import compare_keys
from mesh_core.contracts.comparison.place import Judge, Place, entries, judged, mapping, noted
from mesh_core.contracts.comparison.protection import compare_tags
from mesh_core.contracts.comparison.quality import compare_rules
from mesh_core.contracts.comparison.relationships import compare_relationships
from mesh_core.contracts.comparison.renames import renamed
from mesh_core.contracts.comparison.walk import walk


def compare_schema(place: Place, old: Any, new: Any) -> Iterator[Change]:
    """Changes between the ``schema`` lists of two contracts, objects matched by name."""
    before, after = _named(old), _named(new)
    names = renamed(list(before.values()), list(after.values()))
    numbers = _numbers(old), _numbers(new)
    for name, schema in before.items():
        target = names.get(name, name)
        at = place.part(name, numbers[0][name], numbers[1].get(target))
        if target not in after:
            yield at.change("object-removed", "breaking", "Readers find no such table any more.", name, None)
            continue
        if target != name:
            yield at.change("object-renamed", "breaking", "Readers do not find the old name.", name, target)
        yield from _object(at, schema, after[target])
    for name in after:
        if name not in before and name not in names.values():
            at = place.part(name, None, numbers[1][name])
            yield at.change("object-added", "compatible", "Nobody reads it yet.", None, name)


def _object(place: Place, old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[Change]:
    skip = {"name", "properties", "relationships"}
    yield from walk(place, old, new, _OBJECT_JUDGES, skip=skip)
    fields = entries(old.get("properties")), entries(new.get("properties"))
    names = renamed(*(list(_named(part).values()) for part in fields))
    yield from _properties(place.into("properties"), *fields, top=True)
    yield from compare_relationships(place, old, new, names)


def _properties(place: Place, old: Sequence[Any], new: Sequence[Any], *, top: bool) -> Iterator[Change]:
    """Changes between two lists of named properties; ``top`` if they are the columns themselves."""
    before, after = _named(old), _named(new)
    names = renamed(list(before.values()), list(after.values()))
    numbers = _numbers(old), _numbers(new)
    word = "column" if top else "field"
    for name, prop in before.items():
        target = names.get(name, name)
        column = name if top else None
        at = place.part(f"{place.element}.{name}", numbers[0][name], numbers[1].get(target), column=column)
        if target not in after:
            reason = f"Whoever reads the {word} fails."
            yield at.change(f"{word}-removed", "breaking", reason, name, None)
            continue
        if target != name:
            reason = f"Whoever reads the {word} by its old name fails."
            yield at.change(f"{word}-renamed", "breaking", reason, name, target)
        yield from _property(at, prop, after[target])
    for name in after:
        if name not in before and name not in names.values():
            at = place.part(f"{place.element}.{name}", None, numbers[1][name])
            yield at.change(
                f"{word}-added", "compatible", "Readers who name what they read see no difference.", None, name
            )
    yield from compare_keys(place, list(before.values()), list(after.values()), names)
    yield from _order(place, before, after, names)


def _order(
    place: Place, before: Mapping[str, Any], after: Mapping[str, Any], names: Mapping[str, str]
) -> Iterator[Change]:
    """Another order of what both have; what came or went changes no order."""
    kept = [names.get(name, name) for name in before if names.get(name, name) in after]
    now = [name for name in after if name in kept]
    if kept != now:
        reason = "Readers by name see no difference; SELECT * and UNION by position do."
        yield place.change("columns-reordered", "risky", reason, kept, now)


def _property(place: Place, old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[Change]:
    """One property with everything in it."""
    yield from compare_property(place, old, new)
    fields = nested_fields(old), nested_fields(new)
    if any(fields):
        yield from _properties(place.into("properties"), *fields, top=False)
    parts = nested_parts(old), nested_parts(new)
    for path in [*parts[0], *(path for path in parts[1] if path not in parts[0])]:
        sign, before = parts[0].get(path, ("", None))
        sign, after = parts[1].get(path, (sign, None))
        at = place.part(f"{place.element}{sign}", None, None)
        for key in path:
            at = at.into(key)
        if before is None:
            yield at.change("part-described", "compatible", "What it holds is promised now.", None, after)
        elif after is None:
            yield at.change("part-undescribed", "breaking", "What it holds is not promised any more.", before, None)
        else:
            yield from _property(at, before, after)


def _named(value: Any) -> dict[str, Mapping[str, Any]]:
    return {item["name"]: item for item in entries(value) if isinstance(mapping(item).get("name"), str)}


def _numbers(value: Any) -> dict[str, int]:
    return {str(mapping(item).get("name")): number for number, item in enumerate(entries(value))}


def _physical_name(place: Place, old: Any, new: Any) -> Iterator[Change]:
    reason = "Readers of the table itself do not find the old name."
    if (old or place.element) == (new or place.element):
        yield place.change("physical-name-restated", "documentation", "The name is the same as before.", old, new)
    else:
        yield place.change("physical-name-changed", "breaking", reason, old, new)


_OBJECT_JUDGES: dict[str, Judge] = {
    "logicalType": judged(
        "object-type",
        ("breaking", "It is another kind of thing and is read otherwise."),
        added=("documentation", "It says what was clear before."),
        removed=("documentation", "It leaves unsaid what is clear."),
    ),
    "physicalType": judged(
        "physical-type",
        ("risky", "A table, a view and a topic are read at other costs and moments."),
        added=("documentation", "It says what was left open."),
        removed=("documentation", "It leaves open what was said."),
    ),
    "physicalName": _physical_name,
    "dataGranularityDescription": judged(
        "granularity",
        ("risky", "What one row stands for may have changed; only a person can tell."),
        added=("documentation", "It is told what one row stands for."),
    ),
    "quality": compare_rules,
    "tags": compare_tags,
    "deprecated": DEPRECATION,
    "businessName": noted("business-name"),
    "description": noted("description"),
    "synonyms": noted("synonyms"),
    "authoritativeDefinitions": noted("links"),
    "context": noted("context"),
    "id": noted("element-id", "Readers know the object by its name."),
}
