"""Columns of text for a terminal.

Rich draws finer tables, but its import alone is a quarter of what `mesh list` may cost.
"""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterable, Sequence
from typing import NamedTuple

import click

from mesh_core.cli.output import say

_GAP = "  "
_NARROWEST = 8


class Cell(NamedTuple):
    """A text and its colour."""

    text: str
    colour: str | None = None
    dim: bool = False
    bold: bool = False


class Column(NamedTuple):
    """A heading; numbers stand to the right, and what is ``firm`` is never cut to fit the terminal."""

    heading: str
    right: bool = False
    firm: bool = False


def say_columns(columns: Sequence[Column], rows: Iterable[Sequence[Cell | str]], *, indent: int = 0) -> None:
    """Print aligned columns under dim headings; on a terminal the widest give way so that a row is one line."""
    cells = [[cell if isinstance(cell, Cell) else Cell(cell) for cell in row] for row in rows]
    widths = _widths(columns, cells, indent)
    headings = [Cell(column.heading, dim=True) for column in columns]
    for row in [headings, *cells]:
        parts = [_fitted(cell, column, width) for cell, column, width in zip(row, columns, widths, strict=True)]
        say(" " * indent + _GAP.join(parts).rstrip())


def _widths(columns: Sequence[Column], rows: list[list[Cell]], indent: int) -> list[int]:
    table = [[len(column.heading) for column in columns], *([len(cell.text) for cell in row] for row in rows)]
    widths = [max(lengths) for lengths in zip(*table, strict=True)]
    excess = sum(widths) + len(_GAP) * (len(widths) - 1) + indent - _room()
    soft = [at for at, column in enumerate(columns) if not column.firm]
    while excess > 0 and soft:
        widest = max(soft, key=lambda at: widths[at])
        if widths[widest] <= _NARROWEST:
            break
        widths[widest] -= 1
        excess -= 1
    return widths


def _room() -> int:
    """The terminal's width; no limit where the reader is a program or a file."""
    return shutil.get_terminal_size().columns if sys.stdout.isatty() else 10_000


def _fitted(cell: Cell, column: Column, width: int) -> str:
    text = cell.text if len(cell.text) <= width else cell.text[: width - 1] + "…"
    padding = " " * (width - len(text))
    styled = click.style(text, fg=cell.colour, dim=cell.dim or None, bold=cell.bold or None) if text else ""
    return padding + styled if column.right else styled + padding
