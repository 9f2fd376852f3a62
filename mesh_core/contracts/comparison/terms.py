"""Terms of use, price, links and whatever else a contract says beside its data."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from mesh_core.contracts.comparison.canonical import equal
from mesh_core.contracts.comparison.change import Change
from mesh_core.contracts.comparison.place import Judge, Place, entries, judged, keyed, mapping, noted, paired
from mesh_core.contracts.comparison.walk import walk

_TERMS = "What readers may do, or may rely on, has changed in words that only a person can judge."


def compare_description(place: Place, old: Any, new: Any) -> Iterator[Change]:
    """Changes of ``description``: purpose explains, limitations and usage are terms."""
    yield from walk(place, mapping(old), mapping(new), _DESCRIPTION_JUDGES)


def compare_price(place: Place, old: Any, new: Any) -> Iterator[Change]:
    """Changes of ``price``; a price that came costs readers of a free port."""
    before, after = mapping(old), mapping(new)
    amounts = [_amount(side) for side in (before, after)]
    shown = _price(before), _price(after)
    units = ("priceCurrency", "priceUnit")
    if not before or not after:
        if amounts[1] > amounts[0]:
            yield place.change("price-added", "risky", "Readers have to pay for what was free.", *shown)
        else:
            yield place.change("price-removed", "compatible", "Readers do not pay any more.", *shown)
        return
    if any(not equal(before.get(key), after.get(key)) for key in units):
        yield place.change("price-changed", "risky", "Readers pay in another currency or by another unit.", *shown)
    elif amounts[1] > amounts[0]:
        yield place.change("price-raised", "risky", "Readers have to pay more.", *shown)
    elif amounts[1] < amounts[0]:
        yield place.change("price-lowered", "compatible", "Readers pay less.", *shown)
    yield from walk(place, before, after, {}, skip=("priceAmount", *units))


def _amount(price: Mapping[str, Any]) -> float:
    value = price.get("priceAmount")
    return float(value) if isinstance(value, int | float) else 0.0


def _price(price: Mapping[str, Any]) -> str | None:
    if not price:
        return None
    parts = (price.get("priceAmount"), price.get("priceCurrency"), price.get("priceUnit"))
    return " ".join(str(part) for part in parts if part is not None)


def compare_context(place: Place, old: Any, new: Any) -> Iterator[Change]:
    """Changes of the guidance for programs that read by themselves; what they must not do is a term."""
    before, after = ({"instructions": side} if isinstance(side, str) else mapping(side) for side in (old, new))
    yield from walk(place, before, after, _CONTEXT_JUDGES)


def _constraints(place: Place, old: Any, new: Any) -> Iterator[Change]:
    before, after = entries(old), entries(new)
    for left, right in paired(before, after, keyed("id"), keyed("constraint")):
        shown = [
            None if number is None else mapping(side[number]).get("constraint", side[number])
            for side, number in ((before, left), (after, right))
        ]
        at = place.part("context.constraints", left, right)
        if left is None:
            yield at.change("constraint-added", "risky", "Something that was allowed is forbidden now.", *shown)
        elif right is None:
            yield at.change("constraint-removed", "compatible", "Something is allowed that was forbidden.", *shown)
        elif not equal(*shown):
            yield at.change("constraint-changed", "risky", _TERMS, *shown)
        else:
            yield from walk(at, mapping(before[left]), mapping(after[right]), {}, skip=("constraint",))


_DESCRIPTION_JUDGES: dict[str, Judge] = {
    "purpose": noted("purpose"),
    "usage": judged("usage", ("risky", _TERMS), added=("risky", _TERMS)),
    "limitations": judged("limitations", ("risky", _TERMS), removed=("compatible", "A limit is gone.")),
    "authoritativeDefinitions": noted("links"),
}
_CONTEXT_JUDGES: dict[str, Judge] = {
    "instructions": noted("context"),
    "verifiedStatements": noted("context"),
    "constraints": _constraints,
}
