"""Which of the elements that went and came are one element under another name."""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping, Sequence
from typing import Any

from mesh_core.contracts.comparison.canonical import canonical, equal
from mesh_core.contracts.comparison.types import implied_type, relation

_NAME_ALONE = 0.75
"""Names this alike, of one type, mean one column: ``amount`` and ``amounts``, not ``amount`` and ``count``."""
_ENOUGH = 0.55
_CONSTRAINTS = (
    "required",
    "unique",
    "primaryKey",
    "enum",
    "logicalTypeOptions",
    "classification",
    "tags",
    "quality",
    "properties",
    "items",
    "map",
)


def renamed(old: Sequence[Mapping[str, Any]], new: Sequence[Mapping[str, Any]]) -> dict[str, str]:
    """New names by old ones, among the named elements that only one side has; best likeness first."""
    went = [item for item in old if item["name"] not in {other["name"] for other in new}]
    came = [item for item in new if item["name"] not in {other["name"] for other in old}]
    scored = []
    for left in went:
        for right in came:
            score = _likeness(left, right) + _neighbours(left, right, old, new)
            if score >= _ENOUGH:
                scored.append((-score, str(left["name"]), str(right["name"])))
    found: dict[str, str] = {}
    for _, before, after in sorted(scored):
        if before not in found and after not in found.values():
            found[before] = after
    return found


def _likeness(old: Mapping[str, Any], new: Mapping[str, Any]) -> float:
    """From 0 to 1, and 2 for a stable id that stayed; 0 for another type, which no rename explains."""
    if old.get("id") is not None and equal(old.get("id"), new.get("id")):
        return 2.0
    if not _same_type(old, new):
        return 0.0
    fields = canonical(old.get("properties"), "properties")
    if fields and equal(fields, canonical(new.get("properties"), "properties")):
        return 1.0
    names = _names(str(old["name"]), str(new["name"]))
    if names >= _NAME_ALONE:
        return names
    score = 0.3 * names
    if _described(old) and _described(new):
        score += 0.5 * difflib.SequenceMatcher(None, _described(old), _described(new)).ratio()
    if all(equal(canonical(old.get(key), key), canonical(new.get(key), key)) for key in _CONSTRAINTS):
        score += 0.2 if any(canonical(old.get(key), key) for key in _CONSTRAINTS) else 0.1
    return score


def _same_type(old: Mapping[str, Any], new: Mapping[str, Any]) -> bool:
    if not equal(old.get("logicalType"), new.get("logicalType")):
        return False
    before, after = implied_type(old), implied_type(new)
    return relation(before, after) == "same" if before and after else before == after


def _names(old: str, new: str) -> float:
    """How alike two names are, letter case and separators apart; a name that holds the other whole is alike."""
    before, after = (name.lower().replace("-", "_") for name in (old, new))
    if before.replace("_", "") == after.replace("_", ""):
        return 1.0
    if re.sub(r"\d+", "", before) == re.sub(r"\d+", "", after):
        return 0.0  # gate_1 and gate_2 are two gates, however alike they are written
    words, others = before.split("_"), after.split("_")
    if set(words) < set(others) or set(others) < set(words):
        return _NAME_ALONE
    return difflib.SequenceMatcher(None, before, after).ratio()


def _described(item: Mapping[str, Any]) -> str:
    return str(item.get("description") or item.get("businessName") or "").strip().lower()


def _neighbours(
    old: Mapping[str, Any],
    new: Mapping[str, Any],
    all_old: Sequence[Mapping[str, Any]],
    all_new: Sequence[Mapping[str, Any]],
) -> float:
    """A third more for the same place between the same elements, if at least one of them is there."""
    if not _same_type(old, new):
        return 0.0
    before, after = (_around(item, items) for item, items in ((old, all_old), (new, all_new)))
    return 0.3 if before == after and any(before) else 0.0


def _around(item: Mapping[str, Any], items: Sequence[Mapping[str, Any]]) -> tuple[Any, Any]:
    at = next(number for number, other in enumerate(items) if other is item)
    left = items[at - 1]["name"] if at > 0 else None
    right = items[at + 1]["name"] if at + 1 < len(items) else None
    return left, right
