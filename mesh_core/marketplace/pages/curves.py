"""Edges of a drawing: curves that leave and enter level, side by side, with labels that do not hide each other."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from mesh_core.marketplace.pages.layering import Pair, Passage
from mesh_core.marketplace.pages.shapes import LINE, Box, Curve, Edge, neat

Way = tuple[float, float, float]
"""Where an edge passes a layer: from x to x, at y."""
Point = tuple[float, float]

_CHARACTER = 6.3
"""Width of an average character of a label, in pixels at 11 px."""
_TALL = 15.0
"""Height of a label."""
_CELL = 12.0
"""Labels are kept apart on a grid of squares of this size."""
_ALONG = (0.5, 0.38, 0.62, 0.28, 0.72)
"""Where on a bend a label may stand, the best place first."""


def curves_of(edges: Sequence[Edge], boxes: Mapping[str, Box], passing: Mapping[Passage, Way]) -> tuple[Curve, ...]:
    """A curve for each edge from its box to the other, through the places where it passes layers."""
    ways: dict[Pair, list[Way]] = {}
    for (left, right, _), place in passing.items():
        ways.setdefault((left, right), []).append(place)
    ends = _ends(edges, boxes, ways)
    taken: set[tuple[int, int]] = set()
    found = []
    for number, edge in enumerate(edges):
        source, target = boxes[edge.source], boxes[edge.target]
        forward = source.x < target.x
        between = sorted(ways.get((edge.source, edge.target), ()))
        start = (source.x + source.width if forward else source.x, ends[number, "source"])
        end = (target.x if forward else target.x + target.width, ends[number, "target"])
        path, bends = _path(start, between if forward else [(b, a, y) for a, b, y in reversed(between)], end)
        room = len(edge.label) * _CHARACTER + 6
        x, y = _free(bends, room, taken) if edge.label else start
        found.append(Curve(edge=edge, path=path, x=neat(x), y=neat(y), room=neat(room)))
    return tuple(found)


def _path(start: Point, between: Sequence[Way], end: Point) -> tuple[str, list[tuple[Point, Point]]]:
    """The curve through the passages, level where it enters and leaves; and the ends of its bends."""
    (x, y), parts = start, [f"M{neat(start[0])},{neat(start[1])}"]
    bends = []
    for near, far, level in [*between, (end[0], end[0], end[1])]:
        half = (x + near) / 2
        bends.append(((x, y), (near, level)))
        parts.append(f"C{neat(half)},{neat(y)} {neat(half)},{neat(level)} {neat(near)},{neat(level)}")
        if far != near:
            parts.append(f"H{neat(far)}")
        x, y = far, level
    return "".join(parts), bends


def _free(bends: Sequence[tuple[Point, Point]], room: float, taken: set[tuple[int, int]]) -> Point:
    """A place on one of the bends that no other label has; the middle of the first where all are taken."""
    best: tuple[Point, set[tuple[int, int]]] | None = None
    for (x, y), (to_x, to_y) in bends:
        for along in _ALONG:
            at = (x + (to_x - x) * _eased(along, 0.5, 0.5), y + (to_y - y) * _eased(along, 0.0, 1.0))
            cells = _cells(at, room)
            if best is None:
                best = (at, cells)
            if not cells & taken:
                taken |= cells
                return at
    if best is None:
        return (0.0, 0.0)
    taken |= best[1]
    return best[0]


def _eased(along: float, first: float, second: float) -> float:
    """The cubic Bézier from 0 to 1 with these control points."""
    back = 1 - along
    return 3 * back * back * along * first + 3 * back * along * along * second + along**3


def _cells(at: Point, room: float) -> set[tuple[int, int]]:
    left, right = int((at[0] - room / 2) // _CELL), int((at[0] + room / 2) // _CELL)
    top, bottom = int((at[1] - _TALL / 2) // _CELL), int((at[1] + _TALL / 2) // _CELL)
    return {(column, row) for column in range(left, right + 1) for row in range(top, bottom + 1)}


def _ends(
    edges: Sequence[Edge], boxes: Mapping[str, Box], ways: Mapping[Pair, Sequence[Way]]
) -> dict[tuple[int, str], float]:
    """Where each edge leaves and enters: at its slot, else beside its siblings in the order in which they go on."""
    found: dict[tuple[int, str], float] = {}
    shared: dict[tuple[str, bool], list[tuple[float, int, str]]] = {}
    for number, edge in enumerate(edges):
        source, target = boxes[edge.source], boxes[edge.target]
        forward = source.x < target.x
        between = [level for *_, level in sorted(ways.get((edge.source, edge.target), ()), reverse=not forward)]
        levels = [source.y + source.height / 2, *between, target.y + target.height / 2]
        for box, level, slot, end in (
            (source, levels[1], edge.source_slot, "source"),
            (target, levels[-2], edge.target_slot, "target"),
        ):
            place = next((n for n, each in enumerate(box.node.slots) if slot and each.name == slot), None)
            if place is None:
                right = forward == (end == "source")
                shared.setdefault((box.node.id, right), []).append((level, number, end))
            else:
                texts = [text for text in box.texts if text.role == "slot"]
                found[number, end] = texts[place].y - 0.25 * LINE
    for (name, _), siblings in shared.items():
        box = boxes[name]
        step = min(12.0, (box.height - 14) / len(siblings))
        for place, (_, number, end) in enumerate(sorted(siblings)):
            found[number, end] = box.y + box.height / 2 + (place - (len(siblings) - 1) / 2) * step
    return found
