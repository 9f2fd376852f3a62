"""Layers of a directed graph, and an order within each that crosses few edges: the first half of a layered layout."""

from __future__ import annotations

from bisect import bisect_right, insort
from collections.abc import Iterable, Sequence

Pair = tuple[str, str]
Passage = tuple[str, str, int]
"""The place where the edge (source, target) passes through a layer on its way."""
Spot = str | Passage

_SWEEPS = 12
"""Passes over the layers; drawings of this size do not get better after about eight."""
_SWITCHABLE = 400
"""Places up to which neighbours are also tried the other way round: it is quadratic in a layer's length."""


def layered(nodes: Sequence[str], edges: Iterable[Pair]) -> tuple[list[list[Spot]], list[tuple[Spot, Spot]]]:
    """Layers from left to right, each ordered from top to bottom, and the edges between neighbouring layers.

    An edge that spans several layers passes each of them at a place of its own. Edges against the flow, which close
    a cycle, run from right to left. The same input always gives the same layers.
    """
    known = set(nodes)
    pairs = [pair for pair in dict.fromkeys(edges) if pair[0] != pair[1] and known.issuperset(pair)]
    rank = _ranks(nodes, pairs)
    forward = {pair: pair if rank[pair[0]] < rank[pair[1]] else pair[::-1] for pair in pairs}
    layer = _layers(nodes, forward.values())
    layers: list[list[Spot]] = [[] for _ in range(max(layer.values(), default=-1) + 1)]
    for node in nodes:
        layers[layer[node]].append(node)
    segments: list[tuple[Spot, Spot]] = []
    for pair, (left, right) in forward.items():
        before: Spot = left
        for number in range(layer[left] + 1, layer[right]):
            passing: Passage = (*pair, number)
            layers[number].append(passing)
            segments.append((before, passing))
            before = passing
        segments.append((before, right))
    return _untangled(layers, segments), segments


def crossings(above: Sequence[Spot], below: Sequence[Spot], segments: Iterable[tuple[Spot, Spot]]) -> int:
    """How often edges between two neighbouring layers cross."""
    first = {spot: place for place, spot in enumerate(above)}
    second = {spot: place for place, spot in enumerate(below)}
    ends = sorted((first[left], second[right]) for left, right in segments if left in first and right in second)
    seen: list[int] = []
    found = 0
    for _, end in ends:
        found += len(seen) - bisect_right(seen, end)
        insort(seen, end)
    return found


def _ranks(nodes: Sequence[str], pairs: Sequence[Pair]) -> dict[str, int]:
    """An order in which few edges point backwards: none if there is no cycle (Eades, Lin and Smyth's greedy rule)."""
    out: dict[str, set[str]] = {node: set() for node in nodes}
    into: dict[str, set[str]] = {node: set() for node in nodes}
    for source, target in pairs:
        out[source].add(target)
        into[target].add(source)
    left = dict.fromkeys(nodes)
    head: list[str] = []
    tail: list[str] = []

    def take(node: str, side: list[str]) -> None:
        del left[node]
        side.append(node)
        for other in out[node]:
            into[other].discard(node)
        for other in into[node]:
            out[other].discard(node)

    while left:
        for node in [node for node in left if not into[node]]:
            take(node, head)
        sinks = [node for node in left if not out[node] and into[node]]
        for node in sinks:
            take(node, tail)
        if left and not sinks and all(into[node] for node in left):
            take(max(left, key=lambda node: len(out[node]) - len(into[node])), head)
    return {node: place for place, node in enumerate([*head, *reversed(tail)])}


def _layers(nodes: Sequence[str], pairs: Iterable[Pair]) -> dict[str, int]:
    """The layer of each node: right of all that it reads, and as close as can be to what reads it."""
    after: dict[str, list[str]] = {node: [] for node in nodes}
    waiting = dict.fromkeys(nodes, 0)
    for left, right in pairs:
        after[left].append(right)
        waiting[right] += 1
    layer = dict.fromkeys(nodes, 0)
    done = [node for node in nodes if not waiting[node]]
    fed = {node for node in nodes if waiting[node]}
    for node in done:  # grows while it is read
        for other in after[node]:
            layer[other] = max(layer[other], layer[node] + 1)
            waiting[other] -= 1
            if not waiting[other]:
                done.append(other)
    for node in reversed(done):
        if node not in fed and after[node]:  # a source that only a far layer reads would draw long edges
            layer[node] = min(layer[other] for other in after[node]) - 1
    return layer


def _untangled(layers: list[list[Spot]], segments: Sequence[tuple[Spot, Spot]]) -> list[list[Spot]]:
    """The layers with each one's places sorted by where their neighbours stand, as the best pass left them."""
    before: dict[Spot, list[Spot]] = {}
    after: dict[Spot, list[Spot]] = {}
    for left, right in segments:
        after.setdefault(left, []).append(right)
        before.setdefault(right, []).append(left)
    between = _grouped(layers, segments)

    def total(current: list[list[Spot]]) -> int:
        return sum(crossings(current[number], current[number + 1], between[number]) for number in range(len(between)))

    best, fewest = [list(layer) for layer in layers], total(layers)
    current = [list(layer) for layer in layers]
    small = sum(map(len, layers)) <= _SWITCHABLE
    for sweep in range(_SWEEPS):
        if not fewest:
            break
        down = sweep % 2 == 0
        numbers = range(1, len(current)) if down else range(len(current) - 2, -1, -1)
        for number in numbers:
            fixed = current[number - 1 if down else number + 1]
            current[number] = _sorted(current[number], fixed, before if down else after)
        if small:
            _switch(current, before, after)
        found = total(current)
        if found < fewest:
            best, fewest = [list(layer) for layer in current], found
    return best


def _grouped(layers: list[list[Spot]], segments: Iterable[tuple[Spot, Spot]]) -> list[list[tuple[Spot, Spot]]]:
    """The segments by the layer on their left."""
    number = {spot: place for place, layer in enumerate(layers) for spot in layer}
    found: list[list[tuple[Spot, Spot]]] = [[] for _ in layers[1:]]
    for left, right in segments:
        found[number[left]].append((left, right))
    return found


def _sorted(layer: list[Spot], fixed: list[Spot], neighbours: dict[Spot, list[Spot]]) -> list[Spot]:
    place = {spot: number for number, spot in enumerate(fixed)}
    weight: dict[Spot, float] = {}
    for number, spot in enumerate(layer):
        near = [place[other] for other in neighbours.get(spot, ())]
        weight[spot] = sum(near) / len(near) if near else number * len(fixed) / len(layer)
    return sorted(layer, key=weight.__getitem__)


def _switch(layers: list[list[Spot]], before: dict[Spot, list[Spot]], after: dict[Spot, list[Spot]]) -> None:
    """Swap neighbours wherever that takes away crossings: what averages can't see."""
    for number, layer in enumerate(layers):
        sides = [
            (neighbours, {spot: place for place, spot in enumerate(layers[other])})
            for neighbours, other in ((before, number - 1), (after, number + 1))
            if 0 <= other < len(layers)
        ]

        def ends(
            spot: Spot, sides: Sequence[tuple[dict[Spot, list[Spot]], dict[Spot, int]]] = sides
        ) -> list[list[int]]:
            return [sorted(place[other] for other in neighbours.get(spot, ())) for neighbours, place in sides]

        at = {spot: ends(spot) for spot in layer}
        for place in range(len(layer) - 1):
            upper, lower = at[layer[place]], at[layer[place + 1]]
            if _tangles(upper, lower) > _tangles(lower, upper):
                layer[place], layer[place + 1] = layer[place + 1], layer[place]


def _tangles(upper: list[list[int]], lower: list[list[int]]) -> int:
    return sum(
        sum(len(first) - bisect_right(first, end) for end in second) for first, second in zip(upper, lower, strict=True)
    )
