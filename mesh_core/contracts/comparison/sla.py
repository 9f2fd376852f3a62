"""Service levels by their meaning: which direction is worse for a reader, with units converted."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Any, Literal

import msgspec

from mesh_core.contracts.comparison.canonical import equal, same
from mesh_core.contracts.comparison.change import Change, Impact
from mesh_core.contracts.comparison.lengths import measured
from mesh_core.contracts.comparison.place import Judge, Place, entries, judged, keyed, mapping, noted, paired
from mesh_core.contracts.comparison.walk import walk
from mesh_core.contracts.service_levels import known_as


class Meaning(msgspec.Struct, frozen=True, kw_only=True):
    """What a service level says: the direction in which a reader gets less, and what that does to one."""

    worse: Literal["more", "less"]
    impact: Impact
    reason: str
    """Why a worse value has that impact."""
    ends: bool = False
    """It says when something ends: giving no value is the best of all."""


_LATER = "Readers get the data later than their own schedules and promises assume."
_SLOWER = "Readers wait longer for word or repair when something is wrong."

MEANINGS: dict[str, Meaning] = {
    "latency": Meaning(worse="more", impact="breaking", reason=_LATER),
    "freshness": Meaning(worse="more", impact="breaking", reason=_LATER),
    "frequency": Meaning(worse="more", impact="breaking", reason="Data comes less often than readers count on."),
    "timeofavailability": Meaning(worse="more", impact="breaking", reason=_LATER),
    "generalavailability": Meaning(worse="more", impact="risky", reason="Readers have to wait longer for the start."),
    "retention": Meaning(worse="less", impact="breaking", reason="History that readers look back on is gone."),
    "endofsupport": Meaning(worse="less", impact="breaking", reason="Readers have less time to move.", ends=True),
    "endoflife": Meaning(worse="less", impact="breaking", reason="Readers have less time to move.", ends=True),
    "availability": Meaning(worse="less", impact="breaking", reason="It is out of reach more often than promised."),
    "throughput": Meaning(worse="less", impact="risky", reason="Large reads take longer."),
    "errorrate": Meaning(worse="more", impact="breaking", reason="More of the data may be wrong than readers accept."),
    "completeness": Meaning(worse="less", impact="breaking", reason="More of the data may be missing than promised."),
    "accuracy": Meaning(worse="less", impact="breaking", reason="More of the data may be wrong than promised."),
    "responsetime": Meaning(worse="more", impact="risky", reason="Each request takes longer."),
    "timetodetect": Meaning(worse="more", impact="risky", reason=_SLOWER),
    "timetonotify": Meaning(worse="more", impact="risky", reason=_SLOWER),
    "timetorepair": Meaning(worse="more", impact="risky", reason=_SLOWER),
    "recoverytime": Meaning(worse="more", impact="risky", reason=_SLOWER),
}
"""By property, in lower case without separators."""

_FOREVER = frozenset({"unlimited", "forever", "infinite", "indefinite", "never", "none"})


def compare_sla(place: Place, old: Any, new: Any) -> Iterator[Change]:
    """Changes between two ``slaProperties`` lists."""
    before, after = entries(old), entries(new)
    names = (_exact, keyed("id"), _known_as)
    for left, right in paired(before, after, *names):
        level = mapping(before[left] if left is not None else after[right or 0])
        meaning = _meaning(level)
        at = place.part(_title(level), left, right, column=_column(level))
        if left is None:
            yield _added(at, level, meaning)
        elif right is None:
            yield _removed(at, level, meaning)
        else:
            yield from _level(at, level, mapping(after[right]), meaning)


def _plain(level: Any) -> str:
    return known_as(str(mapping(level).get("property") or ""))


def _exact(level: Any) -> Any:
    return _plain(level), mapping(level).get("element"), mapping(level).get("driver")


def _known_as(level: Any) -> Any:
    return _plain(level)


def _meaning(level: Mapping[str, Any]) -> Meaning | None:
    return MEANINGS.get(_plain(level))


def _title(level: Mapping[str, Any]) -> str:
    name, element = str(level.get("property") or "service level"), level.get("element")
    return f"{name} of {element}" if element else name


def _column(level: Mapping[str, Any]) -> str:
    """The column that a service level is about, if it is about one: ``orders.ordered_on``."""
    element = str(level.get("element") or "")
    return element.rpartition(".")[2] if "." in element and "," not in element else ""


def _shown(level: Mapping[str, Any]) -> str:
    parts = (level.get("value"), level.get("unit"), level.get("schedule"))
    return " ".join(str(part) for part in parts if part is not None)


def _added(place: Place, level: Mapping[str, Any], meaning: Meaning | None) -> Change:
    if meaning is not None and meaning.ends:
        return place.change("end-announced", "risky", "Readers have to move until then.", None, _shown(level))
    reason = "It promises what was open before."
    return place.change("sla-added", "compatible", reason, None, _shown(level))


def _removed(place: Place, level: Mapping[str, Any], meaning: Meaning | None) -> Change:
    if meaning is not None and meaning.ends:
        return place.change("end-withdrawn", "compatible", "It goes on.", _shown(level), None)
    impact: Impact = meaning.impact if meaning is not None else "risky"
    return place.change("sla-removed", impact, "Nothing is promised about it any more.", _shown(level), None)


def _level(place: Place, old: Mapping[str, Any], new: Mapping[str, Any], meaning: Meaning | None) -> Iterator[Change]:
    if any(not equal(old.get(key), new.get(key)) for key in ("value", "valueExt", "unit")):
        yield _value(place.into("value"), old, new, meaning)
    if not equal(old.get("property"), new.get("property")):
        reason = "The same service level under another spelling."
        yield place.into("property").change("sla-restated", "documentation", reason, old["property"], new["property"])
    if not same(old.get("element"), new.get("element")):
        reason = "It is promised about something else than before."
        yield place.into("element").change("sla-moved", "risky", reason, old.get("element"), new.get("element"))
    yield from walk(place, old, new, _JUDGES, skip=("property", "value", "valueExt", "unit", "element"))


def _value(place: Place, old: Mapping[str, Any], new: Mapping[str, Any], meaning: Meaning | None) -> Change:
    shown = _shown(old), _shown(new)
    before, after = _measure(old), _measure(new)
    extended = not equal(old.get("valueExt"), new.get("valueExt"))
    if before is None or after is None or before[0] != after[0] or extended:
        return place.change("sla-changed", "risky", "Old and new value cannot be compared.", *shown)
    if math.isclose(before[1], after[1], rel_tol=1e-9) or before[1] == after[1]:
        return place.change("sla-restated", "documentation", "The same value in other words.", *shown)
    if meaning is None:
        return place.change("sla-changed", "risky", "Which direction is worse is not known of this property.", *shown)
    more = after[1] > before[1]
    if more == (meaning.worse == "more"):
        kind = "end-brought-forward" if meaning.ends else "sla-worsened"
        return place.change(kind, meaning.impact, meaning.reason, *shown)
    if meaning.ends:
        return place.change("end-postponed", "compatible", "Readers have more time to move.", *shown)
    return place.change("sla-improved", "compatible", "Readers get more than was promised before.", *shown)


def _measure(level: Mapping[str, Any]) -> tuple[str, float] | None:
    """As number and dimension; a retention without end is longer than any."""
    value = level.get("value")
    if isinstance(value, str) and value.strip().lower() in _FOREVER and _plain(level) == "retention":
        return "time", math.inf
    found = measured(value, level.get("unit"))
    if found is not None and found[0] == "count:" and _plain(level) in {"availability", "errorrate", "completeness"}:
        return "share", found[1] / 100
    return found


_JUDGES: dict[str, Judge] = {
    "schedule": judged(
        "schedule",
        ("risky", "Data comes at other moments than readers planned with."),
        added=("compatible", "The moments are promised now."),
    ),
    "scheduler": noted("scheduler", "Who runs the schedule changes nothing about it."),
    "driver": noted("driver", "Why it is promised explains the promise."),
    "description": noted("description"),
    "authoritativeDefinitions": noted("links"),
    "id": noted("element-id", "Readers know the service level by its property."),
}
