"""What a drawn graph is made of: what is asked for (nodes, edges), and where it came to stand (boxes, curves)."""

from __future__ import annotations

from typing import Literal

import msgspec

Emphasis = Literal["", "start", "path", "dim"]
Role = Literal["above", "label", "below", "slot"]

LINE = 17.0
"""Height of a line of text."""


class Slot(msgspec.Struct, frozen=True, kw_only=True):
    """One line within a node, a column for example, at which edges can begin and end."""

    name: str
    href: str = ""
    emphasis: Emphasis = ""


class Node(msgspec.Struct, frozen=True, kw_only=True):
    id: str
    label: str
    above: str = ""
    """A small line over the label."""
    below: str = ""
    """A small line under it."""
    href: str = ""
    kind: str = ""
    """Becomes a CSS class: ``port``, ``internal``, ``domain`` …"""
    emphasis: Emphasis = ""
    summary: str = ""
    """The whole node in words: what a pointer that rests on it shows."""
    slots: tuple[Slot, ...] = ()


class Edge(msgspec.Struct, frozen=True, kw_only=True):
    source: str
    target: str
    label: str = ""
    """Stands in the middle of the curve."""
    summary: str = ""
    width: float = 1.5
    kind: str = ""
    """Becomes a CSS class: ``declared`` for what nothing has flowed along yet."""
    emphasis: Emphasis = ""
    source_slot: str = ""
    target_slot: str = ""


class Text(msgspec.Struct, frozen=True, kw_only=True):
    """A line of text within a box, cut to the box's width."""

    text: str
    whole: str
    role: Role
    y: float
    href: str = ""
    emphasis: Emphasis = ""


class Box(msgspec.Struct, frozen=True, kw_only=True):
    node: Node
    x: float
    y: float
    width: float
    height: float
    texts: tuple[Text, ...]


class Curve(msgspec.Struct, frozen=True, kw_only=True):
    edge: Edge
    path: str
    """An SVG path from the source to the target."""
    x: float
    y: float
    """The middle of its label."""
    room: float
    """The label's width."""


class Drawing(msgspec.Struct, frozen=True, kw_only=True):
    width: float
    height: float
    boxes: tuple[Box, ...]
    curves: tuple[Curve, ...]


def neat(number: float) -> float:
    """Rounded: a page is compared byte by byte, and nobody sees a hundredth of a pixel."""
    return round(number, 1)
