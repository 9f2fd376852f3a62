"""Where each value of a YAML text stands, to the character: what an edit may touch and what it must not."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Literal

import msgspec

Kind = Literal["scalar", "mapping", "sequence", "alias"]


class Place(msgspec.Struct, kw_only=True):
    """One value; ``text[start:end]`` is it, without the comments and blank lines that follow."""

    kind: Kind
    start: int
    end: int
    column: int
    flow: bool = False
    keys: list[Place] = []
    """Of a mapping, beside ``values``."""
    names: list[str] = []
    values: list[Place] = []

    def child(self, part: str | int) -> Place | None:
        if isinstance(part, int):
            return self.values[part] if self.kind == "sequence" and 0 <= part < len(self.values) else None
        return self.values[self.names.index(part)] if part in self.names else None


def places(text: str) -> Place | None:
    """The root value of the text, None for an empty one; the caller knows already that the text is YAML."""
    import yaml

    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    events: Iterator[Any] = iter(yaml.parse(text, Loader=loader))
    for event in events:
        if isinstance(event, yaml.DocumentStartEvent):
            return _place(next(events), events, text)
    return None


def _place(event: Any, events: Iterator[Any], text: str) -> Place:
    import yaml

    start, column, end = event.start_mark.index, event.start_mark.column, event.end_mark.index
    if isinstance(event, yaml.AliasEvent):
        return Place(kind="alias", start=start, end=end, column=column)
    if isinstance(event, yaml.ScalarEvent):
        return Place(kind="scalar", start=start, end=_scalar_end(event, text), column=column)
    is_map = isinstance(event, yaml.MappingStartEvent)
    place = Place(
        kind="mapping" if is_map else "sequence",
        start=start,
        end=start,
        column=column,
        flow=bool(event.flow_style),
        keys=[],
        names=[],
        values=[],
    )
    closed = _fill(place, events, text)
    # A block collection "ends" where the next token begins, behind comments that are not its own.
    place.end = closed if place.flow else place.values[-1].end
    return place


def _fill(place: Place, events: Iterator[Any], text: str) -> int:
    import yaml

    for event in events:
        end: int = event.end_mark.index
        if isinstance(event, yaml.MappingEndEvent | yaml.SequenceEndEvent):
            return end
        if place.kind == "mapping":
            place.keys.append(_place(event, events, text))
            place.names.append(getattr(event, "value", "") or "")
            event = next(events)  # noqa: PLW2901 - a key's value follows it
        place.values.append(_place(event, events, text))
    raise AssertionError  # the parser ends every collection that it has begun


def _scalar_end(event: Any, text: str) -> int:
    """A block scalar's mark stands behind the blank lines that follow it; they count only if they are kept."""
    end: int = event.end_mark.index
    if event.style not in {"|", ">"}:
        return end
    header = text[event.start_mark.index : end].partition("\n")[0].partition("#")[0]
    return end if "+" in header else event.start_mark.index + len(text[event.start_mark.index : end].rstrip())
