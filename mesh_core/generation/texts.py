"""Readable texts: by format, by pattern, or named after their column."""

from __future__ import annotations

import base64
import string
from collections.abc import Iterator
from itertools import count
from typing import TYPE_CHECKING
from uuid import UUID

import msgspec

from mesh_core.generation.coerce import coerced
from mesh_core.generation.grids import Grid, grid_of
from mesh_core.generation.types import Type

if TYPE_CHECKING:
    from random import Random

    from mesh_core.generation.fields import Field

_UNUSUAL = "Zoë O'Neil, 東京"
"""One text that is not ASCII and has a quote: what a contract that says nothing else allows."""
_LONGEST = 2000


def texts(field: Field, random: Random) -> Iterator[str]:
    """Candidates, endless unless the column's format is finite; whoever asks keeps those that fit."""
    if field.patterns:
        from mesh_core.generation.patterns import matching

        longest = field.lengths.high
        yield from matching(field.patterns[0], random, shortest=field.lengths.low or 0, longest=longest)
        return
    for number in count(1):
        text = _formatted(field, number, random)
        if text is None:
            break
        yield text
        yield _short(field.format, random)
    if (moments := _as_moments(field)) is not None:
        for value in moments.draw(_LONGEST, random):
            yield str(value).replace(" ", "T") if field.format == "date-time" else str(value)
    if field.logical in {"integer", "number"}:
        yield from (str(random.randint(1, 10**number)) for number in count(1))
    yield from _named(field, random)


def _as_moments(field: Field) -> Grid | None:
    """Texts that hold dates: the logical type or the format says so; limits compare them as text."""
    kind = {"date": "date", "timestamp": "timestamp", "date-time": "timestamp", "time": "time"}.get(
        field.logical if field.logical != "string" else field.format
    )
    if kind is None:
        return None
    given = Type(kind=kind)  # type: ignore[arg-type]
    measured = Type(kind="timestamp") if kind == "date" else given
    limits = tuple(
        msgspec.structs.replace(limit, low=coerced(limit.low, measured), high=coerced(limit.high, measured))
        for limit in field.limits
    )
    examples = tuple(value for value in (coerced(text, given) for text in field.examples) if value is not None)
    return grid_of(msgspec.structs.replace(field, type=given, limits=limits, examples=examples), _LONGEST)


def _named(field: Field, random: Random) -> Iterator[str]:
    """``customer 17``; letters alone where that does not fit between the lengths."""
    low, high = field.lengths.low or 0, field.lengths.high
    low = min(low + field.lengths.strict_low, _LONGEST)
    base = field.name.replace("_", " ")
    yield _UNUSUAL
    if high is None or len(base) + 6 <= high:
        for number in count(1):
            text = f"{base} {number}"
            yield text + _letters(low - len(text), random)
    if high == 0:
        yield ""
        return
    first = max(low, 1)
    lengths = [first, min(high, max(first, _LONGEST)), *range(first, min(high, first + 8) + 1)]
    while True:
        yield _letters(random.choice(lengths), random)


def _letters(length: int, random: Random) -> str:
    return "".join(random.choices(string.ascii_lowercase, k=length))


def _formatted(field: Field, number: int, random: Random) -> str | None:
    """The ``number``-th text of the column's format; None for a format that says nothing about texts."""
    if field.format == "uuid":
        return str(UUID(int=random.getrandbits(128), version=4))
    if field.format == "ipv4":
        return f"10.{random.randrange(256)}.{random.randrange(256)}.{random.randrange(1, 255)}"
    if field.format == "byte":
        return base64.b64encode(random.randbytes(random.randint(1, 12))).decode()
    return {
        "email": f"{field.name.replace('_', '.')}.{number}@mesh.example",
        "uri": f"https://mesh.example/{field.name}/{number}",
        "hostname": f"host-{number}.mesh.example",
        "ipv6": f"2001:db8::{number:x}",
    }.get(field.format)


def _short(name: str, random: Random) -> str:
    """The format's shortest spelling, for columns with little room; padded by whoever has much."""
    word = _letters(random.choice((1, 1, 2, 3, 8, 24)), random)
    return {
        "email": f"{word}@{word[0]}.{word}",
        "uri": f"{word[0]}:{word}",
        "hostname": word,
        "ipv4": ".".join(str(random.randrange(10)) for _ in range(4)),
        "byte": base64.b64encode(word.encode()).decode(),
    }.get(name, word)
