"""Where the places of ordered layers stand: the second half of a layered layout."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from mesh_core.marketplace.pages.layering import Spot

_PASSES = 6
"""Passes to the right and back; positions move by less than a pixel after about five."""


def placed(
    layers: Sequence[Sequence[Spot]],
    segments: Sequence[tuple[Spot, Spot]],
    *,
    height: Callable[[Spot], float],
    gap: float,
) -> dict[Spot, float]:
    """The middle of each place from top to bottom: near its neighbours' middles, none over another, the top at 0."""
    before: dict[Spot, list[Spot]] = {}
    after: dict[Spot, list[Spot]] = {}
    for left, right in segments:
        after.setdefault(left, []).append(right)
        before.setdefault(right, []).append(left)
    middle: dict[Spot, float] = {}
    for layer in layers:
        middle |= _apart(layer, dict.fromkeys(layer, 0.0), height, gap)
    for number in range(_PASSES):
        neighbours, order = (before, layers) if number % 2 == 0 else (after, layers[::-1])
        for layer in order:
            wished = {
                spot: _mean([middle[other] for other in neighbours.get(spot, ())], middle[spot]) for spot in layer
            }
            middle |= _apart(layer, wished, height, gap)
    top = min((middle[spot] - height(spot) / 2 for spot in middle), default=0.0)
    return {spot: at - top for spot, at in middle.items()}


def _mean(values: Sequence[float], otherwise: float) -> float:
    return sum(values) / len(values) if values else otherwise


def _apart(
    layer: Sequence[Spot], wished: dict[Spot, float], height: Callable[[Spot], float], gap: float
) -> dict[Spot, float]:
    """The positions closest to those wished, by least squares, that keep order and gap (pool adjacent violators)."""
    offset, offsets = 0.0, []
    for number, spot in enumerate(layer):
        if number:
            offset += (height(layer[number - 1]) + height(spot)) / 2 + gap
        offsets.append(offset)
    pools: list[tuple[float, int]] = []
    for spot, offset in zip(layer, offsets, strict=True):
        total, count = wished[spot] - offset, 1
        while pools and pools[-1][0] / pools[-1][1] > total / count:
            total, count = total + pools[-1][0], count + pools[-1][1]
            pools.pop()
        pools.append((total, count))
    starts = [total / count for total, count in pools for _ in range(count)]
    return {spot: start + offset for spot, start, offset in zip(layer, starts, offsets, strict=True)}
