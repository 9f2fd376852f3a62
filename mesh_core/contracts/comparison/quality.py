"""Quality rules: one that blocked a publication is a promise about the rows, one that reported is a notice."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from mesh_core.contracts.comparison.canonical import equal, same
from mesh_core.contracts.comparison.change import Change, Impact
from mesh_core.contracts.comparison.place import Judge, Place, entries, keyed, mapping, noted, paired
from mesh_core.contracts.comparison.thresholds import OPERATORS, strength
from mesh_core.contracts.comparison.walk import walk

_GUARANTEES = frozenset({"nullValues", "missingValues", "duplicateValues", "duplicateCount", "nullCheck"})
"""Metrics whose zero says of a column what ``required`` or ``unique`` says."""

_SUBSTANCE = ("type", "metric", "rule", "query", "engine", "implementation", "arguments", "unit")
_WEAKER = "Rows may now pass that were refused before."
_ZERO_GONE = "It promised that no value is missing or double, as the schema would; nothing does now."


def compare_rules(place: Place, old: Any, new: Any) -> Iterator[Change]:
    """Changes between two ``quality`` lists of one object or property."""
    before, after = entries(old), entries(new)
    numbered = msgspec.structs.replace(place, section="quality")
    for left, right in paired(before, after, keyed("id"), keyed("name"), _signature, _metric):
        rule = mapping(before[left] if left is not None else after[right or 0])
        at = numbered.part(f"{place.element}: {_title(rule)}", left, right)
        if left is None:
            yield at.change("rule-added", "compatible", "Rows are promised to pass one rule more.", None, _limit(rule))
        elif right is None:
            impact, reason = _removal(rule)
            yield at.change("rule-removed", impact, reason, _limit(rule), None)
        else:
            yield from _rule(at, rule, mapping(after[right]))


def _signature(entry: Any) -> Any:
    """All that a rule measures: what it is known by when it has another name, or none."""
    measured = [mapping(entry).get(key) for key in ("metric", "rule", "query", "implementation", "arguments")]
    return repr(measured) if any(measured) else None


def _metric(entry: Any) -> Any:
    rule = mapping(entry)
    return None if rule.get("name") else rule.get("metric") or rule.get("rule")


def _title(rule: Mapping[str, Any]) -> str:
    return str(rule.get("name") or rule.get("metric") or rule.get("rule") or rule.get("type") or "rule")


def _limit(rule: Mapping[str, Any]) -> str:
    given = [f"{key} {rule[key]}" for key in OPERATORS if rule.get(key) is not None]
    return " ".join((_title(rule), *given))


def _severity(rule: Mapping[str, Any]) -> str:
    return str(rule.get("severity") or "error").lower()


def _blocks(rule: Mapping[str, Any]) -> bool:
    return _severity(rule) not in {"warning", "info"} and rule.get("type") != "text"


def _removal(rule: Mapping[str, Any]) -> tuple[Impact, str]:
    """What a reader loses with the rule."""
    if not _blocks(rule):
        return "compatible", "It never held rows back."
    if str(rule.get("metric") or rule.get("rule")) in _GUARANTEES and rule.get("mustBe") == 0:
        return "breaking", _ZERO_GONE
    return "risky", _WEAKER


def _rule(place: Place, old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[Change]:
    yield from _severities(place, old, new)
    lost: tuple[Impact, str] = _removal(old)
    changed = [key for key in _SUBSTANCE if not _alike(key, old, new)]
    if changed:
        yield from (_substance(place.into(key), key, old, new, lost) for key in changed)
    elif any(not equal(old.get(key), new.get(key)) for key in OPERATORS):
        yield _threshold(place, old, new, lost)
    if changed and any(not equal(old.get(key), new.get(key)) for key in OPERATORS):
        yield place.change("rule-changed", lost[0], "Old and new limit are of two measures.", _limit(old), _limit(new))
    yield from walk(place, old, new, _JUDGES, skip=(*_SUBSTANCE, *OPERATORS, "severity"))


def _alike(key: str, old: Mapping[str, Any], new: Mapping[str, Any]) -> bool:
    defaults = {"type": "library", "unit": "rows"}
    return same(old.get(key) or defaults.get(key), new.get(key) or defaults.get(key), key)


def _severities(place: Place, old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[Change]:
    if equal(old.get("severity"), new.get("severity")):
        return
    at, shown = place.into("severity"), (_severity(old), _severity(new))
    if _blocks(old) and not _blocks(new):
        impact, reason = _removal(old)
        yield at.change("rule-weakened", impact, reason, *shown)
    elif _blocks(new) and not _blocks(old):
        yield at.change("rule-strengthened", "compatible", "It holds rows back now that it only reported.", *shown)
    else:
        yield at.change("severity-restated", "documentation", "It blocks, or reports, as before.", *shown)


def _substance(
    place: Place, key: str, old: Mapping[str, Any], new: Mapping[str, Any], lost: tuple[Impact, str]
) -> Change:
    """Another measure: what the old one promised is promised no more, as far as can be told."""
    shown = old.get(key), new.get(key)
    if key == "arguments":
        impact, reason = _arguments(mapping(shown[0]), mapping(shown[1]), lost)
        kind = "rule-strengthened" if impact == "compatible" and _blocks(old) else "rule-changed"
        return place.change(kind, impact, reason, *shown)
    if key == "query" and " ".join(str(shown[0]).split()) == " ".join(str(shown[1]).split()):
        return place.change("rule-restated", "documentation", "The same query in other lines.", *shown)
    reason = "What the old rule promised may not hold under the new one."
    return place.change("rule-changed", lost[0], reason, *shown)


def _arguments(old: Mapping[str, Any], new: Mapping[str, Any], lost: tuple[Impact, str]) -> tuple[Impact, str]:
    """Fewer valid values, or more that count as missing, make a rule stronger."""
    others = [key for key in {*old, *new} if key not in {"validValues", "missingValues"}]
    if not all(same(old.get(key), new.get(key), key) for key in others):
        return lost[0], "What the old rule promised may not hold under the new one."
    valid = [{str(value) for value in entries(side.get("validValues"))} for side in (old, new)]
    missing = [{str(value) for value in entries(side.get("missingValues"))} for side in (old, new)]
    if valid[1] <= valid[0] and missing[1] >= missing[0] and bool(valid[0]) == bool(valid[1]):
        return "compatible", "It lets fewer values pass than before."
    return lost[0], _WEAKER


def _threshold(place: Place, old: Mapping[str, Any], new: Mapping[str, Any], lost: tuple[Impact, str]) -> Change:
    found = strength(old, new)
    shown = _limit(old), _limit(new)
    if found == "same":
        return place.change("rule-restated", "documentation", "The same limit, written otherwise.", *shown)
    if found == "stronger":
        return place.change("rule-strengthened", "compatible", "All that passes now passed before.", *shown)
    kind = "rule-weakened" if found == "weaker" else "rule-changed"
    return place.change(kind, lost[0], lost[1], *shown)


_JUDGES: dict[str, Judge] = {
    "name": noted("rule-name", "It measures the same under another name."),
    "description": noted("description"),
    "businessImpact": noted("business-impact"),
    "dimension": noted("dimension"),
    "method": noted("method"),
    "schedule": noted("rule-schedule", "When a rule runs is the producer's affair: nothing is published unchecked."),
    "scheduler": noted("rule-schedule", "When a rule runs is the producer's affair: nothing is published unchecked."),
    "tags": noted("tags"),
    "authoritativeDefinitions": noted("links"),
    "id": noted("element-id", "People know the rule by its name."),
}
