"""``logicalTypeOptions``: which values a column may hold. More than before is risky, less is compatible."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from mesh_core.contracts.comparison.canonical import same
from mesh_core.contracts.comparison.change import Change
from mesh_core.contracts.comparison.place import Judge, Place, entries, flagged, judged, mapping
from mesh_core.contracts.comparison.types import format_relation
from mesh_core.contracts.comparison.walk import walk

_ISO = re.compile(r"\d{4}-\d{2}-\d{2}.*")
_NUMBER_FORMAT = re.compile(r"[iuf]\d+")

_RANGES = (
    ("minimum", "exclusiveMinimum", "lower"),
    ("maximum", "exclusiveMaximum", "upper"),
    ("minLength", "", "lower"),
    ("maxLength", "", "upper"),
    ("minItems", "", "lower"),
    ("maxItems", "", "upper"),
    ("minProperties", "", "lower"),
    ("maxProperties", "", "upper"),
)
"""Options that bound something: the key, the key of its exclusive form, and the side."""

_WIDER = "Values outside the old limit may come, and a reader may rely on it."
_TIGHTER = "Every value that is allowed now was allowed before."
_INSTANT = "The same clock time means another instant."
_MODEL = "Vectors of two models cannot be compared with each other."


def compare_options(place: Place, old: Any, new: Any) -> Iterator[Change]:
    """Changes between the options of one property."""
    before, after = mapping(old), mapping(new)
    for key, exclusive, side in _RANGES:
        yield from _bound(place, before, after, (key, exclusive, side))
    skip = {key for key, exclusive, _ in _RANGES for key in (key, exclusive) if key}
    yield from walk(place, before, after, _JUDGES, skip=skip)


def _bound(
    place: Place, old: Mapping[str, Any], new: Mapping[str, Any], option: tuple[str, str, str]
) -> Iterator[Change]:
    """One limit, of which the inclusive and the exclusive form are two spellings."""
    key, exclusive, side = option
    if same(old.get(key), new.get(key), key) and same(old.get(exclusive), new.get(exclusive), exclusive):
        return
    before, after = (_limit(options, key, exclusive, side) for options in (old, new))
    at = place.into(key if key in new or not exclusive else exclusive)
    shown = tuple(_shown(options, key, exclusive) for options in (old, new))
    if before == after:
        yield at.change("limit-restated", "documentation", "The same limit, written otherwise.", *shown)
    elif before is None:
        yield at.change("limit-tightened", "compatible", _TIGHTER, *shown)
    elif after is None:
        yield at.change("limit-relaxed", "risky", _WIDER, *shown)
    elif not _ordered(before[0], after[0]):
        yield at.change("limit-changed", "risky", "The two limits cannot be compared.", *shown)
    else:
        relaxed = after < before if side == "lower" else after > before
        if relaxed:
            yield at.change("limit-relaxed", "risky", _WIDER, *shown)
        else:
            yield at.change("limit-tightened", "compatible", _TIGHTER, *shown)


def _limit(options: Mapping[str, Any], key: str, exclusive: str, side: str) -> tuple[Any, int] | None:
    """The tighter of both forms, sortable: with equal values, the exclusive one lies further in."""
    inward = 1 if side == "lower" else -1
    found = [
        (_comparable(options[name]), step)
        for name, step in ((key, 0), (exclusive, inward))
        if options.get(name) is not None
    ]
    if len(found) > 1 and isinstance(found[0][0], str) != isinstance(found[1][0], str):
        return found[0]
    if not found:
        return None
    return max(found) if side == "lower" else min(found)


def _ordered(old: float | str, new: float | str) -> bool:
    """Whether two limits can be compared: numbers, or dates as ISO writes them; other forms sort by chance."""
    texts = [value for value in (old, new) if isinstance(value, str)]
    return not texts or (len(texts) == 2 and all(_ISO.fullmatch(text) for text in texts))


def _comparable(value: Any) -> float | str:
    """Numbers as such, all else as text."""
    if isinstance(value, int | float):
        return float(value)
    return str(value)


def _shown(options: Mapping[str, Any], key: str, exclusive: str) -> Any:
    value = options.get(key)
    if value is not None or options.get(exclusive) is None:
        return value
    return f"{exclusive} {options[exclusive]}"


def _multiple(place: Place, old: Any, new: Any) -> Iterator[Change]:
    if old is None or _is_multiple(new, old):
        yield place.change("limit-tightened", "compatible", _TIGHTER, old, new)
    else:
        yield place.change("limit-relaxed", "risky", "Values between the old multiples may come.", old, new)


def _is_multiple(value: Any, base: Any) -> bool:
    """Of decimal fractions as they are written: 0.3 is three times 0.1."""
    from fractions import Fraction

    numbers = [number for number in (value, base) if isinstance(number, int | float)]
    if len(numbers) < len((value, base)) or not base:
        return False
    return Fraction(str(float(value))) % Fraction(str(float(base))) == 0


def _format(place: Place, old: Any, new: Any) -> Iterator[Change]:
    """Bits of a number, or the form of a text or date."""
    if old is None:
        yield place.change(
            "format-added", "compatible", "The form of the values is promised where it was open.", old, new
        )
    elif new is None:
        yield place.change(
            "format-removed", "risky", "Values may come in another form than the promised one.", old, new
        )
    elif _NUMBER_FORMAT.fullmatch(str(old)) and _NUMBER_FORMAT.fullmatch(str(new)):
        yield _number_format(place, str(old), str(new))
    else:
        reason = "A reader that parses the old form fails on the new one."
        yield place.change("format-changed", "breaking", reason, old, new)


def _number_format(place: Place, old: str, new: str) -> Change:
    found = format_relation(old, new)
    if found == "wider":
        return place.change("type-widened", "risky", "A reader that holds the narrower number may overflow.", old, new)
    if found == "narrower":
        reason = "All values fit the old type, but a reader's schema has another one."
        return place.change("type-narrowed", "risky", reason, old, new)
    reason = "Values change or no longer fit the type that readers hold."
    return place.change("type-changed", "breaking", reason, old, new)


def _default_timezone(place: Place, old: Any, new: Any) -> Iterator[Change]:
    """UTC when absent, says ODCS."""
    if (old or "UTC") == (new or "UTC"):
        yield place.change("timezone-restated", "documentation", "UTC is the default.", old, new)
    else:
        yield place.change("timezone-changed", "breaking", _INSTANT, old, new)


def _required_fields(place: Place, old: Any, new: Any) -> Iterator[Change]:
    before, after = ({str(name) for name in entries(value)} for value in (old, new))
    if before - after:
        reason = "A reader may now miss a field that was always there."
        yield place.change("required-dropped", "breaking", reason, sorted(before), sorted(after))
    elif after - before:
        yield place.change("required-added", "compatible", _TIGHTER, sorted(before), sorted(after))


_JUDGES: dict[str, Judge] = {
    "pattern": judged(
        "pattern",
        ("risky", "Whether the new pattern admits values that the old one refused cannot be told."),
        added=("compatible", _TIGHTER),
        removed=("risky", _WIDER),
    ),
    "multipleOf": _multiple,
    "format": _format,
    "timezone": judged(
        "timezone",
        ("breaking", _INSTANT),
        added=("compatible", "It is said now what was open before."),
        removed=("risky", "Whether values carry a zone is open now."),
    ),
    "defaultTimezone": _default_timezone,
    "uniqueItems": flagged(
        ("uniqueness-added", "compatible", _TIGHTER),
        ("uniqueness-dropped", "risky", "A list may now hold a value twice."),
    ),
    "required": _required_fields,
    "dimensions": judged("dimensions", ("breaking", "Vectors of two lengths do not go together.")),
    "elementType": judged("type", ("breaking", "Vectors of two element types do not go together.")),
    "distanceMetric": judged("metric", ("risky", "Distances come out otherwise, and thresholds with them.")),
    "embeddingModel": judged("model", ("breaking", _MODEL), added=("compatible", "The model is named now.")),
    "embeddingModelVersion": judged("model", ("breaking", _MODEL), added=("compatible", "The version is named now.")),
    "normalized": flagged(
        ("normalised", "risky", "Lengths of vectors are lost."),
        ("normalisation-dropped", "breaking", "An inner product is no cosine any more."),
    ),
}
