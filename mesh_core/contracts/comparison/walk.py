"""The walk over two mappings that finds a judge for every key that differs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import msgspec

from mesh_core.contracts.comparison.canonical import same
from mesh_core.contracts.comparison.change import Change
from mesh_core.contracts.comparison.place import Judge, Place, entries, judged, kebab, keyed, mapping, noted, paired


def walk(
    place: Place,
    old: Mapping[str, Any],
    new: Mapping[str, Any],
    judges: Mapping[str, Judge],
    *,
    skip: Iterable[str] = (),
) -> Iterator[Change]:
    """The changes under every key that differs; a key without a judge is documentation, never lost."""
    left = {*skip}
    for key in [*new, *(key for key in old if key not in new)]:
        if key in left or same(old.get(key), new.get(key), key):
            continue
        judge = judges.get(key) or _ANYWHERE.get(key) or noted(kebab(key))
        yield from judge(place.into(key), old.get(key), new.get(key))


def compare_custom(place: Place, old: Any, new: Any) -> Iterator[Change]:
    """Changes between two ``customProperties`` lists, at any depth: documentation, but for those the mesh acts on."""
    before, after = entries(old), entries(new)
    base = msgspec.structs.replace(place, section="custom")
    prefix = f"{place.element}." if place.element else ""
    for left, right in paired(before, after, keyed("vendor", "property"), keyed("property"), keyed("id")):
        entry = mapping(before[left] if left is not None else after[right or 0])
        name = str(entry.get("property") or "?")
        judge = _MEANT.get(name, _CUSTOM)
        at = base.part(f"{prefix}{name}", left, right)
        if left is None:
            yield from judge(at, None, _said(entry))
        elif right is None:
            yield from judge(at, _said(entry), None)
        else:
            yield from walk(at, entry, mapping(after[right]), {"value": judge})


def _said(entry: Mapping[str, Any]) -> Any:
    value = entry.get("value")
    return entry if value is None else value


_CUSTOM = judged("custom", ("documentation", "The standard gives it no meaning that a reader could rely on."))
_WRITTEN = "How the table is written and kept: no row means anything else for it."
_MEANT: dict[str, Judge] = {
    "writeMode": judged(
        "write-mode", ("risky", "Readers rely on what stays and what is replaced, and the table is built anew.")
    ),
    "cutOverDate": judged("cut-over", ("risky", "Rows of the time between come from the other source.")),
    "badRows": judged("bad-rows", ("risky", "Rows that break a rule are left out now, or stop the publication.")),
    "versionRetention": judged("version-retention", ("risky", "Versions that readers go back to may be gone sooner.")),
    **dict.fromkeys(
        (
            "sequenceColumn",
            "deletionColumn",
            "partitionGrain",
            "partitionStart",
            "partitionEnd",
            "quarantineLimit",
            "clusterBy",
            "reconciliation",
        ),
        judged("publishing", ("compatible", _WRITTEN)),
    ),
    "protection": judged("protection", ("risky", "Readers see the values otherwise: in plain, masked or as tokens.")),
    "entity": judged(
        "entity",
        ("risky", "Others join on the identity that the port owns."),
        added=("compatible", "The port owns an identity that others may join on."),
    ),
}
"""Custom properties to which this mesh gives a meaning."""
_ANYWHERE: dict[str, Judge] = {
    "customProperties": compare_custom,
    "authoritativeDefinitions": noted("links"),
    "tags": noted("tags", "Tags help to find and to sort."),
}
"""Keys that mean the same wherever they stand."""
