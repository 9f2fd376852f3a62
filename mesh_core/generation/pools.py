"""Pools: distinct values of one column, each keeping everything that the contract says about it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from typing import TYPE_CHECKING, Any

from mesh_core.generation.coerce import coerced, identity
from mesh_core.generation.grids import grid_of
from mesh_core.generation.keeps import keeps
from mesh_core.generation.texts import texts

if TYPE_CHECKING:
    from random import Random

    from mesh_core.generation.fields import Field

_Maker = Callable[["Field", "Random"], Iterable[Any]]
_TRIES = 20
"""Candidates looked at for each value wanted, before the pool is taken to be exhausted."""
_STRICT_ENDS = 2
_NULL_PART = 0.1
_ITEMS = 3


def pool(field: Field, count: int, random: Random) -> list[Any]:
    """Up to ``count`` distinct values, the contract's examples first; fewer where there are no more."""
    if count <= 0 or field.type.kind == "unknown":
        return []
    if field.allowed is not None:
        return distinct((value for value in field.allowed if keeps(field, value)), count)
    candidates = islice(_candidates(field, count, random), count * _TRIES + 50)
    fitting = (value for value in candidates if value is not None and keeps(field, value))
    return distinct(_chain(_examples(field), fitting), count)


def distinct(values: Iterable[Any], count: int) -> list[Any]:
    """The first ``count`` different values."""
    found: dict[str, Any] = {}
    for value in values:
        found.setdefault(identity(value), value)
        if len(found) == count:
            break
    return list(found.values())


def _chain(*parts: Iterable[Any]) -> Iterator[Any]:
    for part in parts:
        yield from part


def _examples(field: Field) -> list[Any]:
    return [value for value in field.examples if keeps(field, value)]


def _candidates(field: Field, count: int, random: Random) -> Iterable[Any]:
    given = field.type
    if given.members or given.kind == "boolean":
        return given.members or (True, False)
    if given.kind == "integer" and field.patterns:
        return _digits(field, random)
    if (grid := grid_of(field, count)) is not None:
        return grid.draw(count + len(field.forbidden) + _STRICT_ENDS, random)
    makers: dict[str, _Maker] = {"text": texts, "list": _lists, "struct": _structs, "map": _maps}
    return makers.get(given.kind, _odd)(field, random)


def _digits(field: Field, random: Random) -> Iterator[int]:
    """Whole numbers with a pattern: digits of texts that match."""
    from mesh_core.generation.patterns import matching

    for text in matching(field.patterns[0], random):
        if text.isdecimal() and str(int(text)) == text:
            yield coerced(int(text), field.type)


def _odd(field: Field, random: Random) -> Iterator[Any]:
    from uuid import UUID

    number = 0
    while True:
        number += 1
        match field.type.kind:
            case "uuid":
                yield str(UUID(int=random.getrandbits(128), version=4))
            case "bytes":
                yield f"{field.name}{number}".encode("ascii", "replace")
            case _:
                yield f"{number} hours"


def _lists(field: Field, random: Random) -> Iterator[list[Any]]:
    item = field.parts["item"]
    if field.type.size is not None:
        low = high = field.type.size
    else:
        low = int(field.counts.low or 0)
        high = int(field.counts.high) if field.counts.high is not None else low + _ITEMS
        high = min(high, low + 10 * _ITEMS)
    values = pool(item, max(high, 1) if field.distinct_items else max(_ITEMS * 3, min(high, 50)), random)
    if field.distinct_items or not values:
        high = min(high, len(values))
    while low <= high:
        length = random.randint(low, high)
        yield random.sample(values, length) if field.distinct_items else random.choices(values, k=length)


def _structs(field: Field, random: Random) -> Iterator[dict[str, Any]]:
    pools = {name: pool(part, 10, random) for name, part in field.parts.items()}
    if any(not values and not field.parts[name].nullable for name, values in pools.items()):
        return
    while True:
        yield {name: _drawn(field.parts[name], values, random) for name, values in pools.items()}


def _drawn(field: Field, values: list[Any], random: Random) -> Any:
    if not values or (field.nullable and random.random() < _NULL_PART):
        return None
    return random.choice(values)


def _maps(field: Field, random: Random) -> Iterator[dict[Any, Any]]:
    keys, values = pool(field.parts["key"], 10, random), pool(field.parts["value"], 10, random)
    most = min(_ITEMS, len(keys)) if values else 0
    while True:
        chosen = random.sample(keys, random.randint(0, most))
        yield {key: random.choice(values) for key in chosen}
