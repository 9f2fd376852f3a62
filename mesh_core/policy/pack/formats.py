"""Whether a column can hold the ids of an entity: what its contract says of texts against what ids are like."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from mesh_core.contracts.patterns import can_meet, matches
from mesh_core.policy.subject import Field


class Misfit(msgspec.Struct, frozen=True):
    """Why a column and the ids do not fit, where in the column that stands, and what to do."""

    why: str
    at: tuple[str | int, ...]
    remedy: str


def misfits(field: Field, ids: Mapping[str, Any]) -> Iterator[Misfit]:
    """What keeps ids with these ``logicalTypeOptions`` out of a text column; nothing for columns of other types.

    A column may allow more than ids, because feeds are dirty, or fewer. It must allow some, and the values that its
    contract lists as allowed or as examples are ids.
    """
    if field.logical_type != "string":
        return
    wanted = str(ids.get("pattern") or "")
    options = field.raw.get("logicalTypeOptions") or {}
    if not _room(options, ids, wanted):
        told = f"ids match {wanted}" if wanted else f"ids have {_lengths(ids)}"
        own = ", ".join(f"{name} {options[name]}" for name in ("pattern", "minLength", "maxLength") if name in options)
        yield Misfit(f"{told}, and no such text keeps {own}", ("logicalTypeOptions",), "Mend the options, or the tag.")
    for key, value in _listed(field.raw):
        if isinstance(value, str) and not _is_id(value, ids, wanted):
            like = wanted or _lengths(ids)
            remedy = f"Ids are like {like}. Mend the value, or the tag."
            yield Misfit(f"its {key} '{value}' is none", (_PLACES[key],), remedy)


_PLACES = {"allowed value": "enum", "example": "examples"}


def _listed(raw: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    for entry in raw.get("enum") or ():
        yield "allowed value", entry["value"]
    for value in raw.get("examples") or ():
        yield "example", value


def _room(options: Mapping[str, Any], ids: Mapping[str, Any], wanted: str) -> bool:
    shortest = max(int(options.get("minLength") or 0), int(ids.get("minLength") or 0))
    longest = _least(options.get("maxLength"), ids.get("maxLength"))
    return can_meet(wanted, str(options.get("pattern") or ""), shortest, longest)


def _least(one: Any, other: Any) -> int | None:
    return min((int(each) for each in (one, other) if each is not None), default=None)


def _is_id(value: str, ids: Mapping[str, Any], wanted: str) -> bool:
    longest = ids.get("maxLength")
    fits = len(value) >= int(ids.get("minLength") or 0) and (longest is None or len(value) <= int(longest))
    return fits and (not wanted or matches(wanted, value))


def _lengths(ids: Mapping[str, Any]) -> str:
    least, most = ids.get("minLength") or 0, ids.get("maxLength")
    return f"{least} characters" if least == most else f"{least} to {most if most is not None else 'any'} characters"
