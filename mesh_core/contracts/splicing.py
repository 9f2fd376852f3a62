"""A YAML text with one value put in, replaced or taken out, all else as it was."""

from __future__ import annotations

from typing import Any

import msgspec

from mesh_core.contracts import yaml_text
from mesh_core.contracts.yaml_places import Place


class Splice(msgspec.Struct, frozen=True):
    """Edits of one text; each returns the new one. A chain of places leads from the root to the one that is meant."""

    text: str

    def _spliced(self, start: int, end: int, new: str) -> str:
        return self.text[:start] + new + self.text[end:]

    def replaced(self, chain: list[Place], value: Any) -> str:
        """The last place of the chain holds ``value``."""
        parent, place = chain[-2], chain[-1]
        if parent.flow:
            return self._spliced(place.start, place.end, self._blank_before(place) + yaml_text.flow(value))
        is_block = place.kind in {"mapping", "sequence"} and not place.flow
        if is_block and isinstance(value, dict | list) and value:
            return self._spliced(place.start, place.end, yaml_text.block(value, place.column))
        if is_block and parent.kind == "mapping":
            return self._behind_the_key(parent, place, value)
        if self._comment_after(place):
            return self._spliced(place.start, place.end, self._blank_before(place) + yaml_text.flow(value))
        if parent.kind == "sequence":
            new = self._blank_before(place) + yaml_text.content(value, parent.column + 2)
            return self._spliced(place.start, place.end, new)
        return self._spliced(self._colon(parent, place), place.end, yaml_text.after_colon(value, parent.column))

    def _behind_the_key(self, parent: Place, place: Place, value: Any) -> str:
        """In the place of a block that begins below its key; a comment between the two stays."""
        colon = self._colon(parent, place)
        between = self.text[colon : place.start].rstrip()
        new = f" {yaml_text.flow(value)}" if between else yaml_text.after_colon(value, parent.column)
        return self._spliced(colon, place.end, new + between)

    def _colon(self, parent: Place, place: Place) -> int:
        key = parent.keys[parent.values.index(place)]
        return self.text.index(":", key.end) + 1

    def _blank_before(self, place: Place) -> str:
        """An empty value stands right behind its colon or dash."""
        return " " if place.start == place.end else ""

    def _comment_after(self, place: Place) -> bool:
        return "#" in self.text[place.end : self._line_end(place.end)]

    def with_entry(self, parent: Place, key: str, value: Any) -> str:
        """The mapping ends with one key more, before the comments that follow it."""
        if parent.flow:
            return self._into_flow(parent, f"{yaml_text.scalar(key, flow=True)}: {yaml_text.flow(value)}")
        return self._below(parent, yaml_text.entry(key, value, parent.column))

    def with_item(self, parent: Place, value: Any) -> str:
        """The list ends with one item more."""
        if parent.flow:
            return self._into_flow(parent, yaml_text.flow(value))
        return self._below(parent, yaml_text.item(value, parent.column))

    def _into_flow(self, parent: Place, new: str) -> str:
        if not parent.values:
            return self._spliced(parent.end - 1, parent.end - 1, new)
        end = parent.values[-1].end
        return self._spliced(end, end, f", {new}")

    def _below(self, parent: Place, new: str) -> str:
        end = self._line_end(parent.end)
        return self._spliced(end, end, "\n" + new)

    def _line_end(self, position: int) -> int:
        if position and self.text[position - 1] == "\n":
            return position - 1
        end = self.text.find("\n", position)
        return len(self.text) if end < 0 else end

    def emptied(self, chain: list[Place]) -> str:
        """The collection at the end of the chain has nothing in it."""
        place = chain[-1]
        if len(chain) > 1:
            return self.replaced(chain, {} if place.kind == "mapping" else [])
        return self._spliced(place.start, place.end, "{}")

    def without(self, parent: Place, number: int) -> str:
        """The collection lacks its entry ``number``; others must be left."""
        starts = [self._entry_start(parent, at) for at in range(len(parent.values))]
        last = number == len(parent.values) - 1
        if parent.flow and last:
            return self._spliced(parent.values[number - 1].end, parent.values[number].end, "")
        begin = self.text.rfind("\n", 0, starts[number]) + 1
        if parent.flow or self.text[begin : starts[number]].strip():
            return self._spliced(starts[number], starts[number + 1], "")
        end = self._line_end(parent.values[number].end)
        return self._spliced(begin, min(end + 1, len(self.text)), "")

    def _entry_start(self, parent: Place, number: int) -> int:
        if parent.kind == "mapping":
            return parent.keys[number].start
        if parent.flow:
            return parent.values[number].start
        if number == 0:
            return parent.start
        return self.text.rindex("-", parent.values[number - 1].end, max(parent.values[number].start, 1))
