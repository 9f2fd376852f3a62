"""How sensitive a column is and how it is protected: a higher class may end access, a lower one may leak."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from mesh_core.contracts.comparison.change import Change, Impact
from mesh_core.contracts.comparison.place import Judge, Place, entries, flagged, judged

_CLASSES = ("public", "internal", "confidential", "restricted")

_MEANT = {
    "entity:": "Readers join on the id that this tag promises.",
    "pii": "Protection and access follow from it.",
    "sensitive": "Protection and access follow from it.",
}
"""Tags that the mesh acts on, by how they begin; all others are documentation."""


def _classification(place: Place, old: Any, new: Any) -> Iterator[Change]:
    before, after = str(old or "public").lower(), str(new or "public").lower()
    if before == after:
        yield place.change("classification-restated", "documentation", "The class is the same as before.", old, new)
    elif before not in _CLASSES or after not in _CLASSES:
        yield place.change("classification-changed", "risky", "Who may read it may change.", old, new)
    elif _CLASSES.index(after) > _CLASSES.index(before):
        yield place.change("classification-raised", "risky", "Readers without the right lose access.", old, new)
    else:
        reason = "Values that were protected become visible to more people."
        yield place.change("classification-lowered", "risky", reason, old, new)


def compare_tags(place: Place, old: Any, new: Any) -> Iterator[Change]:
    """Tags as a set: those that the mesh acts on one by one, the rest together."""
    before, after = ([str(tag) for tag in entries(value)] for value in (old, new))
    came, went = [tag for tag in after if tag not in before], [tag for tag in before if tag not in after]
    for tag in (*went, *came):
        reason = next((reason for start, reason in _MEANT.items() if tag.startswith(start)), "")
        if reason:
            gone = tag in went
            impact: Impact = "compatible" if tag.startswith("entity:") and not gone else "risky"
            kind = "tag-removed" if gone else "tag-added"
            yield place.change(kind, impact, reason, tag if gone else None, None if gone else tag)
    plain = [[tag for tag in tags if not tag.startswith(tuple(_MEANT))] for tags in (went, came)]
    if any(plain) or not (came or went):
        yield place.change("tags-changed", "documentation", "Tags help to find and to sort.", before, after)


PROTECTION: dict[str, Judge] = {
    "classification": _classification,
    "tags": compare_tags,
    "criticalDataElement": flagged(
        ("critical-set", "compatible", "It is guarded more closely than before."),
        ("critical-dropped", "risky", "It is guarded less closely than before."),
    ),
    "encryptedName": judged(
        "encrypted-name",
        ("breaking", "Readers of the encrypted values do not find them under the old name."),
        added=("compatible", "The encrypted values have a name now."),
    ),
}
