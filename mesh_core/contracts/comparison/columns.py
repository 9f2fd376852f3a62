"""One property of a schema, compared key by key: a column, a nested field, the items of an array, a map's value."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from mesh_core.contracts.comparison.canonical import equal
from mesh_core.contracts.comparison.change import Change, Impact
from mesh_core.contracts.comparison.enums import compare_enums
from mesh_core.contracts.comparison.options import compare_options
from mesh_core.contracts.comparison.place import Judge, Place, flagged, judged, mapping, noted
from mesh_core.contracts.comparison.protection import PROTECTION
from mesh_core.contracts.comparison.quality import compare_rules
from mesh_core.contracts.comparison.types import RELATIONS, Relation, implied_type, relation
from mesh_core.contracts.comparison.walk import walk

_AGGREGATED = ("name", "primaryKey", "primaryKeyPosition", "partitioned", "partitionKeyPosition", "relationships")
"""What is compared for all properties of an object together."""

_TYPED = ("logicalType", "physicalType")
_TYPE_VERDICTS: dict[Relation, tuple[str, Impact, str]] = {
    "same": ("type-restated", "documentation", "The same type, said otherwise."),
    "wider": ("type-widened", "risky", "A reader that holds the narrower type may overflow or cut."),
    "narrower": ("type-narrowed", "risky", "All values fit the old type, but a reader's schema has another one."),
    "shorter": ("type-narrowed", "compatible", "Every text that is allowed now was allowed before."),
    "other": ("type-changed", "breaking", "A reader of the old type fails or gets other values."),
}


def compare_property(place: Place, old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[Change]:
    """Changes of one property, those of its fields apart (see ``nested_fields``)."""
    yield from _types(place, old, new)
    yield from _nullability(place, old, new)
    yield from _physical_name(place, old, new)
    skip = {*_AGGREGATED, *_TYPED, "required", "physicalName", "properties", "items", "map"}
    yield from walk(place, old, new, _JUDGES, skip=skip)


def _types(place: Place, old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[Change]:
    """Logical and physical type are one thing to a reader: one change, judged by the worse of both."""
    if all(equal(old.get(key), new.get(key)) for key in _TYPED):
        return
    logical = _logical_relation(old, new)
    before, after = implied_type(old), implied_type(new)
    physical: Relation = relation(before, after) if before and after else "same"
    kind, impact, reason = _TYPE_VERDICTS[max(logical, physical, key=RELATIONS.index)]
    key = "logicalType" if not equal(old.get("logicalType"), new.get("logicalType")) else "physicalType"
    yield place.into(key).change(kind, impact, reason, _type_text(old), _type_text(new))


def _logical_relation(old: Mapping[str, Any], new: Mapping[str, Any]) -> Relation:
    """An integer is a narrower number; every other pair of logical types has other values."""
    before, after = old.get("logicalType"), new.get("logicalType")
    if before is None or after is None:
        # Said by one side only: the physical types decide, if both are known.
        told = implied_type(old) and implied_type(new)
        return "same" if told or (before or "string") == (after or "string") else "other"
    if before == after:
        return "same"
    return "narrower" if (before, after) == ("number", "integer") else "other"


def _type_text(prop: Mapping[str, Any]) -> str:
    logical, physical = prop.get("logicalType"), prop.get("physicalType")
    return f"{logical} ({physical})" if logical and physical else str(logical or physical or "")


def _nullability(place: Place, old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[Change]:
    """A key column is never null, whether it says so or not."""
    before, after = (bool(prop.get("required")) or bool(prop.get("primaryKey")) for prop in (old, new))
    at = place.into("required")
    if before and not after:
        reason = "A reader may now meet null where there was always a value."
        yield at.change("required-dropped", "breaking", reason, before, after)
    elif after and not before:
        yield at.change("required-added", "compatible", "No value is null any more.", before, after)
    elif bool(old.get("primaryKey")) == bool(new.get("primaryKey")) and bool(old.get("required")) != bool(
        new.get("required")
    ):
        reason = "A key column is never null anyway."
        yield at.change(
            "required-restated", "documentation", reason, bool(old.get("required")), bool(new.get("required"))
        )


def _physical_name(place: Place, old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[Change]:
    """Readers of the table itself know a column by its physical name, which is its name unless stated."""
    given = old.get("physicalName"), new.get("physicalName")
    if equal(*given):
        return
    at = place.into("physicalName")
    if (given[0] or old.get("name")) == (given[1] or new.get("name")):
        yield at.change("physical-name-restated", "documentation", "The name is the same as before.", *given)
    else:
        reason = "Readers of the table itself do not find the old name."
        yield at.change("physical-name-changed", "breaking", reason, *given)


def _semantic(place: Place, old: Any, new: Any) -> Iterator[Change]:
    before, after = old or "column", new or "column"
    if after == "column":
        yield place.change("semantics-changed", "compatible", "It is a column now, which can be read.", before, after)
    elif before == "column":
        yield place.change("semantics-changed", "breaking", "There is no column to read any more.", before, after)
    else:
        yield place.change("semantics-changed", "risky", "It is to be computed or grouped otherwise.", before, after)


DEPRECATION = flagged(
    ("deprecated", "risky", "It may be gone in the next major version."),
    ("undeprecated", "compatible", "It stays."),
)

_JUDGES: dict[str, Judge] = {
    **PROTECTION,
    "logicalTypeOptions": compare_options,
    "enum": compare_enums,
    "quality": compare_rules,
    "unique": flagged(
        ("uniqueness-added", "compatible", "No value comes twice any more."),
        ("uniqueness-dropped", "breaking", "A value may come twice: joins multiply rows and sums are wrong."),
    ),
    "semanticType": _semantic,
    "deprecated": DEPRECATION,
    "transformLogic": judged(
        "logic",
        ("risky", "The same column may be computed otherwise."),
        added=("documentation", "It is told how the column is computed."),
        removed=("documentation", "It is not told any more how the column is computed."),
    ),
    "transformDescription": noted("transform-description"),
    "transformSourceObjects": noted("transform-sources", "Where values come from is lineage, no promise."),
    "businessName": noted("business-name"),
    "description": noted("description"),
    "examples": noted("examples"),
    "synonyms": noted("synonyms"),
    "authoritativeDefinitions": noted("links"),
    "context": noted("context"),
    "id": noted("element-id", "Readers know the element by its name."),
}


def nested_fields(prop: Mapping[str, Any]) -> list[Any]:
    """The fields of an object property."""
    found = prop.get("properties")
    return list(found) if isinstance(found, list) else []


def nested_parts(prop: Mapping[str, Any]) -> dict[tuple[str, ...], tuple[str, Mapping[str, Any]]]:
    """What an array or a map holds, by key path, with the sign that its element's name gets."""
    found: dict[tuple[str, ...], tuple[str, Mapping[str, Any]]] = {}
    if prop.get("items") is not None:
        found[("items",)] = ("[]", mapping(prop["items"]))
    for key in ("key", "value"):
        part = mapping(prop.get("map")).get(key)
        if part is not None:
            found[("map", key)] = (f"{{{key}}}", mapping(part))
    return found
